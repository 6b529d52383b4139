"""What a text means at a question: a choice in its own words, two of them at once, and what only looks like a zero."""

import pytest

from intake.sms.conversation import Effect, invitation
from tests.unit.intake.sms.talks import Talk

ENGLISH = "my boss has my passport and he does not pay us"
SPANISH = "mi jefe no me paga y tiene mi pasaporte"


@pytest.mark.parametrize(
    "before", [[], ["hi"], ["hi", "1"], ["hi", "1", "Oliver"], ["hi", "MENU"], ["help"], ["<link>"]]
)
@pytest.mark.parametrize(
    "words", ["I need a person now!", "hablar con alguien ya", "CẦN GẶP NGƯỜI NGAY", "지금사람이필요해요"]
)
def test_the_fourth_choice_in_its_own_words_is_a_four(before: list[str], words: str) -> None:
    talk = Talk()
    if before == ["<link>"]:
        talk.turns.append(invitation(None, now=talk.now))
    else:
        talk = Talk(*before)
    turn = talk.says(words)
    assert turn.said[:1] == ("danger",)
    assert {Effect.URGENT, Effect.SETTLE} - turn.effects <= ({Effect.SETTLE} if "Oliver" in before else set())


def test_the_fourth_choice_in_its_own_words_is_answered_in_their_language() -> None:
    assert Talk("hi", "hablar con alguien ya").state.locale == "es"
    assert Talk("preciso de alguém já").state.locale == "pt"
    assert Talk(SPANISH, "I need a person now").state.locale == "es"


@pytest.mark.parametrize(
    "text", ["4 I need a person now 0 no more texts", "4 0", "4, 0", "4 hablar con alguien ya 0 no quiero mensajes"]
)
def test_a_four_before_a_zero_is_a_person_now_and_no_silence(text: str) -> None:
    for before in ([ENGLISH], [ENGLISH, "1"], [ENGLISH, "1", "Oliver"], [ENGLISH, "1", "MENU"]):
        talk = Talk(*before, text)
        assert talk.turn.said[:1] == ("danger",)
        assert not talk.state.mute


@pytest.mark.parametrize("text", ["0 4", "0, 4", "0. 4 I need a person now"])
def test_a_zero_before_a_four_is_silence_and_heard_as_an_emergency(text: str) -> None:
    for before in ([], [ENGLISH], [ENGLISH, "1", "Oliver"], [ENGLISH, "STOP"], [ENGLISH, "0"]):
        talk = Talk(*before, text)
        assert talk.turn.replies == ()
        assert (talk.state.silenced, talk.state.danger) == (True, True)
        assert Effect.URGENT in talk.turn.effects
    assert Talk(ENGLISH, "0 no, not my phone 4 I need a person now").turn.effects >= {Effect.SILENCE, Effect.URGENT}


@pytest.mark.parametrize("text", ["1️⃣0️⃣", "1 0", "10", "1, 0", "5 0", "Ờ", "Nợ", "Đúng", "ô"])
def test_what_only_ends_in_a_zero_or_looks_like_a_no_is_no_silence(text: str) -> None:
    for before in ([], [ENGLISH], [ENGLISH, "1"], [ENGLISH, "1", "Oliver"]):
        assert not Talk(*before, text).state.mute


def test_a_card_s_digits_may_be_keycaps() -> None:
    assert Talk("1️⃣7️⃣").state.card == "17"


def test_a_vietnamese_yes_is_a_yes() -> None:
    assert Talk("Ông chủ giữ hộ chiếu của tôi", "Đúng").state.permission == "yes"
