/** A caseworker's keys open with their passphrase, in their own place, and in no other way. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stretch } from "../../../../crypto/browser/argon2";
import { argon2id } from "../../../../crypto/browser/argon2";
import { ascii, concat } from "../../../../crypto/browser/bytes";
import * as keybag from "../../../../crypto/browser/keybag";
import { EnvelopeRejected } from "../../../../crypto/browser/rejected";
import * as suite from "../../../../crypto/browser/suite";
import * as symmetric from "../../../../crypto/browser/symmetric";
import { WORDS } from "../../../../crypto/browser/wordlist";
import * as samples from "./samples";

const userId = samples.named("a caseworker").slice(0, 16);
const otherId = samples.named("another caseworker").slice(0, 16);
const kek = samples.named("a key of a slot");
const bagKey = samples.named("a key of a bag");
const salt = samples.named("a salt").slice(0, 16);
const bag: keybag.Bag = {
  memberSeed: samples.named("a member's seed"),
  signingSeed: samples.named("a signing seed"),
  pins: { "directory": "7f", "épingle": "ਪਿੰਨ \u2028 \"quoted\"" },
};

function sealJson(json: string): Uint8Array {
  const aad = concat(ascii("leeward/1/bag\0"), userId);
  return symmetric.seal(bagKey, new TextEncoder().encode(json), { aad });
}

test("the list has 7,776 different words, none of which holds a space", () => {
  assert.equal(new Set(WORDS.map(keybag.normalizePassphrase)).size, 7776);
  assert.ok(WORDS.every((word) => /^[a-z-]{3,9}$/.test(word)));
  assert.deepEqual([WORDS[0], WORDS[7775]], ["abacus", "zoom"]);
});

test("a passphrase has six words of the list and is not made twice", () => {
  const made = Array.from({ length: 20 }, () => keybag.generatePassphrase(WORDS));
  assert.equal(new Set(made).size, 20);
  for (const passphrase of made) {
    const words = passphrase.split(" ");
    assert.equal(words.length, 6);
    assert.ok(words.every((word) => WORDS.includes(word)));
    assert.equal(keybag.normalizePassphrase(passphrase), passphrase);
  }
});

test("every word can be drawn, the first and the last too", () => {
  const drawn = (number: bigint) => {
    const bytes = Uint8Array.from({ length: 32 }, (_, index) => Number((number >> BigInt(8 * (31 - index))) & 255n));
    return keybag.generatePassphrase(WORDS, () => bytes.slice()).split(" ")[0];
  };
  assert.equal(drawn(0n), WORDS[0]);
  assert.equal(drawn(7775n), WORDS[7775]);
  assert.equal(drawn(7776n), WORDS[0]);
  assert.equal(drawn(2n ** 256n - 1n), WORDS[Number((2n ** 256n - 1n) % 7776n)]);
});

test("a list with fewer different words is refused", () => {
  const faults = [WORDS.slice(1), [...WORDS.slice(1), WORDS[1] ?? ""], [...WORDS.slice(1), "ABDOMEN "], []];
  for (const words of faults) assert.throws(() => keybag.generatePassphrase(words), RangeError);
});

test("a passphrase counts however it is typed", () => {
  const written = "felt-tip yo-yo zoom abacus straße ﬁve";
  const typed = "\u2003 FELT-TIP\tyo-yo\r\nZoom\u00a0\u1680abacus\u0085STRASSE  Five \u3000";
  assert.equal(keybag.normalizePassphrase(typed), "felt-tip yo-yo zoom abacus strasse five");
  assert.equal(keybag.normalizePassphrase(written), "felt-tip yo-yo zoom abacus straße five");
  // What is White_Space to one language alone stays: both must stretch the same.
  assert.equal(keybag.normalizePassphrase("\ufeffa\u001fb\u200bc"), "\ufeffa\u001fb\u200bc");
});

test("a passphrase yields two keys that tell nothing of each other", async () => {
  const first = await keybag.derivePassphrase("felt-tip yo-yo zoom", salt, argon2id);
  const again = await keybag.derivePassphrase(" Felt-Tip  YO-YO zoom\n", salt, argon2id);
  const salted = await keybag.derivePassphrase("felt-tip yo-yo zoom", otherId, argon2id);
  assert.deepEqual(first, again);
  assert.equal(first.kek.length, 32);
  assert.equal(first.loginSecret.length, 32);
  assert.notDeepEqual(first.kek, first.loginSecret);
  assert.notDeepEqual(first.kek, salted.kek);
  assert.notDeepEqual(first.loginSecret, salted.loginSecret);
});

test("a passphrase is stretched at 64 MiB with three passes, and its copies are wiped", async () => {
  let asked: Stretch | undefined;
  const master = samples.named("a master").slice();
  await keybag.derivePassphrase("zoom", salt, async (stretch) => {
    assert.deepEqual(stretch.secret, ascii("zoom"));
    asked = stretch;
    return master;
  });
  assert.deepEqual([asked?.memory, asked?.passes, asked?.salt], [65_536, 3, salt]);
  assert.ok(samples.isWiped(asked?.secret ?? ascii("?")));
  assert.ok(samples.isWiped(master));
});

test("a passphrase is wiped where stretching fails, too", async () => {
  let secret: Uint8Array | undefined;
  const failing = keybag.derivePassphrase("zoom", salt, async (stretch) => {
    secret = stretch.secret;
    throw new Error("out of memory");
  });
  await assert.rejects(failing, /out of memory/);
  assert.ok(samples.isWiped(secret ?? ascii("?")));
});

test("no passphrase, one that is too long, and a salt of another size are refused before anything is stretched", async () => {
  const never = async () => {
    throw new Error("it was stretched");
  };
  for (const passphrase of ["", " \t\u3000", "a".repeat(1025), "ਪ".repeat(342)]) {
    await assert.rejects(keybag.derivePassphrase(passphrase, salt, never), RangeError);
  }
  for (const size of [0, 15, 17]) {
    await assert.rejects(keybag.derivePassphrase("zoom", new Uint8Array(size), never), RangeError);
  }
});

test("a bag comes back as it was", () => {
  assert.deepEqual(keybag.openBag(keybag.sealBag(bag, bagKey, { userId }), bagKey, { userId }), bag);
  const empty = { ...bag, pins: {} };
  assert.deepEqual(keybag.openBag(keybag.sealBag(empty, bagKey, { userId }), bagKey, { userId }), empty);
});

test("a bag is written in one way, whatever the order of its pins", () => {
  const written = (pins: Record<string, string>) => {
    const sealed = keybag.sealBag({ ...bag, pins }, bagKey, { userId, random: samples.randomOf("a bag") });
    return new TextDecoder().decode(symmetric.open(bagKey, sealed, { aad: concat(ascii("leeward/1/bag\0"), userId) }));
  };
  assert.equal(written({ b: "2", a: "1" }), written({ a: "1", b: "2" }));
  assert.match(
    written({ b: "é", a: "1" }),
    /^\{"member_seed":"[\w-]{43}","pins":\{"a":"1","b":"é"\},"signing_seed":"[\w-]{43}","v":1\}$/,
  );
});

test("a bag of another caseworker, under another key, or changed is refused", () => {
  const sealed = keybag.sealBag(bag, bagKey, { userId });
  assert.throws(() => keybag.openBag(sealed, bagKey, { userId: otherId }), EnvelopeRejected);
  assert.throws(() => keybag.openBag(sealed, kek, { userId }), EnvelopeRejected);
  for (const place of [0, 11, 12, 40, -16, -1]) {
    assert.throws(() => keybag.openBag(samples.flipped(sealed, place), bagKey, { userId }), EnvelopeRejected);
  }
  for (const end of [0, 12, 27, 28, -1]) {
    assert.throws(() => keybag.openBag(sealed.slice(0, end), bagKey, { userId }), EnvelopeRejected);
  }
});

test("a bag that holds something else is refused", () => {
  const seed = "A".repeat(43);
  const faults = [
    "",
    "{",
    "null",
    "[]",
    "1",
    `{"v":2,"member_seed":"${seed}","signing_seed":"${seed}","pins":{}}`,
    `{"v":"1","member_seed":"${seed}","signing_seed":"${seed}","pins":{}}`,
    `{"v":1,"member_seed":"${seed}","signing_seed":"${seed}"}`,
    `{"v":1,"member_seed":"${seed}","signing_seed":"${seed}","pins":null}`,
    `{"v":1,"member_seed":"${seed}","signing_seed":"${seed}","pins":[]}`,
    `{"v":1,"member_seed":"${seed}","signing_seed":"${seed}","pins":{"a":1}}`,
    `{"v":1,"member_seed":"${seed.slice(4)}","signing_seed":"${seed}","pins":{}}`,
    `{"v":1,"member_seed":"${seed}","signing_seed":"${seed}AAA","pins":{}}`,
    `{"v":1,"member_seed":"${seed.slice(1)}!","signing_seed":"${seed}","pins":{}}`,
    `{"v":1,"member_seed":null,"signing_seed":"${seed}","pins":{}}`,
  ];
  for (const fault of faults) {
    assert.throws(() => keybag.openBag(sealJson(fault), bagKey, { userId }), EnvelopeRejected, fault);
  }
  assert.ok(keybag.openBag(sealJson(`{"v":1,"member_seed":"${seed}","signing_seed":"${seed}","pins":{}}`), bagKey, { userId }));
});

test("a slot opens in its own place alone", () => {
  const place = { userId, slot: 1, version: 1 };
  const sealed = keybag.sealSlot(kek, bagKey, place);
  assert.equal(sealed.length, 60);
  assert.deepEqual(keybag.openSlot(kek, sealed, place), bagKey);
  const others = [{ userId: otherId }, { slot: 2 }, { slot: 0 }, { version: 2 }, { version: 0 }, { version: 256 }];
  for (const other of others) {
    assert.throws(() => keybag.openSlot(kek, sealed, { ...place, ...other }), EnvelopeRejected);
  }
  assert.throws(() => keybag.openSlot(bagKey, sealed, place), EnvelopeRejected);
  for (const index of [0, 12, 44, 59]) {
    assert.throws(() => keybag.openSlot(kek, samples.flipped(sealed, index), place), EnvelopeRejected);
  }
});

test("a slot that holds no key is refused", () => {
  const aad = concat(ascii("leeward/1/slot\0"), userId, Uint8Array.of(1, 0, 0, 0, 1));
  const sealed = symmetric.seal(kek, new Uint8Array(31), { aad });
  assert.throws(() => keybag.openSlot(kek, sealed, { userId, slot: 1, version: 1 }), EnvelopeRejected);
});

test("an epoch's seed opens for its member, organization and epoch alone", () => {
  const seed = samples.named("an epoch's seed");
  const organizationId = samples.named("an organization").slice(0, 16);
  const place = { organizationId, epoch: 1 };
  const sealed = keybag.sealEpochSeed(seed, { ...place, memberPublicKey: samples.epoch.publicKey });
  assert.equal(sealed.length, 1168);
  assert.deepEqual(keybag.openEpochSeed(sealed, samples.epoch, place), seed);
  assert.throws(() => keybag.openEpochSeed(sealed, samples.stranger, place), EnvelopeRejected);
  assert.throws(() => keybag.openEpochSeed(sealed, samples.epoch, { ...place, epoch: 2 }), EnvelopeRejected);
  assert.throws(() => keybag.openEpochSeed(sealed, samples.epoch, { ...place, organizationId: otherId }), EnvelopeRejected);
  for (const index of [0, 1087, 1088, 1119, 1120, -1]) {
    assert.throws(() => keybag.openEpochSeed(samples.flipped(sealed, index), samples.epoch, place), EnvelopeRejected);
  }
  for (const end of [0, 1120, 1135, 1136, 1167]) {
    assert.throws(() => keybag.openEpochSeed(sealed.slice(0, end), samples.epoch, place), EnvelopeRejected);
  }
});

test("sizes and numbers that the protocol does not have are refused", () => {
  const organizationId = userId;
  const memberPublicKey = samples.epoch.publicKey;
  const seed = samples.named("an epoch's seed");
  const faults: (() => unknown)[] = [
    () => keybag.sealBag({ ...bag, memberSeed: new Uint8Array(31) }, bagKey, { userId }),
    () => keybag.sealBag({ ...bag, signingSeed: new Uint8Array(33) }, bagKey, { userId }),
    () => keybag.sealBag(bag, bagKey.slice(16), { userId }),
    () => keybag.sealBag(bag, bagKey, { userId: new Uint8Array(15) }),
    () => keybag.sealSlot(kek, bagKey.slice(1), { userId, slot: 1, version: 1 }),
    () => keybag.sealSlot(kek.slice(16), bagKey, { userId, slot: 1, version: 1 }),
    () => keybag.sealSlot(kek, bagKey, { userId, slot: 256, version: 1 }),
    () => keybag.sealSlot(kek, bagKey, { userId, slot: -1, version: 1 }),
    () => keybag.sealSlot(kek, bagKey, { userId, slot: 1.5, version: 1 }),
    () => keybag.sealSlot(kek, bagKey, { userId, slot: 1, version: 2 ** 32 }),
    () => keybag.sealEpochSeed(seed.slice(1), { memberPublicKey, organizationId, epoch: 1 }),
    () => keybag.sealEpochSeed(seed, { memberPublicKey: memberPublicKey.slice(1), organizationId, epoch: 1 }),
    () => keybag.sealEpochSeed(seed, { memberPublicKey, organizationId: userId.slice(1), epoch: 1 }),
    () => keybag.sealEpochSeed(seed, { memberPublicKey, organizationId, epoch: 2 ** 32 }),
    () => keybag.epochSigningSeed(seed.slice(1)),
  ];
  for (const fault of faults) assert.throws(fault, RangeError, String(fault));
});

test("an epoch signs with a key of its own", () => {
  const seed = samples.named("an epoch's seed");
  const signingSeed = keybag.epochSigningSeed(seed);
  assert.equal(signingSeed.length, 32);
  assert.notDeepEqual(signingSeed, seed);
  assert.notDeepEqual(suite.verifyKey(signingSeed), suite.verifyKey(seed));
});
