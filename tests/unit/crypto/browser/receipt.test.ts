/** A receipt survives being written down, dictated and typed, and finds what is mistyped before anybody is asked. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stretch } from "../../../../crypto/browser/argon2";
import { argon2id } from "../../../../crypto/browser/argon2";
import { ascii } from "../../../../crypto/browser/bytes";
import * as receipt from "../../../../crypto/browser/receipt";
import * as suite from "../../../../crypto/browser/suite";
import * as samples from "./samples";

const digits = receipt.generate(samples.randomOf("a receipt"));
const instanceId = samples.named("an instance").slice(0, 16);

function mistyped(text: string): void {
  assert.throws(() => receipt.parse(text), receipt.ReceiptMistyped, JSON.stringify(text));
}

test("a receipt has twenty digits that check and is not made twice", () => {
  const made = Array.from({ length: 200 }, () => receipt.generate());
  assert.equal(new Set(made).size, 200);
  for (const one of made) {
    assert.match(one, /^[0-9]{20}$/);
    assert.equal(receipt.parse(one), one);
  }
});

test("leading zeros are digits as any", () => {
  assert.equal(receipt.generate((size) => new Uint8Array(size)), "0".repeat(20));
  assert.match(receipt.generate((size) => samples.replaced(new Uint8Array(size), size - 1, 7)), /^0{18}7[0-9]$/);
});

test("a receipt is shown in five groups of four and read back", () => {
  const shown = receipt.format(digits);
  assert.match(shown, /^[0-9]{4}( [0-9]{4}){4}$/);
  assert.equal(receipt.parse(shown), digits);
});

test("every single wrong digit and every swap of neighbours is found", () => {
  for (let place = 0; place < 20; place += 1) {
    for (let digit = 0; digit < 10; digit += 1) {
      const typed = digits.slice(0, place) + String(digit) + digits.slice(place + 1);
      if (typed !== digits) mistyped(typed);
    }
    const [first = "", second = ""] = digits.slice(place, place + 2);
    if (second !== "" && first !== second) mistyped(digits.slice(0, place) + second + first + digits.slice(place + 2));
  }
});

test("digits of every script are read", () => {
  // Arabic, Persian, Devanagari, Gurmukhi, Bengali, Tamil, Thai, full width, two of mathematics, and one beyond 16 bits.
  for (const zero of [0x660, 0x6f0, 0x966, 0xa66, 0x9e6, 0xbe6, 0xe50, 0xff10, 0x1d7ce, 0x1d7f6, 0x1e950]) {
    const typed = Array.from(digits, (digit) => String.fromCodePoint(zero + Number(digit))).join("");
    assert.equal(receipt.parse(typed), digits, `from U+${zero.toString(16)}`);
  }
  const zeros = [0x30, 0xa66, 0xff10];
  const mixed = Array.from(digits, (digit, at) => String.fromCodePoint((zeros[at % 3] ?? 0) + Number(digit)));
  assert.equal(receipt.parse(mixed.join("")), digits);
});

test("spaces, dashes and invisible marks are passed over", () => {
  for (const between of [" ", "  ", "\t", "\r\n", "-", "\u2013", "\u2014", "\u2212", "\u00a0", "\u202f", "\u3000", "\u200e", "\u200f", "\u00ad", "\ufeff"]) {
    assert.equal(receipt.parse(between + Array.from(digits).join(between) + between), digits, JSON.stringify(between));
  }
});

test("anything else is mistyped", () => {
  const faults = ["", " ", "receipt", digits.slice(1), `${digits}0`, digits + digits, `${digits}.`, `#${digits}`, `${digits}x`];
  faults.push(digits.replace(/.$/, "½"), digits.replace(/.$/, "²"), digits.replace(/^./, "〇"), digits.replace(/^./, "Ⅷ"));
  faults.push(`${digits}\u0000`, `${digits}\ud800`, `${digits}\u0301`, "0".repeat(1_000));
  for (const fault of faults) mistyped(fault);
});

test("what was mistyped is not told", () => {
  try {
    receipt.parse("1234 not a receipt");
    assert.fail("it was read");
  } catch (error) {
    assert.ok(error instanceof receipt.ReceiptMistyped);
    assert.equal(error.message, "");
  }
});

test("a receipt yields its keys at one instance, the same ones each time", async () => {
  const keys = await receipt.derive(digits, instanceId, argon2id);
  assert.deepEqual(await receipt.derive(digits, instanceId, argon2id), keys);
  assert.equal(keys.lookup.length, 32);
  assert.equal(keys.mailbox.publicKey.length, 1216);
  assert.deepEqual(keys.mailbox, suite.keyPair(keys.mailbox.seed));
  assert.deepEqual(keys.verifyKey, suite.verifyKey(keys.signingSeed));
  const elsewhere = await receipt.derive(digits, samples.named("elsewhere").slice(0, 16), argon2id);
  const other = await receipt.derive(receipt.generate(samples.randomOf("another")), instanceId, argon2id);
  const secrets = [keys, elsewhere, other].flatMap(({ lookup, mailbox, signingSeed }) => [lookup, mailbox.seed, signingSeed]);
  assert.equal(new Set(secrets.map(String)).size, 9);
});

test("a receipt is stretched at 19 MiB with two passes, and its copies are wiped", async () => {
  let asked: Stretch | undefined;
  const master = samples.named("a master").slice();
  await receipt.derive(digits, instanceId, async (stretch) => {
    assert.deepEqual(stretch.secret, ascii(digits));
    asked = stretch;
    return master;
  });
  assert.deepEqual([asked?.memory, asked?.passes, asked?.salt.length], [19_456, 2, 16]);
  assert.ok(samples.isWiped(asked?.secret ?? ascii("?")));
  assert.ok(samples.isWiped(master));
});

test("only what was parsed is derived from, at an instance with an id", async () => {
  for (const typed of [receipt.format(digits), digits.slice(1), "", digits.replace(/.$/, (last) => String((Number(last) + 1) % 10))]) {
    await assert.rejects(receipt.derive(typed, instanceId, argon2id), RangeError);
  }
  await assert.rejects(receipt.derive(digits, instanceId.slice(1), argon2id), RangeError);
});
