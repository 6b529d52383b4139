"""Digits that lead somewhere: never silence, found out when they are mistyped, read in any script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake import codes
from tests.unit.intake.sms.talks import bytes_of_a_test

LONG = codes.new(codes.LONG, random=bytes_of_a_test)
SHORT = codes.new(codes.SHORT, random=bytes_of_a_test)


@given(st.binary(min_size=16, max_size=16), st.sampled_from([codes.LONG, codes.SHORT]))
def test_a_code_has_its_digits_and_does_not_begin_with_silence(raw: bytes, digits: int) -> None:
    code = codes.new(digits, random=lambda size: raw[:size])
    assert len(code) == digits
    assert code.isascii()
    assert code.isdecimal()
    assert code[0] != "0"


@pytest.mark.parametrize(
    "text", [LONG, codes.shown(LONG), codes.shown(LONG).replace(" ", "-"), f" {LONG}\n", f"\u200e{LONG}"]
)
def test_a_code_is_read_however_it_is_grouped(text: str) -> None:
    assert codes.read(text) == LONG


def test_a_code_is_read_in_every_script() -> None:
    for zero in "੦०٠０":
        typed = "".join(chr(ord(zero) + int(digit)) for digit in LONG)
        assert codes.read(typed) == LONG


@given(st.integers(0, codes.LONG - 1), st.sampled_from("0123456789"))
def test_a_slip_is_no_code(at: int, digit: str) -> None:
    slipped = LONG[:at] + digit + LONG[at + 1 :]
    assert (codes.read(slipped) == LONG) == (slipped == LONG)
    assert codes.read(slipped) in (None, LONG)


@pytest.mark.parametrize(
    "text", ["", "1", LONG[:-1], LONG + "1", f"{LONG} hello", "my code is", "a" * 2000, "1" * 2000]
)
def test_whatever_else_is_no_code(text: str) -> None:
    assert codes.read(text) is None


@pytest.mark.parametrize(
    ("behind", "rest"),
    [
        ("", ""),
        (" 1", "1"),
        (" they took my papers", "they took my papers"),
        ("\nhello", "hello"),
        (": 2", "2"),
        (". ", ""),
    ],
)
def test_a_text_may_begin_with_the_digits_of_its_worker(behind: str, rest: str) -> None:
    assert codes.leading(SHORT + behind) == (SHORT, rest)
    assert codes.leading(codes.shown(SHORT) + behind) == (SHORT, rest)


@pytest.mark.parametrize(
    "text", ["", "1", "Oliver", "604 555 0123"[:7], SHORT + "1", SHORT + "abc", f"a {SHORT}", f"0{SHORT}"]
)
def test_a_text_without_them_has_none(text: str) -> None:
    found = codes.leading(text)
    assert found is None or found[0] != SHORT


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    codes.read(text)
    codes.leading(text)
