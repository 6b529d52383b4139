"""A caseworker's answer on its way to a phone, on both databases: asked for first, signed, in parts, and once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

import wsgi
from crypto import envelope
from crypto.envelope import MessageType, Origin, Recipient, Signer, SignerKind, WrapRole
from intake.sms import answering
from intake.sms.gateways.console import Console
from intake.sms.models import Conversation, OutgoingText
from intake.sms.port import State
from intake.sms.receiving import receive
from intake.sms.segments import measure
from referrals.models import Case
from referrals.referral import ANSWER_TOPIC, accept, add_reply
from service import outbox
from service.clock import FixedClock
from service.models import OutboxMessage
from service.runtime import Runtime
from service.worker import Worker
from tests.integration.casework import do, refusal, topics
from tests.integration.office import ASKS_IN_SPANISH, Office
from tests.integration.phone import CANARY, NUMBER, cases, conversations, hotline_of, waiting
from tests.integration.worker_client import rows, stored
from tests.network import Network

SAYS_ALL = ("Mi jefe no me paga", "5", "1", "2")
ANSWER = f"Podemos ayudarle con su pago. {CANARY}"
LONG = " ".join(f"palabra{number}" for number in range(150))
# A Wednesday, ten in the morning in Vancouver, and seven in the evening.
EVENING = datetime(2026, 7, 9, 2, 0, tzinfo=UTC)


class Texted:
    """A case that came by text and is with its organization, and the phone that it came from."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.runtime = network.runtime
        self.console = Console(self.runtime.clock, self.runtime.random)
        self.hotline = hotline_of(self.runtime)
        self.office = Office(network, "org01")
        self.text(*SAYS_ALL)
        self.work()
        (case,) = cases(self.runtime)
        self.id = case.id
        do(self.office, self.id, accept)

    def text(self, *texts: str) -> None:
        """Send texts from the phone."""
        for text in texts:
            receive(self.hotline, self.console.type(NUMBER, text))

    def answer(self, text: str = ANSWER) -> None:
        """Answer at the desk."""
        sealed = self.office.seal(self.id, text, mailbox=self.office.mailbox_of(self.id))
        do(self.office, self.id, add_reply, sealed)

    def work(self) -> None:
        """Let a worker do all that is due."""
        worker = wsgi.make_worker(self.runtime, {self.console.name: self.console})
        while worker.run_once():
            pass

    def shown(self) -> list[str]:
        """What the phone shows of ours."""
        return [one.text for one in self.console.shown(NUMBER) if not one.from_worker]


@pytest.fixture
def texted(network: Network) -> Texted:
    return Texted(network)


def ask(texted: Texted, clock: FixedClock) -> None:
    """Let the evening come, so that the worker is asked whether they can talk."""
    texted.work()
    clock.set(max(clock.now(), EVENING))
    texted.work()


def test_the_desk_opens_what_was_texted_and_its_answer_goes_out_only_after_the_workers_yes(
    texted: Texted, clock: FixedClock
) -> None:
    assert texted.office.reads(texted.id) == list(SAYS_ALL)
    before = texted.shown()
    clock.advance(timedelta(hours=1))
    texted.answer()
    ask(texted, clock)
    (question,) = texted.shown()[len(before) :]
    assert (CANARY in question, "1" in question) == (False, True)
    texted.text("1")
    texted.work()
    assert texted.shown()[-1] == ANSWER


def test_an_answer_is_announced_in_the_evening_and_not_beside_the_foreman(texted: Texted, clock: FixedClock) -> None:
    clock.advance(timedelta(hours=1))
    before = texted.shown()
    texted.answer()
    texted.work()
    assert texted.shown() == before
    clock.set(EVENING - timedelta(minutes=1))
    texted.work()
    assert texted.shown() == before
    clock.set(EVENING)
    texted.work()
    assert len(texted.shown()) == len(before) + 1


def test_who_has_just_written_is_asked_at_once(texted: Texted) -> None:
    before = texted.shown()
    texted.answer()
    texted.work()
    assert len(texted.shown()) == len(before) + 1
    assert CANARY not in texted.shown()[-1]


@pytest.mark.parametrize("text", ["2", "Hola", "no puedo ahora, el mayordomo esta aqui"])
def test_without_a_yes_no_answer_goes_out(texted: Texted, clock: FixedClock, text: str) -> None:
    texted.answer()
    ask(texted, clock)
    texted.text(text)
    texted.work()
    assert not [shown for shown in texted.shown() if CANARY in shown]
    texted.text("1")
    texted.work()
    assert texted.shown()[-1] == ANSWER


def test_several_answers_are_asked_for_once_and_come_in_order(texted: Texted, clock: FixedClock) -> None:
    before = texted.shown()
    for text in ("Primero.", "Segundo."):
        texted.answer(text)
        texted.work()
    assert len(texted.shown()) == len(before) + 1
    texted.text("1")
    for _ in range(4):
        texted.work()
        clock.advance(timedelta(seconds=5))
    assert texted.shown()[-2:] == ["Primero.", "Segundo."]


def test_an_answer_is_announced_once_and_sent_once_however_often_a_worker_is_asked_to(
    texted: Texted, clock: FixedClock
) -> None:
    texted.answer()
    (payload,) = waiting(texted.runtime, ANSWER_TOPIC)
    for _ in range(2):
        answering.announce(texted.runtime, payload)
    texted.work()
    texted.text("1")
    (part,) = waiting(texted.runtime, answering.PART_TOPIC)
    answering.send_part(texted.runtime, part)
    texted.work()
    answering.send_part(texted.runtime, part)
    answering.announce(texted.runtime, payload)
    texted.work()
    assert texted.shown().count(ANSWER) == 1
    assert texted.shown()[-1] == ANSWER


def test_a_second_yes_sends_nothing_twice(texted: Texted) -> None:
    texted.answer()
    texted.work()
    texted.text("1", "1", "1")
    texted.work()
    assert texted.shown().count(ANSWER) == 1


def test_an_answer_larger_than_one_text_goes_in_parts_and_each_waits_for_the_one_before(
    texted: Texted, clock: FixedClock
) -> None:
    runtime = texted.runtime
    texted.answer(LONG)
    texted.work()
    texted.text("1")
    worker = Worker(runtime, {answering.PART_TOPIC: answering.send_part})
    seen: list[str] = []
    for _ in range(4):
        while worker.run_once():
            pass
        clock.advance(timedelta(minutes=5))
        while worker.run_once():
            pass
        parts = [one for one in waiting(runtime) if one["kind"] == "content"]
        assert len(parts) == 1
        seen.append(parts[0]["text"])
        leave(runtime, parts[0], State.SENT)
        if len(" ".join(seen)) == len(LONG):
            break
    assert " ".join(seen) == LONG
    assert len(seen) > 2
    assert all(measure(part).segments <= answering.SEGMENTS for part in seen)
    clock.advance(timedelta(minutes=5))
    assert not worker.run_once()


def leave(runtime: Runtime, payload: dict[str, Any], state: State) -> None:
    """Have a text leave, or not, as far as the machine can know."""
    with runtime.database.session(write=True) as session:
        session.execute(delete(OutboxMessage).where(OutboxMessage.id == bytes.fromhex(payload["reference"])))
        session.add(
            OutgoingText(
                id=bytes.fromhex(payload["reference"]),
                conversation_id=bytes.fromhex(payload["conversation"]),
                state=str(state),
                sealed_provider_id=None,
                code=None,
                made_on=runtime.clock.now().date(),
                look_at=None,
            )
        )


@pytest.mark.parametrize("state", [State.UNKNOWN, State.ACCEPTED, State.SENDING, State.REJECTED])
def test_a_part_waits_for_one_of_which_nobody_knows_whether_it_left_and_for_a_day_at_the_most(
    texted: Texted, clock: FixedClock, state: State
) -> None:
    runtime = texted.runtime
    texted.answer(LONG)
    texted.work()
    texted.text("1")
    worker = Worker(runtime, {answering.PART_TOPIC: answering.send_part})
    worker.run_once()
    (first,) = (one for one in waiting(runtime) if one["kind"] == "content")
    leave(runtime, first, state)
    tries = 0
    for _ in range(60):
        clock.advance(timedelta(minutes=30))
        while worker.run_once():
            tries += 1
    assert not [one for one in waiting(runtime) if one["kind"] == "content"]
    assert answering.PART_TOPIC not in topics(runtime)
    assert 0 < tries < 100


def test_after_a_part_that_the_phone_did_not_get_no_other_goes_out(texted: Texted, clock: FixedClock) -> None:
    runtime = texted.runtime
    texted.answer(LONG)
    texted.work()
    texted.text("1")
    worker = Worker(runtime, {answering.PART_TOPIC: answering.send_part})
    worker.run_once()
    (first,) = (one for one in waiting(runtime) if one["kind"] == "content")
    leave(runtime, first, State.UNDELIVERED)
    clock.advance(timedelta(minutes=1))
    while worker.run_once():
        pass
    assert answering.PART_TOPIC not in topics(runtime)
    assert not [one for one in waiting(runtime) if one["kind"] == "content"]


def test_stop_between_two_parts_ends_the_answer(texted: Texted, clock: FixedClock) -> None:
    texted.answer(LONG)
    texted.work()
    texted.text("1")
    texted.work()
    texted.text("STOP")
    clock.advance(timedelta(minutes=1))
    texted.work()
    assert len([shown for shown in texted.shown() if "palabra" in shown]) == 1
    assert answering.PART_TOPIC not in topics(texted.runtime)


def test_who_wants_no_contact_is_not_asked_whether_they_can_talk(texted: Texted, clock: FixedClock) -> None:
    texted.answer()
    texted.work()
    with texted.runtime.database.session(write=True) as session:
        session.execute(update(Case).values(may_answer=False))
    clock.advance(timedelta(days=8))
    before = texted.shown()
    texted.text("sigo aqui")
    texted.work()
    assert texted.shown() == before


def test_no_contact_said_on_the_web_between_two_parts_ends_the_answer(texted: Texted, clock: FixedClock) -> None:
    texted.answer(LONG)
    texted.work()
    texted.text("1")
    texted.work()
    with texted.runtime.database.session(write=True) as session:
        session.execute(update(Case).values(may_answer=False))
    clock.advance(timedelta(minutes=1))
    texted.work()
    assert len([shown for shown in texted.shown() if "palabra" in shown]) == 1


@pytest.mark.parametrize("wish", ["STOP", "0"])
def test_who_wants_no_texts_gets_no_answer_and_the_desk_says_so(texted: Texted, clock: FixedClock, wish: str) -> None:
    texted.answer()
    texted.text(wish)
    ask(texted, clock)
    texted.text("1")
    texted.work()
    assert not [shown for shown in texted.shown() if CANARY in shown]
    sealed = texted.office.seal(texted.id, "Otra", mailbox=texted.office.mailbox_of(texted.id))
    assert refusal(texted.office, texted.id, add_reply, sealed) == "worker_wants_no_answer"


def test_an_answer_to_a_number_that_is_forgotten_stays_at_the_desk(texted: Texted, clock: FixedClock) -> None:
    texted.answer()
    with texted.runtime.database.session(write=True) as session:
        session.execute(update(Conversation).values(sealed_phone=None))
    before = texted.shown()
    ask(texted, clock)
    assert texted.shown() == before
    assert not topics(texted.runtime).count(ANSWER_TOPIC)


def test_an_announcement_keeps_the_number_for_thirty_days_more(texted: Texted, clock: FixedClock) -> None:
    (before,) = conversations(texted.runtime)
    clock.advance(timedelta(days=10))
    texted.answer()
    texted.work()
    (after,) = conversations(texted.runtime)
    assert (after.last_on - before.last_on).days == 10
    assert after.sealed_phone != before.sealed_phone


@pytest.mark.parametrize("signer", ["nobody", "another"])
def test_an_answer_that_no_organization_of_the_case_signed_never_leaves(
    texted: Texted, clock: FixedClock, signer: str
) -> None:
    runtime, office = texted.runtime, texted.office
    mailbox = office.mailbox_of(texted.id)
    forged = envelope.seal(
        b'{"day": "2026-07-08", "lang": "es", "fields": {"text": "Ven solo CANARYforged"}}',
        message_type=MessageType.REPLY,
        origin=Origin.DESK,
        case_id=texted.id,
        message_id=runtime.random(16),
        recipients=[Recipient(office.pair.public_key, WrapRole.RECIPIENT), Recipient(mailbox, WrapRole.MAILBOX)],
        signer=Signer(SignerKind.ORGANIZATION, bytes(range(32))) if signer == "another" else None,
    )
    do(office, texted.id, add_reply, forged)
    texted.answer()
    texted.work()
    texted.text("1")
    for _ in range(3):
        texted.work()
        clock.advance(timedelta(minutes=1))
    assert not [shown for shown in texted.shown() if "CANARYforged" in shown]
    assert texted.shown()[-1] == ANSWER
    dead = [row for row in rows(runtime)["outbox"] if row.state == outbox.DEAD]
    assert [(row.topic, row.error_code) for row in dead] == [(answering.PART_TOPIC, "sms_answer_not_genuine")]


def test_nothing_of_an_answer_or_its_number_lies_anywhere_in_clear(texted: Texted, clock: FixedClock) -> None:
    texted.answer()
    texted.work()
    texted.text("1")
    everything = stored(texted.runtime)
    texted.work()
    everything += stored(texted.runtime)
    for secret in (CANARY, NUMBER, NUMBER[2:], "Podemos"):
        assert secret.encode() not in everything


def test_an_answer_to_a_form_is_nothing_for_a_phone(network: Network) -> None:
    place = town_of(network)
    office = Office(network, "org01")
    do(office, place, accept)
    do(office, place, add_reply, office.seal(place, "Sí.", mailbox=office.mailbox_of(place)))
    assert ANSWER_TOPIC not in topics(network.runtime)


def town_of(network: Network) -> bytes:
    network.report(ASKS_IN_SPANISH)
    return cases(network.runtime)[0].id
