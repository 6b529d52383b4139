"""Protocol 1 written a second time, straight from docs/protocol.md and without `crypto`, with every step open to being
done wrong. It makes the vectors, and the messages that an attacker would send.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HPKE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
CHUNK = 65_536
MAILBOX = 3
ZEROS = bytes(64)


def sha256(*parts: bytes) -> bytes:
    """Hash what is joined."""
    return hashlib.sha256(b"".join(parts)).digest()


def hkdf(key: bytes, info: bytes) -> bytes:
    """Derive 32 bytes."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(key)


def argon2id(secret: bytes, salt: bytes, memory_kib: int, passes: int) -> bytes:
    """Stretch to 32 bytes with one lane."""
    return Argon2id(salt=salt, length=32, iterations=passes, lanes=1, memory_cost=memory_kib).derive(secret)


def gcm(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Seal with the nonce in front."""
    return nonce + AESGCM(key).encrypt(nonce, plaintext, aad)


def private_key(seed: bytes) -> MLKEM768X25519PrivateKey:
    """Expand a seed as X-Wing does."""
    expanded = hashlib.shake_256(seed).digest(96)
    return MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])
    )


def public_key(seed: bytes) -> bytes:
    """Give the public key of a seed."""
    expanded = hashlib.shake_256(seed).digest(96)
    ml_kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key().public_bytes_raw()
    return ml_kem + X25519PrivateKey.from_private_bytes(expanded[64:]).public_key().public_bytes_raw()


def kid(public: bytes) -> bytes:
    """Name a public key."""
    return sha256(b"leeward/1/kid\0", public)[:8]


def hpke(public: bytes, plaintext: bytes, info: bytes) -> bytes:
    """Seal to a public key; another ciphertext each time."""
    recipient = MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(public[:1184]), X25519PublicKey.from_public_bytes(public[1184:])
    )
    return HPKE.encrypt(plaintext, recipient, info)


def sign(seed: bytes, message: bytes) -> bytes:
    """Sign with an Ed25519 seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def verifies(key: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether OpenSSL takes a signature."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def verify_key(seed: bytes) -> bytes:
    """Give the public half of an Ed25519 seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def padded_size(needed: int, scheme: int) -> int:
    """Give the size class of a content with its mark."""
    for least in (16_384, 65_536) if scheme == 1 else (65_536,):
        if needed <= least:
            return least
    exponent = needed.bit_length() - 1
    step: int = 1 << (exponent - exponent.bit_length())
    return (needed + step - 1) // step * step


def pad(content: bytes, scheme: int) -> bytes:
    """Pad a content."""
    return (content + b"\x80").ljust(padded_size(len(content) + 1, scheme), b"\0")


def chunk(key: bytes, index: int, last: int, plaintext: bytes, aad: bytes) -> bytes:
    """Seal one chunk of a stream."""
    return AESGCM(key).encrypt(index.to_bytes(11, "big") + bytes((last,)), plaintext, aad)


def stream(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Seal a stream."""
    parts = [plaintext[at : at + CHUNK] for at in range(0, len(plaintext), CHUNK)]
    return b"".join(chunk(key, index, int(index == len(parts) - 1), part, aad) for index, part in enumerate(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message before it is sealed. What stands as None follows from the rest; anything else takes its place."""

    type: int = 1
    origin: int = 1
    case_id: bytes
    message_id: bytes
    dek: bytes
    document: bytes = b"{}"
    signer: int = 0
    signing_seed: bytes | None = None
    commit: bytes | None = None
    signature: bytes | None = None
    content: bytes | None = None
    padded: bytes | None = None
    chunks: Sequence[tuple[int, int, bytes]] | None = None
    body_aad: bytes | None = None
    body_info: bytes | None = None

    @property
    def scheme(self) -> int:
        """Give the padding scheme of the type."""
        return 2 if self.type == 4 else 1

    @property
    def header(self) -> bytes:
        """Write the header."""
        start = b"LWE1" + bytes((self.type, self.origin, 0, 1)) + self.case_id + self.message_id + bytes((self.scheme,))
        commit = hkdf(self.dek, b"leeward/1/commit\0" + start) if self.commit is None else self.commit
        return start + commit

    @property
    def body(self) -> bytes:
        """Sign, pad and seal the content."""
        info = b"leeward/1/body\0" + self.header if self.body_info is None else self.body_info
        key = hkdf(self.dek, info)
        aad = sha256(self.header) if self.body_aad is None else self.body_aad
        if self.chunks is not None:
            return b"".join(chunk(key, index, last, part, aad) for index, last, part in self.chunks)
        padded = pad(self.inner, self.scheme) if self.padded is None else self.padded
        return stream(key, padded, aad)

    @property
    def inner(self) -> bytes:
        """Put signer and signature in front of a document."""
        if self.content is not None:
            return self.content
        if self.type == 4:
            return self.document
        signature = self.signature
        if signature is None:
            signed = b"leeward/1/sign\0" + bytes((self.signer,)) + self.header + sha256(self.document)
            signature = ZEROS if self.signing_seed is None else sign(self.signing_seed, signed)
        return bytes((self.signer,)) + signature + self.document

    def wrap_info(self, name: bytes, role: int) -> bytes:
        """Say what a wrap is bound to."""
        return b"leeward/1/wrap\0" + bytes((role,)) + name + sha256(self.header)

    def wrap(self, public: bytes, role: int, dek: bytes | None = None) -> bytes:
        """Wrap the message's key for a reader."""
        name = bytes(8) if role == 3 else kid(public)
        return name + bytes((role,)) + hpke(public, self.dek if dek is None else dek, self.wrap_info(name, role))


def assemble(header: bytes, wraps: Sequence[bytes], body: bytes) -> bytes:
    """Put the bytes of a message together."""
    return header + bytes((len(wraps),)) + b"".join(wraps) + body
