/**
 * STREAM: chunked AES-256-GCM for bodies, after Hoang et al., "Online Authenticated-Encryption and its Nonce-Reuse
 * Misuse-Resistance". A key seals one stream only, so the counter is the nonce.
 *
 * Chunks hold 65,536 bytes of plaintext; nonce = counter (11 bytes, big-endian) | last (0 or 1). All chunks are full but the
 * last one, which is never empty, and nothing follows it.
 */

import { bigEndian, concat } from "./bytes";
import { EnvelopeRejected } from "./rejected";
import { openWithNonce, sealWithNonce, TAG_SIZE } from "./symmetric";

export const CHUNK_SIZE = 65_536;
const SEALED_CHUNK_SIZE = CHUNK_SIZE + TAG_SIZE;

/** Seal a plaintext of at least one byte under a key that seals nothing else. */
export function seal(key: Uint8Array, plaintext: Uint8Array, { aad }: { aad: Uint8Array }): Uint8Array {
  if (plaintext.length === 0) throw new RangeError("a stream holds at least one byte");
  return concat(
    ...chunks(plaintext, CHUNK_SIZE).map((chunk, index, all) =>
      sealWithNonce(key, nonce(index, index === all.length - 1), chunk, aad),
    ),
  );
}

/** Open a whole stream. Throws EnvelopeRejected, and hands out nothing, unless its last chunk was there. */
export function open(key: Uint8Array, sealed: Uint8Array, { aad }: { aad: Uint8Array }): Uint8Array {
  plaintextSize(sealed.length);
  return concat(
    ...chunks(sealed, SEALED_CHUNK_SIZE).map((chunk, index, all) =>
      openWithNonce(key, nonce(index, index === all.length - 1), chunk, aad),
    ),
  );
}

/** Give the size of a stream that holds so many bytes. */
export function sealedSize(size: number): number {
  return size + TAG_SIZE * Math.ceil(size / CHUNK_SIZE);
}

/** Give how many bytes a stream of this size holds. Throws EnvelopeRejected for a size that no stream has. */
export function plaintextSize(sealed: number): number {
  const size = sealed - TAG_SIZE * Math.ceil(sealed / SEALED_CHUNK_SIZE);
  if (size < 1 || sealedSize(size) !== sealed) throw new EnvelopeRejected();
  return size;
}

function chunks(bytes: Uint8Array, size: number): readonly Uint8Array[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

function nonce(index: number, last: boolean): Uint8Array {
  return concat(bigEndian(index, 11), Uint8Array.of(last ? 1 : 0));
}
