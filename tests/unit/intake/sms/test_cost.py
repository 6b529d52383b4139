"""What a full conversation costs in each language. Price goes with segments (docs/hotline.md, "The texts")."""

import pytest

from intake.sms.languages import LATIN_PUNJABI, LOCALES
from tests.unit.intake.sms.talks import digits_to, most_of, segments_of, whole_conversation


@pytest.mark.parametrize("code", LOCALES)
def test_a_full_conversation_keeps_to_its_segments(code: str) -> None:
    talk = whole_conversation(code)
    assert talk.state.routed
    assert talk.state.locale == code
    assert segments_of(talk) <= most_of(code)
    assert talk.said[-1] == "done"


def test_every_language_has_digits_that_lead_to_it() -> None:
    assert all(digits_to(code) for code in LOCALES)
    assert digits_to(LATIN_PUNJABI) == ["7"]
