/** What cannot be a passphrase is a wrong one, and what the server handed out wrongly is not blamed on who types. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { systemRandom } from "../../../../../crypto/browser/bytes";
import { SALT_SIZE } from "../../../../../crypto/browser/keybag";
import { keysOf, PassphraseWrong } from "../../../../../referrals/desk/browser/account";
import { KeysRejected } from "../../../../../referrals/desk/browser/keys";

const SALT = systemRandom(SALT_SIZE);

for (const [name, passphrase] of [
  ["nothing", ""],
  ["spaces of every kind", " \t\u0085\u00a0\u3000"],
  ["more than 1,024 bytes", "a".repeat(1025)],
  ["few characters that become more than 1,024 bytes", "\ufdfa".repeat(100)],
] as const) {
  test(`${name} is a wrong passphrase`, async () => {
    await assert.rejects(keysOf(passphrase, SALT), PassphraseWrong);
  });
}

test("a salt of the wrong size is the server's fault, whatever was typed", async () => {
  for (const passphrase of ["six words of a list", ""]) {
    await assert.rejects(keysOf(passphrase, SALT.subarray(1)), KeysRejected);
  }
});
