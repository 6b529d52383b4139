"""Texts on their way out, against a double of Twilio and on both databases: each once, or told to a person."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

import wsgi
from intake.sms import fates, outgoing
from intake.sms.gateways.twilio_codes import LATER, NEVER, OURS, TOMORROW
from intake.sms.gateways.twilio_rest import Twilio
from intake.sms.models import Conversation, OutgoingText
from intake.sms.port import Accepted, Rejected, Retry, State, Unknown
from referrals.models import Case
from service import outbox
from service.clock import FixedClock
from service.rows import insert_all
from service.runtime import Runtime
from tests.integration.double import BREAKS_OFF_AFTER_TAKING, FAILS_AFTER_TAKING, SILENT_AFTER_TAKING, Behaviour
from tests.integration.hot import WORKER, Hot, hotline_at_double
from tests.integration.twilio_double import refuses
from tests.integration.worker_client import stored
from tests.unit.intake.sms.webhooks import NUMBER

LATER_ON = timedelta(minutes=30)


@pytest.fixture
def hot(runtime: Runtime, clock: FixedClock) -> Iterator[Hot]:
    with hotline_at_double(runtime, clock) as known:
        yield known


def test_a_text_is_handed_over_once_and_leaves_no_trace_in_the_outbox(hot: Hot) -> None:
    hot.text("hello")
    hot.work()
    hot.work()
    (message,) = hot.double.messages
    assert (message.to, message.sender) == (WORKER, NUMBER)
    row = hot.row()
    assert (row.state, row.code, row.look_at) == (State.ACCEPTED, None, None)
    assert hot.waiting() == []
    for secret in (WORKER[1:], message.sid, message.body, "hello"):
        assert secret.encode() not in stored(hot.runtime)


def test_a_question_arrives_within_hours_or_not_at_all(hot: Hot) -> None:
    hot.text("hello")
    hot.work()
    assert hot.double.messages[0].validity == 4 * 3600
    hot.text("hello", sender="+16045550143")
    hot.pass_by(timedelta(hours=4))
    assert (hot.double.asked, hot.waiting()) == (1, [])


def test_a_text_whose_worker_died_is_followed_though_it_is_found_hours_later(hot: Hot) -> None:
    hot.text("hello")
    hot.die_sending()
    hot.double.messages[0].status = "delivered"
    hot.pass_by(timedelta(hours=5))
    assert (hot.double.asked, hot.row().state, hot.alarms()) == (1, State.DELIVERED, set())


def test_an_answer_arrives_within_the_hour_or_not_at_all_since_the_phone_changes_hands(hot: Hot) -> None:
    hot.text("hello")
    with hot.runtime.database.session(write=True) as session:
        conversation = session.scalars(select(Conversation.id)).one()
        answer = outgoing.Text(conversation, b"r" * 16, "Sunday", outgoing.Kind.CONTENT, hot.clock.now())
        insert_all(session, outgoing.rows(hot.runtime, [answer]))
    hot.work()
    assert [one.validity for one in hot.double.messages if one.body == "Sunday"] == [3600]


@pytest.mark.parametrize("behaviour", [SILENT_AFTER_TAKING, BREAKS_OFF_AFTER_TAKING, FAILS_AFTER_TAKING], ids=str)
def test_a_text_that_may_have_left_is_unknown_and_never_handed_over_again(hot: Hot, behaviour: Behaviour) -> None:
    hot.double.then(behaviour)
    hot.double.is_away = True
    hot.text("hello")
    for _ in range(6):
        hot.work()
        hot.clock.advance(timedelta(minutes=1))
    assert hot.double.asked == 1
    assert hot.row().state == State.UNKNOWN
    assert hot.waiting() == []
    assert hot.alarms() == set()
    hot.clock.advance(timedelta(minutes=5))
    assert hot.alarms() == {"sms_unknown"}


def test_what_was_unknown_is_settled_by_the_provider_s_own_report(hot: Hot) -> None:
    hot.double.then(SILENT_AFTER_TAKING)
    hot.text("hello")
    hot.work()
    (message,) = hot.double.messages
    assert hot.report(message, "sent") == 200
    hot.clock.advance(LATER_ON)
    assert hot.row().state == State.SENT
    assert hot.alarms() == set()


@pytest.mark.parametrize(
    "order",
    [
        ("queued", "sending", "sent", "delivered"),
        ("delivered", "sent", "sending", "queued"),
        ("sent", "delivered", "queued", "sent", "accepted"),
        ("delivered", "delivered", "undelivered", "failed"),
    ],
    ids=" ".join,
)
def test_reports_in_any_order_never_take_a_text_back(hot: Hot, order: tuple[str, ...]) -> None:
    hot.text("hello")
    hot.work()
    for state in order:
        assert hot.report(hot.double.messages[0], state) == 200
    assert (hot.row().state, hot.row().code) == (State.DELIVERED, None)


def test_a_report_that_comes_before_the_answer_is_not_undone_by_it(hot: Hot) -> None:
    class Early(Twilio):
        """A provider whose report is faster than its answer."""

        def send(self, **text: object) -> Accepted | Rejected | Unknown:
            told = super().send(**text)  # type: ignore[arg-type]
            hot.report(hot.double.messages[-1], "delivered")
            return told

    hot.text("hello")
    through = Early(hot.runtime.settings, base_url=hot.double.address)
    wsgi.make_worker(hot.runtime, {"twilio": through}).run_once()
    assert hot.row().state == State.DELIVERED


def test_a_worker_that_died_while_it_sent_leaves_a_text_that_a_person_is_told_of(hot: Hot) -> None:
    hot.text("hello")
    hot.die_sending()
    assert hot.row().state == State.SENDING
    hot.double.is_away = True
    hot.clock.advance(outbox.LEASE + timedelta(seconds=1))
    hot.work()
    assert hot.row().state == State.UNKNOWN
    assert hot.double.asked == 1
    assert hot.waiting() == []
    hot.clock.advance(timedelta(minutes=10))
    assert hot.alarms() == {"sms_unknown"}


def test_a_person_finds_what_is_unknown_by_its_minute_and_takes_it_off_the_list(hot: Hot) -> None:
    hot.double.then(FAILS_AFTER_TAKING)
    hot.text("hello")
    hot.work()
    reference = hot.row().id.hex()
    environ = {
        "LEEWARD_DATA": str(hot.runtime.settings.data),
        "LEEWARD_DATABASE_URL": hot.runtime.settings.database_url,
    }

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(wsgi.cli, ["sms", "unknown", *arguments], env=environ)
        assert done.exit_code == 0, done.output
        return done.output

    told = run()
    assert told.splitlines() == ["HANDED OVER (UTC)   REFERENCE", f"2026-07-08 17:00    {reference}"]
    assert WORKER[1:] not in told
    assert run("--seen", reference) == ""
    assert "Nothing is unknown." in run()
    assert hot.row().state == State.UNKNOWN


@pytest.mark.parametrize("reference", ["ab" * 16, "no reference"])
def test_a_reference_that_waits_for_nobody_is_said_to(hot: Hot, reference: str) -> None:
    environ = {
        "LEEWARD_DATA": str(hot.runtime.settings.data),
        "LEEWARD_DATABASE_URL": hot.runtime.settings.database_url,
    }
    done = CliRunner().invoke(wsgi.cli, ["sms", "unknown", "--seen", reference], env=environ)
    assert done.exit_code == 1
    assert "reference" in done.output


@pytest.mark.parametrize("code", sorted(NEVER))
def test_a_phone_that_takes_no_text_from_us_is_not_tried_again_and_the_desk_says_so(hot: Hot, code: str) -> None:
    hot.double.then(refuses(int(code)))
    hot.text("hello")
    hot.work()
    assert (hot.row().state, hot.row().code, hot.row().look_at) == (State.FAILED, code, None)
    assert hot.waiting() == []
    with hot.runtime.database.session() as session:
        assert session.scalars(select(Conversation.sealed_phone)).one() is None
        assert session.scalars(select(Case.may_answer)).one() is False


def test_a_phone_that_is_found_to_take_nothing_afterwards_is_given_up_too(hot: Hot) -> None:
    hot.text("hello")
    hot.work()
    hot.report(hot.double.messages[0], "undelivered", "30005")
    with hot.runtime.database.session() as session:
        assert session.scalars(select(Conversation.sealed_phone)).one() is None
        assert session.scalars(select(Case.may_answer)).one() is False


@pytest.mark.parametrize("is_welcome", [True, False], ids=["given up", "unwelcome"])
def test_a_phone_that_was_given_up_can_be_answered_once_it_writes_but_not_where_its_worker_wants_no_contact(
    hot: Hot, is_welcome: bool
) -> None:
    hot.text("hello")
    hot.work()
    with hot.runtime.database.session(write=True) as session:
        session.execute(update(Case).values(may_answer=is_welcome))
    hot.report(hot.double.messages[0], "undelivered", "30005")
    for text in ("hello", "1"):
        hot.text(text)
        with hot.runtime.database.session() as session:
            assert session.scalars(select(Conversation.sealed_phone)).one() is not None
            assert session.scalars(select(Case.may_answer)).one() is is_welcome
    hot.work()
    assert len(hot.double.messages) == 3


@pytest.mark.parametrize("code", sorted(OURS))
def test_a_refusal_of_ours_is_an_alarm_and_the_text_leaves_once_it_is_mended(hot: Hot, code: str) -> None:
    hot.double.then(refuses(int(code)))
    hot.text("hello")
    hot.work()
    assert (hot.row().state, hot.row().code) == (State.REJECTED, code)
    assert hot.alarms() == {"sms_refused"}
    assert hot.waiting() == [outbox.WAITING]
    hot.clock.advance(timedelta(minutes=1))
    hot.work()
    assert len(hot.double.messages) == 1
    assert (hot.row().state, hot.alarms()) == (State.ACCEPTED, set())


@pytest.mark.parametrize("code", sorted(LATER))
def test_a_refusal_for_now_is_tried_again_with_pauses_and_is_no_alarm(hot: Hot, code: str) -> None:
    hot.double.then(refuses(int(code)), refuses(int(code)))
    hot.text("hello")
    hot.work()
    hot.work()
    assert hot.double.asked == 1
    assert hot.alarms() == set()
    for _ in range(3):
        hot.clock.advance(timedelta(minutes=1))
        hot.work()
    assert (hot.double.asked, len(hot.double.messages)) == (3, 1)
    assert hot.row().state == State.ACCEPTED


@pytest.mark.parametrize("code", sorted(TOMORROW))
def test_a_day_s_limit_is_an_alarm_and_a_question_does_not_come_a_day_later(hot: Hot, code: str) -> None:
    hot.double.then(refuses(int(code)))
    hot.text("hello")
    hot.work()
    assert hot.alarms() == {"sms_refused"}
    assert (hot.row().state, hot.row().code, hot.waiting()) == (State.FAILED, code, [])
    hot.pass_by(timedelta(hours=25))
    assert (hot.double.asked, hot.double.messages) == (1, [])


def test_an_alarm_for_what_carriers_refused_ends_after_a_day(hot: Hot) -> None:
    hot.text("hello")
    hot.work()
    hot.report(hot.double.messages[0], "undelivered", "30007")
    assert hot.alarms() == {"sms_refused"}
    hot.clock.advance(timedelta(days=2))
    assert "sms_refused" not in hot.alarms()


def test_after_stop_only_its_one_confirmation_leaves(hot: Hot) -> None:
    hot.text("hello")
    hot.text("STOP")
    hot.work()
    hot.text("STOP")
    hot.work()
    bodies = [message.body for message in hot.double.messages]
    assert len(bodies) == 1, bodies
    assert hot.waiting() == []


@pytest.mark.parametrize("answer", ["0", "0 no", "this is my friend's phone"])
def test_nothing_is_sent_to_a_number_after_zero_or_to_a_friend_s_whatever_waits(hot: Hot, answer: str) -> None:
    hot.text("hello")
    hot.text(answer)
    hot.work()
    hot.text("are you there")
    hot.work()
    assert hot.double.messages == []
    assert hot.waiting() == []


def test_a_hotline_whose_settings_are_gone_keeps_what_waits(hot: Hot) -> None:
    hot.text("hello")
    worker = wsgi.make_worker(hot.runtime, {})
    while worker.run_once():
        pass
    assert hot.rows() == []
    assert hot.waiting() == [outbox.WAITING]
    hot.clock.advance(timedelta(minutes=1))
    hot.work()
    assert len(hot.double.messages) == 1


def test_a_payload_that_makes_no_sense_is_given_up(hot: Hot) -> None:
    with hot.runtime.database.session(write=True) as session:
        outbox.enqueue(session, "sms.send", {"text": "x"}, due_at=hot.clock.now())
    hot.work()
    assert hot.waiting() == [outbox.DEAD]
    assert hot.double.asked == 0


def test_a_refusal_that_comes_after_somebody_else_called_it_unknown_leaves_it_to_a_person(hot: Hot) -> None:
    class Slow(Twilio):
        """A provider that answers after the lease is over and another worker found the row."""

        def send(self, **text: object) -> Accepted | Rejected | Unknown:
            with hot.runtime.database.session(write=True) as session:
                session.execute(update(OutgoingText).values(state=State.UNKNOWN))
            return Rejected("20429", permanent=False, ours=False, retry=Retry.LATER)

    hot.text("hello")
    wsgi.make_worker(hot.runtime, {"twilio": Slow(hot.runtime.settings)}).run_once()
    assert hot.row().state == State.UNKNOWN
    with hot.runtime.database.session() as session:
        assert fates.unsure(session, now=hot.clock.now() + timedelta(minutes=10))
