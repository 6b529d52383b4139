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
        ("V0H    1X0", "V0H"),
        ("V 0 H 1 X 0", "V0H"),
        ("V.0.H._1.X.0_", "V0H_"),
        ("\uff36\uff10\uff28 \uff11\uff38\uff10", "V0H"),
        ("V\u0660H \u0661X\u0660", "V\u0660H"),
        ("V\u200b0H\u200b1X0", "V0H"),
        ("V0H1X0Canada", "V0HCanada"),
        ("BCV0H1X0", "BCV0H"),
        ("在V0H1X0附近", "在V0H附近"),
        ("camp 12, row 4", "camp 12, row 4"),
        ("los 5 hombres, a 5 km", "los 5 hombres, a 5 km"),
        ("km 5 a 1 h 30", "km 5 a 1 h 30"),
        ("caf\uff45", "caf\uff45"),
        ("", ""),
    ],
)
def test_a_postal_code_is_laid_out_by_its_first_half(written: str, kept: str) -> None:
    assert Answers("en", place=written).document()["place"] == kept


def test_everything_else_is_laid_out_as_it_was_told() -> None:
    told = Answers("es", what=("pay_hours",), place="Oliver", story="V0H 1X0", helper_desk="no")
    assert Answers(**told.document()) == told
