"""A card in each language: all of it on its faces, and the cover gives nobody away."""

from dataclasses import replace

import pytest

from intake.outreach import card
from intake.outreach.items import FaceTooFull
from intake.outreach.shapes import PER_MM, Sheet
from tests.unit.intake.outreach.printed import SAMPLES, ink, said, told, typesetter
from translations.locales import form_locales

pytestmark = pytest.mark.usefixtures("noto")

LANGUAGES = [one.code for one in form_locales()]


def made(code: str) -> card.Spread:
    return card.spread(said(code), told(code), typesetter(code), typesetter("en"))


def test_an_english_card_has_two_panels() -> None:
    outside, inside = card.sides(made("en"))
    assert (outside.width, outside.height) == (inside.width, inside.height) == (170, 55)


@pytest.mark.parametrize("code", ["es", "pa"])
def test_a_card_that_carries_its_english_has_three(code: str) -> None:
    assert said(code).originals
    outside, inside = card.sides(made(code))
    assert (outside.width, inside.width) == (255, 255)


@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_stands_outside_of_the_card_or_across_a_fold(code: str) -> None:
    for sheet in card.sides(made(code)):
        for shape in sheet.shapes:
            across = [points[at] / PER_MM for _, points in shape.steps for at in range(0, len(points), 2)]
            down = [points[at] / PER_MM for _, points in shape.steps for at in range(1, len(points), 2)]
            face = int(min(across) // card.WIDTH)
            assert face * card.WIDTH + 2 < min(across)
            assert max(across) < (face + 1) * card.WIDTH - 2
            assert min(down) > 2
            assert max(down) < card.HEIGHT - 2


def test_the_cover_shows_emergency_numbers_and_no_more() -> None:
    wording = said("en")
    cover = made("en").outside[-1](77, 1)
    assert ink(cover) == ink(card._emergency(wording, typesetter("en"))(77, 1))


def test_a_language_from_right_to_left_opens_on_the_other_side() -> None:
    cover = made("ar").outside[0](77, 1)
    assert ink(cover) == ink(card._emergency(said("ar"), typesetter("ar"))(77, 1))


def test_letter_paper_holds_three_cards_with_room_for_a_printers_edges() -> None:
    for sheet in card.pages(made("pa")):
        assert isinstance(sheet, Sheet)
        assert (sheet.width, sheet.height) == (279.4, 215.9)
        across = [
            points[at] / PER_MM for one in sheet.shapes for _, points in one.steps for at in range(0, len(points), 2)
        ]
        assert min(across) > 6
        assert max(across) < 279.4 - 6


def test_a_card_without_a_hotline_shows_the_page() -> None:
    facts = replace(told("en"), number=None, codes=())
    outside, inside = card.sides(card.spread(said("en"), facts, typesetter("en"), typesetter("en")))
    assert inside.shapes
    assert outside.shapes


@pytest.mark.parametrize("code", SAMPLES)
def test_a_card_has_room_for_sentences_of_a_usual_length_in_every_script(code: str) -> None:
    sentence = SAMPLES[code]
    wording = replace(
        said("en"),
        promises=(sentence,) * 3,
        rights=(sentence,) * 4,
        not_legal_advice=sentence,
        numbers=tuple((number, sentence[:40]) for number, _ in said("en").numbers),
        originals=said("pa").originals,
    )
    for sheet in card.sides(card.spread(wording, told(code), typesetter(code), typesetter("en"))):
        assert sheet.shapes


def test_too_much_is_refused_and_not_cut_off() -> None:
    wording = replace(said("en"), rights=("word " * 60,) * 8)
    with pytest.raises(FaceTooFull):
        card.sides(card.spread(wording, told("en"), typesetter("en"), typesetter("en")))
