/**
 * A reporter's receipt: 20 digits that survive every script, dictation, paper and SMS, and the keys that they yield. The digits
 * are the only way back to a report; they must never be stored, logged or sent.
 */

import { sha256 } from "@noble/hashes/sha2.js";
import type { Argon2id } from "./argon2";
import { ascii, below, checkSize, concat, type Random, systemRandom, wipe } from "./bytes";
import * as suite from "./suite";
import { derive as deriveKey } from "./symmetric";

export const DIGITS = 20;
export const INSTANCE_ID_SIZE = 16;
const SALT_SIZE = 16;
/** What each guess at a receipt costs: 19 MiB, two passes (protocol.md, "Reporter's receipt"). */
const COST = { memory: 19 * 1024, passes: 2 };
const SALT_NAME = ascii("leeward/1/receipt\0");
const LOOKUP_NAME = ascii("leeward/1/receipt-lookup\0");
const MAILBOX_NAME = ascii("leeward/1/receipt-mailbox\0");
const SIGN_NAME = ascii("leeward/1/receipt-sign\0");
/** Spaces, dashes and minus signs, and what is invisible: marks of direction come along when text is copied. */
const IGNORED = /[\p{Zs}\p{Pd}\p{Cf}\t\n\r\u2212]/gu;
/** H. M. Damm, "Total anti-symmetrische Quasigruppen" (2004): finds every single wrong digit and every swap of neighbours. */
const DAMM = [
  "0317598642",
  "7092154863",
  "4206871359",
  "1750983426",
  "6123045978",
  "3674209581",
  "5869720134",
  "8945362017",
  "9438617205",
  "2581436790",
];

/** What was typed is not a receipt: not 20 digits, or the check digit does not fit. It says nothing of what was. */
export class ReceiptMistyped extends Error {
  override name = "ReceiptMistyped";
}

/** What a receipt yields: its look-up value (32 bytes), the mailbox's key pair, and the reporter's signing key. */
export interface ReceiptKeys {
  readonly lookup: Uint8Array;
  readonly mailbox: suite.KeyPair;
  readonly signingSeed: Uint8Array;
  readonly verifyKey: Uint8Array;
}

/** Draw 19 digits and add their check digit; 63 bits. */
export function generate(random: Random = systemRandom): string {
  const drawn = below(10n ** BigInt(DIGITS - 1), random);
  const digits = drawn.toString().padStart(DIGITS - 1, "0");
  return digits + checkDigit(digits);
}

/** Read what somebody typed: digits of any script, with spaces and dashes anywhere. Throws ReceiptMistyped. */
export function parse(text: string): string {
  const typed = Array.from(text.replace(IGNORED, ""), digitOf).join("");
  if (!isReceipt(typed)) throw new ReceiptMistyped();
  return typed;
}

/** Write a receipt as five groups of four. */
export function format(digits: string): string {
  return digits.replace(/.{4}(?=.)/g, "$& ");
}

/** Derive the keys of a receipt, at 19 MiB. `digits` as `parse` gives them. Rejects with RangeError for anything else. */
export async function derive(digits: string, instanceId: Uint8Array, argon2id: Argon2id): Promise<ReceiptKeys> {
  if (!isReceipt(digits)) throw new RangeError("a receipt has 20 ASCII digits, the last of which checks the others");
  const named = concat(SALT_NAME, checkSize(instanceId, INSTANCE_ID_SIZE, "an instance id"));
  const secret = ascii(digits);
  try {
    const master = await argon2id({ ...COST, secret, salt: sha256(named).slice(0, SALT_SIZE) });
    const mailboxSeed = deriveKey(master, MAILBOX_NAME);
    const signingSeed = deriveKey(master, SIGN_NAME);
    const keys = {
      lookup: deriveKey(master, LOOKUP_NAME),
      mailbox: suite.keyPair(mailboxSeed),
      signingSeed,
      verifyKey: suite.verifyKey(signingSeed),
    };
    wipe(master, mailboxSeed);
    return keys;
  } finally {
    wipe(secret);
  }
}

/**
 * Give the value of a decimal digit. Unicode keeps each script's ten together and in order, and rows that touch begin at a
 * multiple of ten from the first, so the number of digits just before this one tells it.
 */
function digitOf(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  if (!isDecimal(point)) throw new ReceiptMistyped();
  let before = 0;
  while (isDecimal(point - before - 1)) before += 1;
  return String(before % 10);
}

function isDecimal(point: number): boolean {
  return /^\p{Nd}$/u.test(String.fromCodePoint(point));
}

function isReceipt(digits: string): boolean {
  return /^[0-9]{20}$/.test(digits) && checkDigit(digits) === "0";
}

/** Give the digit that makes a row of digits check; "0" for a row that has it already. */
function checkDigit(digits: string): string {
  let interim = "0";
  for (const digit of digits) interim = DAMM[Number(interim)]?.[Number(digit)] ?? "";
  return interim;
}
