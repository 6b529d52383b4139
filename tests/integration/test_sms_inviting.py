"""From the web to a phone: asked once and neutrally, told only that there is something, and never against its wish."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

import wsgi
from intake.linking import receipt_for
from intake.mailbox import allow_contact
from intake.phones import AskedToday, PhoneMistyped, add_phone, number_of
from intake.sms.conversations import of_case
from intake.sms.forgetting import purge
from intake.sms.gateways.console import Console
from intake.sms.memory import Memory
from intake.sms.receiving import receive
from referrals.models import Case
from referrals.referral import accept
from service.clock import FixedClock
from service.keystore import KeyDestroyed
from service.runtime import Runtime
from tests.integration.casework import do
from tests.integration.office import Town, town
from tests.integration.phone import NUMBER, cases, conversations, hotline_of
from tests.integration.test_mailbox import reply
from tests.integration.worker_client import WorkerClient, count, error_of, stored

OTHER = "+16045550199"
LINK = "Hola. Si quiere mensajes cortos en este cel, responda 1. 0 no quiero mensajes"
LOOK = "Hola. Hay algo nuevo para usted. Mire cuando pueda."


class Added:
    """A report from the web, and the phone that its worker adds to it."""

    def __init__(self, place: Town) -> None:
        self.place = place
        self.runtime = place.network.runtime
        self.console = Console(self.runtime.clock, self.runtime.random)
        self.hotline = hotline_of(self.runtime)

    def add(self, number: str = NUMBER) -> None:
        """Add a phone on the page of replies."""
        add_phone(self.place.network.intake, self.place.submitted.receipt, number, "es")
        self.work()

    def text(self, *texts: str) -> None:
        """Text from the phone."""
        for text in texts:
            receive(self.hotline, self.console.type(NUMBER, text))
            self.work()

    def answer(self) -> None:
        """Have a caseworker answer."""
        reply(self.place.office("org01"), self.place.case_id, "Nos vemos el domingo.")
        self.work()

    def work(self) -> None:
        """Let a worker do what is due."""
        worker = wsgi.make_worker(self.runtime, {self.console.name: self.console})
        while worker.run_once():
            pass

    def shown(self, number: str = NUMBER) -> list[str]:
        """What the phone shows of ours."""
        return [one.text for one in self.console.shown(number) if not one.from_worker]


@pytest.fixture
def added(runtime: Runtime) -> Added:
    place = town(runtime)
    do(place.office("org01"), place.case_id, accept)
    return Added(place)


@pytest.mark.parametrize(
    "typed", ["604 555 0142", "+1 (604) 555-0142", "1.604.555.0142", "۶۰۴۵۵۵۰۱۴۲", "\u200e604-555-0142"]
)
def test_a_number_is_read_as_people_write_it(typed: str) -> None:
    assert number_of(typed) == NUMBER


@pytest.mark.parametrize(
    "typed",
    [
        *("", "555 0142", "+52 55 5550 1340", "104 555 0142", "604 155 0142", "call me", "6045550142a"),
        *("16045550142 3", "0016045550142", "011 604 555 0142", "2-604-555-0142", "911", "1" * 40),
        # Jamaica, the Dominican Republic, the Bahamas; a line that charges, one that is free, and a code of no place.
        *("876 555 0142", "+1 809 555 0142", "242 555 0142", "900 555 0142", "800 555 0142", "711 555 0142"),
    ],
)
def test_what_is_no_persons_number_of_these_two_countries_is_refused(typed: str) -> None:
    with pytest.raises(PhoneMistyped):
        number_of(typed)


def test_the_phone_is_asked_once_and_after_its_yes_told_that_there_is_something(
    added: Added, clock: FixedClock
) -> None:
    added.add()
    assert added.shown() == [LINK]
    added.text("1")
    clock.set(clock.now() + timedelta(hours=12))
    added.answer()
    clock.set(clock.now() + timedelta(hours=22))
    added.work()
    assert added.shown() == [LINK, "OK, gracias.", LOOK]
    assert not any("domingo" in text for text in added.shown())


def test_a_phone_that_is_told_to_look_now_and_then_is_told_also_once_the_first_epoch_is_over(
    added: Added, clock: FixedClock
) -> None:
    added.add()
    added.text("1")
    first = conversations(added.runtime)[0].relay_epoch_id
    assert first is not None
    # In the evening, when the phone is likely in its worker's hands.
    clock.advance(timedelta(hours=10))
    for weeks in range(1, 5):
        clock.advance(timedelta(weeks=3))
        purge(added.runtime, date_is_right=True)
        added.answer()
        assert added.shown().count(LOOK) == weeks
    with pytest.raises(KeyDestroyed):
        added.runtime.keystore.named_at(first)


def test_without_a_yes_nothing_more_is_sent(added: Added, clock: FixedClock) -> None:
    added.add()
    added.answer()
    clock.set(clock.now() + timedelta(days=1))
    added.work()
    assert added.shown() == [LINK]


@pytest.mark.parametrize("text", ["0", "STOP", "no"])
def test_a_no_ends_the_texts_and_the_report_can_still_be_answered(added: Added, clock: FixedClock, text: str) -> None:
    added.add()
    added.text(text)
    shown = len(added.shown())
    added.answer()
    clock.set(clock.now() + timedelta(days=1))
    added.work()
    assert len(added.shown()) == shown
    assert added.place.case().may_answer


@pytest.mark.parametrize("texts", [("0",), ("1", "0"), ("1", "not my phone"), ("STOP",), ("no",)])
def test_whoever_wanted_no_texts_is_not_asked_again_for_the_same_report(
    added: Added, clock: FixedClock, texts: tuple[str, ...]
) -> None:
    added.add()
    added.text(*texts)
    before = added.shown()
    for _ in range(2):
        clock.advance(timedelta(days=2))
        added.add()
        added.answer()
        added.text("hola?")
    assert added.shown() == before


def test_another_phone_is_asked_after_the_first_wanted_no_texts(added: Added, clock: FixedClock) -> None:
    added.add()
    added.text("0")
    clock.advance(timedelta(days=2))
    added.add(OTHER)
    assert added.shown(OTHER) == [LINK]


def link_to_web(added: Added) -> str:
    """Use the digits that a phone was told, and give the number that opens its case on the web."""
    (code,) = re.findall(r"\d{4} \d{4} \d{4}", "\n".join(added.shown()))
    return receipt_for(added.place.network.intake, code.replace(" ", ""))


def test_a_phone_that_is_added_to_what_came_by_text_takes_nothing_from_what_is_known_of_it(
    added: Added, clock: FixedClock
) -> None:
    added.text("Mi jefe no me paga", "5", "web")
    add_phone(added.place.network.intake, link_to_web(added), OTHER, "en")
    added.work()
    assert added.shown(OTHER) == [LINK], "in the language that was chosen by text"
    (case,) = (one for one in cases(added.runtime) if one.channel == "sms")
    assert case.state == "held"
    clock.advance(timedelta(minutes=16))
    added.work()
    (case,) = (one for one in cases(added.runtime) if one.channel == "sms")
    assert (case.state, case.language, case.area) == ("received", "es", "prov:BC")


def test_a_phone_that_is_added_meanwhile_keeps_no_erasure_from_being_done(added: Added, clock: FixedClock) -> None:
    added.text("Mi jefe no me paga", "5", "web")
    receipt = link_to_web(added)
    added.text("DELETE", "2")
    allow_contact(added.place.network.intake, receipt, allowed=True)
    add_phone(added.place.network.intake, receipt, OTHER, "en")
    added.work()
    assert added.shown(OTHER) == [LINK]
    # Whoever has that phone may wish it forgotten too.
    for text in ("1", "DELETE", "1"):
        receive(added.hotline, added.console.type(OTHER, text))
        added.work()
    for _ in range(8):
        clock.advance(timedelta(days=1))
        added.work()
    assert [one.state for one in cases(added.runtime) if one.channel == "sms"] == ["erased"]


def test_a_phone_that_is_added_is_told_no_answer_twice(added: Added) -> None:
    added.text("Mi jefe no me paga", "5", "1", "Oliver", "web")
    receipt = link_to_web(added)
    (case,) = (one for one in cases(added.runtime) if one.channel == "sms")
    office = added.place.office("org01")
    do(office, case.id, accept)
    reply(office, case.id, "Nos vemos el domingo.")
    added.work()
    before = remembered(added, case.id)
    assert before.waiting
    add_phone(added.place.network.intake, receipt, OTHER, "en")
    added.work()
    after = remembered(added, case.id)
    assert (after.waiting, after.told) == (before.waiting, before.told)


def remembered(added: Added, case_id: bytes) -> Memory:
    """Read what the conversation of a case remembers."""
    with added.runtime.database.session() as session:
        known = of_case(session, added.runtime, case_id)
    assert known is not None
    return known.memory


def test_a_stranger_who_answers_with_words_begins_a_case_of_their_own(added: Added) -> None:
    added.add()
    added.text("quien es? no conozco este numero")
    found = {case.channel: case for case in cases(added.runtime)}
    assert set(found) == {"web", "sms"}
    assert found["web"].may_answer
    assert added.place.office("org01").reads(added.place.case_id)[-1] != "quien es? no conozco este numero"


def test_after_its_yes_what_the_phone_texts_joins_the_report(added: Added) -> None:
    added.add()
    added.text("1", "me cambiaron de finca")
    assert added.place.office("org01").reads(added.place.case_id)[-1] == "me cambiaron de finca"


def test_what_waits_for_the_evening_does_not_leave_once_its_worker_wants_no_contact(
    added: Added, clock: FixedClock
) -> None:
    added.add()
    added.text("1")
    # Noon, so that it waits until the worker is likely alone.
    clock.set(clock.now().replace(hour=20, minute=0) + timedelta(days=1))
    added.answer()
    assert LOOK not in added.shown()
    allow_contact(added.place.network.intake, added.place.submitted.receipt, allowed=False)
    clock.set(clock.now() + timedelta(hours=8))
    added.work()
    assert LOOK not in added.shown()
    before = len(added.shown())
    added.text("help")
    assert len(added.shown()) > before, "who asks is answered all the same"


def test_a_phone_that_was_added_is_not_asked_once_its_worker_wants_no_contact(added: Added) -> None:
    intake, receipt = added.place.network.intake, added.place.submitted.receipt
    add_phone(intake, receipt, NUMBER, "es")
    allow_contact(intake, receipt, allowed=False)
    added.work()
    assert added.shown() == []


def test_a_report_and_a_number_are_asked_once_a_day(added: Added, clock: FixedClock) -> None:
    added.add()
    for number in (NUMBER, "604 555 0199"):
        with pytest.raises(AskedToday):
            added.add(number)
    clock.set(clock.now() + timedelta(days=1, minutes=1))
    added.add()
    assert added.shown() == [LINK, LINK]


def test_a_phone_with_a_conversation_of_its_own_is_asked_nothing(added: Added) -> None:
    added.text("mi jefe no me paga")
    before = added.shown()
    added.add()
    assert added.shown() == before
    with added.runtime.database.session() as session:
        assert len(session.scalars(select(Case.id)).all()) == 2
    assert len(conversations(added.runtime)) == 1


def test_the_number_lies_nowhere_in_clear(added: Added) -> None:
    add_phone(added.place.network.intake, added.place.submitted.receipt, NUMBER, "es")
    assert NUMBER.encode() not in stored(added.runtime)
    assert NUMBER[2:].encode() not in stored(added.runtime)
    added.work()
    assert NUMBER.encode() not in stored(added.runtime)


def test_the_page_of_replies_takes_a_number_and_says_what_is_wrong_with_one(added: Added) -> None:
    worker = WorkerClient(added.place.network)
    page = worker.open_replies(added.place.submitted.receipt).text
    token = page.partition('action="/en/replies/phone"')[2].partition('name="token" value="')[2].partition('"')[0]
    wrong = worker.post("replies/phone", {"token": token, "phone": "123"})
    again = worker.follow(wrong).text
    assert "no phone number of Canada" in error_of(again)
    assert 'value="123"' in again
    done = worker.follow(worker.post("replies/phone", {"token": token, "phone": "604-555-0142"})).text
    assert "One question may come to this phone by text." in done
    assert count(added.runtime, "one_time_code") == 2


def test_who_wants_no_contact_is_offered_no_texts(added: Added) -> None:
    worker, receipt = WorkerClient(added.place.network), added.place.submitted.receipt
    offer = 'action="/en/replies/phone"'
    assert offer in worker.open_replies(receipt).text
    allow_contact(added.place.network.intake, receipt, allowed=False)
    assert offer not in worker.open_replies(receipt).text


def test_the_page_says_the_same_to_whoever_adds_a_phone_that_is_asked_nothing(added: Added) -> None:
    added.text("mi jefe no me paga")
    before = added.shown()
    worker = WorkerClient(added.place.network)
    page = worker.open_replies(added.place.submitted.receipt).text
    token = page.partition('action="/en/replies/phone"')[2].partition('name="token" value="')[2].partition('"')[0]
    done = worker.follow(worker.post("replies/phone", {"token": token, "phone": NUMBER})).text
    assert "One question may come to this phone by text." in done
    added.work()
    assert added.shown() == before
