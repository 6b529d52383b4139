"""Letters are shaped as their script wants, none is missing, and lines break where they may."""

import pytest

from intake.outreach.typesetting import LetterMissing, Typesetter
from tests.unit.intake.outreach.printed import SAMPLES, ink, typesetter
from translations.locales import form_locales, locale

pytestmark = pytest.mark.usefixtures("noto")

CODES = sorted({*SAMPLES, *(one.code for one in form_locales())})


def lines(code: str, text: str, width: float, size: float = 3) -> list[str]:
    return list(typesetter(code)._lines(text, width, size, "Regular"))


@pytest.mark.parametrize("code", SAMPLES)
@pytest.mark.parametrize("bold", [False, True])
def test_every_script_has_all_its_letters_in_both_weights(code: str, bold: bool) -> None:
    drawn = typesetter(code).text(SAMPLES[code], 60, 3, bold=bold)
    assert ink(drawn)
    assert drawn.height > 3


def test_arabic_letters_join() -> None:
    arabic = typesetter("ar")
    apart = sum(arabic.width(letter, 10) for letter in "\u0628\u0628\u0628")
    assert arabic.width("\u0628\u0628\u0628", 10) < 0.7 * apart


def test_an_indic_vowel_that_is_written_before_its_letter_is_drawn_before_it() -> None:
    # U+093F is stored after its consonant and stands before it: the pair is not as wide as both and not as the one.
    hindi = typesetter("hi")
    assert hindi.width("\u0915\u093f", 10) > hindi.width("\u0915", 10)
    assert ink(hindi.text("\u0915\u093f", 90, 10)) != ink(hindi.text("\u093f\u0915", 90, 10))


def test_chinese_is_drawn_as_its_readers_write_it() -> None:
    assert ink(typesetter("zh-Hans").text("骨", 90, 10)) != ink(typesetter("zh-Hant").text("骨", 90, 10))


def test_a_letter_that_no_font_has_is_named() -> None:
    with pytest.raises(LetterMissing, match=r"U\+1F600"):
        typesetter("en").text("\N{GRINNING FACE}", 50, 3)


@pytest.mark.parametrize("code", SAMPLES)
def test_no_line_is_wider_than_its_place(code: str) -> None:
    setter = typesetter(code)
    found = lines(code, SAMPLES[code], 30)
    assert len(found) > 1
    assert all(setter.width(line, 3) <= 30 for line in found)


@pytest.mark.parametrize("code", SAMPLES)
def test_breaking_loses_no_letter(code: str) -> None:
    found = lines(code, SAMPLES[code], 30)
    assert "".join(found).replace(" ", "") == SAMPLES[code].replace(" ", "")


def test_chinese_breaks_without_spaces_and_never_before_a_full_stop() -> None:
    for width in range(9, 40, 2):
        assert all(line[0] not in "。，" for line in lines("zh-Hans", SAMPLES["zh-Hans"], width))


def test_a_word_that_is_wider_than_the_line_stands_on_one_of_its_own() -> None:
    assert lines("en", "a leeward.example/zh-Hant b", 10) == ["a", "leeward.example/zh-Hant", "b"]


def test_lines_begin_at_the_side_where_the_language_begins() -> None:
    def left_edge(setter: Typesetter, text: str) -> int:
        return min(points[0] for shape in ink(setter.text(text, 100, 3)) for _, points in shape.steps if points)

    assert left_edge(typesetter("en"), "Call") < 100
    assert left_edge(typesetter("ar"), "\u0628\u0628") > 9000


def test_nothing_takes_no_room() -> None:
    assert Typesetter(locale("en")).text("", 50, 3).height == 0
