"""A stream opens whole and in order or not at all."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import stream
from crypto.rejected import EnvelopeRejected

KEY, AAD = b"k" * 32, b"aad"
CHUNK, TAG = stream.CHUNK_SIZE, stream.TAG_SIZE
SEALED = CHUNK + TAG
THREE = stream.seal(KEY, b"a" * CHUNK + b"b" * CHUNK + b"c" * 100, aad=AAD)
SIZES = st.one_of(st.integers(1, 100), *(st.integers(n * CHUNK - 2, n * CHUNK + 2) for n in (1, 2, 3)))


@given(SIZES)
@settings(deadline=None)
def test_every_size_comes_back(size: int) -> None:
    plaintext = b"\x5a" * size
    sealed = stream.seal(KEY, plaintext, aad=AAD)
    assert len(sealed) == stream.sealed_size(size)
    assert stream.plaintext_size(len(sealed)) == size
    assert stream.open_(KEY, sealed, aad=AAD) == plaintext


@given(st.one_of(st.integers(0, 40), *(st.integers(n * SEALED - 20, n * SEALED + 20) for n in (1, 2, 1000))))
def test_a_size_is_a_streams_or_rejected(size: int) -> None:
    try:
        assert stream.sealed_size(stream.plaintext_size(size)) == size
    except EnvelopeRejected:
        assert size % SEALED <= TAG
        assert size % SEALED or not size


def test_nothing_cannot_be_sealed() -> None:
    with pytest.raises(ValueError, match="at least one byte"):
        stream.seal(KEY, b"", aad=AAD)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda sealed: b"",
        lambda sealed: sealed[:TAG],
        lambda sealed: sealed[:-1],
        lambda sealed: sealed[:SEALED],
        lambda sealed: sealed[: 2 * SEALED],
        lambda sealed: sealed[: 2 * SEALED + TAG],
        lambda sealed: sealed[SEALED:],
        lambda sealed: sealed[SEALED : 2 * SEALED] + sealed[:SEALED] + sealed[2 * SEALED :],
        lambda sealed: sealed[:SEALED] + sealed[:SEALED] + sealed[2 * SEALED :],
        lambda sealed: sealed[:SEALED] + sealed[2 * SEALED :],
        lambda sealed: sealed + sealed[2 * SEALED :],
        lambda sealed: sealed + b"\0",
        lambda sealed: bytes([sealed[0] ^ 1]) + sealed[1:],
        lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1]),
        lambda sealed: sealed[: SEALED + 9] + bytes([sealed[SEALED + 9] ^ 1]) + sealed[SEALED + 10 :],
    ],
)
def test_a_spoiled_stream_is_rejected(spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(EnvelopeRejected):
        stream.open_(KEY, spoil(THREE), aad=AAD)


def test_another_key_is_rejected() -> None:
    with pytest.raises(EnvelopeRejected):
        stream.open_(b"x" * 32, THREE, aad=AAD)


@pytest.mark.parametrize("aad", [b"", b"dad", b"aad\0"])
def test_another_aad_is_rejected(aad: bytes) -> None:
    with pytest.raises(EnvelopeRejected):
        stream.open_(KEY, THREE, aad=aad)
