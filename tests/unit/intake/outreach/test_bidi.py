"""Lines in which directions meet stand on paper as the Unicode Bidirectional Algorithm says."""

import pytest

from intake.outreach.bidi import Run, runs

ALEF_BEH = "\u0627\u0628"
TEH = "\u062a"


def seen(text: str, *, rtl: bool) -> str:
    """Write a line as the eye meets it from left to right."""
    return "".join(run.text[::-1] if run.rtl else run.text for run in runs(text, rtl=rtl))


def test_a_line_in_one_direction_is_one_run() -> None:
    assert runs("Call 911.", rtl=False) == [Run("Call 911.", rtl=False)]
    assert runs(f"{ALEF_BEH} {TEH}.", rtl=True) == [Run(f"{ALEF_BEH} {TEH}.", rtl=True)]


def test_digits_keep_their_order_among_letters_from_right_to_left() -> None:
    assert seen(f"{ALEF_BEH} 911 {TEH}", rtl=True) == f"{TEH} 911 {ALEF_BEH[::-1]}"


def test_the_full_stop_of_a_line_from_right_to_left_stands_at_its_left() -> None:
    assert seen(f"{ALEF_BEH} 911.", rtl=True) == f".911 {ALEF_BEH[::-1]}"


@pytest.mark.parametrize("text", ["604-555-0123", "1-800-563-0808", "leeward.example/ar", "North Coast, Nechako", "38"])
def test_what_stands_alone_in_latin_letters_and_digits_is_not_turned_around(text: str) -> None:
    assert seen(text, rtl=True) == text


def test_a_latin_name_keeps_its_letters_and_takes_its_place() -> None:
    assert seen(f"{ALEF_BEH} WorkSafeBC {TEH}", rtl=True) == f"{TEH} WorkSafeBC {ALEF_BEH[::-1]}"


def test_a_mark_stays_with_the_letter_that_it_is_on() -> None:
    assert runs("\u0628\u0651 a", rtl=True)[-1].text.startswith("\u0628\u0651")


def test_arabic_words_in_an_english_line_are_turned_alone() -> None:
    assert seen(f"a {ALEF_BEH} {TEH} b", rtl=False) == f"a {TEH} {ALEF_BEH[::-1]} b"


def test_spaces_at_the_end_belong_to_the_end() -> None:
    assert runs("a ", rtl=True)[0] == Run(" ", rtl=True)


def test_nothing_is_lost() -> None:
    text = f"({ALEF_BEH}-12.5% {TEH}) x/y, 3:4 \u0661\u0662"
    for rtl in (False, True):
        assert sorted("".join(run.text for run in runs(text, rtl=rtl))) == sorted(text)
    assert runs("", rtl=True) == []
