"""Texts on their way in, on both databases: sealed before anything, once each, in one chain, in one transaction."""

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text as sql
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from crypto import envelope
from crypto.envelope import Header, MessageType, Origin, SignerKind, WrapRole
from intake.sms.conversation import OVER_AFTER
from intake.sms.conversations import of_case
from intake.sms.models import Conversation
from intake.sms.port import Media
from intake.sms.receiving import receive
from referrals.models import Case, Message, Wrap
from referrals.referral import accept, decline
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.casework import actions, do, topics, work
from tests.integration.office import Office
from tests.integration.phone import (
    CANARY,
    NUMBER,
    OpenedText,
    Phone,
    cases,
    conversations,
    hotline_of,
    opened,
    opened_by,
    said,
    waiting,
)
from tests.integration.worker_client import count, rows, stored
from tests.network import Network

PUNJABI = "ਮਾਲਕ ਨੇ ਮੇਰਾ ਪਾਸਪੋਰਟ ਰੱਖ ਲਿਆ"
# Spanish, texting is welcome, near Oliver: goes to org01, and the helper desk stands by.
SAYS_ALL = ("Mi jefe no me paga", "5", "1", "2")
STOP, PROMPT = "stop", "prompt"


@pytest.fixture
def phone(network: Network) -> Phone:
    return Phone(hotline_of(network.runtime))


def places_in_chain(texts: list[OpenedText]) -> list[int]:
    """Follow the chain of a case's texts from its report on, and give each text's place in it."""
    before = bytes(32)
    for one in texts:
        assert base64.urlsafe_b64decode(one.document["prev"] + "=") == before
        before = envelope.digest(one.header, one.body)
    return [one.document["seq"] for one in texts]


def story(number: int) -> str:
    """Write a text that answers no question, unlike any other."""
    return "Ayer en el campo pasaron muchas cosas y nadie nos quiso escuchar, " + chr(97 + number % 26) * (number + 1)


def test_a_first_text_is_held_sealed_for_the_holding_key_alone(phone: Phone) -> None:
    runtime = phone.hotline.runtime
    phone.text("Mi jefe no me paga")
    ((case,), (message,), (wrap,)) = (rows(runtime)[name] for name in ("case", "message", "wrap"))
    assert (case.channel, case.state, case.language, case.area) == ("sms", "held", "und", None)
    header = Header.parse(message.header)
    assert (header.type, header.origin, message.position) == (MessageType.REPORT, Origin.SMS, 0)
    assert (wrap.role, wrap.organization_id, wrap.under_standby_key) == (int(WrapRole.HOLDING), None, False)
    assert envelope.wrap_role(opened(runtime, case.id)[0].wraps[0]) is WrapRole.HOLDING
    assert topics(runtime) == ["sms.first", "sms.silence"]
    assert not count(runtime, "referral")


def test_a_text_says_what_was_written_names_a_key_for_answers_and_is_signed_by_nobody(phone: Phone) -> None:
    phone.text(PUNJABI)
    ((case),) = cases(phone.hotline.runtime)
    (report,) = opened(phone.hotline.runtime, case.id)
    assert (report.document["fields"], report.document["lang"]) == ({"text": PUNJABI}, "pa")
    assert len(base64.urlsafe_b64decode(report.document["mailbox"] + "==")) == 1216
    assert "verify" not in report.document
    assert report.signer is SignerKind.NONE


def test_nothing_of_a_text_a_number_or_a_town_lies_in_any_column_in_clear(phone: Phone) -> None:
    runtime = phone.hotline.runtime
    phone.text(f"{CANARY} mi jefe no me paga las horas", "1", f"Osoyoos {CANARY}", "Osoyoos", f"{CANARY} y mas")
    assert cases(runtime)[0].state == "received"
    everything = stored(runtime)
    for secret in (CANARY, NUMBER, NUMBER[1:], NUMBER[2:], "Osoyoos", "console"):
        assert secret.encode() not in everything


def test_a_text_is_written_whole_or_not_at_all(phone: Phone) -> None:
    runtime = phone.hotline.runtime
    for step, inbound in enumerate((phone.inbound("Mi jefe no me paga"), phone.inbound("1"))):
        before = stored(runtime)
        rename(runtime, "outbox", "elsewhere")
        with pytest.raises(SQLAlchemyError):
            receive(phone.hotline, inbound)
        rename(runtime, "elsewhere", "outbox")
        assert stored(runtime) == before
        receive(phone.hotline, inbound)
        assert count(runtime, "message") == step + 1


def rename(runtime: Runtime, table: str, name: str) -> None:
    with runtime.database.session(write=True) as session:
        session.execute(sql(f"ALTER TABLE {table} RENAME TO {name}"))


def test_a_text_that_comes_again_changes_nothing(phone: Phone) -> None:
    runtime = phone.hotline.runtime
    first, second = phone.inbound("Mi jefe no me paga"), phone.inbound("1")
    for inbound in (first, first, second):
        receive(phone.hotline, inbound)
    before = stored(runtime)
    for inbound in (first, second):
        receive(phone.hotline, inbound)
    assert stored(runtime) == before
    assert (count(runtime, "case"), count(runtime, "message")) == (1, 2)


def test_one_text_that_comes_eight_times_at_once_is_there_once(network: Network) -> None:
    # One hotline for each, as in so many processes.
    inbound = Phone(hotline_of(network.runtime)).inbound("Mi jefe no me paga")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: receive(hotline_of(network.runtime), inbound), range(8)))
    assert (count(network.runtime, "case"), count(network.runtime, "message")) == (1, 1)
    assert len(said(network.runtime)) == 1


def test_the_same_id_of_another_provider_is_another_text(phone: Phone) -> None:
    receive(phone.hotline, phone.inbound("one", "SM1"))
    phone.provider = "other"
    receive(phone.hotline, phone.inbound("two", "SM1"))
    assert count(phone.hotline.runtime, "message") == 2


def test_thirty_two_texts_of_one_number_at_once_are_all_there_once_in_one_chain(phone: Phone) -> None:
    runtime = phone.hotline.runtime
    sent = [phone.inbound(story(number)) for number in range(32)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda inbound: receive(phone.hotline, inbound), sent))
    (case,) = cases(runtime)
    texts = opened(runtime, case.id)
    assert places_in_chain(texts) == list(range(32))
    assert sorted(one.document["fields"]["text"] for one in texts) == sorted(inbound.text for inbound in sent)


def test_thirty_two_numbers_at_once_get_a_case_each(network: Network) -> None:
    hotline = hotline_of(network.runtime)
    phones = [Phone(hotline, f"+160455501{number:02}") for number in range(32)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda one: one.text(f"text of {one.number}"), phones))
    runtime = network.runtime
    assert (count(runtime, "case"), count(runtime, "sms_conversation"), count(runtime, "message")) == (32, 32, 32)
    texts = {opened(runtime, case.id)[0].document["fields"]["text"] for case in cases(runtime)}
    assert texts == {f"text of {one.number}" for one in phones}


@pytest.mark.parametrize("begun", [(), ("Mi jefe no me paga",), SAYS_ALL], ids=["new", "held", "routed"])
def test_texts_of_one_number_in_several_processes_wait_for_each_other_and_make_no_fork(
    phone: Phone, network: Network, begun: tuple[str, ...]
) -> None:
    runtime = phone.hotline.runtime
    phone.text(*begun)
    sent = [phone.inbound(story(number)) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda inbound: receive(hotline_of(runtime), inbound), sent))
    (case,) = cases(runtime)
    texts = opened(runtime, case.id) if case.state == "held" else opened_by(Office(network, "org01"), case.id)
    assert places_in_chain(texts) == list(range(len(begun) + 8))
    assert {inbound.text for inbound in sent} <= {one.document["fields"]["text"] for one in texts}


def test_a_worker_who_says_all_is_routed_with_what_they_wrote_before(phone: Phone, network: Network) -> None:
    phone.text(*SAYS_ALL)
    runtime, office = network.runtime, Office(network, "org01")
    ((case),) = cases(runtime)
    assert (case.state, case.language, case.area, case.urgency) == ("received", "es", "rd:5907", "standard")
    assert office.reads(case.id) == list(SAYS_ALL)
    assert not [wrap for wrap in rows(runtime)["wrap"] if wrap.role == int(WrapRole.HOLDING)]
    assert Office(network, "org16").wraps(case.id)[0].under_standby_key
    assert conversations(runtime)[0].holding_key_id is None


def test_a_text_after_routing_reaches_who_has_the_case_and_who_stands_by(phone: Phone, network: Network) -> None:
    office, second = Office(network, "org01"), Office(network, "org16")
    phone.text(*SAYS_ALL, "Hoy tampoco")
    (case,) = cases(network.runtime)
    assert office.reads(case.id)[-1] == "Hoy tampoco"
    assert office.queue("new")[0].unread
    do(office, case.id, decline, "language")
    assert second.reads(case.id) == [*SAYS_ALL, "Hoy tampoco"]


def test_a_text_after_everybody_declined_is_a_case_that_somebody_sees(phone: Phone, network: Network) -> None:
    phone.text(*SAYS_ALL)
    (case,) = cases(network.runtime)
    for key in ("org01", "org16"):
        do(Office(network, key), case.id, decline, "language")
    phone.text("¿Hay alguien?")
    assert sorted(one.state for one in cases(network.runtime)) == ["declined", "held"]


def test_the_keys_of_an_erased_case_open_nothing_and_its_number_begins_anew(phone: Phone, network: Network) -> None:
    phone.text(*SAYS_ALL)
    runtime, (case,) = network.runtime, cases(network.runtime)
    runtime.keystore.destroy(case.key_id)
    phone.text("Otra vez")
    fresh = [one for one in cases(runtime) if one.id != case.id]
    assert [one.state for one in fresh] == ["held"]
    assert [one.document["fields"]["text"] for one in opened(runtime, fresh[0].id)] == ["Otra vez"]


def test_a_conversation_that_does_not_open_any_more_costs_its_worker_no_text(phone: Phone, network: Network) -> None:
    phone.text(*SAYS_ALL)
    with network.runtime.database.session(write=True) as session:
        session.execute(update(Conversation).values(sealed_state=bytes(1100)))
    phone.text("¿Hola?")
    assert sorted(case.state for case in cases(network.runtime)) == ["held", "received"]


def test_where_the_standby_key_is_lost_a_text_still_reaches_who_has_the_case(phone: Phone, network: Network) -> None:
    phone.text(*SAYS_ALL)
    (case,) = cases(network.runtime)
    assert case.standby_key_id is not None
    network.runtime.keystore.destroy(case.standby_key_id)
    phone.text("¿Hola?")
    assert Office(network, "org01").reads(case.id)[-1] == "¿Hola?"


def test_a_worker_who_writes_a_lot_before_anyone_has_it_is_routed_with_all_of_it(
    phone: Phone, network: Network
) -> None:
    told = [story(number) for number in range(120)]
    phone.text(SAYS_ALL[0], "5", "1", *told, "2")
    (case,) = cases(network.runtime)
    assert Office(network, "org01").reads(case.id) == [SAYS_ALL[0], "5", "1", *told, "2"]


def test_after_fourteen_silent_days_a_text_opens_a_case_that_shows_nothing_of_the_one_before(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text(f"{CANARY} {SAYS_ALL[0]}", *SAYS_ALL[1:])
    (before,) = cases(runtime)
    clock.advance(OVER_AFTER)
    phone.text("Hello")
    (after,) = (one for one in cases(runtime) if one.id != before.id)
    (text,) = opened(runtime, after.id)
    assert text.document["fields"] == {"text": "Hello"}
    assert (after.language, after.area, after.key_id == before.key_id) == ("und", None, False)
    old, new = sorted(conversations(runtime), key=lambda one: one.case_id == after.id)
    assert (old.phone_hmac, old.sealed_phone, old.mailbox_key_id) == (None, None, None)
    assert {one.id: one.may_answer for one in cases(runtime)} == {before.id: False, after.id: True}
    assert new.phone_hmac is not None
    assert Office(network, "org01").reads(before.id) == [f"{CANARY} {SAYS_ALL[0]}", *SAYS_ALL[1:]]


def test_a_day_less_than_fourteen_is_the_same_case(phone: Phone, clock: FixedClock) -> None:
    phone.text("Mi jefe no me paga")
    clock.advance(OVER_AFTER - timedelta(days=1))
    phone.text("Tampoco hoy")
    assert count(phone.hotline.runtime, "case") == 1


def test_a_text_counts_from_when_it_was_written_which_is_no_moment_ahead_and_at_most_a_week_ago(
    phone: Phone, clock: FixedClock
) -> None:
    runtime = phone.hotline.runtime
    phone.text("Mi jefe no me paga")
    began_at, begun = clock.now(), phone.inbound("1").received_at
    clock.advance(OVER_AFTER)
    late = replace(phone.inbound("Tampoco hoy"), received_at=begun + timedelta(days=10))
    receive(phone.hotline, late)
    assert count(runtime, "case") == 1
    for received_at, heard_at in ((began_at, clock.now() - timedelta(days=4)), (clock.now() + OVER_AFTER, clock.now())):
        receive(phone.hotline, replace(phone.inbound("Hola"), received_at=received_at))
        assert heard(runtime) == heard_at


def heard(runtime: Runtime) -> datetime | None:
    """Read when the only worker wrote last, as their conversation remembers it."""
    (conversation,) = conversations(runtime)
    with runtime.database.session() as session:
        known = of_case(session, runtime, conversation.case_id)
    return known.memory.state.heard_at if known else None


def test_stop_is_recorded_with_its_one_confirmation(phone: Phone) -> None:
    runtime = phone.hotline.runtime
    phone.text("Mi jefe no me paga")
    asked = len(said(runtime))
    phone.text("STOP")
    kinds = [payload["kind"] for payload in waiting(runtime)]
    assert (kinds.count(STOP), len(kinds)) == (1, asked + 1)
    assert "phone.opted_out" in actions(runtime)
    (case,) = cases(runtime)
    assert (case.may_answer, case.state) == (False, "received")
    phone.text("Me siguen sin pagar")
    assert len(waiting(runtime)) == asked + 1
    assert count(runtime, "message") == 3


def test_after_a_zero_nothing_goes_out_the_number_is_dropped_and_texts_are_still_read(
    phone: Phone, network: Network
) -> None:
    runtime = phone.hotline.runtime
    phone.text("0 Mi jefe no me paga")
    assert said(runtime) == []
    (conversation,) = conversations(runtime)
    assert (conversation.sealed_phone, conversation.relay_epoch_id) == (None, None)
    assert "phone.silenced" in actions(runtime)
    phone.text("Y me grita")
    assert said(runtime) == []
    (case,) = cases(runtime)
    assert case.may_answer is False
    assert Office(network, "org16").reads(case.id) == ["0 Mi jefe no me paga", "Y me grita"]


def test_silence_that_was_asked_for_outlasts_fourteen_days(phone: Phone, clock: FixedClock) -> None:
    phone.text("0")
    clock.advance(OVER_AFTER)
    phone.text("Hello")
    assert said(phone.hotline.runtime) == []
    assert [one.may_answer for one in cases(phone.hotline.runtime)] == [False, False]


@pytest.mark.parametrize("number", [NUMBER, "+529515550142"])
def test_danger_goes_at_once_to_who_is_open_day_and_night_and_the_coordinator_is_told(
    network: Network, number: str
) -> None:
    phone = Phone(hotline_of(network.runtime), number)
    phone.text("Mi jefe me pega", "4")
    runtime, (case,) = network.runtime, cases(network.runtime)
    assert (case.state, case.urgency) == ("received", "emergency")
    responder, coordinator = Office(network, "org09"), Office(network, "org16")
    assert responder.reads(case.id) == coordinator.reads(case.id) == ["Mi jefe me pega", "4"]
    assert responder.referral(case.id).kind == "primary"
    assert coordinator.referral(case.id).kind == "coordinator"
    notices = [row for row in rows(runtime)["outbox"] if row.topic == "notice.mail"]
    assert [row.due_at <= runtime.clock.now() for row in notices] == [True, True]


def test_danger_after_routing_makes_an_emergency_of_the_case(phone: Phone, network: Network) -> None:
    phone.text(*SAYS_ALL)
    runtime, office = network.runtime, Office(network, "org01")
    phone.text("4")
    (case,) = cases(runtime)
    assert case.urgency == "emergency"
    due_at = office.referral(case.id).due_at
    assert due_at is not None
    assert due_at - runtime.clock.now() <= timedelta(hours=1, minutes=15)
    notices = [row.due_at for row in rows(runtime)["outbox"] if row.topic == "notice.mail"]
    assert min(notices) <= runtime.clock.now()
    coordinator = Office(network, "org16")
    assert coordinator.reads(case.id) == [*SAYS_ALL, "4"]
    assert coordinator.referral(case.id).kind == "coordinator"


def test_a_picture_is_named_to_the_caseworker_and_its_place_at_the_provider_is_not_kept(phone: Phone) -> None:
    phone.media = (Media(f"ME{CANARY}", "image/jpeg"),)
    phone.text("")
    runtime = phone.hotline.runtime
    (case,) = cases(runtime)
    assert opened(runtime, case.id)[0].document["fields"] == {"text": "", "media": ["image/jpeg"]}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("ਖ" * 1600, "ਖ" * 1600),
        ("\x00\u202e👍🏽", "\x00\u202e👍🏽"),
        ("broken \ud83d here", "broken ? here"),
    ],
    ids=["nothing", "long", "odd", "broken"],
)
def test_whatever_was_texted_is_kept_as_it_was(phone: Phone, text: str, kept: str) -> None:
    phone.text(text)
    runtime = phone.hotline.runtime
    (case,) = cases(runtime)
    assert opened(runtime, case.id)[0].document["fields"]["text"] == kept


def test_a_place_that_becomes_known_after_routing_is_shown_to_who_has_the_case(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    phone.text("Mi jefe no me paga", "5", "1")
    clock.advance(timedelta(minutes=16))
    work(network.runtime)
    assert cases(network.runtime)[0].state == "received"
    assert cases(network.runtime)[0].area == "prov:BC"
    phone.text("2")
    assert cases(network.runtime)[0].area == "rd:5907"


def test_all_wraps_rest_under_a_key_of_their_case(phone: Phone) -> None:
    runtime = phone.hotline.runtime
    phone.text(*SAYS_ALL)
    assert {case.key_id for case in cases(runtime)} == set(
        runtime.keystore.get_many([case.key_id for case in cases(runtime)])
    )
    with runtime.database.session() as session:
        assert session.query(Wrap).count() == 2 * session.query(Message).count()
        assert session.query(Case).count() == 1


def test_texts_while_a_desk_takes_the_case_are_all_sealed_for_who_has_it_and_for_nobody_else(
    phone: Phone, network: Network
) -> None:
    phone.text(*SAYS_ALL)
    runtime, office = network.runtime, Office(network, "org01")
    (case,) = cases(runtime)
    sent = [phone.inbound(story(number)) for number in range(8)]
    with ThreadPoolExecutor(9) as pool:
        taken = pool.submit(do, office, case.id, accept)
        list(pool.map(lambda inbound: receive(hotline_of(runtime), inbound), sent))
        taken.result()
    work(runtime)
    assert sorted(office.reads(case.id)) == sorted([*SAYS_ALL, *(inbound.text for inbound in sent)])
    assert not any(wrap.under_standby_key for wrap in rows(runtime)["wrap"])
