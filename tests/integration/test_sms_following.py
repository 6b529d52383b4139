"""What became of texts, asked of a double of Twilio on both databases: a lost report is asked for, and copies go."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

import wsgi
from intake.sms import fates, following
from intake.sms.port import State
from service import outbox
from service.clock import FixedClock
from service.database import Database
from service.runtime import Runtime
from tests.integration.double import BREAKS_OFF_AFTER_TAKING, FAILS_AFTER_TAKING, SILENT_AFTER_TAKING, Behaviour
from tests.integration.hot import Hot, hotline_at_double
from tests.integration.test_sms_webhook import STATUS, signed
from tests.integration.twilio_double import refuses
from tests.integration.worker_client import stored
from tests.unit.intake.sms.webhooks import NUMBER, status_fields

FIRST, SECOND = following.LOOKS[0], following.LOOKS[1] - following.LOOKS[0]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def hot(runtime: Runtime, clock: FixedClock) -> Iterator[Hot]:
    with hotline_at_double(runtime, clock) as known:
        yield known


def test_a_report_that_never_came_is_asked_for(hot: Hot) -> None:
    hot.text("hello")
    hot.work()
    hot.double.messages[0].status = "sent"
    hot.pass_by(FIRST)
    assert hot.row().state == State.SENT
    hot.double.messages[0].status = "delivered"
    hot.pass_by(SECOND)
    assert hot.row().state == State.DELIVERED
    assert hot.waiting(following.FOLLOW_TOPIC) == []


def test_a_report_that_came_while_the_database_was_away_is_asked_for_afterwards(hot: Hot) -> None:
    hot.text("hello")
    hot.work()
    (message,) = hot.double.messages
    gone = Database("postgresql://127.0.0.1:1/nowhere", b"k" * 32, connections=1)
    app = wsgi.compose(replace(hot.runtime, database=gone))
    query = message.callback.partition("?")[2]
    assert signed(app, STATUS, status_fields(message.sid, "delivered"), query).status_code == 200
    gone.dispose()
    message.status = "delivered"
    hot.pass_by(FIRST)
    assert hot.row().state == State.DELIVERED


@pytest.mark.parametrize(
    "behaviour", [SILENT_AFTER_TAKING, BREAKS_OFF_AFTER_TAKING, FAILS_AFTER_TAKING], ids=["silent", "cut", "500"]
)
def test_a_text_whose_answer_was_lost_is_found_at_the_provider_and_is_no_alarm(hot: Hot, behaviour: Behaviour) -> None:
    hot.double.then(behaviour)
    hot.text("hello")
    hot.work()
    assert hot.row().state == State.UNKNOWN
    hot.double.messages[0].status = "sent"
    hot.pass_by(FIRST, SECOND)
    assert (hot.row().state, hot.row().look_at) == (State.SENT, None)
    assert hot.double.asked == 1
    assert hot.alarms() == set()


NEVER_TAKES = Behaviour(keeps=False, status=502, body="")


def test_a_text_that_the_provider_does_not_know_after_ten_minutes_is_handed_over_once_more(hot: Hot) -> None:
    hot.double.then(NEVER_TAKES)
    hot.text("hello")
    hot.work()
    hot.pass_by(FIRST)
    assert (hot.row().state, hot.double.asked) == (State.UNKNOWN, 1)
    hot.pass_by(SECOND)
    assert (hot.row().state, hot.double.asked, len(hot.double.messages)) == (State.ACCEPTED, 2, 1)
    assert hot.alarms() == set()


def test_a_text_that_was_never_taken_over_twice_is_given_up(hot: Hot) -> None:
    hot.double.then(NEVER_TAKES, NEVER_TAKES)
    hot.text("hello")
    hot.work()
    hot.pass_by(FIRST, SECOND, FIRST, SECOND)
    assert (hot.row().state, hot.row().code) == (State.FAILED, following.NEVER_TAKEN)
    assert (hot.double.asked, hot.alarms()) == (2, set())
    assert hot.waiting() == hot.waiting(following.FOLLOW_TOPIC) == []


def test_of_two_texts_with_the_same_words_each_is_found_once(hot: Hot) -> None:
    hot.double.then(SILENT_AFTER_TAKING)
    hot.text("hello")
    hot.work()
    hot.pass_by(MINUTE)
    hot.double.then(SILENT_AFTER_TAKING)
    hot.double.messages[0].status = "sent"
    hot.text("hello", sender="+16045550143")
    hot.work()
    hot.double.messages[1].status = "failed"
    hot.pass_by(FIRST, SECOND)
    assert sorted(row.state for row in hot.rows()) == [State.FAILED, State.SENT]


def test_while_the_provider_is_away_a_person_hears_of_it_and_it_is_settled_later(hot: Hot) -> None:
    hot.double.then(FAILS_AFTER_TAKING)
    hot.double.is_away = True
    hot.text("hello")
    hot.work()
    hot.pass_by(FIRST, SECOND)
    assert hot.alarms() == {"sms_unknown"}
    hot.double.is_away = False
    hot.double.messages[0].status = "delivered"
    hot.pass_by(timedelta(minutes=20))
    assert (hot.row().state, hot.alarms()) == (State.DELIVERED, set())


def test_a_worker_that_died_after_handing_over_leaves_a_text_that_is_found(hot: Hot) -> None:
    hot.text("hello")
    hot.die_sending()
    hot.pass_by(outbox.LEASE + MINUTE, FIRST, SECOND)
    assert hot.row().state == State.QUEUED
    assert hot.double.asked == 1


def test_the_copy_of_what_we_sent_is_erased_words_first_once_its_fate_is_known(hot: Hot) -> None:
    hot.text("hello")
    hot.work()
    (message,) = hot.double.messages
    hot.report(message, "delivered")
    hot.pass_by(FIRST)
    assert [line for line in hot.double.log if message.sid in line][-2:] == [
        f"POST {message.sid}",
        f"DELETE {message.sid}",
    ]
    assert message.body == ""
    assert hot.audited("provider.erased") == 1
    assert hot.waiting(following.FOLLOW_TOPIC) == []


def test_a_copy_is_erased_a_day_later_though_no_carrier_said_that_it_arrived(hot: Hot) -> None:
    hot.text("hello")
    hot.work()
    (message,) = hot.double.messages
    message.status = "sent"
    for before, after in zip([timedelta(), *following.LOOKS], following.LOOKS, strict=False):
        assert message.sid not in hot.double.erased
        hot.pass_by(after - before)
    assert message.sid in hot.double.erased
    assert (hot.row().state, hot.waiting(following.FOLLOW_TOPIC)) == (State.SENT, [])


def test_what_the_provider_still_works_on_is_erased_later(hot: Hot) -> None:
    hot.text("hello")
    hot.work()
    (message,) = hot.double.messages
    hot.report(message, "delivered")
    hot.pass_by(FIRST - MINUTE)
    message.status = "sending"
    hot.pass_by(MINUTE)
    assert message.sid not in hot.double.erased
    message.status = "delivered"
    hot.pass_by(SECOND)
    assert message.sid in hot.double.erased


def test_a_provider_that_does_not_erase_ends_as_a_dead_letter_which_is_an_alarm(hot: Hot) -> None:
    hot.text("hello")
    hot.work()
    hot.report(hot.double.messages[0], "delivered")
    hot.double.is_away = True
    hot.pass_by(FIRST, *[outbox.backoff(tries) for tries in range(1, outbox.MAX_ATTEMPTS)])
    assert hot.waiting(following.FOLLOW_TOPIC) == [outbox.DEAD]
    with hot.runtime.database.session() as session:
        assert outbox.alarms(session, now=hot.clock.now())
    hot.double.is_away = False
    with hot.runtime.database.session(write=True) as session:
        outbox.retry_dead(session, now=hot.clock.now())
    hot.work()
    assert hot.double.messages[0].sid in hot.double.erased


def test_what_is_followed_stands_sealed_and_without_words_once_it_has_a_name(hot: Hot) -> None:
    hot.text("hello")
    hot.work()
    held = stored(hot.runtime)
    (message,) = hot.double.messages
    for secret in (message.body, message.sid, message.to[1:]):
        assert secret.encode() not in held


def test_where_one_number_of_ours_may_not_send_another_does_and_is_asked_first_for_a_while(
    runtime: Runtime, clock: FixedClock
) -> None:
    second = "+12365550177"
    with hotline_at_double(runtime, clock) as hot:
        hot.runtime = replace(hot.runtime, settings=replace(hot.runtime.settings, twilio_numbers=(NUMBER, second)))
        worker = hot.worker()
        hot.double.then(refuses(30007))
        hot.text("hello")
        hot.text("hello", sender="+16045550143")
        while worker.run_once():
            pass
        assert [message.sender for message in hot.double.messages] == [second, second]
        assert hot.double.asked == 3
        assert {row.state for row in hot.rows()} == {State.ACCEPTED}
        clock.advance(timedelta(hours=2))
        hot.text("hello", sender="+16045550144")
        while worker.run_once():
            pass
        assert hot.double.messages[-1].sender == NUMBER


def test_a_phone_that_refuses_us_is_not_asked_again_from_another_number(runtime: Runtime, clock: FixedClock) -> None:
    with hotline_at_double(runtime, clock) as hot:
        numbers = (NUMBER, "+12365550177")
        hot.runtime = replace(hot.runtime, settings=replace(hot.runtime.settings, twilio_numbers=numbers))
        hot.double.then(refuses(21610))
        hot.text("hello")
        hot.work()
        assert (hot.double.asked, hot.double.messages) == (1, [])


@pytest.mark.parametrize(
    ("texts", "where"),
    [
        ([(State.ACCEPTED, None)], "asked"),
        ([(State.UNKNOWN, None)], "unknown"),
        ([(State.FAILED, None)], "failed"),
        ([(State.FAILED, None), (State.SENT, False)], "leaving"),
        ([(State.SENT, None), (State.SENT, False), (State.SENDING, True)], "leaving"),
        ([(State.SENT, False), (State.DELIVERED, True)], "sent"),
        ([(State.SENT, False), (State.UNKNOWN, True)], "unknown"),
        ([(State.UNKNOWN, False), (State.UNDELIVERED, True)], "failed"),
        ([(State.REJECTED, True)], "leaving"),
    ],
)
def test_an_answer_is_where_the_worst_of_its_texts_is(texts: list[tuple[State, bool | None]], where: str) -> None:
    assert fates.delivery_of(texts) == where
