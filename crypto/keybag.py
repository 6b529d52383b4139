"""A caseworker's keys under a passphrase, and an organization's epoch seeds under its members' keys. What leaves here
sealed is all that the server ever holds of them.
"""

import base64
import json
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crypto import argon2, suite, symmetric
from crypto.rejected import EnvelopeRejected
from crypto.suite import KeyPair
from crypto.symmetric import Random

WORDS: Final = 7776
PASSPHRASE_WORDS: Final = 6
ID_SIZE: Final = 16
_BAG_VERSION = 1
# Unicode's White_Space, which neither `\s` of Python nor that of JavaScript is.
_SPACES = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


@dataclass(frozen=True, slots=True, repr=False)
class PassphraseKeys:
    """What a passphrase yields: the key of its slot, and the secret to sign in with; 32 bytes each."""

    kek: bytes
    login_secret: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Bag:
    """What a caseworker keeps: an X-Wing seed, an Ed25519 seed, and the keys that they have seen, name to text."""

    member_seed: bytes
    signing_seed: bytes
    pins: Mapping[str, str]


def generate_passphrase(words: Sequence[str], random: Random = os.urandom) -> str:
    """Draw six words of a list of 7,776: 77 bits. Raises ValueError for a list with fewer different words."""
    if len({normalize(word) for word in words}) < WORDS:
        raise ValueError("a word list has at least 7,776 different words")
    # 256 bits for 13: what is left of a bias is below 2**-242.
    drawn = (words[int.from_bytes(random(32)) % len(words)] for _ in range(PASSPHRASE_WORDS))
    return " ".join(drawn)


def normalize(passphrase: str) -> str:
    """Write a passphrase as it is stretched: NFKC, lower case, one space between words and none around."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", passphrase).lower()).strip(" ")


def derive_passphrase(passphrase: str, salt: bytes) -> PassphraseKeys:
    """Derive what a passphrase yields, at 64 MiB. Raises ValueError where it has no word, or the salt not 16 bytes."""
    secret = normalize(passphrase).encode()
    master = argon2.stretch(secret, salt, memory_kib=argon2.PASSPHRASE_MEMORY_KIB, passes=argon2.PASSPHRASE_PASSES)
    return PassphraseKeys(
        kek=symmetric.derive(master, b"leeward/1/kek\0"),
        login_secret=symmetric.derive(master, b"leeward/1/login\0"),
    )


def seal_bag(bag: Bag, bag_key: bytes, *, user_id: bytes, random: Random = os.urandom) -> bytes:
    """Seal a bag under its key (32 bytes), for one user (16 bytes)."""
    document = {
        "v": _BAG_VERSION,
        "member_seed": _to_text(_sized(bag.member_seed, suite.SEED_SIZE)),
        "signing_seed": _to_text(_sized(bag.signing_seed, suite.SEED_SIZE)),
        "pins": dict(bag.pins),
    }
    plaintext = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    return symmetric.seal(bag_key, plaintext, aad=_bag_place(user_id), random=random)


def open_bag(sealed: bytes, bag_key: bytes, *, user_id: bytes) -> Bag:
    """Open a bag. Raises EnvelopeRejected, also for a bag of a later version."""
    plaintext = symmetric.open_(bag_key, sealed, aad=_bag_place(user_id))
    try:
        document = json.loads(plaintext.decode())
        if document["v"] != _BAG_VERSION:
            raise EnvelopeRejected
        pins = document["pins"]
        if not isinstance(pins, dict) or not all(isinstance(value, str) for value in pins.values()):
            raise EnvelopeRejected
        return Bag(_seed(document["member_seed"]), _seed(document["signing_seed"]), pins)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EnvelopeRejected from error


def seal_slot(
    kek: bytes, bag_key: bytes, *, user_id: bytes, slot: int, version: int, random: Random = os.urandom
) -> bytes:
    """Seal a bag's key (32 bytes) under one way of unlocking it: 60 bytes."""
    aad = _slot_place(user_id, slot, version)
    return symmetric.seal(kek, _sized(bag_key, symmetric.KEY_SIZE), aad=aad, random=random)


def open_slot(kek: bytes, sealed: bytes, *, user_id: bytes, slot: int, version: int) -> bytes:
    """Open a slot and give the bag's key. Raises EnvelopeRejected."""
    return _opened(symmetric.open_(kek, sealed, aad=_slot_place(user_id, slot, version)), symmetric.KEY_SIZE)


def seal_epoch_seed(seed: bytes, *, member_public_key: bytes, organization_id: bytes, epoch: int) -> bytes:
    """Seal an epoch's seed (32 bytes) for a member of its organization: 1,168 bytes."""
    info = _epoch_place(organization_id, epoch, suite.key_id(member_public_key))
    return suite.seal(member_public_key, _sized(seed, suite.SEED_SIZE), info=info)


def open_epoch_seed(sealed: bytes, pair: KeyPair, *, organization_id: bytes, epoch: int) -> bytes:
    """Open an epoch's seed with a member's key pair. Raises EnvelopeRejected.

    Whose seed it is nothing here proves: the caller compares its public key with the epoch's.
    """
    return _opened(suite.open_(pair, sealed, info=_epoch_place(organization_id, epoch, pair.kid)), suite.SEED_SIZE)


def epoch_signing_seed(seed: bytes) -> bytes:
    """Derive the Ed25519 seed that an organization signs with in an epoch; caseworkers stay unnamed."""
    return symmetric.derive(_sized(seed, suite.SEED_SIZE), b"leeward/1/epoch-sign\0")


def _bag_place(user_id: bytes) -> bytes:
    return b"leeward/1/bag\0" + _sized(user_id, ID_SIZE)


def _slot_place(user_id: bytes, slot: int, version: int) -> bytes:
    return b"leeward/1/slot\0" + _sized(user_id, ID_SIZE) + _number(slot, 1) + _number(version, 4)


def _epoch_place(organization_id: bytes, epoch: int, member_kid: bytes) -> bytes:
    return b"leeward/1/epoch\0" + _sized(organization_id, ID_SIZE) + _number(epoch, 4) + member_kid


def _number(value: int, width: int) -> bytes:
    try:
        return value.to_bytes(width)
    except OverflowError as error:
        raise ValueError(f"a number does not fit {width} bytes") from error


def _sized(value: bytes, size: int) -> bytes:
    if len(value) != size:
        raise ValueError(f"expected {size} bytes")
    return value


def _opened(value: bytes, size: int) -> bytes:
    if len(value) != size:
        raise EnvelopeRejected
    return value


def _to_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _seed(text: str) -> bytes:
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    # The library passes over what is no base64url; only what `_to_text` writes is a seed.
    if _to_text(raw) != text:
        raise EnvelopeRejected
    return _opened(raw, suite.SEED_SIZE)
