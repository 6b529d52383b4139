"""Suite 1: HPKE (RFC 9180) with X-Wing, HKDF-SHA256 and AES-256-GCM, and Ed25519 for signatures.

A private key is a 32-byte seed. HPKE here is single shot with an empty aad, since `Suite.encrypt` takes none: whatever
must be bound to a ciphertext stands in `info`.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from crypto.rejected import EnvelopeRejected, SignatureRejected

SUITE = 1
SEED_SIZE = 32
PUBLIC_KEY_SIZE = 1216
KID_SIZE = 8
SEALED_OVERHEAD = 1120 + 16
SIGNATURE_SIZE = 64
_ML_KEM_PUBLIC_SIZE = 1184
_ML_KEM_SEED_SIZE = 64
_ED25519_PRIME = 2**255 - 19
_ED25519_Y_OF_ORDER_8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
# The y of all eight points of small order; x takes only its sign from the other one.
_ED25519_SMALL_ORDER_Y = {
    0,
    1,
    _ED25519_PRIME - 1,
    _ED25519_Y_OF_ORDER_8,
    _ED25519_PRIME - _ED25519_Y_OF_ORDER_8,
}

_HPKE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True, repr=False)
class KeyPair:
    """An X-Wing key pair: seed (32 bytes), public key (1,216 bytes), key id (8 bytes)."""

    seed: bytes
    public_key: bytes
    kid: bytes


def key_pair(seed: bytes) -> KeyPair:
    """Make the key pair of a seed (X-Wing draft, section 5.2: SHAKE256 of the seed gives both private halves)."""
    ml_kem, x25519 = _private_halves(seed)
    public_key = ml_kem.public_key().public_bytes_raw() + x25519.public_key().public_bytes(
        Encoding.Raw, PublicFormat.Raw
    )
    return KeyPair(seed, public_key, key_id(public_key))


def key_id(public_key: bytes) -> bytes:
    """Name a public key: 8 bytes to find a wrap by, never to recognize anyone by."""
    if len(public_key) != PUBLIC_KEY_SIZE:
        raise ValueError("an X-Wing public key has 1,216 bytes")
    return hashlib.sha256(b"leeward/1/kid\0" + public_key).digest()[:KID_SIZE]


def seal(public_key: bytes, plaintext: bytes, *, info: bytes) -> bytes:
    """Seal to a public key: encapsulation (1,120), ciphertext, tag (16). Raises ValueError for what is not a key."""
    return _HPKE.encrypt(plaintext, _public(public_key), info)


def open_(pair: KeyPair, sealed: bytes, *, info: bytes) -> bytes:
    """Open what was sealed to a key pair. Raises EnvelopeRejected."""
    if len(sealed) < SEALED_OVERHEAD:
        raise EnvelopeRejected
    private = MLKEM768X25519PrivateKey(*_private_halves(pair.seed))
    try:
        return _HPKE.decrypt(sealed, private, info)
    except (InvalidTag, ValueError, TypeError) as error:
        raise EnvelopeRejected from error


def verify_key(signing_seed: bytes) -> bytes:
    """Give the public half (32 bytes) of an Ed25519 seed."""
    return Ed25519PrivateKey.from_private_bytes(signing_seed).public_key().public_bytes_raw()


def sign(signing_seed: bytes, message: bytes) -> bytes:
    """Sign with an Ed25519 seed; 64 bytes."""
    return Ed25519PrivateKey.from_private_bytes(signing_seed).sign(message)


def verify(public_key: bytes, signature: bytes, message: bytes) -> None:
    """Return quietly for a true signature; raise SignatureRejected for any other, or a key that fits any."""
    y = int.from_bytes(public_key, "little") % 2**255
    # OpenSSL takes both: a point of small order, under which one signature fits many messages, and y out of range.
    if y in _ED25519_SMALL_ORDER_Y or y >= _ED25519_PRIME:
        raise SignatureRejected
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise SignatureRejected from error


def _private_halves(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    if len(seed) != SEED_SIZE:
        raise ValueError("a private key is a seed of 32 bytes")
    expanded = hashlib.shake_256(seed).digest(_ML_KEM_SEED_SIZE + 32)
    return (
        MLKEM768PrivateKey.from_seed_bytes(expanded[:_ML_KEM_SEED_SIZE]),
        X25519PrivateKey.from_private_bytes(expanded[_ML_KEM_SEED_SIZE:]),
    )


@lru_cache(maxsize=1024)
def _public(public_key: bytes) -> MLKEM768X25519PublicKey:
    """Parse a public key once: organizations' keys come again with every report."""
    if len(public_key) != PUBLIC_KEY_SIZE:
        raise ValueError("an X-Wing public key has 1,216 bytes")
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(public_key[:_ML_KEM_PUBLIC_SIZE]),
        X25519PublicKey.from_public_bytes(public_key[_ML_KEM_PUBLIC_SIZE:]),
    )
