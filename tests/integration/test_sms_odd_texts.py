"""Odd texts through the provider's webhook: each is kept as it was written, and answered by what makes sense, once."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest

from intake.sms.conversations import of_case
from intake.sms.state import State, Step
from intake.sms.texts import Kind, text
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.hot import WORKER, Hot, hotline_at_double
from tests.integration.phone import cases, opened
from tests.integration.test_sms_webhook import INBOUND, signed
from tests.network import plant
from tests.unit.intake.sms.webhooks import text_fields

STORY = "no me pagan las horas y el patron tiene mi pasaporte"
# Each question once: the first one, two pages of languages, the town in three ways, and thanks.
MOST_TEXTS = 7


@pytest.fixture
def hot(sqlite_runtime: Runtime, clock: FixedClock) -> Iterator[Hot]:
    with hotline_at_double(sqlite_runtime, clock) as known:
        yield known


def post(hot: Hot, *texts: str, media: int = 0) -> None:
    """Let texts come as the provider posts them, a minute apart, and answer each before the next one comes."""
    for body in texts:
        hot.clock.advance(timedelta(minutes=1))
        fields = [pair for pair in text_fields(body, sender=WORKER, number=next(hot.ids)) if pair[0] != "NumMedia"]
        fields.append(("NumMedia", str(media)))
        for number in range(media):
            place = f"https://api.twilio.com/x/Media/ME{number:032x}"
            fields += [(f"MediaUrl{number}", place), (f"MediaContentType{number}", "image/jpeg")]
        assert signed(hot.app, INBOUND, fields).status_code == 200
        hot.work()


def said(hot: Hot) -> list[str]:
    return [message.body for message in hot.double.messages if message.to == WORKER]


def kept(hot: Hot) -> list[str]:
    """Read what the worker wrote, while the case is held."""
    ((case),) = cases(hot.runtime)
    return [one.document["fields"]["text"] for one in opened(hot.runtime, case.id)]


def state(hot: Hot) -> State:
    """Read what the conversation remembers."""
    ((case),) = cases(hot.runtime)
    with hot.runtime.database.session() as session:
        known = of_case(session, hot.runtime, case.id)
    assert known is not None
    return known.memory.state


@pytest.mark.parametrize(
    "odd",
    ["😟😟😟", "\u202eno\u202c me pagan", "a\u200bb\u200d", "m" * 1600, "ਮ" * 1600, "👨‍👩‍👧 🇨🇦", "؟", "\x00\x07", ""],
    ids=["emoji", "override", "zero-width", "1600", "1600 in UCS-2", "joined emoji", "sign", "controls", "nothing"],
)
def test_an_odd_first_text_is_kept_as_written_and_asked_the_first_question_once(hot: Hot, odd: str) -> None:
    post(hot, odd)
    assert kept(hot) == [odd]
    assert len(said(hot)) == 1
    assert state(hot).step is Step.OPENING
    post(hot, odd)
    assert kept(hot) == [odd, odd]
    # What answers nothing skips that question; the same one is never put twice in a row.
    assert len(set(said(hot))) == len(said(hot))


def test_a_picture_without_a_word_is_a_first_text_like_any_other(hot: Hot) -> None:
    post(hot, "", media=1)
    assert kept(hot) == [""]
    assert len(said(hot)) == 1


@pytest.mark.parametrize(
    ("yes", "town"),
    [
        *[
            ("1", "2"),
            ("１", "２"),
            ("੧", "੨"),
            ("१", "२"),
            ("١", "٢"),
            ("۱", "۲"),
            ("①", "②"),
            ("1️⃣", "2️⃣"),
            ("一", "二"),
        ],
        *[("\u200f1", "2\u202e"), ("#1", "#2"), (" 1 . ", "2)"), ("1\u200b", "\ufeff2")],
    ],
)
def test_digits_in_every_script_answer_both_questions(hot: Hot, yes: str, town: str) -> None:
    post(hot, STORY, yes, town)
    found = state(hot)
    assert (found.permission, found.place, found.step) == ("yes", "rd:5907", Step.NONE)
    assert len(said(hot)) == len(set(said(hot))) == 3


def test_a_vietnamese_yes_is_a_yes_and_a_card_in_keycaps_is_a_card(hot: Hot) -> None:
    post(hot, "1️⃣7️⃣", "Đúng")
    assert (state(hot).card, state(hot).permission) == ("17", "yes")


@pytest.mark.parametrize(
    ("texts", "is_silent"),
    [
        ((STORY, "4 hablar con alguien ya 0 no quiero mensajes"), False),
        ((STORY, "Hablar con alguien ya"), False),
        (("I need a person now",), False),
        ((STORY, "0, 4"), True),
        (("0 4",), True),
    ],
)
def test_who_asks_for_a_person_is_an_emergency_also_in_words_and_beside_a_zero(
    hot: Hot, texts: tuple[str, ...], is_silent: bool
) -> None:
    plant(hot.runtime)
    post(hot, *texts)
    (case,) = cases(hot.runtime)
    assert (case.urgency, case.may_answer) == ("emergency", not is_silent)
    found = state(hot)
    danger = text(Kind.DANGER, found.locale)
    assert (found.danger, found.silenced, danger in said(hot)) == (True, is_silent, not is_silent)


def test_a_reply_to_a_question_of_three_days_ago_answers_it_and_is_asked_nothing_again(hot: Hot) -> None:
    post(hot, STORY, "1")
    hot.pass_by(timedelta(days=3))
    before = said(hot)
    post(hot, "2")
    assert state(hot).step is Step.NONE
    assert said(hot)[len(before) :] in ([], [text(Kind.DONE, "es")], [text(Kind.GOT_IT, "es")])


@pytest.mark.parametrize("noise", ["?", "ok", "😟", "hola", "9 9 9 9", "who is this", "m" * 1600])
def test_whatever_is_repeated_is_never_asked_the_same_question_twice_in_a_row(hot: Hot, noise: str) -> None:
    post(hot, STORY, *[noise] * 6)
    told = said(hot)
    assert not [one for one, other in pairwise(told) if one == other], told
    assert len(told) <= MOST_TEXTS
