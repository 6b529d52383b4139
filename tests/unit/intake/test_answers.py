"""What a worker told is laid out as it was told, but for what must not be kept."""

import pytest

from intake.answers import Answers


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Oliver", "Oliver"),
        ("V0H", "V0H"),
        ("V0H 1X0", "V0H"),
        ("v0h1x0", "v0h"),
        ("V0H - 1X0", "V0H"),
        ("V0H\u00a01X0", "V0H"),
        ("VOH 1XO", "VOH"),
        ("farm near Oliver BC V0H 1X0, or V2A 3B4 in winter", "farm near Oliver BC V0H, or V2A in winter"),
        ("camp 12, row 4", "camp 12, row 4"),
        ("", ""),
    ],
)
def test_a_postal_code_is_laid_out_by_its_first_half(written: str, kept: str) -> None:
    assert Answers("en", place=written).document()["place"] == kept


def test_everything_else_is_laid_out_as_it_was_told() -> None:
    told = Answers("es", what=("pay_hours",), place="Oliver", story="V0H 1X0", helper_desk="no")
    assert Answers(**told.document()) == told
