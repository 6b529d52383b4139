"""From a phone to the web: digits that the hotline told show the real number once, and the number opens the answers."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

import wsgi
from intake.erasure import erase
from intake.phones import DROP_TOPIC
from intake.sms import conversations as hotline_conversations
from intake.sweep import keys_in_use
from referrals.models import Mailbox
from referrals.referral import accept, add_reply
from service.clock import FixedClock
from service.worker import Worker
from tests.integration.casework import do
from tests.integration.office import Office
from tests.integration.phone import Phone, cases, conversations, hotline_of, said
from tests.integration.test_sms_parting import SAYS_ALL
from tests.integration.worker_client import WorkerClient, count, digits, error_of, stored
from tests.network import Network


@pytest.fixture
def phone(network: Network) -> Phone:
    phone = Phone(hotline_of(network.runtime))
    phone.text(*SAYS_ALL, "web")
    return phone


def told_code(network: Network) -> str:
    """Read the twelve digits in a text that waits to go out."""
    found = re.findall(r"\d{4} \d{4} \d{4}", "\n".join(said(network.runtime)))
    assert len(found) == 1
    return str(found[0])


def number_for(worker: WorkerClient, code: str) -> str:
    """Type twelve digits where the number is asked for, and read the number that is shown."""
    answer = worker.post("return", {"number": code}, multipart=False)
    assert answer.headers["Location"] == f"/{worker.locale}/sent"
    return digits(worker.follow(answer).text)


def test_the_digits_show_the_number_once_and_it_opens_what_was_answered(phone: Phone, network: Network) -> None:
    ((case),) = cases(network.runtime)
    office = Office(network, "org01")
    do(office, case.id, accept)
    do(office, case.id, add_reply, office.seal(case.id, "Podemos ayudarle.", mailbox=office.mailbox_of(case.id)))
    worker = WorkerClient(network, "es")
    number = number_for(worker, told_code(network))
    assert len(number) == 20
    page = WorkerClient(network, "es").open_replies(number).text
    assert "Podemos ayudarle." in page
    assert "org01" not in page


def test_what_is_written_on_the_web_then_reaches_the_desk_without_a_warning(phone: Phone, network: Network) -> None:
    ((case),) = cases(network.runtime)
    office = Office(network, "org01")
    do(office, case.id, accept)
    worker = WorkerClient(network, "es")
    page = worker.open_replies(number_for(worker, told_code(network))).text
    worker.fill(page, "replies", {"text": "Escribo desde la web"})
    assert office.reads(case.id)[-1] == "Escribo desde la web"


def test_the_digits_work_once(phone: Phone, network: Network) -> None:
    code = told_code(network)
    number_for(WorkerClient(network), code)
    second = WorkerClient(network)
    answer = second.post("return", {"number": code}, multipart=False)
    assert answer.headers["Location"] == "/en/return#e"
    assert "12 digits are used or too old" in error_of(second.follow(answer).text)
    assert count(network.runtime, "mailbox") == 1


def test_the_digits_are_over_after_half_an_hour(phone: Phone, network: Network, clock: FixedClock) -> None:
    code = told_code(network)
    clock.set(clock.now() + timedelta(minutes=30, seconds=1))
    worker = WorkerClient(network)
    answer = worker.post("return", {"number": code}, multipart=False)
    assert "12 digits are used or too old" in error_of(worker.follow(answer).text)
    assert count(network.runtime, "mailbox") == 0


def test_the_number_is_shown_until_it_is_written_down(phone: Phone, network: Network) -> None:
    worker = WorkerClient(network)
    number = number_for(worker, told_code(network))
    page = worker.get("sent").text
    assert digits(page) == number
    worker.fill(page, "sent", {})
    assert digits(worker.get("sent").text) == ""


def test_new_digits_give_a_new_number_and_the_old_one_opens_nothing(phone: Phone, network: Network) -> None:
    first = number_for(WorkerClient(network), told_code(network))
    old = told_code(network)
    phone.text("web")
    code = next(one for one in re.findall(r"\d{4} \d{4} \d{4}", "\n".join(said(network.runtime))) if one != old)
    second = number_for(WorkerClient(network), code)
    assert second != first
    assert WorkerClient(network).open_replies(first).status_code == 404
    assert WorkerClient(network).open_replies(second).status_code == 200


def test_the_answers_stay_open_on_the_web_when_the_phone_is_forgotten(phone: Phone, network: Network) -> None:
    runtime = network.runtime
    ((case),) = cases(runtime)
    office = Office(network, "org01")
    do(office, case.id, accept)
    do(office, case.id, add_reply, office.seal(case.id, "Podemos ayudarle.", mailbox=office.mailbox_of(case.id)))
    number = number_for(WorkerClient(network), told_code(network))
    phone.text("DELETE", "1")
    with runtime.database.session() as session:
        key_id = session.scalars(select(Mailbox.key_id)).one()
        assert key_id is not None
        assert keys_in_use(session, [key_id]) == {key_id}
        assert hotline_conversations.of_case(session, runtime, case.id) is not None
    assert conversations(runtime)[0].mailbox_key_id is None
    assert "Podemos ayudarle." in WorkerClient(network).open_replies(number).text


def test_neither_digits_nor_number_lie_anywhere(phone: Phone, network: Network) -> None:
    code = told_code(network).replace(" ", "")
    number = number_for(WorkerClient(network), code)
    dumped = stored(network.runtime)
    assert code.encode() not in dumped
    assert number.encode() not in dumped


def test_whoever_erases_on_the_web_has_their_number_dropped_too(phone: Phone, network: Network) -> None:
    runtime = network.runtime
    number = number_for(WorkerClient(network), told_code(network))
    erase(network.intake, number)
    worker = Worker(runtime, {topic: handler for topic, handler in wsgi.handlers().items() if topic == DROP_TOPIC})
    while worker.run_once():
        pass
    ((conversation),) = conversations(runtime)
    assert (conversation.phone_hmac, conversation.sealed_phone, conversation.mailbox_key_id) == (None, None, None)
