/** A stream opens whole or not at all. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, equal } from "../../../../crypto/browser/bytes";
import { EnvelopeRejected } from "../../../../crypto/browser/rejected";
import * as stream from "../../../../crypto/browser/stream";
import { sealWithNonce } from "../../../../crypto/browser/symmetric";
import * as samples from "./samples";

const key = samples.named("a body's key");
const aad = samples.named("a header");
const chunk = stream.CHUNK_SIZE + 16;
const random = samples.randomOf("streams");

/** Sizes at, just below and just above each boundary, and a few anywhere between them. */
function sizes(): readonly number[] {
  const near = [1, 2, 3].flatMap((count) => [-2, -1, 0, 1, 2].map((away) => count * stream.CHUNK_SIZE + away));
  const anywhere = Array.from({ length: 8 }, () => new DataView(random(4).buffer).getUint32(0) % (4 * stream.CHUNK_SIZE));
  return [1, 2, 15, 16, 17, ...near, ...anywhere.map((size) => size + 1)];
}

test("a stream of any size comes back as it was", () => {
  for (const size of sizes()) {
    const text = random(size);
    const sealed = stream.seal(key, text, { aad });
    assert.equal(sealed.length, stream.sealedSize(size));
    assert.equal(stream.plaintextSize(sealed.length), size);
    assert.ok(equal(stream.open(key, sealed, { aad }), text), `${size} bytes`);
  }
});

test("chunks have the nonces of their places", () => {
  const text = random(2 * stream.CHUNK_SIZE + 5);
  const nonces = [0, 1, 2].map((count) => concat(new Uint8Array(10), Uint8Array.of(count, count === 2 ? 1 : 0)));
  const expected = nonces.map((nonce, count) => {
    const part = text.subarray(count * stream.CHUNK_SIZE, (count + 1) * stream.CHUNK_SIZE);
    return sealWithNonce(key, nonce, part, aad);
  });
  assert.ok(equal(stream.seal(key, text, { aad }), concat(...expected)));
});

test("an empty stream is not sealed", () => {
  assert.throws(() => stream.seal(key, new Uint8Array(0), { aad }), RangeError);
});

test("a stream that was cut anywhere is refused", () => {
  const sealed = stream.seal(key, random(2 * stream.CHUNK_SIZE + 100), { aad });
  for (const end of [0, 1, 16, 17, chunk - 1, chunk, chunk + 1, chunk + 16, 2 * chunk, 2 * chunk + 16, 2 * chunk + 17, -1]) {
    assert.throws(() => stream.open(key, sealed.slice(0, end), { aad }), EnvelopeRejected, `up to ${end}`);
  }
});

test("a stream of full chunks does not lose its last one", () => {
  const sealed = stream.seal(key, random(2 * stream.CHUNK_SIZE), { aad });
  assert.equal(sealed.length, 2 * chunk);
  assert.throws(() => stream.open(key, sealed.slice(0, chunk), { aad }), EnvelopeRejected);
});

test("a stream that ends twice, or with an empty chunk, is refused", () => {
  const sealed = stream.seal(key, random(stream.CHUNK_SIZE), { aad });
  const empty = sealWithNonce(key, concat(new Uint8Array(10), Uint8Array.of(1, 1)), new Uint8Array(0), aad);
  assert.throws(() => stream.open(key, concat(sealed, empty), { aad }), EnvelopeRejected);
  assert.throws(() => stream.open(key, concat(sealed, sealed), { aad }), EnvelopeRejected);
});

test("another key, other data, and a key of another size are refused", () => {
  const sealed = stream.seal(key, random(10), { aad });
  assert.throws(() => stream.open(samples.named("another key"), sealed, { aad }), EnvelopeRejected);
  assert.throws(() => stream.open(key, sealed, { aad: samples.flipped(aad, 0) }), EnvelopeRejected);
  assert.throws(() => stream.open(key.slice(16), sealed, { aad }), RangeError);
  assert.throws(() => stream.seal(key.slice(16), random(10), { aad }), RangeError);
});

test("sizes that no stream has are refused", () => {
  for (const size of [0, 1, 15, 16, chunk + 1, chunk + 16, 2 * chunk + 3]) {
    assert.throws(() => stream.plaintextSize(size), EnvelopeRejected, `${size} bytes`);
  }
});
