/** A caseworker's keys open with the right passphrase only, are what their names say, and can be overwritten. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBase64url, toBase64url } from "../../../../../crypto/browser/base64url";
import { systemRandom } from "../../../../../crypto/browser/bytes";
import * as keybag from "../../../../../crypto/browser/keybag";
import { EnvelopeRejected } from "../../../../../crypto/browser/rejected";
import * as suite from "../../../../../crypto/browser/suite";
import { fromHex, toHex } from "../../../../../referrals/desk/browser/bytes";
import { KeysRejected, PASSPHRASE_SLOT, unlock } from "../../../../../referrals/desk/browser/keys";
import type { KeysAnswer } from "../../../../../referrals/desk/browser/shapes";
import { epochOf, listed, ORGANIZATION_ID, ringOf } from "./network";

const KEK = systemRandom(32);
const USER = systemRandom(16);
const MEMBER = suite.keyPair(systemRandom(32));
const [NEW, OLD] = [epochOf(2), epochOf(1)];

function sealedFor(epoch: typeof NEW, number = epoch.number): Uint8Array {
  const place = { memberPublicKey: MEMBER.publicKey, organizationId: ORGANIZATION_ID, epoch: number };
  return keybag.sealEpochSeed(epoch.seed, place);
}

function answer(changes: Partial<KeysAnswer> = {}): KeysAnswer {
  const bagKey = systemRandom(32);
  const bag = { memberSeed: MEMBER.seed, signingSeed: systemRandom(32), pins: {} };
  const slot = { userId: USER, slot: PASSPHRASE_SLOT, version: 1 };
  return {
    caseworker: toHex(USER),
    email: "a@org01.example",
    role: "admin",
    organization: toHex(ORGANIZATION_ID),
    organization_name: "Valle",
    organization_names: ["Valle"],
    salt: toBase64url(systemRandom(16)),
    sealed_bag: toBase64url(keybag.sealBag(bag, bagKey, { userId: USER })),
    kid: toBase64url(MEMBER.kid),
    slots: [{ slot: 1, version: 1, sealed_bag_key: toBase64url(keybag.sealSlot(KEK, bagKey, slot)) }],
    epochs: [listed(NEW, sealedFor(NEW)), listed(OLD)],
    waiting: [],
    ...changes,
  };
}

test("the right key opens what was handed on; the rest is listed", async () => {
  const ring = await unlock(KEK, answer());
  assert.deepEqual(ring.epochs.map(({ number }) => number), [2]);
  assert.equal(ring.current()?.number, 2);
  assert.equal(ring.listed.length, 2);
});

test("another passphrase's key is refused as such", async () => {
  await assert.rejects(unlock(systemRandom(32), answer()), EnvelopeRejected);
});

for (const [name, changes] of [
  ["another caseworker's bag", { sealed_bag: answer().sealed_bag }],
  ["another member's key id", { kid: toBase64url(systemRandom(8)) }],
  ["no slot for a passphrase", { slots: [] }],
  ["the seed of another epoch", { epochs: [listed(NEW, sealedFor(OLD, 2))] }],
  ["a seed that was sealed for another number", { epochs: [listed(NEW, sealedFor(NEW, 3))] }],
] as const) {
  test(`${name} is refused as keys that do not belong together`, async () => {
    await assert.rejects(unlock(KEK, answer(changes)), KeysRejected);
  });
}

test("wiping overwrites every seed", async () => {
  const ring = await unlock(KEK, answer());
  const [epoch] = ring.epochs;
  ring.wipe();
  for (const secret of [epoch?.seed, epoch?.signingSeed, epoch?.pair.seed]) assert.deepEqual(secret, new Uint8Array(32));
});

test("a key is handed on to a colleague who can open it", async () => {
  const colleague = suite.keyPair(systemRandom(32));
  const person = {
    caseworker: toHex(systemRandom(16)),
    email: "b@org01.example",
    kid: toBase64url(colleague.kid),
    public_key: toBase64url(colleague.publicKey),
    epoch: NEW.id,
  };
  const ring = ringOf([NEW]);
  const sealed = fromBase64url(await ring.handOn(person));
  const place = { organizationId: ORGANIZATION_ID, epoch: 2 };
  assert.deepEqual(keybag.openEpochSeed(sealed, colleague, place), NEW.seed);
  await assert.rejects(ring.handOn({ ...person, kid: toBase64url(MEMBER.kid) }), KeysRejected);
  await assert.rejects(ring.handOn({ ...person, epoch: OLD.id }), KeysRejected);
});

test("hexadecimal that is not, is refused", () => {
  for (const wrong of ["0", "0g", "AB", " 00"]) assert.throws(() => fromHex(wrong));
  assert.deepEqual(fromHex(""), new Uint8Array(0));
});
