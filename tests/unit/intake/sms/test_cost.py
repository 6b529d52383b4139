"""What a full conversation costs in each language: a greeting, the language by its digit, the permission, the town."""

import pytest

from intake.sms.languages import CHOICES, LATIN_PUNJABI, LOCALES, OTHER, choices_on
from intake.sms.segments import measure
from tests.unit.intake.sms.talks import Talk

# Price goes with segments (hotline.md, "Texts"). English, French, Spanish and Filipino are sent in GSM 7 bit.
MOST = {code: 5 if code in ("en", "es", "fr", "fil") else 9 for code in LOCALES}


def digits_to(code: str) -> list[str]:
    """Give the digits that lead from the first question to a language, by the shortest way."""
    for digit, chosen in CHOICES.items():
        if chosen == code:
            return [str(digit)]
    for page in (0, 1):
        for digit, chosen in choices_on(page).items():
            if chosen == code:
                return [str(OTHER)] * (page + 1) + [str(digit)]
    raise AssertionError(code)


@pytest.mark.parametrize("code", LOCALES)
def test_a_full_conversation_keeps_to_its_segments(code: str) -> None:
    language = [] if code == "en" else digits_to(code)
    talk = Talk("hi", *language, "1", "2")
    assert talk.state.routed
    assert talk.state.locale == code
    segments = sum(measure(reply).segments for turn in talk.turns for reply in turn.replies)
    assert segments <= MOST[code]
    assert talk.said[-1] == "done"


def test_every_language_has_digits_that_lead_to_it() -> None:
    assert all(digits_to(code) for code in LOCALES)
    assert digits_to(LATIN_PUNJABI) == ["7"]
