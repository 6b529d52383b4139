"""A worker who wants to be forgotten is, at once; what they wrote goes after seven days, and digits undo it before."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

import wsgi
from intake import codes
from intake.phones import DROP_TOPIC
from intake.sms import parting, settling
from intake.sms.destination import destination
from intake.sms.gateways.console import Console
from intake.sms.outgoing import FIRST_TOPIC, SEND_TOPIC, Kind
from intake.sms.sending import Sender
from referrals.models import Case, Referral, Wrap
from referrals.referral import DESTROY_KEY_TOPIC, LIVE
from service.clock import FixedClock
from service.runtime import Runtime
from service.worker import Worker
from tests.integration.clockwork import entries
from tests.integration.phone import NUMBER, Phone, cases, conversations, hotline_of, said, waiting
from tests.integration.worker_client import count
from tests.network import Network

SAYS_ALL = ("Mi jefe no me paga", "5", "1", "2")
TOPICS = (DROP_TOPIC, parting.ERASE_TOPIC, settling.SILENCE_TOPIC, DESTROY_KEY_TOPIC)


@pytest.fixture
def phone(network: Network) -> Phone:
    return Phone(hotline_of(network.runtime))


def pass_time(runtime: Runtime, clock: FixedClock, span: timedelta) -> None:
    """Let time pass, and then let a worker do what is due, but send nothing."""
    clock.set(clock.now() + span)
    worker = Worker(runtime, {topic: handler for topic, handler in wsgi.handlers().items() if topic in TOPICS})
    while worker.run_once():
        pass


def sent(runtime: Runtime) -> str:
    """Let a worker send what waits, and nothing else; give what went out to the phone, without spaces."""
    console = Console(runtime.clock, runtime.random)
    sender = Sender({console.name: console})
    worker = Worker(runtime, {FIRST_TOPIC: sender.send_first, SEND_TOPIC: sender.send})
    while worker.run_once():
        pass
    return "".join(one.text for one in console.shown(NUMBER)).replace(" ", "")


def told_code(runtime: Runtime) -> str:
    """Read the digits in a text that waits to go out."""
    found = re.search(r"\d{4} \d{4} \d{4}", "\n".join(said(runtime)))
    assert found is not None
    return found[0].replace(" ", "")


def test_a_number_that_is_to_be_forgotten_is_gone_at_once_and_the_case_stays(phone: Phone, network: Network) -> None:
    runtime = network.runtime
    phone.text(*SAYS_ALL, "borrar", "1")
    ((conversation),) = conversations(runtime)
    assert (conversation.phone_hmac, conversation.sealed_phone, conversation.relay_epoch_id) == (None, None, None)
    ((case),) = cases(runtime)
    assert (case.state, case.may_answer, case.erase_on) == ("received", False, None)
    with runtime.database.session() as session:
        assert destination(session, runtime, conversation.id) is None


def test_whoever_writes_again_from_a_forgotten_number_is_somebody_new(phone: Phone, network: Network) -> None:
    phone.text(*SAYS_ALL, "DELETE", "1", "hola otra vez")
    assert len(cases(network.runtime)) == 2
    assert len(conversations(network.runtime)) == 2


@pytest.mark.parametrize("word", ["DELETE", "umbrella"])
def test_another_wish_to_be_forgotten_is_taken_without_a_word_and_without_the_number(
    phone: Phone, network: Network, word: str
) -> None:
    runtime = network.runtime
    phone.text(*SAYS_ALL, word, word)
    before = said(runtime)
    phone.text(word)
    assert said(runtime) == before
    assert len(cases(runtime)) == 2, "what is written is read all the same"
    for one in conversations(runtime):
        assert (one.phone_hmac, one.sealed_phone, one.mailbox_key_id) == (None, None, None)


def test_an_erasure_is_told_to_the_organization_and_its_digits_still_reach_the_phone(
    phone: Phone, network: Network
) -> None:
    runtime = network.runtime
    phone.text(*SAYS_ALL, "DELETE", "2")
    ((conversation),) = conversations(runtime)
    ((case),) = cases(runtime)
    assert case.erase_on == (runtime.clock.now() + timedelta(days=7)).date()
    assert not case.may_answer
    assert [one["kind"] for one in waiting(runtime)].count("stop") == 1
    with runtime.database.session() as session:
        assert destination(session, runtime, conversation.id) is None
        found = destination(session, runtime, conversation.id, Kind.STOP)
        assert found is not None
        assert found.phone == NUMBER
        assert set(session.scalars(select(Referral.unread).where(Referral.status.in_(LIVE)))) == {True}


def test_ten_minutes_after_its_digits_are_told_the_number_is_gone(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    phone.text(*SAYS_ALL, "DELETE", "2")
    assert told_code(network.runtime) in sent(network.runtime)
    pass_time(network.runtime, clock, timedelta(minutes=10))
    ((conversation),) = conversations(network.runtime)
    assert (conversation.phone_hmac, conversation.sealed_phone) == (None, None)


def test_a_number_stays_while_the_digits_wait_and_goes_once_they_are_told(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text(*SAYS_ALL, "DELETE", "2")
    code = told_code(runtime)
    pass_time(runtime, clock, timedelta(minutes=10))
    pass_time(runtime, clock, timedelta(hours=1))
    assert conversations(runtime)[0].phone_hmac is None
    assert code in sent(runtime)
    pass_time(runtime, clock, timedelta(minutes=10))
    assert conversations(runtime)[0].sealed_phone is None


def test_a_number_whose_digits_cannot_be_told_is_gone_after_a_day(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text(*SAYS_ALL, "DELETE", "2")
    pass_time(runtime, clock, timedelta(hours=23))
    assert conversations(runtime)[0].sealed_phone is not None
    pass_time(runtime, clock, timedelta(hours=1))
    assert conversations(runtime)[0].sealed_phone is None


def test_a_wish_that_was_undone_does_not_take_the_number_of_the_next_one(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text(*SAYS_ALL, "DELETE", "2")
    code = told_code(runtime)
    assert code in sent(runtime)
    clock.advance(timedelta(minutes=9))
    phone.text(code, "DELETE", "2")
    pass_time(runtime, clock, timedelta(minutes=1))
    assert conversations(runtime)[0].sealed_phone is not None
    assert told_code(runtime) in sent(runtime)
    pass_time(runtime, clock, timedelta(minutes=9))
    assert conversations(runtime)[0].sealed_phone is None


def test_after_seven_days_nobody_can_open_what_was_written(phone: Phone, network: Network, clock: FixedClock) -> None:
    runtime = network.runtime
    phone.text(*SAYS_ALL, "DELETE", "2")
    key_id = cases(runtime)[0].key_id
    pass_time(runtime, clock, timedelta(days=6, hours=23))
    assert count(runtime, "wrap")
    pass_time(runtime, clock, timedelta(hours=2))
    assert cases(runtime)[0].state == "erased"
    assert not count(runtime, "wrap")
    assert not runtime.keystore.get_many([key_id])
    assert conversations(runtime)[0].mailbox_key_id is None


def test_a_case_that_nobody_has_yet_is_erased_too(phone: Phone, network: Network, clock: FixedClock) -> None:
    runtime = network.runtime
    phone.text("Mi jefe no me paga", "DELETE", "2")
    pass_time(runtime, clock, timedelta(days=7, minutes=1))
    assert cases(runtime)[0].state == "erased"
    assert conversations(runtime)[0].settle_by is None


@pytest.mark.parametrize("number", [NUMBER, "+16045550143"])
def test_the_digits_undo_it_from_any_phone_and_that_phone_gets_the_answers(
    phone: Phone, network: Network, clock: FixedClock, number: str
) -> None:
    runtime = network.runtime
    phone.text(*SAYS_ALL, "DELETE", "2")
    code = told_code(runtime)
    pass_time(runtime, clock, timedelta(days=3))
    Phone(phone.hotline, number=number, sent=99).text(codes.shown(code))
    ((case),) = cases(runtime)
    assert (case.erase_on, case.may_answer) == (None, True)
    ((conversation),) = conversations(runtime)
    with runtime.database.session() as session:
        found = destination(session, runtime, conversation.id)
    assert found is not None
    assert found.phone == number
    pass_time(runtime, clock, timedelta(days=7))
    assert cases(runtime)[0].state == "received"
    with runtime.database.session() as session:
        assert session.scalar(select(Wrap.id).limit(1)) is not None


def test_whoever_undoes_an_erasure_and_asks_for_it_again_has_seven_days_from_then_on(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text(*SAYS_ALL, "DELETE", "2")
    first = told_code(runtime)
    pass_time(runtime, clock, timedelta(days=5))
    phone.text(first, "DELETE", "2")
    assert cases(runtime)[0].erase_on == (clock.now() + timedelta(days=7)).date()
    pass_time(runtime, clock, timedelta(days=6, hours=23))
    assert cases(runtime)[0].state == "received"
    assert count(runtime, "wrap")
    pass_time(runtime, clock, timedelta(hours=2))
    assert cases(runtime)[0].state == "erased"
    assert len(entries(runtime, "case.erased_by_worker")) == 1


def test_digits_work_once_and_not_after_seven_days(phone: Phone, network: Network, clock: FixedClock) -> None:
    runtime = network.runtime
    phone.text(*SAYS_ALL, "DELETE", "2")
    code = told_code(runtime)
    pass_time(runtime, clock, timedelta(days=7, minutes=1))
    Phone(phone.hotline, number="+16045550143").text(code)
    with runtime.database.session() as session:
        states = sorted(session.scalars(select(Case.state)))
    assert states == ["erased", "held"]


def test_digits_that_undo_an_erasure_are_kept_nowhere(phone: Phone, network: Network) -> None:
    runtime = network.runtime
    phone.text(*SAYS_ALL, "DELETE", "2")
    code = told_code(runtime)
    Phone(phone.hotline, sent=99).text(code)
    assert count(runtime, "one_time_code") == 0
    assert count(runtime, "message") == len(SAYS_ALL) + 2


def test_a_phone_with_a_case_of_its_own_undoes_an_erasure_and_keeps_its_case(phone: Phone, network: Network) -> None:
    runtime = network.runtime
    phone.text(*SAYS_ALL, "DELETE", "2")
    code = told_code(runtime)
    other = Phone(phone.hotline, number="+16045550143")
    other.text("my boss has my passport", "1", code)
    found = {case.id: case for case in cases(runtime)}
    assert len(found) == 2
    assert all(case.erase_on is None for case in found.values())
    assert sum(conversation.phone_hmac is not None for conversation in conversations(runtime)) == 1


def test_digits_also_come_from_a_phone_whose_own_case_was_just_erased(phone: Phone, network: Network) -> None:
    runtime = network.runtime
    phone.text(*SAYS_ALL, "DELETE", "2")
    code = told_code(runtime)
    other = Phone(phone.hotline, number="+16045550143")
    other.text("my boss has my passport")
    (theirs,) = (case for case in cases(runtime) if case.erase_on is None)
    runtime.keystore.destroy(theirs.key_id)
    other.text(code)
    assert all(case.erase_on is None for case in cases(runtime))
    (known,) = (one for one in conversations(runtime) if one.phone_hmac is not None)
    assert known.case_id != theirs.id
    with runtime.database.session() as session:
        found = destination(session, runtime, known.id)
    assert found is not None
    assert found.phone == other.number
