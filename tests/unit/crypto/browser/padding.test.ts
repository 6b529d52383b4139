/** A padded size tells its class and nothing else, and padding has one form. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, equal } from "../../../../crypto/browser/bytes";
import * as padding from "../../../../crypto/browser/padding";
import { EnvelopeRejected } from "../../../../crypto/browser/rejected";
import * as samples from "./samples";

const { PaddingScheme } = padding;
const BOTH = [PaddingScheme.TEXT, PaddingScheme.ATTACHMENT];
const random = samples.randomOf("padding");

function near(...boundaries: readonly number[]): readonly number[] {
  return boundaries.flatMap((boundary) => [-2, -1, 0, 1, 2].map((away) => boundary + away)).filter((size) => size >= 0);
}

test("a content of any size comes back as it was", () => {
  for (const size of near(0, 16_384, 65_536, 67_584, 131_072)) {
    // Contents that look like padding themselves.
    for (const content of [random(size), new Uint8Array(size), new Uint8Array(size).fill(0x80)]) {
      for (const scheme of BOTH) {
        const padded = padding.pad(content, scheme);
        assert.equal(padded.length, padding.paddedSize(size, scheme));
        assert.ok(padding.isPaddedSize(padded.length, scheme));
        assert.ok(equal(padding.unpad(padded, scheme), content), `${size} bytes, scheme ${scheme}`);
      }
    }
  }
});

test("classes are those of the protocol", () => {
  const text = (size: number) => padding.paddedSize(size, PaddingScheme.TEXT);
  const attachment = (size: number) => padding.paddedSize(size, PaddingScheme.ATTACHMENT);
  assert.deepEqual([0, 16_383, 16_384, 65_535, 65_536].map(text), [16_384, 16_384, 65_536, 65_536, 67_584]);
  assert.deepEqual([0, 16_383, 16_384, 65_535, 65_536].map(attachment), [65_536, 65_536, 65_536, 65_536, 67_584]);
  // Padmé beyond 2**32, where operators on 32 bits would fail.
  assert.equal(attachment(2 ** 32), 2 ** 32 + 2 ** 26);
});

test("Padmé costs less than an eighth, and never shrinks", () => {
  let before = 0;
  for (let size = 65_536; size < 10 ** 9; size = Math.ceil(size * 1.07)) {
    const padded = padding.paddedSize(size, PaddingScheme.ATTACHMENT);
    assert.ok(padded > size && padded < size * 1.12 && padded >= before, `${size} bytes`);
    assert.ok(padding.isPaddedSize(padded, PaddingScheme.TEXT));
    assert.equal(padding.isPaddedSize(padded - 1, PaddingScheme.TEXT), false);
    before = padded;
  }
});

test("sizes of no class are none", () => {
  for (const size of [0, 1, 16_383, 16_385, 32_768, 65_535, 65_537, 66_000]) {
    for (const scheme of BOTH) assert.equal(padding.isPaddedSize(size, scheme), false, `${size} bytes`);
  }
  assert.equal(padding.isPaddedSize(16_384, PaddingScheme.ATTACHMENT), false);
});

test("padding that was changed, cut, or is longer than needed is refused", () => {
  const padded = padding.pad(random(100), PaddingScheme.TEXT);
  const faults = [
    new Uint8Array(0),
    new Uint8Array(16_384),
    padded.slice(0, -1),
    concat(padded, Uint8Array.of(0)),
    concat(padded, new Uint8Array(65_536 - 16_384)),
    samples.replaced(padded, 100, 0x81),
    samples.replaced(padded, 100, 0),
    samples.replaced(padded, 16_383, 1),
  ];
  for (const fault of faults) {
    assert.throws(() => padding.unpad(fault, PaddingScheme.TEXT), EnvelopeRejected);
  }
  assert.throws(() => padding.unpad(padded, PaddingScheme.ATTACHMENT), EnvelopeRejected);
});
