/**
 * AES-256-GCM with a random nonce in front, and HKDF-SHA256: how everything is sealed that has one key on both sides.
 *
 * A key seals far fewer than 2**32 texts, so random nonces are safe (NIST SP 800-38D, section 8.3).
 */

import { gcm } from "@noble/ciphers/aes.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { checkSize, concat, type Random, systemRandom } from "./bytes";
import { EnvelopeRejected } from "./rejected";

export const KEY_SIZE = 32;
export const NONCE_SIZE = 12;
export const TAG_SIZE = 16;

/** Derive a key for one purpose: HKDF-SHA256 with an empty salt (RFC 5869). */
export function derive(key: Uint8Array, info: Uint8Array, length: number = KEY_SIZE): Uint8Array {
  return hkdf(sha256, key, undefined, info, length);
}

/** Seal under a 32-byte key: nonce (12), ciphertext, tag (16). */
export function seal(
  key: Uint8Array,
  plaintext: Uint8Array,
  { aad, random = systemRandom }: { aad: Uint8Array; random?: Random },
): Uint8Array {
  const nonce = random(NONCE_SIZE);
  return concat(nonce, sealWithNonce(key, nonce, plaintext, aad));
}

/** Open what `seal` sealed. Throws EnvelopeRejected. */
export function open(key: Uint8Array, sealed: Uint8Array, { aad }: { aad: Uint8Array }): Uint8Array {
  if (sealed.length < NONCE_SIZE + TAG_SIZE) throw new EnvelopeRejected();
  return openWithNonce(key, sealed.subarray(0, NONCE_SIZE), sealed.subarray(NONCE_SIZE), aad);
}

/** Seal under a nonce that the caller answers for: it must never come twice under one key. Ciphertext, tag (16). */
export function sealWithNonce(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  return gcm(checked(key), nonce, aad).encrypt(plaintext);
}

/** Open ciphertext and tag. Throws EnvelopeRejected. */
export function openWithNonce(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  const cipher = gcm(checked(key), nonce, aad);
  try {
    return cipher.decrypt(sealed);
  } catch {
    throw new EnvelopeRejected();
  }
}

function checked(key: Uint8Array): Uint8Array {
  // AES-GCM would take a 16-byte key without a word.
  return checkSize(key, KEY_SIZE, "a symmetric key");
}
