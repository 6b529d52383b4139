"""What organizations and workers write into a case, on both databases: who reads it, and what it sets going."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crypto.envelope import MessageType, Origin
from intake import mailbox
from referrals.case import CaseNotFound, lock_case
from referrals.referral import (
    EnvelopeNotForCase,
    accept,
    acknowledge,
    add_note,
    add_reply,
    close,
    decline,
    mark_read,
    worker_wrote,
)
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.casework import do, refusal
from tests.integration.office import ASKS_IN_SPANISH, Town, town


def test_a_reply_reaches_the_worker_and_the_case_waits_for_them(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    do(office, place.case_id, accept)
    sealed = office.seal(place.case_id, "Podemos ayudar.", mailbox=office.mailbox_of(place.case_id))
    do(office, place.case_id, add_reply, sealed)
    (row,) = office.queue("waiting")
    assert (row.state, row.unread) == ("waiting_worker", False)
    view = mailbox.read(place.network.intake, place.submitted.receipt)
    (answer,) = view.answers
    assert (answer.text, answer.genuine) == ("Podemos ayudar.", True)
    assert answer.organization_name == place.network.accounts["org01"].organization_name
    assert office.reads(place.case_id) == ["No me pagan.", "Podemos ayudar."]


def test_a_reply_before_accepting_does_not_stop_the_clock_of_the_offer(runtime: Runtime, clock: FixedClock) -> None:
    place = town(runtime)
    office = place.office("org01")
    do(office, place.case_id, acknowledge)
    due_at = office.referral(place.case_id).due_at
    clock.advance(timedelta(hours=5))
    sealed = office.seal(place.case_id, "Recibido.", mailbox=office.mailbox_of(place.case_id))
    do(office, place.case_id, add_reply, sealed)
    assert office.referral(place.case_id).due_at == due_at
    assert place.case().state == "acknowledged"


def test_a_note_is_read_by_its_organization_only(runtime: Runtime) -> None:
    place = town(runtime)
    first, second = place.office("org01"), place.office("org06")
    do(first, place.case_id, add_note, first.seal(place.case_id, "Llamar el domingo.", MessageType.NOTE))
    assert first.reads(place.case_id) == ["No me pagan.", "Llamar el domingo."]
    do(first, place.case_id, decline, "language")
    assert second.reads(place.case_id) == ["No me pagan."]
    assert mailbox.read(place.network.intake, place.submitted.receipt).answers == ()


def test_a_worker_who_wants_no_answer_gets_none(runtime: Runtime) -> None:
    place = town(runtime, replace(ASKS_IN_SPANISH, answer_by="none"))
    office = place.office("org01")
    do(office, place.case_id, accept)
    sealed = office.seal(place.case_id, "Hola", mailbox=office.mailbox_of(place.case_id))
    assert refusal(office, place.case_id, add_reply, sealed) == "worker_wants_no_answer"


def test_a_message_that_is_not_what_the_desk_says_is_refused(runtime: Runtime) -> None:
    place = town(runtime)
    office, other = place.office("org01"), place.office("org06")
    do(office, place.case_id, accept)
    own = office.mailbox_of(place.case_id)
    wrong = {
        "another case": office.seal(bytes(16), "x", mailbox=own),
        "another type": office.seal(place.case_id, "x", MessageType.NOTE),
        "not from a desk": office.seal(place.case_id, "x", mailbox=own, origin=Origin.FORM),
        "no mailbox": office.seal(place.case_id, "x"),
        "a second reader": office.seal(place.case_id, "x", mailbox=own, readers=(other,)),
        "two of one's own": office.seal(place.case_id, "x", mailbox=own, readers=(office,)),
        "another's key": other.seal(place.case_id, "x", mailbox=own),
    }
    for name, sealed in wrong.items():
        with pytest.raises(EnvelopeNotForCase):
            do(office, place.case_id, add_reply, sealed)
        assert len(office.file(place.case_id).messages) == 1, name
    with pytest.raises(EnvelopeNotForCase):
        do(office, place.case_id, add_note, office.seal(place.case_id, "x", MessageType.REPLY, mailbox=own))


def test_the_same_message_is_kept_once(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    do(office, place.case_id, accept)
    sealed = office.seal(place.case_id, "Una vez.", mailbox=office.mailbox_of(place.case_id))
    do(office, place.case_id, add_reply, sealed)
    assert refusal(office, place.case_id, add_reply, sealed) == "message_already_kept"
    assert len(office.file(place.case_id).messages) == 2


@pytest.mark.parametrize("key", ["org02", "org06", "org16"])
def test_nobody_changes_another_organization_s_case(runtime: Runtime, key: str) -> None:
    place = town(runtime)
    stranger = place.office(key)
    sealed = stranger.seal(place.case_id, "x", MessageType.NOTE)
    steps: list[tuple[Callable[..., object], tuple[object, ...]]] = [
        (acknowledge, ()),
        (accept, ()),
        (decline, ("other",)),
        (close, ("resolved",)),
        (add_note, (sealed,)),
        (add_reply, (sealed,)),
    ]
    for case_id in (place.case_id, bytes(16)):
        for step, arguments in steps:
            with pytest.raises(CaseNotFound):
                do(stranger, case_id, step, *arguments)
        with pytest.raises(CaseNotFound), runtime.database.session(write=True) as session:
            mark_read(session, stranger.actor, case_id)
    assert place.office("org01").queue("new")[0].status == "offered"


def test_opening_a_case_takes_the_mark_of_a_new_message_off(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    for _ in range(2):
        with runtime.database.session(write=True) as session:
            mark_read(session, office.actor, place.case_id)
        assert not office.queue("new")[0].unread


def write(place: Town, text: str) -> None:
    mailbox.write(place.network.intake, place.submitted.receipt, text, "es")


def test_a_worker_who_writes_after_an_answer_puts_the_case_back_to_work(runtime: Runtime, clock: FixedClock) -> None:
    place = town(runtime)
    office = place.office("org01")
    do(office, place.case_id, accept)
    do(office, place.case_id, add_reply, office.seal(place.case_id, "?", mailbox=office.mailbox_of(place.case_id)))
    clock.advance(timedelta(days=1))
    write(place, "Sí.")
    (row,) = office.queue("ours")
    assert (row.state, row.unread, row.due_at) == ("in_progress", True, datetime(2026, 7, 13, 17, tzinfo=UTC))
    assert office.queue("waiting") == ()
    assert office.reads(place.case_id)[-1] == "Sí."


def test_a_worker_who_writes_after_closing_opens_the_case_again(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    do(office, place.case_id, accept)
    do(office, place.case_id, close, "resolved")
    write(place, "Otra vez.")
    (row,) = office.queue("ours")
    assert (row.status, row.state, row.closing_reason, row.unread) == ("accepted", "in_progress", None, True)
    kept = office.referral(place.case_id)
    assert (kept.reason, kept.decided_on) == (None, None)
    do(office, place.case_id, close, "worker_asked")
    assert office.queue("done")[0].closing_reason == "worker_asked"


def test_a_worker_who_writes_early_changes_no_deadline(runtime: Runtime, clock: FixedClock) -> None:
    place = town(runtime)
    office = place.office("org01")
    due_at = office.referral(place.case_id).due_at
    clock.advance(timedelta(hours=3))
    with runtime.database.session(write=True) as session:
        mark_read(session, office.actor, place.case_id)
    write(place, "Más.")
    (row,) = office.queue("new")
    assert (row.state, row.due_at, row.unread) == ("received", due_at, True)


def test_only_those_who_have_the_case_are_put_to_work(runtime: Runtime) -> None:
    place = town(runtime)
    do(place.office("org01"), place.case_id, decline, "other")
    with runtime.database.session(write=True) as session:
        worker_wrote(session, lock_case(session, place.case_id), now=runtime.clock.now(), random=runtime.random)
    assert not place.office("org01").referral(place.case_id).unread
    assert place.office("org06").referral(place.case_id).unread
    assert not place.office("org16").referral(place.case_id).unread
