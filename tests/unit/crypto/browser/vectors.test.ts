/** This implementation makes, opens and refuses what tests/vectors/protocol-1/ says; its README explains the fields. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { sha256 } from "@noble/hashes/sha2.js";
import { argon2id, type Stretch } from "../../../../crypto/browser/argon2";
import { fromBase64url as bytes } from "../../../../crypto/browser/base64url";
import { ascii, bigEndian, concat, equal, systemRandom } from "../../../../crypto/browser/bytes";
import * as envelope from "../../../../crypto/browser/envelope";
import * as keybag from "../../../../crypto/browser/keybag";
import * as padding from "../../../../crypto/browser/padding";
import * as receipt from "../../../../crypto/browser/receipt";
import { EnvelopeRejected, SignatureRejected } from "../../../../crypto/browser/rejected";
import * as stream from "../../../../crypto/browser/stream";
import * as suite from "../../../../crypto/browser/suite";
import * as symmetric from "../../../../crypto/browser/symmetric";
import { ourFiles, ours } from "./files";

const tested = new Set<string>();

/** Hold every entry of one list to a check. */
function each(file: string, list: string, check: (entry: any) => unknown): void {
  tested.add(`${file}.${list}`);
  test(`${file}: ${list}`, async () => {
    const entries = ours(file)[list] ?? [];
    assert.ok(entries.length > 0);
    for (const [index, entry] of entries.entries()) {
      try {
        await check(entry);
      } catch (cause) {
        throw new Error(`${entry.name ?? `entry ${index}`}: ${cause instanceof Error ? cause.message : ""}`, { cause });
      }
    }
  });
}

after(() => {
  const listed = ourFiles().flatMap((file) => Object.keys(ours(file)).map((list) => `${file}.${list}`));
  assert.deepEqual(listed.sort(), [...tested].sort());
});

/** Long bytes: a unit, so many times. */
function long({ unit, count }: { unit: string; count: number }): Uint8Array {
  const one = bytes(unit);
  const all = new Uint8Array(one.length * count);
  for (let index = 0; index < count; index += 1) all.set(one, index * one.length);
  return all;
}

/** Compare long bytes without printing them. */
function same(actual: Uint8Array, expected: Uint8Array): void {
  assert.ok(equal(actual, expected), "other bytes");
}

function rejects(act: () => unknown): void {
  assert.throws(act, EnvelopeRejected);
}

/** Run Argon2id and keep what came of it, since the copy that is derived from is wiped. */
function watched(seen: { master?: Uint8Array; salt?: Uint8Array }) {
  return async (stretch: Stretch) => {
    const master = await argon2id(stretch);
    Object.assign(seen, { master: master.slice(), salt: stretch.salt.slice() });
    return master;
  };
}

each("padding", "sizes", ({ scheme, content, padded }) => {
  assert.equal(padding.paddedSize(content, scheme), padded);
  assert.ok(padding.isPaddedSize(padded, scheme));
});
each("padding", "padded", ({ scheme, content, sha256: hash }) => {
  const padded = padding.pad(bytes(content), scheme);
  same(sha256(padded), bytes(hash));
  same(padding.unpad(padded, scheme), bytes(content));
});
each("padding", "not_sizes", ({ scheme, size }) => assert.equal(padding.isPaddedSize(size, scheme), false));
each("padding", "rejected", ({ scheme, start, size }) => {
  const padded = new Uint8Array(size);
  padded.set(long(start));
  rejects(() => padding.unpad(padded, scheme));
});

each("stream", "sealed", ({ key, aad, plaintext, sha256: hash }) => {
  const text = long(plaintext);
  const sealed = stream.seal(bytes(key), text, { aad: bytes(aad) });
  same(sha256(sealed), bytes(hash));
  same(stream.open(bytes(key), sealed, { aad: bytes(aad) }), text);
});
each("stream", "rejected", ({ key, aad, chunks }) => {
  const sealed = chunks.map(({ counter, last, plaintext }: any) => {
    const nonce = concat(bigEndian(counter, 11), bigEndian(last, 1));
    return symmetric.sealWithNonce(bytes(key), nonce, long(plaintext), bytes(aad));
  });
  rejects(() => stream.open(bytes(key), concat(...sealed), { aad: bytes(aad) }));
});
each("stream", "not_opened", ({ key, aad, sealed }) =>
  rejects(() => stream.open(bytes(key), bytes(sealed), { aad: bytes(aad) })),
);

each("key", "keys", ({ seed, public_key, kid }) => {
  const pair = suite.keyPair(bytes(seed));
  same(pair.publicKey, bytes(public_key));
  same(pair.kid, bytes(kid));
});

each("signature", "made", ({ seed, verify_key, message, signature }) => {
  same(suite.verifyKey(bytes(seed)), bytes(verify_key));
  same(suite.sign(bytes(seed), bytes(message)), bytes(signature));
  suite.verify(bytes(verify_key), bytes(signature), bytes(message));
});
each("signature", "refused", ({ verify_key, message, signature }) =>
  assert.throws(() => suite.verify(bytes(verify_key), bytes(signature), bytes(message)), SignatureRejected),
);

each("receipt", "drawn", ({ random, digits }) => assert.equal(receipt.generate(() => bytes(random)), digits));
each("receipt", "derived", async (entry) => {
  const seen: { master?: Uint8Array; salt?: Uint8Array } = {};
  const keys = await receipt.derive(entry.digits, bytes(entry.instance_id), watched(seen));
  assert.deepEqual(seen, { master: bytes(entry.master), salt: bytes(entry.salt) });
  same(keys.lookup, bytes(entry.lookup));
  same(keys.mailbox.seed, bytes(entry.mailbox_seed));
  same(sha256(keys.mailbox.publicKey), bytes(entry.mailbox_public_key_sha256));
  same(keys.mailbox.kid, bytes(entry.mailbox_kid));
  same(keys.signingSeed, bytes(entry.signing_seed));
  same(keys.verifyKey, bytes(entry.verify_key));
});
each("receipt", "shown", ({ digits, shown }) => assert.equal(receipt.format(digits), shown));
each("receipt", "typed", ({ typed, digits }) => assert.equal(receipt.parse(typed), digits));
each("receipt", "mistyped", ({ typed }) => assert.throws(() => receipt.parse(typed), receipt.ReceiptMistyped));

each("passphrase", "normalized", ({ typed, normalized }) => assert.equal(keybag.normalizePassphrase(typed), normalized));
each("passphrase", "derived", async (entry) => {
  const seen: { master?: Uint8Array } = {};
  const keys = await keybag.derivePassphrase(entry.typed, bytes(entry.salt), watched(seen));
  assert.deepEqual(seen.master, bytes(entry.master));
  assert.deepEqual(keys, { kek: bytes(entry.kek), loginSecret: bytes(entry.login_secret) });
});
each("passphrase", "refused", ({ typed }) =>
  assert.rejects(keybag.derivePassphrase(typed, new Uint8Array(16), argon2id), RangeError),
);
each("passphrase", "drawn", ({ random, indexes }) => {
  const words = Array.from({ length: 7776 }, (_, index) => `word-${index}`);
  const source = bytes(random);
  let offset = 0;
  const drawn = keybag.generatePassphrase(words, (size) => source.slice(offset, (offset += size)));
  assert.equal(offset, source.length);
  assert.deepEqual(drawn.split(" "), indexes.map((index: number) => words[index]));
});

each("keybag", "slots", (entry) => {
  const place = { userId: bytes(entry.user_id), slot: entry.slot, version: entry.version };
  const random = () => bytes(entry.nonce);
  same(keybag.sealSlot(bytes(entry.kek), bytes(entry.bag_key), { ...place, random }), bytes(entry.sealed));
  same(keybag.openSlot(bytes(entry.kek), bytes(entry.sealed), place), bytes(entry.bag_key));
});
each("keybag", "slots_rejected", ({ kek, sealed, user_id, slot, version }) =>
  rejects(() => keybag.openSlot(bytes(kek), bytes(sealed), { userId: bytes(user_id), slot, version })),
);
each("keybag", "bags", (entry) => {
  const { pins } = entry;
  const bag = { memberSeed: bytes(entry.member_seed), signingSeed: bytes(entry.signing_seed), pins };
  const [key, userId] = [bytes(entry.bag_key), bytes(entry.user_id)];
  const aad = concat(ascii("leeward/1/bag\0"), userId);
  const sealed = keybag.sealBag(bag, key, { userId, random: () => bytes(entry.nonce) });
  const text = (raw: Uint8Array) => new TextDecoder().decode(raw);
  assert.equal(text(symmetric.open(key, sealed, { aad })), text(bytes(entry.plaintext)));
  same(sealed, bytes(entry.sealed));
  assert.deepEqual(keybag.openBag(bytes(entry.sealed), key, { userId }), bag);
});
each("keybag", "bags_rejected", ({ sealed, bag_key, user_id }) =>
  rejects(() => keybag.openBag(bytes(sealed), bytes(bag_key), { userId: bytes(user_id) })),
);
each("keybag", "case_wraps", ({ key, case_id, message_id, nonce, wrap, sealed }) => {
  // Only the server seals and opens these; what it does is held to the vectors here as well.
  const aad = concat(ascii("leeward/1/case-wrap\0"), bytes(case_id), bytes(message_id));
  same(symmetric.seal(bytes(key), bytes(wrap), { aad, random: () => bytes(nonce) }), bytes(sealed));
  same(symmetric.open(bytes(key), bytes(sealed), { aad }), bytes(wrap));
});

each("epoch", "epochs", (entry) => {
  const member = suite.keyPair(bytes(entry.member_seed));
  const place = { organizationId: bytes(entry.organization_id), epoch: entry.epoch };
  const seed = keybag.openEpochSeed(bytes(entry.sealed_seed), member, place);
  same(seed, bytes(entry.seed));
  same(suite.keyPair(seed).kid, bytes(entry.kid));
  same(sha256(suite.keyPair(seed).publicKey), bytes(entry.public_key_sha256));
  same(keybag.epochSigningSeed(seed), bytes(entry.signing_seed));
  same(suite.verifyKey(keybag.epochSigningSeed(seed)), bytes(entry.verify_key));
});
each("epoch", "rejected", ({ sealed_seed, member_seed, organization_id, epoch }) => {
  const member = suite.keyPair(bytes(member_seed));
  rejects(() => keybag.openEpochSeed(bytes(sealed_seed), member, { organizationId: bytes(organization_id), epoch }));
});

function partsOf(entry: any): envelope.Envelope {
  return { header: bytes(entry.header), wraps: entry.wraps.map(bytes), body: bytes(entry.body) };
}

each("envelope", "envelopes", (entry) => {
  const { header, wraps, body } = partsOf(entry);
  const document = long(entry.document);
  let isFirst = true;
  const sealed = envelope.seal(document, {
    messageType: entry.type,
    origin: entry.origin,
    caseId: bytes(entry.case_id),
    messageId: bytes(entry.message_id),
    recipients: entry.readers.map(({ seed, role }: any) => ({ publicKey: suite.keyPair(bytes(seed)).publicKey, role })),
    ...(entry.signing_seed === null ? {} : { signer: { kind: entry.signer, seed: bytes(entry.signing_seed) } }),
    // The message's key is drawn first, and then what HPKE needs.
    random: (size) => (isFirst ? ((isFirst = false), bytes(entry.dek)) : systemRandom(size)),
  });
  same(sealed.header, header);
  same(sealed.body, body);
  same(envelope.digest(header, body), bytes(entry.digest));
  same(symmetric.derive(bytes(entry.dek), concat(ascii("leeward/1/body\0"), header)), bytes(entry.body_key));
  const parsed = envelope.parse(concat(header, Uint8Array.of(wraps.length), ...wraps, body));
  for (const [index, { seed, role, kid, opens }] of entry.readers.entries()) {
    const wrap = parsed.wraps[index] ?? new Uint8Array(0);
    assert.equal(envelope.wrapRole(wrap), role);
    same(envelope.wrapKid(wrap), bytes(kid));
    const pair = suite.keyPair(bytes(seed));
    if (!opens) {
      rejects(() => envelope.open(parsed, pair));
      continue;
    }
    const opened = envelope.open(parsed, pair);
    same(opened.document, document);
    assert.equal(opened.signer, entry.signer);
    if (entry.signing_seed === null) continue;
    same(opened.signature, bytes(entry.signature));
    opened.checkSignature(bytes(entry.verify_key));
  }
});

each("forged", "forged", (entry) => {
  const opened = envelope.open(partsOf(entry), suite.keyPair(bytes(entry.reader)));
  assert.throws(() => opened.checkSignature(bytes(entry.verify_key)), SignatureRejected);
});

each("tampered", "cut_and_joined", ({ pieces, refused, reader }) => {
  const wholes = new Map<string, Uint8Array>();
  for (const entry of ours("envelope")["envelopes"] ?? []) wholes.set(entry.name, envelope.toBytes(partsOf(entry)));
  const whole = concat(
    ...pieces.map((piece: any) => {
      if (piece.bytes !== undefined) return bytes(piece.bytes);
      const of = wholes.get(piece.of);
      assert.ok(of !== undefined);
      return of.slice(piece.from, piece.to ?? undefined);
    }),
  );
  if (refused === "parse") return rejects(() => envelope.parse(whole));
  const parsed = envelope.parse(whole);
  rejects(() => envelope.open(parsed, suite.keyPair(bytes(reader))));
});
each("tampered", "crafted", (entry) => {
  const parts = partsOf(entry);
  if (entry.opened_by !== undefined) envelope.open(parts, suite.keyPair(bytes(entry.opened_by)));
  rejects(() => envelope.open(parts, suite.keyPair(bytes(entry.reader))));
});
