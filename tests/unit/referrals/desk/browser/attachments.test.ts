/** A file is handed out only if all that its message says of it holds. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { toBase64url } from "../../../../../crypto/browser/base64url";
import { systemRandom } from "../../../../../crypto/browser/bytes";
import * as envelope from "../../../../../crypto/browser/envelope";
import {
  type Attachment,
  FileRejected,
  isPicture,
  neutralName,
  openAttachment,
  parseAttachments,
} from "../../../../../referrals/desk/browser/attachments";
import { toHex } from "../../../../../referrals/desk/browser/bytes";
import { CASE_ID, epochOf, ringOf } from "./network";

const EPOCH = epochOf(1);
const KEYS = ringOf([EPOCH]);
const CASE = toHex(CASE_ID);
const CONTENT = new Uint8Array(100_000).map((_, index) => index % 251);

function sealed(content = CONTENT, { type = envelope.MessageType.ATTACHMENT, caseId = CASE_ID } = {}): envelope.Envelope {
  return envelope.seal(content, {
    messageType: type,
    origin: envelope.Origin.FORM,
    caseId,
    messageId: systemRandom(16),
    recipients: [{ publicKey: EPOCH.pair.publicKey, role: envelope.WrapRole.RECIPIENT }],
  });
}

async function entryOf(file: envelope.Envelope, content = CONTENT): Promise<Record<string, unknown>> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content as BufferSource));
  return {
    message: toBase64url(envelope.parseHeader(file.header).messageId),
    sha256: toBase64url(digest),
    bytes: content.length,
    mime: "application/pdf",
    name: "contract.pdf",
    stripped: false,
  };
}

async function named(file: envelope.Envelope, changes: Record<string, unknown> = {}): Promise<Attachment> {
  const [found] = parseAttachments([{ ...(await entryOf(file)), ...changes }]);
  assert.ok(found);
  return found;
}

test("a file opens as its message names it", async () => {
  const file = sealed();
  const opened = await openAttachment(envelope.toBytes(file), await named(file), KEYS, CASE);
  assert.deepEqual(opened, CONTENT);
});

test("a file that is not as its message names it is rejected", async () => {
  const file = sealed();
  const bytes = envelope.toBytes(file);
  const right = await named(file);
  const other = sealed();
  const elsewhere = sealed(CONTENT, { caseId: systemRandom(16) });
  const note = sealed(CONTENT, { type: envelope.MessageType.NOTE });
  const cases: readonly [Uint8Array, Attachment][] = [
    [bytes, { ...right, sha256: new Uint8Array(32) }],
    [bytes, { ...right, size: CONTENT.length - 1 }],
    [bytes, { ...right, id: toHex(systemRandom(16)) }],
    [envelope.toBytes(other), right],
    [envelope.toBytes(elsewhere), await named(elsewhere)],
    [envelope.toBytes(note), await named(note)],
    [bytes.slice(0, -1), right],
    [bytes.slice(0, -65_552), right],
    [bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte)), right],
    [new Uint8Array(0), right],
  ];
  for (const [raw, attachment] of cases) {
    await assert.rejects(openAttachment(raw, attachment, KEYS, CASE), FileRejected);
  }
  await assert.rejects(openAttachment(bytes, right, ringOf([epochOf(2)]), CASE), FileRejected);
});

test("an entry that is written wrongly is left out and hides no other", async () => {
  const entry = await entryOf(sealed());
  const wrong = [null, 1, "x", [], {}, { ...entry, message: "AA" }, { ...entry, sha256: "AA" }, { ...entry, sha256: 1 }];
  const more = [{ ...entry, bytes: "9" }, { ...entry, bytes: 1.5 }, { ...entry, mime: null }, { ...entry, message: "=" }];
  assert.equal(parseAttachments([...wrong, entry, ...more]).length, 1);
  for (const value of [undefined, null, {}, "files"]) assert.deepEqual(parseAttachments(value), []);
  assert.equal(parseAttachments([{ ...entry, name: 7 }])[0]?.name, "");
});

test("a file is named for what it is and for nothing else", () => {
  assert.equal(neutralName("application/pdf", 2), "file-2.pdf");
  assert.equal(neutralName("text/html", 1), "file-1.bin");
  assert.equal(neutralName("../../x", 1), "file-1.bin");
});

test("only what this page can draw is a picture", async () => {
  const file = sealed();
  for (const [mime, shown] of Object.entries({
    "image/jpeg": true,
    "image/png": true,
    "image/heic": false,
    "image/svg+xml": false,
    "application/pdf": false,
    constructor: false,
  })) {
    assert.equal(isPicture(await named(file, { mime })), shown, mime);
  }
});
