"""Floods through the webhook, on both databases: whoever texts for the first time is taken in, and answered first."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count as counting

import pytest
from sqlalchemy import select

import wsgi
from intake.sms.copies import ERASE_TOPIC
from intake.sms.index import name_of
from intake.sms.models import Conversation
from intake.sms.outgoing import Kind
from intake.sms.restraint import A_DAY_TO_ONE, FOR_THE_FIRST
from intake.sms.segments import measure
from intake.sms.sending import EXPIRES
from referrals import notices
from service.clock import FixedClock
from service.models import OutboxMessage
from service.runtime import Runtime
from tests.integration.hot import Hot, hotline_at_double
from tests.integration.office import Office
from tests.integration.phone import conversations
from tests.integration.test_sms_webhook import INBOUND, signed
from tests.integration.worker_client import count
from tests.network import plant
from tests.unit.intake.sms.webhooks import text_fields

FLOOD = "+16045550111"
SOMEBODY_NEW = "+16045550177"
STORY = "no me pagan las horas"
# What the worker takes from in turn: first answers, other texts, notices, what is settled, and all there is.
TURNS = 5
SEGMENTS_OF_A_TEXT = 2
_ids = counting(1)


@pytest.fixture
def hot(runtime: Runtime, clock: FixedClock) -> Iterator[Hot]:
    with hotline_at_double(runtime, clock) as known:
        yield known


def post(hot: Hot, body: str, sender: str) -> int:
    """Let a text come as the provider posts it, and give the answer's status."""
    return int(signed(hot.app, INBOUND, text_fields(body, sender=sender, number=next(_ids))).status_code)


def at_most_an_hour(hot: Hot, texts: int) -> None:
    """Let so many texts of the hotline's own leave in an hour."""
    hot.runtime = replace(hot.runtime, settings=replace(hot.runtime.settings, sms_per_hour=texts))
    hot.app = wsgi.compose(hot.runtime)


def has_a_conversation(runtime: Runtime, *phones: str) -> bool:
    known = {one.phone_hmac for one in conversations(runtime)}
    return known >= {name_of(runtime, phone).hmac for phone in phones}


def told(hot: Hot, phone: str) -> list[str]:
    return [message.body for message in hot.double.messages if message.to == phone]


def test_somebody_new_is_answered_before_all_that_a_flood_from_one_number_has_left_to_do(hot: Hot) -> None:
    post(hot, "hello", FLOOD)
    hot.work()
    assert {post(hot, "WEB", FLOOD) for _ in range(3 * A_DAY_TO_ONE)} == {200}
    # By now the provider's copies of all those are to be erased as well.
    hot.clock.advance(timedelta(minutes=2))
    assert len(hot.waiting(ERASE_TOPIC)) == 3 * A_DAY_TO_ONE + 1
    assert post(hot, STORY, SOMEBODY_NEW) == 200
    assert has_a_conversation(hot.runtime, SOMEBODY_NEW)
    worker = hot.worker()
    for _ in range(TURNS):
        worker.run_once()
    assert len(told(hot, SOMEBODY_NEW)) == 1


def test_who_is_told_of_danger_is_told_before_all_that_a_flood_has_left_to_do(hot: Hot) -> None:
    helper = Office(plant(hot.runtime), "org16")
    post(hot, "hello", FLOOD)
    hot.work()
    assert {post(hot, "WEB", FLOOD) for _ in range(3 * A_DAY_TO_ONE)} == {200}
    # An emergency's notice is due since its quarter of an hour began.
    hot.clock.advance(timedelta(minutes=20))
    with hot.runtime.database.session(write=True) as session:
        notices.tell(session, helper.id, urgency="emergency", now=hot.clock.now(), random=hot.runtime.random)
    worker = hot.worker()
    for _ in range(TURNS):
        worker.run_once()
    with hot.runtime.database.session() as session:
        # No mail server is set up here: it was tried, and is tried again.
        assert any(session.scalars(select(OutboxMessage.attempts).where(OutboxMessage.topic == notices.TOPIC)))
    assert len(hot.waiting(ERASE_TOPIC)) > A_DAY_TO_ONE


def test_a_flood_from_one_number_costs_a_day_s_texts_and_one_case_whatever_it_sends(hot: Hot) -> None:
    for _ in range(2 * A_DAY_TO_ONE):
        post(hot, "WEB", FLOOD)
    assert len(hot.waiting()) == A_DAY_TO_ONE
    hot.work()
    assert sum(measure(body).segments for body in told(hot, FLOOD)) <= A_DAY_TO_ONE * SEGMENTS_OF_A_TEXT
    assert count(hot.runtime, "sms_outgoing") == A_DAY_TO_ONE
    assert count(hot.runtime, Conversation.__tablename__) == count(hot.runtime, "case") == 1
    assert count(hot.runtime, "message") == 2 * A_DAY_TO_ONE


def test_a_phone_that_stops_and_starts_all_day_is_confirmed_no_more_than_a_day_s_texts(hot: Hot) -> None:
    for _ in range(A_DAY_TO_ONE):
        post(hot, "STOP", FLOOD)
        hot.work()
        post(hot, "START", FLOOD)
        hot.work()
    assert len(told(hot, FLOOD)) == A_DAY_TO_ONE
    post(hot, "STOP", FLOOD)
    post(hot, "hello", FLOOD)
    hot.work()
    assert len(told(hot, FLOOD)) == A_DAY_TO_ONE


def test_of_an_hour_s_texts_some_are_left_for_whoever_is_new(hot: Hot) -> None:
    most = 40
    at_most_an_hour(hot, most)
    flood = [f"+16045550{number}" for number in range(120, 123)]
    for phone in flood:
        for _ in range(A_DAY_TO_ONE):
            assert post(hot, "WEB", phone) == 200
    hot.work()
    left = sum(len(told(hot, phone)) for phone in flood)
    assert left == len(flood) + most - most // FOR_THE_FIRST
    assert post(hot, STORY, SOMEBODY_NEW) == 200
    hot.work()
    assert len(told(hot, SOMEBODY_NEW)) == 1
    assert len(hot.double.messages) <= most


@pytest.mark.parametrize("texts", [("STOP",), ("DELETE", "2")], ids=["stop", "delete"])
def test_the_last_text_to_whoever_wants_no_more_waits_for_no_hour(hot: Hot, texts: tuple[str, ...]) -> None:
    at_most_an_hour(hot, 2)
    post(hot, STORY, SOMEBODY_NEW)
    hot.work()
    post(hot, "WEB", FLOOD)
    post(hot, "WEB", FLOOD)
    hot.work()
    before = len(told(hot, SOMEBODY_NEW))
    for text in texts:
        post(hot, text, SOMEBODY_NEW)
        hot.work()
    assert len(told(hot, SOMEBODY_NEW)) == before + 1


def test_a_crowd_whose_first_text_is_stop_is_told_no_more_than_the_hours_allow(hot: Hot) -> None:
    at_most_an_hour(hot, 2)
    assert {post(hot, "STOP", f"+16045550{number}") for number in range(110, 115)} == {200}
    hot.work()
    assert len(hot.double.messages) == 2


def test_a_crowd_of_made_up_numbers_is_all_taken_in_and_told_no_more_than_the_hours_allow(hot: Hot) -> None:
    an_hour, hours = 2, int(EXPIRES[Kind.PROMPT] / timedelta(hours=1))
    at_most_an_hour(hot, an_hour)
    crowd = [f"+16045550{number}" for number in range(110, 110 + an_hour * hours + 5)]
    assert {post(hot, STORY, phone) for phone in crowd} == {200}
    assert has_a_conversation(hot.runtime, *crowd)
    worker = hot.worker()
    for _ in range(hours + 3):
        while worker.run_once():
            pass
        hot.clock.advance(timedelta(hours=1, minutes=1))
    # A question that comes later than that asks about nothing.
    assert len(hot.double.messages) == an_hour * hours
    assert not hot.waiting()
    assert count(hot.runtime, "case") == len(crowd)
    assert Counter(message.to for message in hot.double.messages).most_common(1)[0][1] == 1


def test_first_texts_that_come_while_floods_do_are_all_taken_in(hot: Hot) -> None:
    crowd = [f"+1604555{number:04}" for number in range(60)]
    new = [f"+1778555{number:04}" for number in range(12)]
    floods = [FLOOD] * 60 + crowd
    start = threading.Barrier(6)

    def send(phones: list[str]) -> list[int]:
        start.wait(60)
        return [post(hot, STORY, phone) for phone in phones]

    with ThreadPoolExecutor(6) as pool:
        sent = [pool.submit(send, floods[part::4]) for part in range(4)] + [
            pool.submit(send, new[part::2]) for part in range(2)
        ]
        answers = [status for one in sent for status in one.result()]
    assert set(answers) == {200}
    assert has_a_conversation(hot.runtime, *new, *crowd, FLOOD)
    assert count(hot.runtime, "case") == len(new) + len(crowd) + 1
    assert count(hot.runtime, "message") == len(new) + len(floods)
