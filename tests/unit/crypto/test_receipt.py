"""A receipt survives how people write it down, tells them of a slip, and yields keys that nobody else can make."""

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import receipt
from crypto.receipt import ReceiptMistyped
from tests.vectors.primitives import DAMM, damm

INSTANCE = b"i" * 16
DIGITS = receipt.generate(lambda size: b"\x2a" * size)
RECEIPTS = st.binary(min_size=32, max_size=32).map(lambda drawn: receipt.generate(lambda size: drawn))
IGNORED = " -\u2010\u2011\u2013\u2014\u2212\u00a0\u202f\u3000\u200e\u2066\u2069\ufeff\t\n\r"
ASCII = [chr(point) for point in range(0x80) if chr(point) not in "0123456789 -\t\n\r"]
TOLD = [*ASCII, "\u2460", "\u00b2", "\u4e00", "\u2028", "\x85"]
# Every decimal digit of Unicode, by value.
ALL_DIGITS = [
    [chr(point) for point in range(0x110000) if unicodedata.decimal(chr(point), None) == value] for value in range(10)
]


def refuse(typed: str) -> None:
    """Say that this is no receipt."""
    with pytest.raises(ReceiptMistyped):
        receipt.parse(typed)


def test_a_fresh_receipt_has_twenty_digits_that_check() -> None:
    for _ in range(100):
        digits = receipt.generate()
        assert len(digits) == 20
        assert digits.isascii() and digits.isdecimal()
        assert damm(digits) == 0
        assert receipt.parse(receipt.format(digits)) == digits


def test_every_receipt_is_drawn_from_all_of_them() -> None:
    """19 digits of 256 random bits: the first and the last are as free as those between."""
    assert receipt.generate(lambda size: bytes(size)) == "0" * 20
    highest = receipt.generate(lambda size: (10**19 - 1).to_bytes(size))
    assert highest[:19] == "9" * 19
    assert receipt.generate(lambda size: (10**19).to_bytes(size)) == "0" * 20
    firsts = {receipt.generate()[0] for _ in range(1000)}
    assert firsts == set("0123456789")


def test_the_published_example() -> None:
    assert damm("5724") == 0


def test_random_bytes_are_asked_for_once() -> None:
    asked: list[int] = []

    def random(size: int) -> bytes:
        asked.append(size)
        return bytes(size)

    receipt.generate(random)
    assert asked == [32]


def test_the_table_finds_each_wrong_digit_and_each_swap() -> None:
    """Damm's conditions, checked: a quasigroup, x*x = 0, and (c*x)*y = (c*y)*x only for x = y."""
    assert all(sorted(row) == list(range(10)) for row in DAMM)
    assert all(sorted(column) == list(range(10)) for column in zip(*DAMM, strict=True))
    assert all(DAMM[digit][digit] == 0 for digit in range(10))
    for one, other in itertools.permutations(range(10), 2):
        assert all(DAMM[DAMM[start][one]][other] != DAMM[DAMM[start][other]][one] for start in range(10))


@given(RECEIPTS, st.integers(0, 19), st.integers(1, 9))
def test_a_wrong_digit_is_told(digits: str, at: int, change: int) -> None:
    refuse(digits[:at] + str((int(digits[at]) + change) % 10) + digits[at + 1 :])


@given(RECEIPTS, st.integers(0, 18))
def test_swapped_neighbours_are_told(digits: str, at: int) -> None:
    swapped = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    if swapped == digits:
        assert receipt.parse(swapped) == digits
    else:
        refuse(swapped)


@given(RECEIPTS, st.data())
def test_digits_of_any_script_are_read(digits: str, data: st.DataObject) -> None:
    typed = [data.draw(st.sampled_from(ALL_DIGITS[int(digit)])) for digit in digits]
    assert receipt.parse("".join(typed)) == digits


@given(
    RECEIPTS,
    st.lists(st.sampled_from(IGNORED)),
)
def test_spaces_dashes_and_marks_anywhere_are_passed_over(digits: str, between: list[str]) -> None:
    typed = "".join(itertools.chain.from_iterable(itertools.zip_longest(digits, between, fillvalue="")))
    assert receipt.parse(typed) == digits


@pytest.mark.parametrize(
    "between", [".", ",", "/", "_", "+", "x", "O", "\0", "\x0b", "\u2460", "\u00b2", "\u4e00", "\u2028"]
)
def test_anything_else_is_told(between: str) -> None:
    refuse(DIGITS[:7] + between + DIGITS[7:])
    refuse(DIGITS[:7] + between + DIGITS[8:])


@pytest.mark.parametrize(
    "typed", ["", " ", DIGITS[:-1], DIGITS[1:], DIGITS + "0", "0" + DIGITS, DIGITS * 2, "0" * 10_000]
)
def test_too_few_or_too_many_digits_are_told(typed: str) -> None:
    refuse(typed)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(typed: str) -> None:
    try:
        assert damm(receipt.parse(typed)) == 0
    except ReceiptMistyped as error:
        assert str(error) == ""


def test_a_receipt_is_shown_in_five_groups_of_four() -> None:
    assert receipt.format("01234567890123456789") == "0123 4567 8901 2345 6789"


def test_one_receipt_yields_one_set_of_keys() -> None:
    keys = receipt.derive(DIGITS, INSTANCE)
    assert receipt.derive(DIGITS, INSTANCE) == keys
    assert len({keys.lookup, keys.mailbox.seed, keys.signing_seed, keys.verify_key}) == 4
    assert [len(part) for part in (keys.lookup, keys.mailbox.public_key, keys.verify_key)] == [32, 1216, 32]


def test_another_receipt_or_another_instance_yields_other_keys() -> None:
    keys = receipt.derive(DIGITS, INSTANCE)
    others = [receipt.derive(receipt.generate(), INSTANCE), receipt.derive(DIGITS, b"j" * 16)]
    for other in others:
        assert keys.lookup != other.lookup
        assert keys.mailbox.seed != other.mailbox.seed
        assert keys.signing_seed != other.signing_seed


@pytest.mark.parametrize("typed", ["", DIGITS[:-1], receipt.format(DIGITS), DIGITS[:-1] + "\u0661", "1" * 20, "x" * 20])
def test_keys_come_from_parsed_digits_only(typed: str) -> None:
    with pytest.raises(ValueError, match="20 ASCII digits"):
        receipt.derive(typed, INSTANCE)


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_an_instance_id_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="instance id"):
        receipt.derive(DIGITS, bytes(size))


def test_nothing_secret_stands_in_a_repr() -> None:
    keys = receipt.derive(DIGITS, INSTANCE)
    assert all(str(secret)[2:-1] not in repr(keys) for secret in (keys.lookup, keys.mailbox.seed, keys.signing_seed))
