/** What is sealed to a key opens with that key and its info alone, and a signature has one signer and one text. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { ascii, concat } from "../../../../crypto/browser/bytes";
import { EnvelopeRejected, SignatureRejected } from "../../../../crypto/browser/rejected";
import * as suite from "../../../../crypto/browser/suite";
import * as symmetric from "../../../../crypto/browser/symmetric";
import * as samples from "./samples";

const info = ascii("leeward/1/test\0");
const text = ascii("a text");
const seed = samples.named("a signer");
const verifyKey = suite.verifyKey(seed);

test("what is sealed opens, an empty text too", () => {
  for (const plaintext of [text, new Uint8Array(0), samples.randomOf("text")(1_000)]) {
    const sealed = suite.seal(samples.epoch.publicKey, plaintext, { info });
    assert.equal(sealed.length, suite.SEALED_OVERHEAD + plaintext.length);
    assert.deepEqual(suite.open(samples.epoch, sealed, { info }), plaintext);
  }
});

test("nothing is sealed twice in the same way", () => {
  const [first, second] = [1, 2].map(() => suite.seal(samples.epoch.publicKey, text, { info }));
  assert.notDeepEqual(first, second);
});

test("another key, another info, and every part that was changed or cut are refused", () => {
  const sealed = suite.seal(samples.epoch.publicKey, text, { info });
  assert.throws(() => suite.open(samples.stranger, sealed, { info }), EnvelopeRejected);
  assert.throws(() => suite.open(samples.epoch, sealed, { info: info.slice(1) }), EnvelopeRejected);
  for (const place of [0, 500, 1087, 1088, 1119, 1120, 1125, 1126, -1]) {
    assert.throws(() => suite.open(samples.epoch, samples.flipped(sealed, place), { info }), EnvelopeRejected);
  }
  for (const end of [0, 1, 1087, 1120, 1135, 1136, -1]) {
    assert.throws(() => suite.open(samples.epoch, sealed.slice(0, end), { info }), EnvelopeRejected);
  }
  assert.throws(() => suite.open(samples.epoch, concat(sealed, Uint8Array.of(0)), { info }), EnvelopeRejected);
});

test("an encapsulation of low order is refused", () => {
  const sealed = suite.seal(samples.epoch.publicKey, text, { info });
  sealed.fill(0, 1088, 1120);
  assert.throws(() => suite.open(samples.epoch, sealed, { info }), EnvelopeRejected);
});

test("what is not a public key is not sealed to", () => {
  const key = samples.epoch.publicKey;
  const unreduced = samples.replaced(samples.replaced(key, 0, 255), 1, 255);
  const lowOrder = concat(key.subarray(0, 1184), new Uint8Array(32));
  for (const fault of [new Uint8Array(0), key.slice(1), concat(key, Uint8Array.of(0)), unreduced, lowOrder]) {
    assert.throws(() => suite.seal(fault, text, { info }), RangeError);
  }
  assert.throws(() => suite.keyId(key.slice(1)), RangeError);
});

test("a key pair belongs to its seed, and keeps a copy of its own", () => {
  const own = samples.named("a seed").slice();
  const pair = suite.keyPair(own);
  assert.deepEqual(pair, suite.keyPair(samples.named("a seed")));
  assert.equal(pair.kid.length, 8);
  own.fill(0);
  assert.deepEqual(pair.seed, samples.named("a seed"));
  for (const size of [0, 31, 33]) assert.throws(() => suite.keyPair(new Uint8Array(size)), RangeError);
});

test("a signature is true for its key and its text", () => {
  const signature = suite.sign(seed, text);
  assert.equal(signature.length, suite.SIGNATURE_SIZE);
  suite.verify(verifyKey, signature, text);
  const faults: [Uint8Array, Uint8Array, Uint8Array][] = [
    [verifyKey, signature, text.slice(1)],
    [verifyKey, samples.flipped(signature, 0), text],
    [verifyKey, samples.flipped(signature, -1), text],
    [verifyKey, signature.slice(1), text],
    [verifyKey, concat(signature, Uint8Array.of(0)), text],
    [verifyKey, new Uint8Array(64), text],
    [suite.verifyKey(samples.named("another signer")), signature, text],
    [samples.flipped(verifyKey, 0), signature, text],
    [verifyKey.slice(1), signature, text],
    [new Uint8Array(0), signature, text],
  ];
  for (const [key, signed, message] of faults) {
    assert.throws(() => suite.verify(key, signed, message), SignatureRejected);
  }
  for (const size of [0, 31, 33]) {
    assert.throws(() => suite.sign(new Uint8Array(size), text), RangeError);
    assert.throws(() => suite.verifyKey(new Uint8Array(size)), RangeError);
  }
});

test("a signature of which another could be made is refused", () => {
  const signature = suite.sign(seed, text);
  const order = ed25519.Point.Fn.ORDER;
  const response = littleEndian(signature.subarray(32)) + order;
  assert.throws(() => suite.verify(verifyKey, concat(signature.subarray(0, 32), bytesOf(response)), text), SignatureRejected);
});

test("a key of small order, under which one signature fits any text, is refused", () => {
  const points = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  ];
  const identity = samples.replaced(new Uint8Array(64), 0, 1);
  for (const point of points) {
    const key = Uint8Array.from(point.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
    assert.throws(() => suite.verify(key, identity, text), SignatureRejected, point);
  }
});

test("a signature that holds only up to a point of small order is refused, as OpenSSL refuses it", () => {
  // A signer adds such a point to the commitment and answers the challenge of that: multiplied by eight, it fits.
  const { Point } = ed25519;
  const secret = ed25519.utils.getExtendedPublicKey(seed);
  const small = Point.fromBytes(samples.replaced(new Uint8Array(32), 0, 0));
  const nonce = 12_345n;
  const commitment = Point.BASE.multiply(nonce).add(small).toBytes();
  const challenge = Point.Fn.create(littleEndian(sha512(concat(commitment, verifyKey, text))));
  const response = Point.Fn.create(nonce + challenge * secret.scalar);
  const signature = concat(commitment, bytesOf(response));
  assert.ok(ed25519.verify(signature, text, verifyKey, { zip215: false }));
  assert.throws(() => suite.verify(verifyKey, signature, text), SignatureRejected);
});

test("what is sealed under a key opens under that key and its data alone", () => {
  const key = samples.named("a key");
  const sealed = symmetric.seal(key, text, { aad: info });
  assert.equal(sealed.length, 12 + text.length + 16);
  assert.deepEqual(symmetric.open(key, sealed, { aad: info }), text);
  assert.notDeepEqual(symmetric.seal(key, text, { aad: info }), sealed);
  assert.throws(() => symmetric.open(samples.named("another"), sealed, { aad: info }), EnvelopeRejected);
  assert.throws(() => symmetric.open(key, sealed, { aad: text }), EnvelopeRejected);
  for (let place = 0; place < sealed.length; place += 1) {
    assert.throws(() => symmetric.open(key, samples.flipped(sealed, place), { aad: info }), EnvelopeRejected);
    assert.throws(() => symmetric.open(key, sealed.slice(0, place), { aad: info }), EnvelopeRejected);
  }
});

test("a symmetric key of another size is refused, those of AES-128 and AES-192 too", () => {
  for (const size of [0, 16, 24, 31, 33]) {
    assert.throws(() => symmetric.seal(new Uint8Array(size), text, { aad: info }), RangeError);
    assert.throws(() => symmetric.open(new Uint8Array(size), new Uint8Array(40), { aad: info }), RangeError);
  }
});

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((number, byte) => number * 256n + BigInt(byte), 0n);
}

function bytesOf(number: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((number >> BigInt(8 * index)) & 255n));
}
