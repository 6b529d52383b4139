"""What is computed here is what others have published: HPKE, X-Wing, ML-KEM, Ed25519, AES-GCM, HKDF, Argon2id.

The files come with the package cryptography-vectors; one that is missing, or holds nothing that fits, is an error.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from crypto import suite, symmetric
from crypto.rejected import EnvelopeRejected
from tests.vectors import torsion

PUBLISHED = Path(cryptography_vectors.__file__).parent
X25519, X_WING, HKDF_SHA256, AES_256_GCM = 0x20, 0x647A, 1, 2
Vector = dict[str, Any]


def hpke_vectors(file: str, **wanted: int) -> list[Vector]:
    """Read the vectors of HPKE's base mode that have these ids."""
    vectors: list[Vector] = json.loads((PUBLISHED / "HPKE" / file).read_text(encoding="utf-8"))
    found = [vector for vector in vectors if vector["mode"] == 0 and wanted.items() <= vector.items()]
    assert found
    return found


def blocks(*path: str) -> Iterator[dict[str, str]]:
    """Read a file of `name = value` lines, in blocks; a line that has no value says FAIL, or begins a group."""
    block: dict[str, str] = {}
    for line in (*PUBLISHED.joinpath(*path).read_text(encoding="utf-8").splitlines(), "count = end"):
        name, equals, value = (part.strip() for part in line.partition("="))
        if name.lower() == "count":
            if len(block) > 1:
                yield block
            block = {name.lower(): value}
        elif name == "FAIL" or (equals and not name.startswith(("#", "["))):
            block[name.lower()] = value


@dataclass(frozen=True)
class Given:
    """Randomness that is given by a vector."""

    drawn: bytes

    def __call__(self, size: int) -> bytes:
        assert len(self.drawn) == size
        return self.drawn


@dataclass(frozen=True)
class Schedule:
    """RFC 9180, section 5.1, base mode, written from the text: what HPKE makes of a shared secret."""

    kem: int
    aead: int

    @property
    def suite_id(self) -> bytes:
        return b"HPKE" + b"".join(number.to_bytes(2) for number in (self.kem, HKDF_SHA256, self.aead))

    def extract(self, salt: bytes, label: bytes, material: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + self.suite_id + label + material, "sha256")

    def expand(self, secret: bytes, label: bytes, info: bytes, length: int) -> bytes:
        labeled = length.to_bytes(2) + b"HPKE-v1" + self.suite_id + label + info
        return hmac.digest(secret, labeled + b"\x01", "sha256")[:length]

    def key_and_nonce(self, shared_secret: bytes, info: bytes) -> tuple[bytes, bytes]:
        context = b"\0" + self.extract(b"", b"psk_id_hash", b"") + self.extract(b"", b"info_hash", info)
        secret = self.extract(shared_secret, b"secret", b"")
        return self.expand(secret, b"key", context, 32), self.expand(secret, b"base_nonce", context, 12)


def check_schedule(vector: Vector) -> None:
    """Compare key, nonce and first ciphertext of a vector with what the schedule gives."""
    schedule = Schedule(vector["kem_id"], vector["aead_id"])
    key, nonce = schedule.key_and_nonce(bytes.fromhex(vector["shared_secret"]), bytes.fromhex(vector["info"]))
    assert (key.hex(), nonce.hex()) == (vector["key"], vector["base_nonce"])
    cipher = AESGCM(key) if vector["aead_id"] == AES_256_GCM else ChaCha20Poly1305(key)
    first = {name: bytes.fromhex(value) for name, value in vector["encryptions"][0].items()}
    assert cipher.encrypt(nonce, first["pt"], first["aad"]) == first["ct"]


def test_the_key_schedule_is_that_of_rfc_9180() -> None:
    for vector in hpke_vectors("test-vectors.json", kem_id=X25519, kdf_id=HKDF_SHA256, aead_id=AES_256_GCM):
        check_schedule(vector)


def test_the_key_schedule_is_that_of_the_post_quantum_draft() -> None:
    for vector in hpke_vectors("hpke-pq-test-vectors.json", kem_id=X_WING, kdf_id=HKDF_SHA256):
        check_schedule(vector)


@pytest.mark.parametrize("vector", hpke_vectors("hpke-pq-test-vectors.json", kem_id=X_WING), ids=["one", "two"])
def test_a_published_encapsulation_opens_in_our_suite(vector: Vector) -> None:
    """No vector is published for AES-256-GCM with X-Wing: a published secret goes through the checked schedule."""
    pair = suite.key_pair(bytes.fromhex(vector["skRm"]))
    assert pair.public_key.hex() == vector["pkRm"]
    info = b"leeward/1/wrap\0 and what it is bound to"
    key, nonce = Schedule(X_WING, AES_256_GCM).key_and_nonce(bytes.fromhex(vector["shared_secret"]), info)
    sealed = bytes.fromhex(vector["enc"]) + AESGCM(key).encrypt(nonce, b"text", b"")
    assert suite.open_(pair, sealed, info=info) == b"text"
    with pytest.raises(EnvelopeRejected):
        suite.open_(pair, sealed, info=info + b"!")


def test_ml_kem_768() -> None:
    checked = 0
    for block in blocks("asymmetric", "MLKEM", "kat_MLKEM_768.rsp"):
        private = MLKEM768PrivateKey.from_seed_bytes(bytes.fromhex(block["d"] + block["z"]))
        assert private.public_key().public_bytes_raw().hex() == block["pk"]
        assert private.decapsulate(bytes.fromhex(block["ct"])).hex() == block["ss"]
        assert private.decapsulate(bytes.fromhex(block["ct_n"])).hex() == block["ss_n"]
        checked += 1
    assert checked >= 100


def test_ed25519() -> None:
    lines = (PUBLISHED / "asymmetric" / "Ed25519" / "sign.input").read_text(encoding="utf-8").splitlines()
    for line in lines:
        secret, public, message, signed = (bytes.fromhex(part) for part in line.split(":")[:4])
        assert suite.verify_key(secret[:32]) == public
        assert suite.sign(secret[:32], message) == signed[:64]
        suite.verify(public, signed[:64], message)
    assert len(lines) >= 1000


def test_ed25519_by_hand_is_ed25519() -> None:
    """The signatures that two verifiers could disagree on are made from this arithmetic."""
    public, signature = torsion.sign(bytes(32), b"message", key_moved=False, nonce_moved=False)
    assert public == suite.verify_key(bytes(32))
    assert signature == suite.sign(bytes(32), b"message")


def test_aes_256_gcm() -> None:
    checked = {True: 0, False: 0}
    for block in blocks("ciphers", "AES", "GCM", "gcmDecrypt256.rsp"):
        iv, tag = bytes.fromhex(block["iv"]), bytes.fromhex(block["tag"])
        if (len(iv), len(tag)) != (symmetric.NONCE_SIZE, symmetric.TAG_SIZE):
            continue
        key, aad, sealed = bytes.fromhex(block["key"]), bytes.fromhex(block["aad"]), bytes.fromhex(block["ct"])
        checked["fail" in block] += 1
        if "fail" in block:
            with pytest.raises(EnvelopeRejected):
                symmetric.open_(key, iv + sealed + tag, aad=aad)
            continue
        plaintext = bytes.fromhex(block["pt"])
        assert symmetric.open_(key, iv + sealed + tag, aad=aad) == plaintext
        assert symmetric.seal(key, plaintext, aad=aad, random=Given(iv)) == iv + sealed + tag
    assert min(checked.values()) >= 50


def test_hkdf_sha256_with_an_empty_salt() -> None:
    found = [block for block in blocks("KDF", "rfc-5869-HKDF-SHA256.txt") if not block["salt"]]
    assert found
    for block in found:
        derived = symmetric.derive(bytes.fromhex(block["ikm"]), bytes.fromhex(block["info"]), int(block["l"]))
        assert derived.hex() == block["okm"]


def test_argon2id() -> None:
    """Our two costs are not among the published ones: TypeScript's other implementation checks those on every run."""
    found: Sequence[dict[str, str]] = list(blocks("KDF", "argon2id.txt"))
    assert len(found) >= 5
    for block in found:
        kdf = Argon2id(
            salt=bytes.fromhex(block["salt"]),
            length=int(block["length"]),
            iterations=int(block["iter"]),
            lanes=int(block["lanes"]),
            memory_cost=int(block["memcost"]),
            ad=bytes.fromhex(block["ad"]) if "ad" in block else None,
            secret=bytes.fromhex(block["secret"]) if "secret" in block else None,
        )
        assert kdf.derive(bytes.fromhex(block["pass"])).hex() == block["output"]


def test_the_kid_is_a_hash_under_a_name() -> None:
    pair = suite.key_pair(bytes(32))
    assert pair.kid == hashlib.sha256(b"leeward/1/kid\0" + pair.public_key).digest()[:8]
