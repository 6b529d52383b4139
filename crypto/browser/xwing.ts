/**
 * X-Wing (draft-connolly-cfrg-xwing-kem): ML-KEM-768 and X25519 as one KEM that holds as long as either does. Only suite.ts
 * may use it.
 */

import { x25519 } from "@noble/curves/ed25519.js";
import { sha3_256, shake256 } from "@noble/hashes/sha3.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { checkSize, concat, type Random, wipe } from "./bytes";
import { EnvelopeRejected } from "./rejected";

export const SEED_SIZE = 32;
export const PUBLIC_KEY_SIZE = 1216;
export const ENCAPSULATION_SIZE = 1120;
const ML_KEM_SEED_SIZE = 64;
const ML_KEM_PUBLIC_KEY_SIZE = 1184;
const ML_KEM_CIPHERTEXT_SIZE = 1088;
/** The draft's label, a drawing of an X-wing: \./ over /^\ */
const LABEL = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c);

/** Give the public key of a seed: ML-KEM (1,184), X25519 (32). */
export function publicKey(seed: Uint8Array): Uint8Array {
  const { mlKem, x25519Secret } = expandSeed(seed);
  try {
    return concat(mlKem.publicKey, x25519.getPublicKey(x25519Secret));
  } finally {
    wipe(mlKem.secretKey, x25519Secret);
  }
}

/** Make a shared secret (32) for a public key, and what tells it to the key's holder. Throws RangeError for no key. */
export function encapsulate(
  recipient: Uint8Array,
  random: Random,
): { sharedSecret: Uint8Array; encapsulation: Uint8Array } {
  checkSize(recipient, PUBLIC_KEY_SIZE, "an X-Wing public key");
  const x25519Public = recipient.subarray(ML_KEM_PUBLIC_KEY_SIZE);
  const coins = random(32);
  const ephemeral = random(32);
  try {
    const mlKem = ml_kem768.encapsulate(recipient.subarray(0, ML_KEM_PUBLIC_KEY_SIZE), coins);
    const x25519Secret = x25519.getSharedSecret(ephemeral, x25519Public);
    const x25519Ciphertext = x25519.getPublicKey(ephemeral);
    const sharedSecret = combine(mlKem.sharedSecret, x25519Secret, x25519Ciphertext, x25519Public);
    wipe(mlKem.sharedSecret, x25519Secret);
    return { sharedSecret, encapsulation: concat(mlKem.cipherText, x25519Ciphertext) };
  } catch {
    throw new RangeError("this is not an X-Wing public key");
  } finally {
    wipe(coins, ephemeral);
  }
}

/** Recover a shared secret. ML-KEM yields a wrong one for a wrong ciphertext; X25519 refuses a point of low order. */
export function decapsulate(seed: Uint8Array, encapsulation: Uint8Array): Uint8Array {
  const { mlKem, x25519Secret } = expandSeed(seed);
  const x25519Ciphertext = encapsulation.subarray(ML_KEM_CIPHERTEXT_SIZE);
  try {
    const shared = ml_kem768.decapsulate(encapsulation.subarray(0, ML_KEM_CIPHERTEXT_SIZE), mlKem.secretKey);
    const x25519Shared = x25519.getSharedSecret(x25519Secret, x25519Ciphertext);
    const sharedSecret = combine(shared, x25519Shared, x25519Ciphertext, x25519.getPublicKey(x25519Secret));
    wipe(shared, x25519Shared);
    return sharedSecret;
  } catch {
    throw new EnvelopeRejected();
  } finally {
    wipe(mlKem.secretKey, x25519Secret);
  }
}

/** Section 5.2: SHAKE256 of the seed gives both private halves. */
function expandSeed(seed: Uint8Array): {
  mlKem: { publicKey: Uint8Array; secretKey: Uint8Array };
  x25519Secret: Uint8Array;
} {
  const expanded = shake256(checkSize(seed, SEED_SIZE, "a private key"), { dkLen: ML_KEM_SEED_SIZE + 32 });
  const mlKem = ml_kem768.keygen(expanded.subarray(0, ML_KEM_SEED_SIZE));
  const x25519Secret = expanded.slice(ML_KEM_SEED_SIZE);
  wipe(expanded);
  return { mlKem, x25519Secret };
}

/** Section 5.3. */
function combine(mlKem: Uint8Array, x25519Shared: Uint8Array, ciphertext: Uint8Array, recipient: Uint8Array): Uint8Array {
  return sha3_256(concat(mlKem, x25519Shared, ciphertext, recipient, LABEL));
}
