"""HPKE opens for one key and one purpose only; a signature is true for one key and one message only."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import suite
from crypto.rejected import EnvelopeRejected, SignatureRejected

ALICE, BOB = suite.key_pair(b"a" * 32), suite.key_pair(b"b" * 32)
SEALED = suite.seal(ALICE.public_key, b"text", info=b"place")
SEED = b"s" * 32
SIGNED = suite.sign(SEED, b"message")


@given(st.binary(max_size=200), st.binary(max_size=200))
@settings(deadline=None)
def test_it_comes_back(plaintext: bytes, info: bytes) -> None:
    sealed = suite.seal(ALICE.public_key, plaintext, info=info)
    assert len(sealed) == suite.SEALED_OVERHEAD + len(plaintext)
    assert suite.open_(ALICE, sealed, info=info) == plaintext


def test_two_seals_of_one_text_differ() -> None:
    other = suite.seal(ALICE.public_key, b"text", info=b"place")
    assert SEALED[:32] != other[:32]
    assert SEALED[-20:] != other[-20:]


# The parts of an encapsulation: ML-KEM's ciphertext, X25519's share; then text and tag.
@pytest.mark.parametrize("at", [0, 1087, 1088, 1118, 1120, 1123, 1124, len(SEALED) - 1])
def test_a_changed_byte_is_rejected(at: int) -> None:
    with pytest.raises(EnvelopeRejected):
        suite.open_(ALICE, SEALED[:at] + bytes([SEALED[at] ^ 1]) + SEALED[at + 1 :], info=b"place")


@pytest.mark.parametrize("size", [0, 1, 1119, 1120, 1135, 1136, len(SEALED) - 1])
def test_cut_bytes_are_rejected(size: int) -> None:
    with pytest.raises(EnvelopeRejected):
        suite.open_(ALICE, SEALED[:size], info=b"place")


@pytest.mark.parametrize("share", [bytes(32), b"\x01" + bytes(31), b"\xff" * 32])
def test_a_share_of_small_order_is_rejected(share: bytes) -> None:
    with pytest.raises(EnvelopeRejected):
        suite.open_(ALICE, SEALED[:1088] + share + SEALED[1120:], info=b"place")


def test_another_key_is_rejected() -> None:
    with pytest.raises(EnvelopeRejected):
        suite.open_(BOB, SEALED, info=b"place")


@pytest.mark.parametrize("info", [b"", b"place\0", b"plac"])
def test_another_purpose_is_rejected(info: bytes) -> None:
    with pytest.raises(EnvelopeRejected):
        suite.open_(ALICE, SEALED, info=info)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_seed_of_another_size_makes_no_key(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        suite.key_pair(bytes(size))


@pytest.mark.parametrize("key", [b"", bytes(32), ALICE.public_key[:-1], ALICE.public_key + b"\0"])
def test_a_key_of_another_size_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="1,216 bytes"):
        suite.seal(key, b"", info=b"")
    with pytest.raises(ValueError, match="1,216 bytes"):
        suite.key_id(key)


def test_a_key_with_a_half_of_small_order_is_refused() -> None:
    with pytest.raises(ValueError, match="key"):
        suite.seal(ALICE.public_key[:1184] + bytes(32), b"", info=b"")


def test_a_key_with_an_ml_kem_half_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="key"):
        suite.seal(b"\xff" * 1184 + ALICE.public_key[1184:], b"", info=b"")


def test_keys_differ_and_their_ids_too() -> None:
    assert ALICE.public_key != BOB.public_key
    assert ALICE.kid != BOB.kid
    assert suite.key_pair(b"a" * 32) == ALICE


def test_a_true_signature_is_taken() -> None:
    suite.verify(suite.verify_key(SEED), SIGNED, b"message")


@pytest.mark.parametrize("at", range(suite.SIGNATURE_SIZE))
def test_a_changed_signature_is_refused(at: int) -> None:
    with pytest.raises(SignatureRejected):
        suite.verify(suite.verify_key(SEED), SIGNED[:at] + bytes([SIGNED[at] ^ 1]) + SIGNED[at + 1 :], b"message")


@pytest.mark.parametrize("size", [0, 31, 63])
def test_a_cut_signature_is_refused(size: int) -> None:
    with pytest.raises(SignatureRejected):
        suite.verify(suite.verify_key(SEED), SIGNED[:size], b"message")


def test_another_message_or_key_is_refused() -> None:
    with pytest.raises(SignatureRejected):
        suite.verify(suite.verify_key(SEED), SIGNED, b"another message")
    with pytest.raises(SignatureRejected):
        suite.verify(suite.verify_key(b"o" * 32), SIGNED, b"message")


@given(st.binary(max_size=40), st.binary(max_size=70), st.binary(max_size=10))
def test_random_bytes_are_no_signature(key: bytes, signature: bytes, message: bytes) -> None:
    with pytest.raises(SignatureRejected):
        suite.verify(key, signature, message)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_signing_seed_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        suite.sign(bytes(size), b"message")
    with pytest.raises(ValueError, match="32 bytes"):
        suite.verify_key(bytes(size))
