/** A message costs as many texts here as the hotline counts: both are held to tests/vectors/segments.json. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { lengthOf } from "../../../../../referrals/desk/browser/segments";
import vectors from "../../../../vectors/segments.json";

for (const { text, times, encoding, units, segments } of vectors) {
  test(`${JSON.stringify(text)} ${times} times is ${segments} in ${encoding}`, () => {
    assert.deepEqual(lengthOf(text.repeat(times)), { encoding, units, segments });
  });
}

test("nothing is no text", () => assert.equal(lengthOf("").segments, 0));
