"""Floods, loops and copies of old posts, on both databases: all is taken in once, and answers are bounded."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

import wsgi
from intake.sms import restraint
from intake.sms.moves import NEW_PEOPLE_A_DAY
from intake.sms.restraint import A_DAY_TO_ONE, MANY_WAIT
from service.clock import FixedClock
from service.runtime import Runtime
from service.worker import Worker
from tests.conftest import NOON
from tests.integration.hot import Hot, hotline_at_double
from tests.integration.test_sms_webhook import INBOUND, signed
from tests.integration.worker_client import count
from tests.unit.intake.sms.webhooks import SITE, text_fields, with_hotline

# What left in a minute counts for the hour after that minute.
AN_HOUR = timedelta(minutes=61)
AWAY = "I am driving and will answer later. This is an automatic message."


@pytest.fixture
def hot(runtime: Runtime, clock: FixedClock) -> Iterator[Hot]:
    with hotline_at_double(runtime, clock) as known:
        yield known


def test_two_machines_that_answer_each_other_fall_silent_and_all_is_kept(hot: Hot) -> None:
    hot.text(AWAY)
    answered = 0
    for _ in range(30):
        hot.pass_by(timedelta(seconds=20))
        if len(hot.double.messages) == answered:
            break
        answered = len(hot.double.messages)
        hot.text(AWAY)
    assert answered <= 3
    before = count(hot.runtime, "message")
    for _ in range(20):
        hot.text(AWAY)
    hot.work()
    assert count(hot.runtime, "message") == before + 20
    assert len(hot.double.messages) == answered


def test_one_phone_is_told_so_much_a_day_and_no_more_and_is_heard_all_the_same(hot: Hot) -> None:
    hot.text("hello")
    for _ in range(A_DAY_TO_ONE + 20):
        hot.text("WEB")
    hot.work()
    assert count(hot.runtime, "message") == A_DAY_TO_ONE + 21
    assert len(hot.double.messages) == A_DAY_TO_ONE
    hot.clock.advance(timedelta(days=1))
    hot.text("WEB")
    hot.work()
    assert len(hot.double.messages) == A_DAY_TO_ONE + 1


def test_of_a_crowd_of_numbers_every_text_is_taken_in_and_answers_wait_within_the_hour_s_bound(hot: Hot) -> None:
    hot.runtime = replace(hot.runtime, settings=replace(hot.runtime.settings, sms_per_hour=5))
    for number in range(12):
        hot.text("hello", sender=f"+16045550{110 + number}")
    worker = hot.worker()

    def work() -> None:
        while worker.run_once():
            pass

    work()
    assert count(hot.runtime, "case") == 12
    assert len(hot.double.messages) == 5
    hot.clock.advance(AN_HOUR)
    work()
    assert len(hot.double.messages) == 10
    hot.clock.advance(AN_HOUR)
    work()
    assert len({message.to for message in hot.double.messages}) == 12


def test_many_answers_that_wait_are_an_alarm(sqlite_runtime: Runtime, clock: FixedClock) -> None:
    with hotline_at_double(sqlite_runtime, clock) as hot:
        hot.app = wsgi.compose(hot.runtime)
        for number in range(MANY_WAIT + 2):
            hot.text("hello", sender=f"+1604{5550000 + number}")
        answer = hot.app.test_client().get("/readyz", base_url=SITE)
        assert answer.json is not None
        assert "sms_many_wait" in answer.json["alarms"]


def test_a_copy_of_an_old_post_is_known_a_year_later_and_changes_nothing(runtime: Runtime, clock: FixedClock) -> None:
    app = wsgi.compose(replace(runtime, settings=with_hotline(runtime.settings)))
    fields = text_fields("STOP", number=7)
    assert signed(app, INBOUND, text_fields("hello", number=6)).status_code == 200
    assert signed(app, INBOUND, fields).status_code == 200
    before = count(runtime, "message")
    for days in (1, 60, 300):
        clock.advance(timedelta(days=days))
        assert signed(app, INBOUND, fields).status_code == 200
    assert count(runtime, "message") == before


def test_the_hours_bound_holds_for_all_workers_together(hot: Hot) -> None:
    hot.runtime = replace(hot.runtime, settings=replace(hot.runtime.settings, sms_per_hour=7))
    for number in range(20):
        hot.text("hello", sender=f"+16045550{110 + number}")
    workers = [hot.worker() for _ in range(4)]
    with ThreadPoolExecutor(len(workers)) as pool:
        for done in [pool.submit(run_out, worker) for worker in workers]:
            done.result()
    assert len(hot.double.messages) == 7
    hot.clock.advance(AN_HOUR)
    for worker in workers:
        run_out(worker)
    assert len(hot.double.messages) == 14


def run_out(worker: Worker) -> None:
    while worker.run_once():
        pass


def test_no_hour_has_more_texts_than_the_bound(runtime: Runtime) -> None:
    left = []
    for minute in range(0, 240, 3):
        now = NOON + timedelta(minutes=minute, seconds=minute % 50)
        with runtime.database.session(write=True) as session:
            if not restraint.wait(session, now, 5, is_first=True):
                left.append(now)
    assert len(left) == 20
    assert all(later - earlier >= timedelta(hours=1) for earlier, later in zip(left, left[5:], strict=False))


def test_a_clock_that_was_ahead_holds_nothing_and_minutes_that_are_over_are_forgotten(runtime: Runtime) -> None:
    def wait(now: datetime) -> timedelta:
        with runtime.database.session(write=True) as session:
            return restraint.wait(session, now, 1, is_first=True)

    assert not wait(NOON + timedelta(days=1))
    assert not wait(NOON)
    assert wait(NOON + timedelta(minutes=1)) == timedelta(minutes=60)
    assert not wait(NOON + timedelta(hours=2))
    assert count(runtime, "sms_pace") == 2


def test_one_phone_has_so_many_new_people_a_day_whoever_of_them_asks(hot: Hot) -> None:
    hot.text("hello")
    told: list[str] = []
    for place in range(2 * NEW_PEOPLE_A_DAY):
        # Each one who is told digits asks for the next ones.
        hot.text(f"{told[-1]} hello" if told else "hello")
        hot.text(f"{told[-1]} new person" if told and place % 2 else "new person")
        hot.pass_by(timedelta(seconds=30))
        found = [re.search(r"\b\d{3} \d{3}\b(?!-)", message.body) for message in hot.double.messages]
        told = [one[0] for one in found if one and not one[0].startswith("1 800")]
    assert len(set(told)) == NEW_PEOPLE_A_DAY
    assert count(hot.runtime, "case") == 1 + NEW_PEOPLE_A_DAY
    hot.text("hello", sender="+16045550177")
    hot.work()
    assert count(hot.runtime, "case") == 2 + NEW_PEOPLE_A_DAY
