"""A poster in each language stands on one sheet of letter paper."""

from dataclasses import replace

import pytest

from intake.outreach.poster import poster
from intake.outreach.shapes import PER_MM
from tests.unit.intake.outreach.printed import said, told, typesetter
from translations.locales import form_locales

pytestmark = pytest.mark.usefixtures("noto")


@pytest.mark.parametrize("code", [one.code for one in form_locales()] + ["ar"])
def test_all_of_it_stands_on_the_paper(code: str) -> None:
    sheet = poster(said(code, carried=False), told(code), typesetter(code), typesetter("en"))
    assert (sheet.width, sheet.height) == (215.9, 279.4)
    for shape in sheet.shapes:
        for _, points in shape.steps:
            assert all(12 < value / PER_MM < sheet.width - 12 for value in points[::2])
            assert all(12 < value / PER_MM < sheet.height - 12 for value in points[1::2])


def test_a_poster_without_a_hotline_shows_the_page() -> None:
    facts = replace(told("en"), number=None, codes=())
    with_number = poster(said("en", carried=False), told("en"), typesetter("en"), typesetter("en"))
    without = poster(said("en", carried=False), facts, typesetter("en"), typesetter("en"))
    assert without.shapes
    assert without != with_number
