/** Keys, messages and random bytes for tests: made from names, so that a failure comes again. Nothing here is a secret. */

import { sha256 } from "@noble/hashes/sha2.js";
import { shake256 } from "@noble/hashes/sha3.js";
import { ascii, bigEndian, concat, type Random } from "../../../../crypto/browser/bytes";
import * as envelope from "../../../../crypto/browser/envelope";
import * as suite from "../../../../crypto/browser/suite";

/** Give 32 bytes for a name. */
export function named(name: string): Uint8Array {
  return sha256(ascii(name));
}

/** Give a source of bytes that yields the same for the same name. */
export function randomOf(name: string): Random {
  let count = 0;
  return (size) => shake256(concat(ascii(name), bigEndian((count += 1), 4)), { dkLen: size });
}

export const epoch = suite.keyPair(named("an organization's epoch"));
export const standby = suite.keyPair(named("another organization's epoch"));
export const mailbox = suite.keyPair(named("a mailbox"));
export const stranger = suite.keyPair(named("a stranger"));
export const reporterSeed = named("a reporter's signature");
export const organizationSeed = named("an organization's signature");
export const document = new TextEncoder().encode('{"v":1,"fields":{"text":"Sie behalten meinen Pass. ਮੇਰਾ ਪਾਸਪੋਰਟ"}}');

const { RECIPIENT, STANDBY, MAILBOX } = envelope.WrapRole;
/** Who reads a message that is not for a mailbox. */
export const organizations: readonly envelope.Recipient[] = [
  { publicKey: epoch.publicKey, role: RECIPIENT },
  { publicKey: standby.publicKey, role: STANDBY },
];

/** Give what most messages are sealed with; a test says what is different. */
export function sealing(different: Partial<envelope.Sealing> = {}): envelope.Sealing {
  return {
    messageType: envelope.MessageType.REPLY,
    origin: envelope.Origin.DESK,
    caseId: named("a case").slice(0, 16),
    messageId: named("a message").slice(0, 16),
    recipients: [...organizations, { publicKey: mailbox.publicKey, role: MAILBOX }],
    random: randomOf("a message"),
    ...different,
  };
}

/** Copy bytes with one bit of one byte changed; a negative place counts from the end. */
export function flipped(bytes: Uint8Array, place: number): Uint8Array {
  const changed = bytes.slice();
  const index = place < 0 ? bytes.length + place : place;
  changed[index] = (changed[index] ?? 0) ^ 1;
  return changed;
}

/** Copy bytes with one byte replaced. */
export function replaced(bytes: Uint8Array, place: number, byte: number): Uint8Array {
  const changed = bytes.slice();
  changed[place] = byte;
  return changed;
}

/** Say whether nothing but zeros is left. */
export function isWiped(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes.every((byte) => byte === 0);
}
