"""What the desk sees of an answer on its way to a phone, against a double of Twilio and on both databases."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from intake.sms.following import LOOKS
from intake.sms.outgoing import Kind
from intake.sms.sending import EXPIRES
from intake.sms.texts import Kind as Said
from intake.sms.texts import text as say
from referrals.referral import accept, add_reply, mark_read
from service.clock import FixedClock
from tests.integration.casework import do
from tests.integration.desk_client import signed_in
from tests.integration.double import FAILS_AFTER_TAKING
from tests.integration.hot import Hot, hotline_at_double
from tests.integration.office import Office
from tests.integration.phone import cases
from tests.integration.twilio_double import Message, refuses
from tests.network import Network

SAYS_ALL = ("Mi jefe no me paga", "5", "1", "2")
LONG = " ".join(f"palabra{number}" for number in range(150))
# A Wednesday, seven in the evening in Vancouver.
EVENING = datetime(2026, 7, 9, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# A Sunday, five past one there.
SUNDAY = datetime(2026, 7, 12, 20, 5, tzinfo=UTC)
TALK = say(Said.CAN_TALK, "es")


@dataclass
class Desk:
    """A case that came by text and was accepted, the phone behind it, and the provider between."""

    hot: Hot
    office: Office
    id: bytes

    def answer(self, text: str) -> None:
        """Answer at the desk."""
        sealed = self.office.seal(self.id, text, mailbox=self.office.mailbox_of(self.id))
        do(self.office, self.id, add_reply, sealed)
        self.hot.work()

    def say_yes(self) -> None:
        """Let the worker say that they can talk, which the desk sees."""
        self.hot.text("1")
        self.hot.work()
        with self.hot.runtime.database.session(write=True) as session:
            mark_read(session, self.office.actor, self.id)

    def asks(self) -> int:
        """Count how often the phone was asked whether its worker can talk."""
        return sum(message.body == TALK for message in self.hot.double.messages)

    def where(self) -> list[str]:
        """List where the answers are, as the desk is told."""
        file = signed_in(self.office.network, "org01").get(f"cases/{self.id.hex()}")
        assert file.json is not None
        return [message["delivery"] for message in file.json["messages"] if message["delivery"] is not None]

    def calls(self) -> bool:
        """Say whether the case is before its caseworkers again."""
        (row,) = self.office.queue("ours") or self.office.queue("waiting")
        return row.unread and row.view == "ours"

    def sent(self, text: str) -> Message:
        """Find the text of ours that begins so."""
        (message,) = [one for one in self.hot.double.messages if one.body.startswith(text)]
        return message


@pytest.fixture
def desk(network: Network, clock: FixedClock) -> Iterator[Desk]:
    with hotline_at_double(network.runtime, clock) as hot:
        for text in SAYS_ALL:
            hot.text(text)
        hot.work()
        (case,) = cases(hot.runtime)
        office = Office(replace(network, runtime=hot.runtime), "org01")
        do(office, case.id, accept)
        clock.set(EVENING)
        yield Desk(hot, office, case.id)


def test_the_desk_follows_an_answer_from_the_question_to_the_phone(desk: Desk) -> None:
    desk.answer("Podemos ayudarle.")
    assert desk.where() == ["asked"]
    desk.say_yes()
    assert desk.where() == ["leaving"]
    desk.hot.report(desk.sent("Podemos"), "sent")
    assert desk.where() == ["sent"]
    desk.hot.report(desk.sent("Podemos"), "delivered")
    assert desk.where() == ["sent"]
    assert not desk.calls()


def test_an_answer_in_parts_has_left_when_its_last_part_has(desk: Desk) -> None:
    desk.answer(LONG)
    desk.say_yes()
    seen = []
    for _ in range(8):
        for message in desk.hot.double.messages:
            if message.status == "queued":
                desk.hot.report(message, "sent")
        seen += desk.where()
        desk.hot.pass_by(timedelta(seconds=10))
    assert (seen[0], seen[-1]) == ("leaving", "sent")
    assert not desk.calls()


def test_an_answer_that_did_not_arrive_comes_before_its_caseworkers_again(desk: Desk) -> None:
    desk.answer("Podemos ayudarle.")
    desk.say_yes()
    desk.hot.report(desk.sent("Podemos"), "undelivered", "30008")
    assert desk.where() == ["failed"]
    assert desk.calls()


def test_an_answer_whose_fate_is_unknown_says_so_at_once_and_calls_somebody_after_ten_minutes(desk: Desk) -> None:
    desk.answer("Podemos ayudarle.")
    desk.hot.double.then(FAILS_AFTER_TAKING)
    desk.hot.double.is_away = True
    desk.say_yes()
    assert desk.where() == ["unknown"]
    assert not desk.calls()
    desk.hot.pass_by(LOOKS[0], LOOKS[1] - LOOKS[0])
    assert desk.calls()
    desk.hot.double.is_away = False
    desk.sent("Podemos").status = "delivered"
    desk.hot.pass_by(LOOKS[2] - LOOKS[1])
    assert desk.where() == ["sent"]


def test_an_answer_to_a_phone_that_takes_none_is_lost_already_with_the_question(desk: Desk) -> None:
    desk.hot.double.then(refuses(21610))
    desk.answer("Podemos ayudarle.")
    assert desk.where() == ["failed"]
    assert desk.calls()


def test_an_answer_that_could_not_leave_within_the_hour_of_the_yes_does_not_leave_later(desk: Desk) -> None:
    desk.answer("Podemos ayudarle.")
    desk.hot.double.then(*[refuses(20003, 401)] * 20)
    desk.say_yes()
    desk.hot.pass_by(*[EXPIRES[Kind.CONTENT] / 2] * 2)
    assert desk.where() == ["failed"]
    assert desk.calls()
    assert not [message for message in desk.hot.double.messages if message.body.startswith("Podemos")]


def test_a_stop_after_the_yes_is_told_to_the_desk(desk: Desk) -> None:
    desk.answer(LONG)
    desk.say_yes()
    desk.hot.report(desk.sent("palabra0"), "sent")
    desk.hot.text("STOP")
    desk.hot.pass_by(timedelta(seconds=10))
    assert desk.where() == ["failed"]


def test_hours_that_are_chosen_after_an_answer_was_queued_count_for_its_question(desk: Desk, clock: FixedClock) -> None:
    clock.set(SUNDAY + DAY + 2 * HOUR)
    desk.answer("Podemos ayudarle.")
    desk.hot.pass_by(HOUR)
    for text in ("horario", "3"):
        desk.hot.text(text)
    clock.set(EVENING + 5 * DAY)
    desk.hot.work()
    assert desk.asks() == 0
    # Nobody was asked, so a 1 is no yes.
    desk.hot.text("1")
    desk.hot.pass_by(20 * MINUTE)
    assert (desk.asks(), desk.where()) == (0, ["asked"])
    clock.set(SUNDAY + 7 * DAY)
    desk.hot.work()
    assert desk.asks() == 1
    desk.say_yes()
    assert desk.sent("Podemos")


def test_a_question_that_a_day_s_limit_refused_on_sunday_does_not_come_on_monday_noon(
    desk: Desk, clock: FixedClock
) -> None:
    clock.set(SUNDAY)
    desk.hot.double.then(refuses(63038))
    desk.answer("Podemos ayudarle.")
    desk.hot.pass_by(DAY)
    assert (desk.asks(), desk.where()) == (0, ["asked"])
    clock.set(EVENING + 5 * DAY)
    desk.hot.work()
    assert desk.asks() == 1


def test_a_question_that_is_tried_again_past_the_evening_waits_for_the_next_one(desk: Desk, clock: FixedClock) -> None:
    clock.set(EVENING + timedelta(hours=2, minutes=29))
    desk.hot.double.then(refuses(20429))
    desk.answer("Podemos ayudarle.")
    desk.hot.pass_by(*[MINUTE] * 4)
    assert desk.asks() == 0
    clock.set(EVENING + DAY)
    desk.hot.work()
    assert desk.asks() == 1


def test_a_question_that_found_no_hour_in_a_week_is_lost_and_told_to_the_desk(desk: Desk) -> None:
    desk.hot.double.then(*[refuses(63038)] * 20)
    desk.answer("Podemos ayudarle.")
    desk.hot.pass_by(*[DAY] * 6)
    assert desk.where() == ["asked"]
    desk.hot.pass_by(DAY)
    assert desk.where() == ["failed"]
    assert desk.calls()
    assert (desk.asks(), desk.hot.waiting()) == (0, [])
