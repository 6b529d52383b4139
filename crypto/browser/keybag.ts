/**
 * A caseworker's keys under a passphrase, and an organization's epoch seeds under its members' keys. What leaves here sealed is
 * all that the server ever holds of them.
 */

import type { Argon2id } from "./argon2";
import { fromBase64url, toBase64url } from "./base64url";
import { ascii, below, bigEndian, checkSize, concat, type Random, systemRandom, wipe } from "./bytes";
import { EnvelopeRejected } from "./rejected";
import * as suite from "./suite";
import * as symmetric from "./symmetric";

export const SALT_SIZE = 16;
export const ID_SIZE = 16;
export const WORD_COUNT = 6;
export const LIST_SIZE = 7776;
const LONGEST_PASSPHRASE = 1024;
const BAG_VERSION = 1;
/** What each guess at a passphrase costs: 64 MiB, three passes (protocol.md, "Caseworkers and organizations"). */
const COST = { memory: 64 * 1024, passes: 3 };

const KEK_NAME = ascii("leeward/1/kek\0");
const LOGIN_NAME = ascii("leeward/1/login\0");
const SLOT_NAME = ascii("leeward/1/slot\0");
const BAG_NAME = ascii("leeward/1/bag\0");
const EPOCH_NAME = ascii("leeward/1/epoch\0");
const EPOCH_SIGN_NAME = ascii("leeward/1/epoch-sign\0");

/** What a passphrase yields: a key for slots (32 bytes), and what the server asks for before it hands a bag out (32 bytes). */
export interface PassphraseKeys {
  readonly kek: Uint8Array;
  readonly loginSecret: Uint8Array;
}

/** What a caseworker holds: an X-Wing seed and an Ed25519 seed of 32 bytes each, and what was seen and pinned. */
export interface Bag {
  readonly memberSeed: Uint8Array;
  readonly signingSeed: Uint8Array;
  readonly pins: Readonly<Record<string, string>>;
}

/** Which slot of whose bag: the slot's number (1 is the passphrase) and its version, which grows when it is remade. */
export interface SlotPlace {
  readonly userId: Uint8Array;
  readonly slot: number;
  readonly version: number;
}

/** Draw six words of a list of 7,776: 77 bits. Throws RangeError for a list with fewer different words. */
export function generatePassphrase(words: readonly string[], random: Random = systemRandom): string {
  if (new Set(words.map(normalizePassphrase)).size < LIST_SIZE) {
    throw new RangeError("a word list has at least 7,776 different words");
  }
  return Array.from({ length: WORD_COUNT }, () => words[below(words.length, random)]).join(" ");
}

/** Write a passphrase as it is stretched: NFKC, lower case, one space between words and none around. */
export function normalizePassphrase(passphrase: string): string {
  // Unicode's White_Space, which neither `\s` of Python nor that of JavaScript is.
  return passphrase.normalize("NFKC").toLowerCase().replace(/\p{White_Space}+/gu, " ").replace(/^ | $/g, "");
}

/** Derive what a passphrase yields, at 64 MiB. Rejects with RangeError where it has no word, or too many, or the salt not 16 bytes. */
export async function derivePassphrase(passphrase: string, salt: Uint8Array, argon2id: Argon2id): Promise<PassphraseKeys> {
  checkSize(salt, SALT_SIZE, "a salt");
  const secret = new TextEncoder().encode(normalizePassphrase(passphrase));
  if (secret.length < 1 || secret.length > LONGEST_PASSPHRASE) throw new RangeError("a passphrase has 1 to 1,024 bytes");
  try {
    const master = await argon2id({ ...COST, secret, salt });
    const keys = { kek: symmetric.derive(master, KEK_NAME), loginSecret: symmetric.derive(master, LOGIN_NAME) };
    wipe(master);
    return keys;
  } finally {
    wipe(secret);
  }
}

/** Seal a bag under its key. */
export function sealBag(
  bag: Bag,
  bagKey: Uint8Array,
  { userId, random = systemRandom }: { userId: Uint8Array; random?: Random },
): Uint8Array {
  const plaintext = bagToBytes(bag);
  try {
    return symmetric.seal(bagKey, plaintext, { aad: bagPlace(userId), random });
  } finally {
    wipe(plaintext);
  }
}

/** Open a bag. Throws EnvelopeRejected. */
export function openBag(sealed: Uint8Array, bagKey: Uint8Array, { userId }: { userId: Uint8Array }): Bag {
  const plaintext = symmetric.open(bagKey, sealed, { aad: bagPlace(userId) });
  try {
    return parseBag(plaintext);
  } finally {
    wipe(plaintext);
  }
}

/** Seal a bag's key for one way of unlocking it. */
export function sealSlot(
  kek: Uint8Array,
  bagKey: Uint8Array,
  { random = systemRandom, ...place }: SlotPlace & { random?: Random },
): Uint8Array {
  return symmetric.seal(kek, checkSize(bagKey, symmetric.KEY_SIZE, "a bag's key"), { aad: slotPlace(place), random });
}

/** Open a bag's key. Throws EnvelopeRejected: a wrong passphrase, or another slot, version or caseworker. */
export function openSlot(kek: Uint8Array, sealed: Uint8Array, place: SlotPlace): Uint8Array {
  return ofSize(symmetric.open(kek, sealed, { aad: slotPlace(place) }), symmetric.KEY_SIZE);
}

/** Seal an epoch's seed for one member. Throws RangeError for what is not a key. */
export function sealEpochSeed(
  seed: Uint8Array,
  place: { memberPublicKey: Uint8Array; organizationId: Uint8Array; epoch: number; random?: Random },
): Uint8Array {
  const { memberPublicKey, organizationId, epoch, random = systemRandom } = place;
  const info = epochInfo(organizationId, epoch, suite.keyId(memberPublicKey));
  return suite.seal(memberPublicKey, checkSize(seed, suite.SEED_SIZE, "an epoch's seed"), { info, random });
}

/** Open an epoch's seed as a member. Throws EnvelopeRejected. */
export function openEpochSeed(
  sealed: Uint8Array,
  pair: suite.KeyPair,
  { organizationId, epoch }: { organizationId: Uint8Array; epoch: number },
): Uint8Array {
  return ofSize(suite.open(pair, sealed, { info: epochInfo(organizationId, epoch, pair.kid) }), suite.SEED_SIZE);
}

/** Give the Ed25519 seed that signs for an organization in an epoch. */
export function epochSigningSeed(seed: Uint8Array): Uint8Array {
  return symmetric.derive(checkSize(seed, suite.SEED_SIZE, "an epoch's seed"), EPOCH_SIGN_NAME);
}

/** The keys stand in order and without spaces, as Python writes them. */
function bagToBytes({ memberSeed, signingSeed, pins }: Bag): Uint8Array {
  return new TextEncoder().encode(
    JSON.stringify({
      member_seed: toBase64url(checkSize(memberSeed, suite.SEED_SIZE, "a member's seed")),
      pins: Object.fromEntries(Object.entries(pins).sort(([left], [right]) => (left < right ? -1 : 1))),
      signing_seed: toBase64url(checkSize(signingSeed, suite.SEED_SIZE, "a signing seed")),
      v: BAG_VERSION,
    }),
  );
}

function parseBag(plaintext: Uint8Array): Bag {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(plaintext));
  } catch {
    throw new EnvelopeRejected();
  }
  if (typeof json !== "object" || json === null) throw new EnvelopeRejected();
  const { v, member_seed, signing_seed, pins } = json as Record<string, unknown>;
  if (v !== BAG_VERSION || !arePins(pins)) throw new EnvelopeRejected();
  return { memberSeed: parseSeed(member_seed), signingSeed: parseSeed(signing_seed), pins };
}

function parseSeed(text: unknown): Uint8Array {
  if (typeof text !== "string") throw new EnvelopeRejected();
  return ofSize(fromBase64url(text), suite.SEED_SIZE);
}

function arePins(pins: unknown): pins is Record<string, string> {
  if (typeof pins !== "object" || pins === null || Array.isArray(pins)) return false;
  return Object.values(pins).every((pin) => typeof pin === "string");
}

function bagPlace(userId: Uint8Array): Uint8Array {
  return concat(BAG_NAME, checkSize(userId, ID_SIZE, "a caseworker's id"));
}

function slotPlace({ userId, slot, version }: SlotPlace): Uint8Array {
  return concat(SLOT_NAME, checkSize(userId, ID_SIZE, "a caseworker's id"), bigEndian(slot, 1), bigEndian(version, 4));
}

function epochInfo(organizationId: Uint8Array, epoch: number, kid: Uint8Array): Uint8Array {
  return concat(EPOCH_NAME, checkSize(organizationId, ID_SIZE, "an organization's id"), bigEndian(epoch, 4), kid);
}

function ofSize(opened: Uint8Array, size: number): Uint8Array {
  if (opened.length !== size) throw new EnvelopeRejected();
  return opened;
}
