/** Numbers and bytes are written in one way, and what has another form is refused. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { argon2id } from "../../../../crypto/browser/argon2";
import { fromBase64url, toBase64url } from "../../../../crypto/browser/base64url";
import * as bytes from "../../../../crypto/browser/bytes";
import { EnvelopeRejected } from "../../../../crypto/browser/rejected";
import * as samples from "./samples";

test("a number is big-endian, and refused where it does not fit", () => {
  assert.deepEqual(bytes.bigEndian(0x01020304, 4), Uint8Array.of(1, 2, 3, 4));
  assert.deepEqual(bytes.bigEndian(0, 2), new Uint8Array(2));
  assert.deepEqual(bytes.bigEndian(2 ** 40 + 1, 11), Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1));
  const faults = [
    [256, 1],
    [-1, 4],
    [1.5, 4],
    [Number.NaN, 4],
    [2 ** 53, 11],
  ] as const;
  for (const [value, width] of faults) assert.throws(() => bytes.bigEndian(value, width), RangeError);
});

test("bytes are equal where all of them are", () => {
  const left = samples.named("bytes");
  assert.ok(bytes.equal(left, left.slice()));
  assert.ok(bytes.equal(new Uint8Array(0), new Uint8Array(0)));
  assert.equal(bytes.equal(left, left.slice(1)), false);
  for (let place = 0; place < left.length; place += 1) assert.equal(bytes.equal(left, samples.flipped(left, place)), false);
});

test("base64url comes back as it was, at every length", () => {
  for (let size = 0; size < 70; size += 1) {
    const value = samples.randomOf("text")(size);
    const text = toBase64url(value);
    assert.equal(text, Buffer.from(value).toString("base64url"));
    assert.deepEqual(fromBase64url(text), value);
  }
});

test("base64 of another alphabet, with padding, spaces or one letter too many is refused", () => {
  for (const text of ["A", "AAAAA", "AA==", "AA+A", "AA/A", "AA A", "AAA\n", "AAAé", "AA.A"]) {
    assert.throws(() => fromBase64url(text), EnvelopeRejected, text);
  }
});

test("Argon2id runs within the protocol's bounds alone", async () => {
  const within = { secret: bytes.ascii("zoom"), salt: new Uint8Array(16), memory: 19_456, passes: 2 };
  assert.equal((await argon2id(within)).length, 32);
  const faults = [
    { memory: 19_455 },
    { memory: 65_537 },
    { memory: 2 ** 31 },
    { memory: 20_000.5 },
    { memory: Number.NaN },
    { passes: 1 },
    { passes: 4 },
    { passes: Number.POSITIVE_INFINITY },
    { salt: new Uint8Array(15) },
    { salt: new Uint8Array(17) },
    { secret: new Uint8Array(0) },
    { secret: new Uint8Array(1025) },
  ];
  for (const fault of faults) await assert.rejects(argon2id({ ...within, ...fault }), RangeError);
});
