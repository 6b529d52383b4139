"""STREAM: chunked AES-256-GCM for bodies, after Hoang et al., "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance". A key seals one stream only, so the counter is the nonce.

Chunks hold 65,536 bytes of plaintext; nonce = counter (11 bytes, big-endian) | last (0 or 1). All chunks are full but
the last one, which is never empty, and nothing follows it.
"""

from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.rejected import EnvelopeRejected

CHUNK_SIZE = 65_536
TAG_SIZE = 16
SEALED_CHUNK_SIZE = CHUNK_SIZE + TAG_SIZE


def seal(key: bytes, plaintext: bytes, *, aad: bytes) -> bytes:
    """Seal a plaintext of at least one byte under a key that seals nothing else."""
    return b"".join(seal_chunks(key, plaintext, aad=aad))


def seal_chunks(key: bytes, plaintext: bytes, *, aad: bytes) -> Iterator[bytes]:
    """Seal like `seal`, and give the stream chunk by chunk, so that a large one is never in memory twice."""
    if not plaintext:
        raise ValueError("a stream holds at least one byte")
    cipher = AESGCM(key)
    starts = range(0, len(plaintext), CHUNK_SIZE)
    whole = memoryview(plaintext)
    for index, start in enumerate(starts):
        yield cipher.encrypt(_nonce(index, start == starts[-1]), whole[start : start + CHUNK_SIZE], aad)


def open_(key: bytes, sealed: bytes, *, aad: bytes) -> bytes:
    """Open a whole stream. Raises EnvelopeRejected, and hands out nothing, unless its last chunk was there."""
    plaintext_size(len(sealed))
    cipher = AESGCM(key)
    starts = range(0, len(sealed), SEALED_CHUNK_SIZE)
    try:
        return b"".join(
            cipher.decrypt(_nonce(index, start == starts[-1]), sealed[start : start + SEALED_CHUNK_SIZE], aad)
            for index, start in enumerate(starts)
        )
    except InvalidTag as error:
        raise EnvelopeRejected from error


def sealed_size(size: int) -> int:
    """Give the size of a stream that holds so many bytes."""
    return size + TAG_SIZE * -(-size // CHUNK_SIZE)


def plaintext_size(sealed: int) -> int:
    """Give how many bytes a stream of this size holds. Raises EnvelopeRejected for a size that no stream has."""
    chunks = -(-sealed // SEALED_CHUNK_SIZE)
    size = sealed - TAG_SIZE * chunks
    if size < 1 or sealed_size(size) != sealed:
        raise EnvelopeRejected
    return size


def _nonce(index: int, last: bool) -> bytes:
    return index.to_bytes(11) + bytes([last])
