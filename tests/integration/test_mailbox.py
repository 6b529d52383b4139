"""The way back, on both databases: what a receipt opens, what it does not, and what a worker writes with it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from crypto import casekey, envelope, keybag
from crypto.envelope import Envelope, MessageType, Origin, Recipient, Signer, SignerKind, WrapRole
from crypto.receipt import ReceiptMistyped, format, generate
from intake import mailbox
from intake.mailbox import MailboxView, NobodyListens, ReceiptUnknown
from intake.receipts import ReceiptPool
from intake.report import Intake, issue_submission_id
from referrals.case import Reader, keys_of, message_rows, next_position
from referrals.models import Case, Mailbox, Message, Wrap
from referrals.referral import accept, acknowledge, add_reply, close, decline
from service.clock import FixedClock
from service.rows import Rows, insert_all
from service.runtime import Runtime
from service.throttle import FairQueue, TooBusy
from tests.integration.casework import do
from tests.integration.office import ASKS_IN_SPANISH, Office, Town, town
from tests.integration.worker_client import count, stored

CANARY = "CANARYmailbox"


def read(place: Town) -> MailboxView:
    return mailbox.read(place.network.intake, place.submitted.receipt)


def write(place: Town, text: str, name: str = "") -> None:
    mailbox.write(place.network.intake, place.submitted.receipt, text, "es", name)


def reply(office: Office, case_id: bytes, text: str) -> None:
    do(office, case_id, add_reply, office.seal(case_id, text, mailbox=office.mailbox_of(case_id)))


def smuggle(place: Town, sealed: Envelope, *, case_id: bytes | None = None) -> None:
    """Put a message into a case past the desk, as a server that was taken over could; `case_id` where it names none."""
    runtime = place.network.runtime
    with runtime.database.session(write=True) as session:
        keys = keys_of(session, runtime.keystore, place.case_id)
        messages, wraps = message_rows(
            sealed,
            [Reader(place.office("org01").id, WrapRole.RECIPIENT), Reader(None, WrapRole.MAILBOX)],
            keys,
            position=next_position(session, place.case_id),
            day=runtime.clock.now().date(),
        )
        if case_id is not None:
            (message,) = messages.rows
            moved = [
                {
                    **row,
                    "sealed_wrap": casekey.seal_wrap(keys.case.key, wrap, case_id=case_id, message_id=message["id"]),
                }
                for row, wrap in zip(wraps.rows, sealed.wraps, strict=True)
            ]
            messages, wraps = Rows(Message, [{**message, "case_id": case_id}]), Rows(Wrap, moved)
        insert_all(session, [messages, wraps])


def test_a_fresh_report_says_who_has_it_and_what_comes_next(runtime: Runtime, clock: FixedClock) -> None:
    place = town(runtime)
    view = read(place)
    assert (view.state, view.late, view.answers, view.unreadable) == ("received", False, (), 0)
    assert view.organization_name == place.submitted.organization_name
    assert view.next_step_by is not None
    clock.set(view.next_step_by + timedelta(minutes=1))
    assert read(place).late


def test_the_receipt_opens_however_its_digits_are_written(runtime: Runtime) -> None:
    place = town(runtime)
    digits = place.submitted.receipt
    gurmukhi = digits.translate({ord("0") + n: chr(0x0A66 + n) for n in range(10)})
    for typed in (format(digits), gurmukhi, digits.replace(digits[:4], digits[:4] + " - ", 1)):
        assert mailbox.read(place.network.intake, typed).state == "received"


def test_states_follow_the_work(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    states = [read(place).state]
    for step in (acknowledge, accept):
        do(office, place.case_id, step)
        states.append(read(place).state)
    reply(office, place.case_id, "Sí.")
    states.append(read(place).state)
    do(office, place.case_id, close, "resolved")
    states.append(read(place).state)
    assert states == ["received", "acknowledged", "in_progress", "waiting_worker", "closed"]


def test_answers_come_in_order_with_who_signed_them(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    do(office, place.case_id, accept)
    for text in ("Primero.", "Segundo."):
        reply(office, place.case_id, text)
    answers = read(place).answers
    assert [answer.text for answer in answers] == ["Primero.", "Segundo."]
    assert all(answer.genuine and answer.organization_name == place.submitted.organization_name for answer in answers)


@pytest.mark.parametrize("signer", [Signer(SignerKind.ORGANIZATION, bytes(range(32))), None])
def test_an_answer_that_no_organization_of_the_case_signed_is_not_genuine(
    runtime: Runtime, signer: Signer | None
) -> None:
    place = town(runtime)
    office = place.office("org01")
    forged = envelope.seal(
        json.dumps({"day": "2026-07-08", "lang": "es", "fields": {"text": "Ven solo."}}).encode(),
        message_type=MessageType.REPLY,
        origin=Origin.DESK,
        case_id=place.case_id,
        message_id=runtime.random(16),
        recipients=[
            Recipient(office.pair.public_key, WrapRole.RECIPIENT),
            Recipient(office.mailbox_of(place.case_id), WrapRole.MAILBOX),
        ],
        signer=signer,
    )
    smuggle(place, forged)
    (answer,) = read(place).answers
    assert (answer.text, answer.genuine, answer.organization_name) == ("Ven solo.", False, "")


def test_an_answer_that_does_not_open_is_counted_and_hides_no_other(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    do(office, place.case_id, accept)
    elsewhere = keybag.epoch_signing_seed(bytes(32))
    stranger = envelope.seal(
        b"{}",
        message_type=MessageType.REPLY,
        origin=Origin.DESK,
        case_id=place.case_id,
        message_id=runtime.random(16),
        recipients=[
            Recipient(office.pair.public_key, WrapRole.RECIPIENT),
            Recipient(office.pair.public_key, WrapRole.MAILBOX),
        ],
        signer=Signer(SignerKind.ORGANIZATION, elsewhere),
    )
    smuggle(place, stranger)
    reply(office, place.case_id, "Aquí estamos.")
    view = read(place)
    assert view.unreadable == 1
    assert [answer.text for answer in view.answers] == ["Aquí estamos."]


def test_an_answer_that_was_signed_for_another_case_is_none(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    do(office, place.case_id, accept)
    sealed = office.seal(runtime.random(16), "Ven solo.", mailbox=office.mailbox_of(place.case_id))
    smuggle(place, sealed, case_id=place.case_id)
    view = read(place)
    assert (view.answers, view.unreadable) == ((), 1)


def test_a_mistyped_receipt_is_told_before_anything_is_looked_up(runtime: Runtime) -> None:
    place = town(runtime)
    digits = place.submitted.receipt
    wrong = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    queue = FairQueue(width=0, waiting=0, patience=0)
    nothing = Intake(None, None, ReceiptPool(bytes(16), queue))  # type: ignore[arg-type]
    for typed in (wrong, digits[:-1], "", "not digits", digits[1] + digits[0] + digits[2:]):
        if typed == digits:
            continue
        with pytest.raises(ReceiptMistyped):
            mailbox.read(nothing, typed)
        with pytest.raises(ReceiptMistyped):
            mailbox.write(nothing, typed, "text", "en")


def test_unknown_and_erased_receipts_are_one_failure(runtime: Runtime) -> None:
    place = town(runtime)
    with pytest.raises(ReceiptUnknown):
        mailbox.read(place.network.intake, generate())
    with pytest.raises(ReceiptUnknown):
        mailbox.write(place.network.intake, generate(), "text", "en")
    with runtime.database.session(write=True) as session:
        session.execute(update(Mailbox).values(erased=True))
    with pytest.raises(ReceiptUnknown):
        read(place)
    with pytest.raises(ReceiptUnknown):
        write(place, "text")


def test_without_the_key_of_those_who_stand_by_what_a_worker_writes_is_kept_for_who_has_it(runtime: Runtime) -> None:
    place = town(runtime)
    standby_key = place.case().standby_key_id
    assert standby_key is not None
    runtime.keystore.destroy(standby_key)
    write(place, "Sigo aqui.")
    assert place.office("org01").reads(place.case_id)[-1] == "Sigo aqui."


def test_a_case_whose_key_was_destroyed_is_unknown(runtime: Runtime) -> None:
    place = town(runtime)
    runtime.keystore.destroy(place.case().key_id)
    with pytest.raises(ReceiptUnknown):
        read(place)
    with pytest.raises(ReceiptUnknown):
        write(place, "text")


def test_what_a_worker_writes_more_is_read_by_who_has_it_and_by_nobody_else(runtime: Runtime) -> None:
    place = town(runtime)
    write(place, CANARY)
    assert place.office("org01").reads(place.case_id) == ["No me pagan.", CANARY]
    assert CANARY.encode() not in stored(runtime)
    last = place.office("org06").wraps(place.case_id)[-1]
    assert last.under_standby_key
    assert not read(place).answers


def test_the_next_in_line_reads_it_too_once_it_is_theirs(runtime: Runtime) -> None:
    place = town(runtime)
    write(place, "Más.")
    do(place.office("org01"), place.case_id, decline, "no_capacity")
    assert place.office("org06").reads(place.case_id) == ["No me pagan.", "Más."]
    assert read(place).organization_name == place.network.accounts["org06"].organization_name


def test_messages_of_a_worker_are_a_chain(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    for text in ("Uno.", "Dos."):
        write(place, text)
    opened = [office.opens(message) for message in office.file(place.case_id).messages]
    assert [document["seq"] for document in opened] == [0, 1, 2]
    assert len({document["prev"] for document in opened}) == 3


def test_the_same_message_sent_again_is_kept_once(runtime: Runtime) -> None:
    place = town(runtime)
    name = issue_submission_id(place.network.runtime)
    for text in ("Uno.", "Uno.", "Otro."):
        write(place, text, name)
    assert place.office("org01").reads(place.case_id) == ["No me pagan.", "Uno.", "Otro."]


def test_writing_opens_a_closed_case_again(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    do(office, place.case_id, accept)
    do(office, place.case_id, close, "resolved")
    write(place, "Pasó otra vez.")
    (row,) = office.queue("ours")
    assert (row.unread, row.state) == (True, "in_progress")


def test_where_everybody_declined_nobody_listens_and_it_is_said(runtime: Runtime) -> None:
    place = town(runtime, replace(ASKS_IN_SPANISH, pass_on="ask", helper_desk="no"))
    do(place.office("org01"), place.case_id, decline, "no_capacity")
    view = read(place)
    assert (view.state, view.organization_name, view.next_step_by) == ("declined", "", None)
    with pytest.raises(NobodyListens):
        write(place, "¿Hola?")
    assert count(runtime, "message") == 1


def test_when_the_line_for_the_cores_is_full_nothing_is_stored(runtime: Runtime) -> None:
    place = town(runtime)
    queue = FairQueue(width=1, waiting=0, patience=0.01)
    busy = replace(place.network.intake, receipts=ReceiptPool(runtime.instance_id, queue))
    with queue.place():
        with pytest.raises(TooBusy):
            mailbox.read(busy, place.submitted.receipt)
        with pytest.raises(TooBusy):
            mailbox.write(busy, place.submitted.receipt, "text", "en")
    assert count(runtime, "message") == 1


def test_a_receipt_of_one_instance_opens_nothing_in_another(runtime: Runtime) -> None:
    place = town(runtime)
    pool = ReceiptPool(bytes(16), FairQueue(1, 1, 5))
    with pytest.raises(ReceiptUnknown):
        mailbox.read(replace(place.network.intake, receipts=pool), place.submitted.receipt)
    with runtime.database.session() as session:
        assert session.get(Case, place.case_id) is not None
