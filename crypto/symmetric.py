"""AES-256-GCM with a random nonce in front, and HKDF-SHA256: how everything is sealed that has one key on both sides.

A key seals far fewer than 2**32 texts, so random nonces are safe (NIST SP 800-38D, section 8.3).
"""

import os
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.rejected import EnvelopeRejected

KEY_SIZE = 32
NONCE_SIZE = 12
TAG_SIZE = 16

Random = Callable[[int], bytes]


def derive(key: bytes, info: bytes, length: int = KEY_SIZE) -> bytes:
    """Derive a key for one purpose: HKDF-SHA256 with an empty salt (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(key)


def seal(key: bytes, plaintext: bytes, *, aad: bytes, random: Random = os.urandom) -> bytes:
    """Seal under a 32-byte key: nonce (12), ciphertext, tag (16)."""
    nonce = random(NONCE_SIZE)
    return nonce + AESGCM(_checked(key)).encrypt(nonce, plaintext, aad)


def open_(key: bytes, sealed: bytes, *, aad: bytes) -> bytes:
    """Open what `seal` sealed. Raises EnvelopeRejected."""
    if len(sealed) < NONCE_SIZE + TAG_SIZE:
        raise EnvelopeRejected
    try:
        return AESGCM(_checked(key)).decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], aad)
    except InvalidTag as error:
        raise EnvelopeRejected from error


def _checked(key: bytes) -> bytes:
    # AES-GCM would take a 16-byte key without a word.
    if len(key) != KEY_SIZE:
        raise ValueError("a symmetric key has 32 bytes")
    return key
