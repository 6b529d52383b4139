/** What a caseworker writes opens for whom it is meant, carries the organization's signature and stands in order. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBase64url } from "../../../../../crypto/browser/base64url";
import * as envelope from "../../../../../crypto/browser/envelope";
import { EnvelopeRejected } from "../../../../../crypto/browser/rejected";
import { UnsentMessages } from "../../../../../referrals/desk/browser/actions";
import { toHex } from "../../../../../referrals/desk/browser/bytes";
import { dayHere, NoEpoch, sealNote, sealReply } from "../../../../../referrals/desk/browser/compose";
import { openMessages } from "../../../../../referrals/desk/browser/messages";
import { asStored, CASE_ID, epochOf, ringOf, Worker } from "./network";

const EPOCH = epochOf(1);
const KEYS = ringOf([EPOCH]);
const WORKER = new Worker();
const DRAFT = { caseId: toHex(CASE_ID), text: "We can meet on Sunday.", language: "es", messages: [] };

test("a reply opens for the worker and for the organization, and is signed for the organization", async () => {
  const sealed = envelope.parse(fromBase64url((await sealReply(DRAFT, KEYS, WORKER.mailbox.publicKey)).envelope));
  for (const pair of [WORKER.mailbox, EPOCH.pair]) {
    const opened = envelope.open(sealed, pair);
    const document = JSON.parse(new TextDecoder().decode(opened.document)) as Record<string, unknown>;
    assert.deepEqual(document["fields"], { text: DRAFT.text });
    assert.equal(document["lang"], "es");
    opened.checkSignature(EPOCH.verifyKey);
  }
});

test("an answer of the evening bears the day of whoever writes it, and not that of Greenwich", () => {
  process.env["TZ"] = "America/Vancouver";
  assert.equal(dayHere(new Date("2026-07-02T00:30:00Z")), "2026-07-01");
  assert.equal(dayHere(new Date("2026-07-02T07:30:00Z")), "2026-07-02");
});

test("a note opens for the organization alone", async () => {
  const sealed = envelope.parse(fromBase64url((await sealNote(DRAFT, KEYS)).envelope));
  assert.throws(() => envelope.open(sealed, WORKER.mailbox), EnvelopeRejected);
  assert.equal(sealed.wraps.length, 1);
});

test("one reply after another stands in order and carries its own id", async () => {
  const report = new Worker().send([EPOCH]);
  const first = await sealReply({ ...DRAFT, messages: [report] }, KEYS, WORKER.mailbox.publicKey);
  const stored = asStored(envelope.parse(fromBase64url(first.envelope)), 1);
  assert.equal(stored.id, first.messageId);
  const second = await sealReply({ ...DRAFT, messages: [report, stored] }, KEYS, WORKER.mailbox.publicKey);
  const messages = [report, stored, asStored(envelope.parse(fromBase64url(second.envelope)), 2)];
  const shown = await openMessages(messages, KEYS, toHex(CASE_ID));
  assert.deepEqual(shown.map(({ order, signature }) => [order, signature]), Array(3).fill(["in_order", "true"]));
});

test("without a key, or with revoked ones only, nothing is sealed", async () => {
  for (const keys of [ringOf([]), ringOf([epochOf(1, { revoked: true })])]) {
    await assert.rejects(sealNote(DRAFT, keys), NoEpoch);
  }
});

test("a draft that is sent again is the same bytes; a changed one is not", async () => {
  const unsent = new UnsentMessages();
  const seal = (): ReturnType<typeof sealNote> => sealNote(DRAFT, KEYS);
  const first = await unsent.sealOnce("note", seal);
  assert.equal(await unsent.sealOnce("note", seal), first);
  assert.notEqual((await unsent.sealOnce("changed note", seal)).messageId, first.messageId);
  unsent.wipe();
  assert.notEqual((await unsent.sealOnce("note", seal)).messageId, first.messageId);
});
