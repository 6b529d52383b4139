"""What has one key on both sides opens under that key and that aad only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import symmetric
from crypto.rejected import EnvelopeRejected

KEY = b"k" * 32
SEALED = symmetric.seal(KEY, b"text", aad=b"place")


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_it_comes_back(plaintext: bytes, aad: bytes) -> None:
    sealed = symmetric.seal(KEY, plaintext, aad=aad)
    assert len(sealed) == symmetric.NONCE_SIZE + len(plaintext) + symmetric.TAG_SIZE
    assert symmetric.open_(KEY, sealed, aad=aad) == plaintext


def test_a_nonce_never_comes_twice() -> None:
    assert len({symmetric.seal(KEY, b"", aad=b"")[: symmetric.NONCE_SIZE] for _ in range(1000)}) == 1000


@pytest.mark.parametrize("at", range(len(SEALED)))
def test_a_changed_byte_is_rejected(at: int) -> None:
    with pytest.raises(EnvelopeRejected):
        symmetric.open_(KEY, SEALED[:at] + bytes([SEALED[at] ^ 1]) + SEALED[at + 1 :], aad=b"place")


@pytest.mark.parametrize("size", range(len(SEALED)))
def test_cut_bytes_are_rejected(size: int) -> None:
    with pytest.raises(EnvelopeRejected):
        symmetric.open_(KEY, SEALED[:size], aad=b"place")


def test_another_key_is_rejected() -> None:
    with pytest.raises(EnvelopeRejected):
        symmetric.open_(b"x" * 32, SEALED, aad=b"place")


def test_another_place_is_rejected() -> None:
    with pytest.raises(EnvelopeRejected):
        symmetric.open_(KEY, SEALED, aad=b"another place")


@pytest.mark.parametrize("size", [0, 16, 24, 31, 33])
def test_a_key_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        symmetric.seal(bytes(size), b"", aad=b"")
    with pytest.raises(ValueError, match="32 bytes"):
        symmetric.open_(bytes(size), SEALED, aad=b"place")


def test_each_purpose_has_a_key_of_its_own() -> None:
    assert len({symmetric.derive(KEY, info) for info in (b"", b"a\0", b"b\0", b"a\0b")}) == 4
