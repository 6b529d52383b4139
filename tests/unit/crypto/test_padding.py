"""Padding tells a size class and nothing else, and there is one way only to pad a content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.padding import PaddingScheme, is_padded_size, pad, padded_size, unpad
from crypto.rejected import EnvelopeRejected

EDGES = (16_384, 65_536, 67_584, 131_072, 135_168, 2**20, 2**31, 2**32)
SIZES = st.one_of(*(st.integers(edge - 3, edge + 3) for edge in EDGES), st.integers(0, 300_000), st.integers(0, 2**40))
SCHEMES = st.sampled_from(PaddingScheme)


@given(SIZES, SCHEMES)
def test_a_class_holds_the_content_and_its_mark(size: int, scheme: PaddingScheme) -> None:
    padded = padded_size(size, scheme)
    assert padded > size
    assert is_padded_size(padded, scheme)
    # Padmé's overhead is at most 12 %, and falls with the size (Nikitin et al., section 4).
    assert padded <= 65_536 or padded <= (size + 1) * 1.12


@given(SIZES, SIZES, SCHEMES)
def test_a_longer_content_never_has_a_smaller_class(one: int, other: int, scheme: PaddingScheme) -> None:
    shorter, longer = sorted((one, other))
    assert padded_size(shorter, scheme) <= padded_size(longer, scheme)


@given(SIZES, SCHEMES)
def test_a_size_is_padded_only_if_its_fullest_content_has_it(size: int, scheme: PaddingScheme) -> None:
    is_class = size > 0 and padded_size(size - 1, scheme) == size
    assert is_padded_size(size, scheme) is is_class


@given(st.one_of(st.integers(0, 100), *(st.integers(edge - 3, edge + 3) for edge in EDGES[:5])), SCHEMES)
def test_what_was_padded_comes_back(size: int, scheme: PaddingScheme) -> None:
    content = b"\x80" * size
    padded = pad(content, scheme)
    assert len(padded) == padded_size(size, scheme)
    assert unpad(padded, scheme) == content


@given(st.binary(max_size=70), st.sampled_from([0, 1, 16_383, 16_384, 16_385, 65_536]), SCHEMES)
def test_only_what_pad_makes_is_taken(start: bytes, size: int, scheme: PaddingScheme) -> None:
    padded = start.ljust(size, b"\0")
    try:
        content = unpad(padded, scheme)
    except EnvelopeRejected:
        return
    assert pad(content, scheme) == padded


@pytest.mark.parametrize("text", ["a" * 4000, "ਕ" * 4000, "中" * 4000])
def test_scripts_share_their_class(text: str) -> None:
    assert len(pad(text.encode(), PaddingScheme.TEXT)) == 16_384


@pytest.mark.parametrize("padded", [b"", b"\0", b"\x80", b"\x01", bytes(16_384), b"\x80" + bytes(16_384)])
def test_what_is_not_padded_is_rejected(padded: bytes) -> None:
    with pytest.raises(EnvelopeRejected):
        unpad(padded, PaddingScheme.TEXT)


@pytest.mark.parametrize("value", [value for value in range(1, 256) if value != 0x80])
def test_any_byte_behind_the_mark_is_rejected(value: int) -> None:
    with pytest.raises(EnvelopeRejected):
        unpad(b"text\x80" + bytes([value, *bytes(16_378)]), PaddingScheme.TEXT)


def test_a_text_of_the_small_class_is_no_attachment() -> None:
    with pytest.raises(EnvelopeRejected):
        unpad(pad(b"text", PaddingScheme.TEXT), PaddingScheme.ATTACHMENT)
