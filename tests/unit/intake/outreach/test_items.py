"""What faces are made of stays in its place, and the QR code is the one that a camera reads."""

import pytest
import segno

from intake.outreach.items import FaceTooFull, Item, below, beside, bullets, fitted, gap, heading, qr, table, text
from intake.outreach.shapes import PER_MM, Drawn, Shape, box
from tests.unit.intake.outreach.printed import SAMPLES, ink, typesetter

pytestmark = pytest.mark.usefixtures("noto")

LINK = "https://leeward.example/zh-Hant/"


def spread_of(shapes: tuple[Shape, ...]) -> tuple[float, float, float, float]:
    points = [points[at : at + 2] for shape in shapes for _, points in shape.steps for at in range(0, len(points), 2)]
    across, down = [x for x, _ in points], [y for _, y in points]
    return min(across) / PER_MM, min(down) / PER_MM, max(across) / PER_MM, max(down) / PER_MM


def block(height: float) -> Item:
    return lambda width, _: Drawn(height, lambda x, y: iter([box(x, y, width, height)]))


def test_the_qr_code_has_every_module_of_the_address_and_a_quiet_edge() -> None:
    matrix = [list(row) for row in segno.make(LINK, error="m", micro=False).matrix]
    modules = len(matrix) + 8
    drawn = qr(LINK, modules, align="start")(100, 1)
    dark = set()
    for shape in ink(drawn):
        left, top, right, bottom = spread_of((shape,))
        assert bottom - top == 1
        dark |= {(round(top) - 4, column - 4) for column in range(round(left), round(right))}
    assert dark == {(row, column) for row, line in enumerate(matrix) for column, one in enumerate(line) if one}
    assert drawn.height == modules


def test_no_module_of_a_card_is_smaller_than_a_phone_can_see() -> None:
    modules = len(segno.make(LINK, error="m", micro=False).matrix) + 8
    assert 28 * 0.7 / modules > 0.4  # mm, at the smallest scale of a card


@pytest.mark.parametrize("code", ["en", "ar"])
def test_items_side_by_side_do_not_meet(code: str) -> None:
    rtl = code == "ar"
    left_and_right = beside(
        [block(1), block(3)],
        [1, 2],
        rtl=rtl,
    )(32, 1)
    first, second = (spread_of((shape,)) for shape in ink(left_and_right))
    assert left_and_right.height == 3
    assert (first[0], first[2]) == ((22, 32) if rtl else (0, 10))
    assert (second[0], second[2]) == ((0, 20) if rtl else (12, 32))


@pytest.mark.parametrize("code", ["en", "ar"])
def test_the_names_of_a_table_begin_behind_its_widest_number(code: str) -> None:
    setter = typesetter(code)
    drawn = table(setter, [("1-800-563-0808", "a"), ("211", "b")], 3)(60, 1)
    numbers, name = (spread_of((shape,)) for shape in ink(drawn)[:2])
    assert name[2] < numbers[0] if code == "ar" else name[0] > numbers[2]


def test_a_face_shrinks_until_it_fits_and_no_further() -> None:
    item = bullets(typesetter("en"), ["word " * 40] * 3, 3)
    roomy, tight = fitted(item, 80, 100, smallest=0.7), fitted(item, 80, 40, smallest=0.7)
    assert tight.height <= 40 < roomy.height
    with pytest.raises(FaceTooFull):
        fitted(item, 80, 10, smallest=0.7)


def test_a_heading_that_is_too_long_for_a_line_breaks_behind_its_question() -> None:
    setter = typesetter("fr")
    question, rest = "Un problème au travail ?", "Dites-le ici."
    whole = heading(setter, f"{question} {rest}", 5)
    assert whole(200, 1).height == pytest.approx(setter.text(question, 200, 5, bold=True).height)
    broken = below([text(setter, part, 5, bold=True) for part in (question, rest)])
    assert ink(whole(70, 1)) == ink(broken(70, 1))


def test_items_below_each_other_add_up() -> None:
    setter = typesetter("hi")
    one = text(setter, SAMPLES["hi"], 3)
    assert below([one, gap(2), one])(60, 1).height == pytest.approx(2 * one(60, 1).height + 2)
    assert ink(below([])(60, 1)) == ()
