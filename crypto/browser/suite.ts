/**
 * Suite 1: HPKE (RFC 9180) with X-Wing, HKDF-SHA256 and AES-256-GCM, and Ed25519 for signatures.
 *
 * A private key is a 32-byte seed. HPKE here is base mode, single shot, with an empty aad, as the Python library has it:
 * whatever must be bound to a ciphertext stands in `info`.
 */

import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { ascii, checkSize, concat, equal, type Random, systemRandom, wipe } from "./bytes";
import * as hpke from "./hpke";
import { EnvelopeRejected, SignatureRejected } from "./rejected";
import { KEY_SIZE, openWithNonce, sealWithNonce, TAG_SIZE } from "./symmetric";
import * as xwing from "./xwing";

export const SUITE = 1;
export const SEED_SIZE = xwing.SEED_SIZE;
export const PUBLIC_KEY_SIZE = xwing.PUBLIC_KEY_SIZE;
export const KID_SIZE = 8;
export const SEALED_OVERHEAD = xwing.ENCAPSULATION_SIZE + TAG_SIZE;
export const SIGNATURE_SIZE = 64;

const X_WING = 0x647a;
const AES_256_GCM = 0x0002;
const SUITE_ID = hpke.suiteId(X_WING, AES_256_GCM);
const EMPTY = new Uint8Array(0);
const KID_NAME = ascii("leeward/1/kid\0");

/** An X-Wing key pair: seed (32 bytes), public key (1,216 bytes), key id (8 bytes). */
export interface KeyPair {
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly kid: Uint8Array;
}

/** Make the key pair of a seed. */
export function keyPair(seed: Uint8Array): KeyPair {
  const publicKey = xwing.publicKey(seed);
  return { seed: seed.slice(), publicKey, kid: keyId(publicKey) };
}

/** Name a public key: 8 bytes to find a wrap by, never to recognize anyone by. */
export function keyId(publicKey: Uint8Array): Uint8Array {
  return sha256(concat(KID_NAME, checkSize(publicKey, PUBLIC_KEY_SIZE, "an X-Wing public key"))).slice(0, KID_SIZE);
}

/** Seal to a public key: encapsulation (1,120), ciphertext, tag (16). Throws RangeError for what is not a key. */
export function seal(
  publicKey: Uint8Array,
  plaintext: Uint8Array,
  { info, random = systemRandom }: { info: Uint8Array; random?: Random },
): Uint8Array {
  const { sharedSecret, encapsulation } = xwing.encapsulate(publicKey, random);
  const { key, nonce } = hpke.keySchedule(SUITE_ID, sharedSecret, info, KEY_SIZE);
  const sealed = sealWithNonce(key, nonce, plaintext, EMPTY);
  wipe(sharedSecret, key);
  return concat(encapsulation, sealed);
}

/** Open what was sealed to a key pair. Throws EnvelopeRejected. */
export function open(pair: KeyPair, sealed: Uint8Array, { info }: { info: Uint8Array }): Uint8Array {
  if (sealed.length < SEALED_OVERHEAD) throw new EnvelopeRejected();
  const sharedSecret = xwing.decapsulate(pair.seed, sealed.subarray(0, xwing.ENCAPSULATION_SIZE));
  const { key, nonce } = hpke.keySchedule(SUITE_ID, sharedSecret, info, KEY_SIZE);
  try {
    return openWithNonce(key, nonce, sealed.subarray(xwing.ENCAPSULATION_SIZE), EMPTY);
  } finally {
    wipe(sharedSecret, key);
  }
}

/** Give the public half (32 bytes) of an Ed25519 seed. */
export function verifyKey(signingSeed: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(checkSize(signingSeed, 32, "a signing seed"));
}

/** Sign with an Ed25519 seed; 64 bytes. */
export function sign(signingSeed: Uint8Array, message: Uint8Array): Uint8Array {
  return ed25519.sign(message, checkSize(signingSeed, 32, "a signing seed"));
}

/** Return quietly for a true signature; throw SignatureRejected for any other. */
export function verify(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): void {
  let genuine = false;
  try {
    genuine = ed25519.verify(signature, message, publicKey, { zip215: false }) && isExact(publicKey, signature, message);
  } catch {
    // Noble throws for what has the wrong length or is no point: no different from a wrong signature.
  }
  if (!genuine) throw new SignatureRejected();
}

/**
 * Check the equation of RFC 8032, section 5.1.7, without the cofactor, as OpenSSL does. Noble multiplies by it, and so takes
 * signatures that a signer can make for one verifier to accept and the other to refuse.
 */
function isExact(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean {
  const { Point } = ed25519;
  const commitment = signature.subarray(0, 32);
  const response = Point.Fn.create(littleEndian(signature.subarray(32)));
  const challenge = Point.Fn.create(littleEndian(sha512(concat(commitment, publicKey, message))));
  const key = Point.fromBytes(publicKey);
  return equal(Point.BASE.multiplyUnsafe(response).subtract(key.multiplyUnsafe(challenge)).toBytes(), commitment);
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((number, byte) => number * 256n + BigInt(byte), 0n);
}
