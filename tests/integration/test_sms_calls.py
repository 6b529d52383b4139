"""Calls to the hotline, over HTTP and on both databases: what is spoken is kept as a text is, and erased over there."""

import wave
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

import wsgi
from intake.sms import voice
from intake.sms.chores import take_in_spooled
from intake.sms.conversations import of_id
from intake.sms.gateways.twilio_rest import Twilio
from intake.sms.index import name_of
from intake.sms.models import Conversation
from intake.sms.settling import SILENT_AFTER
from service.clock import FixedClock
from service.database import Database
from service.runtime import Runtime
from tests.integration.hot import WORKER, Hot, hotline_at_double
from tests.integration.phone import cases, conversations
from tests.integration.test_sms_webhook import post, signed
from tests.integration.worker_client import count
from tests.network import plant
from tests.unit.intake.sms.test_voice import HIDDEN
from tests.unit.intake.sms.webhooks import ACCOUNT, NUMBER, SITE, body_of, with_hotline
from translations.catalogue import catalogue

CALL, RECORDING = "CA" + "7" * 32, "RE" + "8" * 32
# ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE, as a keypad spells them.
SPELLED = ["+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"]
Fields = list[tuple[str, str]]


@pytest.fixture
def hot(runtime: Runtime, clock: FixedClock) -> Iterator[Hot]:
    plant(runtime)
    with hotline_at_double(runtime, clock) as known:
        yield known


@pytest.fixture
def app(sqlite_runtime: Runtime) -> Flask:
    """Give the app of an instance that has a hotline, on SQLite alone."""
    settings = replace(with_hotline(sqlite_runtime.settings), public_url=SITE)
    return wsgi.compose(replace(sqlite_runtime, settings=settings))


def call(*more: tuple[str, str], sender: str = WORKER, to: str = NUMBER, account: str = ACCOUNT) -> Fields:
    """Give the fields that Twilio posts while somebody calls."""
    known = [("CallSid", CALL), ("AccountSid", account), ("From", sender), ("To", to), ("Direction", "inbound")]
    return [*known, ("CallerCity", "KELOWNA"), *more]


def recorded(seconds: str = "7", **others: str) -> Fields:
    """Give the fields of a recorded message."""
    return call(("RecordingSid", RECORDING), ("RecordingDuration", seconds), ("Digits", "hangup"), **others)


def ask(app: Flask, path: str, fields: Fields, query: str = "") -> TestResponse:
    """Let Twilio ask what to say."""
    answer = signed(app, path, fields, query)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "text/xml"
    return answer


def sound() -> bytes:
    """Make a second of silence as Twilio records it."""
    made = BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16000))
    return made.getvalue()


class Fetching(Twilio):
    """Twilio, with a recording that needs no network."""

    def fetch(self, provider_id: str, ref: str, *, most: int) -> bytes:
        assert (provider_id, ref) == (CALL, RECORDING)
        return sound()


def work(hot: Hot, *moments: timedelta) -> None:
    """Let time pass and a worker do what is due."""
    for moment in moments:
        hot.clock.advance(moment)
        worker = wsgi.make_worker(hot.runtime, {"twilio": Fetching(hot.runtime.settings, base_url=hot.double.address)})
        while worker.run_once():
            pass


def test_a_call_leads_by_digits_to_a_message_that_is_kept_once_in_its_language_and_erased(hot: Hot) -> None:
    hot.double.recordings.add(RECORDING)
    assert voice.LANGUAGE_PATH in ask(hot.app, voice.START_PATH, call()).text
    told = ask(hot.app, voice.LANGUAGE_PATH, call(("Digits", "3")), "p=0").text
    assert "l=es" in told
    told = ask(hot.app, voice.CHOICE_PATH, call(("Digits", "1")), "l=es").text
    assert "<Record" in told
    for _ in range(2):
        ask(hot.app, voice.RECORDED_PATH, recorded(), "l=es&q=0")
    work(hot, timedelta(), SILENT_AFTER, timedelta(minutes=2), timedelta(minutes=2), timedelta(minutes=30))
    (case,) = cases(hot.runtime)
    assert (case.language, case.state, case.channel) == ("es", "received", "sms")
    assert count(hot.runtime, "attachment_part") == 1
    assert hot.double.recordings == set()
    assert f"DELETE {RECORDING}" in hot.double.log
    assert f"DELETE {CALL}" in hot.double.log
    assert [message.to for message in hot.double.messages] == [WORKER]


def test_who_wants_no_texts_gets_none_and_is_heard_all_the_same(hot: Hot) -> None:
    ask(hot.app, voice.RECORDED_PATH, recorded(), "l=pa&q=1")
    work(hot, timedelta(), SILENT_AFTER)
    assert hot.double.messages == []
    (case,) = cases(hot.runtime)
    assert (case.state, case.may_answer) == ("received", False)
    with hot.runtime.database.session() as session:
        known = of_id(session, hot.runtime, session.scalars(select(Conversation.id)).one())
    assert known is not None
    assert known.memory.state.silenced


@pytest.mark.parametrize("sender", ["anonymous", "Restricted", "", *SPELLED])
@pytest.mark.parametrize("digit", ["1", "2"])
def test_whose_number_is_hidden_is_heard_all_the_same_and_sent_nothing(hot: Hot, sender: str, digit: str) -> None:
    told = ask(hot.app, voice.LANGUAGE_PATH, call(("Digits", "3"), sender=sender), "p=0").text
    assert "9 1 1" in told
    assert catalogue("es").translated(HIDDEN).text in told
    assert "<Record" in ask(hot.app, voice.CHOICE_PATH, call(("Digits", digit), sender=sender), "l=es").text
    for _ in range(2):
        ask(hot.app, voice.RECORDED_PATH, recorded(sender=sender), f"l=es&q={int(digit == '2')}")
    hot.double.recordings.add(RECORDING)
    work(hot, timedelta(), timedelta(minutes=2), timedelta(minutes=2))
    (case,) = cases(hot.runtime)
    assert (case.language, case.state, case.may_answer) == ("es", "received", False)
    assert count(hot.runtime, "attachment_part") == 1
    (conversation,) = conversations(hot.runtime)
    assert (conversation.phone_hmac, conversation.sealed_phone) == (None, None)
    assert hot.double.recordings == set()
    assert hot.double.messages == []


@pytest.mark.parametrize("sender", ["anonymous", "+266696687"])
def test_two_callers_who_hide_their_number_have_a_case_each(hot: Hot, sender: str) -> None:
    for known in (CALL, "CA" + "6" * 32):
        fields = [(name, known if name == "CallSid" else value) for name, value in recorded(sender=sender)]
        ask(hot.app, voice.RECORDED_PATH, fields, "l=en&q=0")
    assert len(cases(hot.runtime)) == 2


def test_a_message_whose_webhook_failed_twice_is_found_at_the_provider_and_no_text_is_sent(hot: Hot) -> None:
    hot.double.spoke(RECORDING, CALL, WORKER)
    work(hot, timedelta(minutes=5))
    # Its webhook may still come, and knows more.
    assert cases(hot.runtime) == []
    work(hot, timedelta(minutes=6), timedelta(minutes=2), timedelta(minutes=2), timedelta(minutes=6))
    (case,) = cases(hot.runtime)
    assert (case.state, case.may_answer) == ("received", False)
    assert count(hot.runtime, "attachment_part") == 1
    assert hot.double.recordings == set()
    assert hot.double.messages == []
    (conversation,) = conversations(hot.runtime)
    assert conversation.phone_hmac == name_of(hot.runtime, WORKER).hmac


def test_a_lost_message_of_somebody_who_texts_joins_their_case_and_changes_no_wish(hot: Hot) -> None:
    hot.text("me quitaron el pasaporte")
    hot.text("1")
    hot.double.spoke(RECORDING, CALL, WORKER)
    work(hot, *[timedelta(minutes=6)] * 6)
    (case,) = cases(hot.runtime)
    assert case.may_answer
    assert count(hot.runtime, "attachment_part") == 1


def test_a_message_that_its_webhook_brought_is_not_taken_in_again(hot: Hot) -> None:
    hot.double.spoke(RECORDING, CALL, WORKER)
    ask(hot.app, voice.RECORDED_PATH, recorded(), "l=es&q=0")
    work(hot, *[timedelta(minutes=6)] * 4)
    (case,) = cases(hot.runtime)
    assert (case.language, case.may_answer) == ("es", True)
    assert count(hot.runtime, "sms_inbound") == 2


def test_a_lost_message_whose_call_is_erased_already_is_kept_without_a_number(hot: Hot) -> None:
    hot.double.spoke(RECORDING, CALL, WORKER)
    del hot.double.calls[CALL]
    work(hot, timedelta(minutes=11))
    (conversation,) = conversations(hot.runtime)
    assert conversation.phone_hmac is None


@pytest.mark.parametrize("sender", SPELLED)
def test_a_lost_message_of_somebody_who_hides_their_number_is_kept_without_one(hot: Hot, sender: str) -> None:
    hot.double.spoke(RECORDING, CALL, sender)
    work(hot, timedelta(minutes=11))
    (conversation,) = conversations(hot.runtime)
    assert conversation.phone_hmac is None


def test_what_is_recorded_for_another_number_or_has_no_sound_is_left_alone(hot: Hot) -> None:
    hot.double.spoke(RECORDING, CALL, WORKER, to="+16045550188")
    hot.double.spoke("RE" + "9" * 32, "CA" + "9" * 32, WORKER, duration="0")
    work(hot, timedelta(minutes=11))
    assert cases(hot.runtime) == []
    assert len(hot.double.recordings) == 2


def test_nine_leads_to_more_languages_and_back_and_another_digit_asks_again(app: Flask) -> None:
    assert "한국어" in ask(app, voice.LANGUAGE_PATH, call(("Digits", "9")), "p=0").text
    assert "Para español" in ask(app, voice.LANGUAGE_PATH, call(("Digits", "9")), "p=1").text
    assert "Para español" in ask(app, voice.LANGUAGE_PATH, call(("Digits", "0")), "p=0").text
    assert "Para español" in ask(app, voice.LANGUAGE_PATH, call(("Digits", "0")), "p=nonsense").text


def test_three_says_it_again_and_a_message_without_sound_is_none(app: Flask) -> None:
    assert "9 1 1" in ask(app, voice.CHOICE_PATH, call(("Digits", "3")), "l=en").text
    ask(app, voice.RECORDED_PATH, recorded("0"), "l=en")
    assert count(app.extensions["leeward"], "message") == 0


def test_what_is_not_signed_or_not_ours_or_makes_no_sense_is_refused_and_leaves_no_trace(app: Flask) -> None:
    for path in (voice.START_PATH, voice.LANGUAGE_PATH, voice.CHOICE_PATH, voice.RECORDED_PATH):
        assert post(app, path, body_of(call())).status_code == 403
        assert signed(app, path, call(to="+16045550177")).status_code == 403
        assert signed(app, path, call(account="AC" + "1" * 32)).status_code == 403
        assert signed(app, path, [pair for pair in call() if pair[0] != "CallSid"]).status_code == 400
    assert signed(app, voice.CHOICE_PATH, call(("Digits", "1")), "l=xx").status_code == 400
    bad = [(name, "nonsense" if name == "RecordingSid" else value) for name, value in recorded()]
    assert signed(app, voice.RECORDED_PATH, bad, "l=en").status_code == 400
    assert not any(count(app.extensions["leeward"], table) for table in ("message", "outbox", "case"))


@pytest.mark.parametrize(
    ("path", "query"), [(voice.LANGUAGE_PATH, "p=0"), (voice.CHOICE_PATH, "l=es")], ids=["language", "choice"]
)
def test_a_call_that_began_while_the_database_was_away_is_erased_once_it_is_over(
    hot: Hot, path: str, query: str
) -> None:
    gone = Database("postgresql://127.0.0.1:1/nowhere", b"k" * 32, connections=1)
    ask(wsgi.compose(replace(hot.runtime, database=gone)), voice.START_PATH, call())
    gone.dispose()
    hot.double.calls[CALL] = {"sid": CALL}
    for _ in range(2):
        ask(hot.app, path, call(("Digits", "3")), query)
    assert count(hot.runtime, "outbox") == 1
    work(hot, timedelta(minutes=30))
    assert hot.double.calls == {}


def test_while_the_database_is_away_a_caller_hears_the_numbers_and_a_message_is_kept(sqlite_runtime: Runtime) -> None:
    gone = Database("postgresql://127.0.0.1:1/nowhere", b"k" * 32, connections=1)
    settings = replace(with_hotline(sqlite_runtime.settings), public_url=SITE)
    away = wsgi.compose(replace(sqlite_runtime, settings=settings, database=gone))
    assert "9 1 1" in ask(away, voice.START_PATH, call()).text
    ask(away, voice.RECORDED_PATH, recorded(), "l=hi")
    gone.dispose()
    assert take_in_spooled(sqlite_runtime) == 1
    (case,) = cases(sqlite_runtime)
    assert case.language == "hi"
