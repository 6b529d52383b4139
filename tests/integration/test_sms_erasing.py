"""Texts that lie at the provider: taken in where no webhook brought them, erased once somebody can read ours."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from intake.models import OneTimeCode
from intake.sms import reconciling
from intake.sms.copies import ERASE_TOPIC
from intake.sms.settling import SILENT_AFTER
from intake.sms.texts import Kind
from intake.sms.texts import text as say
from referrals.referral import accept, add_reply
from service import outbox
from service.clock import FixedClock
from tests.integration.casework import do
from tests.integration.hot import WORKER, Hot, hotline_at_double
from tests.integration.office import Office
from tests.integration.phone import cases
from tests.integration.worker_client import count, stored
from tests.network import Network

PICTURE = {"ME" + "5" * 32: "image/jpeg"}
MINUTE = timedelta(minutes=1)
# A Wednesday, seven in the evening in Vancouver.
EVENING = datetime(2026, 7, 9, 2, 0, tzinfo=UTC)
TALK = say(Kind.CAN_TALK, "es")


@pytest.fixture
def hot(network: Network, clock: FixedClock) -> Iterator[Hot]:
    with hotline_at_double(network.runtime, clock) as known:
        yield known


def test_the_provider_s_copy_is_erased_once_the_case_is_routed_and_no_sooner(hot: Hot) -> None:
    copy = hot.text("no me pagan")
    hot.pass_by(*[MINUTE] * 10)
    assert copy.sid not in hot.double.erased
    hot.pass_by(SILENT_AFTER, timedelta(minutes=6))
    assert [line for line in hot.double.log if copy.sid in line][-2:] == [f"POST {copy.sid}", f"DELETE {copy.sid}"]
    assert copy.body == ""
    assert hot.audited("provider.erased") == 1
    later = hot.text("algo mas")
    hot.pass_by(MINUTE)
    assert later.sid in hot.double.erased
    assert hot.waiting(ERASE_TOPIC) == []


def test_what_is_gone_already_is_erased(hot: Hot) -> None:
    copy = hot.text("no me pagan")
    hot.double.inbound.remove(copy)
    hot.pass_by(SILENT_AFTER, timedelta(minutes=6))
    assert hot.waiting(ERASE_TOPIC) == []


def test_erasing_is_tried_again_while_the_provider_is_away(hot: Hot) -> None:
    copy = hot.text("no me pagan")
    hot.pass_by(SILENT_AFTER)
    hot.double.is_away = True
    hot.pass_by(timedelta(minutes=6))
    assert hot.waiting(ERASE_TOPIC) == [outbox.WAITING]
    hot.double.is_away = False
    hot.pass_by(timedelta(minutes=6))
    assert copy.sid in hot.double.erased


@pytest.mark.parametrize("answer", ["1", "2"], ids=["forget", "erase"])
def test_who_wants_to_be_forgotten_is_so_at_the_provider_too_as_soon_as_it_can(hot: Hot, answer: str) -> None:
    for text in ("hello", "1", "2", "DELETE"):
        hot.text(text)
        hot.work()
    left = list(hot.double.messages)
    for message in left:
        message.status = "sent"
    left[-1].status = "sending"
    hot.text(answer)
    hot.work()
    assert {message.sid for message in left} - set(hot.double.erased) == {left[-1].sid}
    left[-1].status = "sent"
    hot.pass_by(timedelta(minutes=5))
    assert {message.sid for message in left} <= set(hot.double.erased)


def test_the_id_of_a_text_at_its_provider_waits_sealed(hot: Hot) -> None:
    copy = hot.text("no me pagan")
    assert copy.sid.encode() not in stored(hot.runtime)


def test_a_text_that_no_webhook_brought_is_taken_in_once_and_in_its_order(hot: Hot) -> None:
    for number, body in enumerate(["no me pagan", "5", "1"], start=50):
        hot.double.came(body, WORKER, number=number)
        hot.clock.advance(MINUTE)
    hot.work()
    assert count(hot.runtime, "message") == 3
    assert count(hot.runtime, "case") == 1
    hot.pass_by(reconciling.EVERY, reconciling.EVERY)
    assert count(hot.runtime, "message") == 3
    assert hot.double.messages


def test_what_came_late_is_answered_in_the_evening_and_not_beside_the_foreman(hot: Hot, clock: FixedClock) -> None:
    hot.double.came("no me pagan", WORKER, number=50)
    hot.pass_by(MINUTE * 20)
    assert count(hot.runtime, "message") == 1
    assert hot.double.messages == []
    clock.set(EVENING)
    hot.work()
    assert len(hot.double.messages) == 1


def test_digits_that_are_told_in_the_evening_are_good_in_the_evening(hot: Hot, clock: FixedClock) -> None:
    for text in ("Mi jefe no me paga", "5", "1", "2"):
        hot.text(text)
    hot.work()
    hot.double.came("WEB", WORKER, number=50)
    hot.pass_by(MINUTE * 20)
    with hot.runtime.database.session() as session:
        (expires_at,) = session.scalars(select(OneTimeCode.expires_at)).all()
    assert expires_at > EVENING
    clock.set(EVENING)
    hot.work()
    assert re.search(r"\d{4} \d{4} \d{4}", hot.double.messages[-1].body)


def test_a_stop_that_came_late_is_not_confirmed_to_whoever_wants_texts_again(hot: Hot, clock: FixedClock) -> None:
    hot.text("no me pagan")
    hot.work()
    hot.double.came("STOP", WORKER, number=50)
    hot.pass_by(MINUTE * 20)
    hot.text("START")
    hot.work()
    before = len(hot.double.messages)
    clock.set(EVENING)
    hot.work()
    assert len(hot.double.messages) == before


@pytest.mark.parametrize("text", ["4", "HELP"])
def test_a_call_for_help_is_answered_at_once_however_late_it_came(hot: Hot, text: str) -> None:
    hot.text("no me pagan")
    hot.work()
    before = len(hot.double.messages)
    hot.double.came(text, WORKER, number=50)
    hot.pass_by(timedelta(hours=2))
    assert "911" in hot.double.messages[before].body


def test_whoever_could_talk_when_they_wrote_is_asked_again_where_that_came_late(
    hot: Hot, network: Network, clock: FixedClock
) -> None:
    for text in ("Mi jefe no me paga", "5", "1", "2"):
        hot.text(text)
    hot.work()
    office, (case,) = Office(replace(network, runtime=hot.runtime), "org01"), cases(hot.runtime)
    do(office, case.id, accept)
    do(office, case.id, add_reply, office.seal(case.id, "Podemos ayudarle.", mailbox=office.mailbox_of(case.id)))
    hot.work()
    assert hot.double.messages[-1].body == TALK
    before = len(hot.double.messages)
    hot.double.came("1", WORKER, number=50)
    hot.pass_by(timedelta(hours=2))
    assert len(hot.double.messages) == before
    # A 1 that comes before they are asked again is no yes.
    hot.text("1")
    hot.work()
    assert "Podemos ayudarle." not in [message.body for message in hot.double.messages]
    clock.set(EVENING)
    hot.work()
    assert hot.double.messages[-1].body == TALK
    hot.text("1")
    hot.work()
    assert hot.double.messages[-1].body == "Podemos ayudarle."


def test_a_webhook_and_a_look_bring_one_text(hot: Hot) -> None:
    hot.text("no me pagan")
    hot.pass_by(reconciling.EVERY)
    assert count(hot.runtime, "message") == 1


@pytest.mark.parametrize("sender", ["72345", "BANK", "+1604555****", "+266696687"])
def test_what_names_no_phone_is_left_where_it_is(hot: Hot, sender: str) -> None:
    hot.double.came("no me pagan", sender, number=50)
    hot.work()
    assert count(hot.runtime, "message") == 0


def test_a_text_of_last_week_is_not_taken_in_anew(hot: Hot) -> None:
    hot.double.came("no me pagan", WORKER, number=50)
    hot.clock.advance(reconciling.LOOKS_BACK + MINUTE)
    hot.work()
    assert count(hot.runtime, "message") == 0


def test_a_look_that_fails_is_an_alarm_and_the_next_one_takes_in_what_came(hot: Hot) -> None:
    hot.double.came("no me pagan", WORKER, number=50)
    hot.double.is_away = True
    worker = hot.worker()
    worker.run_once()
    assert worker.failing_chores == {"sms.reconcile": "provider_away"}
    hot.double.is_away = False
    hot.clock.advance(reconciling.EVERY)
    worker.run_once()
    assert worker.failing_chores == {}
    assert count(hot.runtime, "message") == 1
