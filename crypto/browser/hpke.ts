/**
 * The key schedule of HPKE (RFC 9180) in base mode with HKDF-SHA256, for any KEM and AEAD, so that it can be held to published
 * vectors. Only suite.ts may use it.
 */

import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ascii, bigEndian, concat, wipe } from "./bytes";

const HKDF_SHA256 = 0x0001;
const MODE_BASE = Uint8Array.of(0);
const NONCE_SIZE = 12;
const EMPTY = new Uint8Array(0);

/** Name a suite by the numbers of its KEM and its AEAD (section 5.1). */
export function suiteId(kem: number, aead: number): Uint8Array {
  return concat(ascii("HPKE"), bigEndian(kem, 2), bigEndian(HKDF_SHA256, 2), bigEndian(aead, 2));
}

/** Give the key and the nonce (12 bytes) of the first message under a KEM's shared secret (section 5.1). */
export function keySchedule(
  suite: Uint8Array,
  sharedSecret: Uint8Array,
  info: Uint8Array,
  keySize: number,
): { key: Uint8Array; nonce: Uint8Array } {
  const context = concat(
    MODE_BASE,
    labeledExtract(suite, EMPTY, "psk_id_hash", EMPTY),
    labeledExtract(suite, EMPTY, "info_hash", info),
  );
  const secret = labeledExtract(suite, sharedSecret, "secret", EMPTY);
  const key = labeledExpand(suite, secret, "key", context, keySize);
  const nonce = labeledExpand(suite, secret, "base_nonce", context, NONCE_SIZE);
  wipe(secret);
  return { key, nonce };
}

/** Section 4. */
function labeledExtract(suite: Uint8Array, salt: Uint8Array, label: string, material: Uint8Array): Uint8Array {
  return extract(sha256, concat(ascii("HPKE-v1"), suite, ascii(label), material), salt);
}

/** Section 4. */
function labeledExpand(suite: Uint8Array, secret: Uint8Array, label: string, info: Uint8Array, size: number): Uint8Array {
  return expand(sha256, secret, concat(bigEndian(size, 2), ascii("HPKE-v1"), suite, ascii(label), info), size);
}
