"""The lifecycle of a referral on both databases: each transition, what it opens, and what it closes for good."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto import envelope
from crypto.envelope import Envelope, MessageType, WrapRole
from crypto.rejected import EnvelopeRejected
from intake import mailbox
from intake.answers import Answers
from intake.mailbox import NobodyListens
from referrals.case import CaseFile, CaseNotFound
from referrals.models import Referral
from referrals.referral import (
    CLOSING_REASONS,
    DECLINE_REASONS,
    DESTROY_KEY_TOPIC,
    Change,
    TransitionRefused,
    accept,
    acknowledge,
    add_note,
    add_reply,
    close,
    decline,
)
from service.clock import FixedClock
from service.models import AuditEntry
from service.runtime import Runtime
from tests.integration.casework import actions, do, refusal, topics, work
from tests.integration.clockwork import BEATEN_AND_UNPAID
from tests.integration.office import ASKS_IN_SPANISH, IN_DANGER, Office, Town, town


def test_acknowledging_starts_the_clock_of_an_offer(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    do(office, place.case_id, acknowledge)
    (row,) = office.queue("new")
    assert (row.status, row.state, row.due_at) == (
        "acknowledged",
        "acknowledged",
        datetime(2026, 7, 13, 17, tzinfo=UTC),
    )
    assert "referral.acknowledged" in actions(runtime)
    assert refusal(office, place.case_id, acknowledge) == "already_acknowledged"


@pytest.mark.parametrize("before", [(), (acknowledge,)])
def test_accepting_makes_the_case_ours_and_ends_every_standby(
    runtime: Runtime, before: tuple[Callable[..., object], ...]
) -> None:
    place = town(runtime)
    office = place.office("org01")
    standby_key = place.case().standby_key_id
    assert standby_key is not None
    for step in (*before, accept):
        do(office, place.case_id, step)
    (row,) = office.queue("ours")
    assert (row.status, row.state, row.holder_id) == ("accepted", "in_progress", office.actor.caseworker_id)
    assert row.due_at == datetime(2026, 8, 7, 17, 0, tzinfo=UTC)
    assert place.case().standby_key_id is None
    for key in ("org06", "org16"):
        assert place.office(key).wraps(place.case_id) == []
        assert place.office(key).referral(place.case_id).status == "revoked"
    # The key itself goes through the outbox, so that it goes if and only if the change was kept.
    assert DESTROY_KEY_TOPIC in topics(runtime)
    assert runtime.keystore.get_many([standby_key])
    work(runtime)
    assert not runtime.keystore.get_many([standby_key])
    assert DESTROY_KEY_TOPIC not in topics(runtime)
    assert office.reads(place.case_id) == ["No me pagan."]


def test_a_change_that_fails_keeps_the_standby_key(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    with pytest.raises(RuntimeError), runtime.database.session(write=True) as session:
        accept(session, office.change(place.case_id))
        raise RuntimeError
    work(runtime)
    standby_key = place.case().standby_key_id
    assert standby_key is not None
    assert runtime.keystore.get_many([standby_key])
    assert office.queue("ours") == ()


def raw_standby(place: Town, office: Office) -> Envelope:
    """Take the stored bytes of a standby's wrap together with the message, as a thief of the main database would."""
    (message,) = place.office("org01").file(place.case_id).messages
    (wrap,) = office.wraps(place.case_id)
    return Envelope(message.header, (wrap.sealed_wrap,), message.body)


def test_declining_hands_the_case_to_the_next_organization_which_could_not_open_it_before(runtime: Runtime) -> None:
    place = town(runtime)
    first, second = place.office("org01"), place.office("org06")
    # Before: its row is there, and what lies in it opens for nobody without the standby key.
    with pytest.raises(CaseNotFound):
        second.file(place.case_id)
    stored = raw_standby(place, second)
    with pytest.raises(EnvelopeRejected):
        envelope.open_(stored, second.pair)
    assert do(first, place.case_id, decline, "conflict_of_interest") == second.id

    (row,) = second.queue("new")
    assert (row.status, row.kind, row.state, row.unread) == ("offered", "primary", "received", True)
    assert row.due_at == datetime(2026, 7, 10, 17, 0, tzinfo=UTC)
    assert second.reads(place.case_id) == ["No me pagan."]
    (wrap,) = second.wraps(place.case_id)
    assert not wrap.under_standby_key
    (declined,) = first.queue("others")
    assert (declined.status, declined.due_at, declined.unread) == ("declined", None, False)
    assert first.referral(place.case_id).reason == "conflict_of_interest"
    assert {"referral.declined", "wrap.released"} <= set(actions(runtime))
    # The one after the next still stands by, and sees nothing.
    with pytest.raises(CaseNotFound):
        place.office("org16").file(place.case_id)


def test_the_next_organization_is_told_and_nothing_says_of_what(runtime: Runtime) -> None:
    place = town(runtime)
    work(runtime)
    before = topics(runtime)
    do(place.office("org01"), place.case_id, decline, "no_capacity")
    assert len(topics(runtime)) == len(before) + 1
    assert set(topics(runtime)) == {"notice.mail"}


def test_a_released_wrap_outlives_the_standby_key(runtime: Runtime) -> None:
    place = town(runtime)
    first, second = place.office("org01"), place.office("org06")
    do(first, place.case_id, decline, "language")
    do(second, place.case_id, accept)
    work(runtime)
    assert place.case().standby_key_id is None
    assert second.reads(place.case_id) == ["No me pagan."]


def test_what_a_worker_wrote_in_between_is_released_as_well(runtime: Runtime) -> None:
    place = town(runtime)
    mailbox.write(place.network.intake, place.submitted.receipt, "Tengo miedo.", "es")
    do(place.office("org01"), place.case_id, decline, "language")
    assert place.office("org06").reads(place.case_id) == ["No me pagan.", "Tengo miedo."]


def test_when_everybody_declines_the_case_is_nobody_s_and_its_standby_key_goes(runtime: Runtime) -> None:
    place = town(runtime)
    standby_key = place.case().standby_key_id
    assert standby_key is not None
    left = [do(place.office(key), place.case_id, decline, "other") for key in ("org01", "org06", "org16")]
    assert left == [place.office("org06").id, place.office("org16").id, None]
    work(runtime)
    assert not runtime.keystore.get_many([standby_key])
    assert (place.case().state, place.case().standby_key_id) == ("declined", None)
    with pytest.raises(NobodyListens):
        mailbox.write(place.network.intake, place.submitted.receipt, "Hola?", "es")
    assert mailbox.read(place.network.intake, place.submitted.receipt).state == "declined"


def test_when_all_but_one_who_has_closed_it_decline_it_is_theirs_and_opens_again(runtime: Runtime) -> None:
    place = town(runtime, BEATEN_AND_UNPAID)
    helper = place.office("org16")
    do(helper, place.case_id, acknowledge)
    do(helper, place.case_id, close, "resolved")
    left = [do(place.office(key), place.case_id, decline, "other") for key in ("org09", "org01", "org06")]
    assert left == [place.office("org01").id, place.office("org06").id, None]
    shown = mailbox.read(place.network.intake, place.submitted.receipt)
    assert (shown.state, bool(shown.organization_name)) == ("closed", True)
    mailbox.write(place.network.intake, place.submitted.receipt, "Sigo aqui.", "es")
    assert place.case().state == "in_progress"
    assert (helper.referral(place.case_id).status, helper.referral(place.case_id).kind) == ("accepted", "primary")
    assert mailbox.read(place.network.intake, place.submitted.receipt).state == "in_progress"


@pytest.mark.parametrize("reason", DECLINE_REASONS)
def test_each_reason_to_decline(runtime: Runtime, reason: str) -> None:
    place = town(runtime)
    do(place.office("org01"), place.case_id, decline, reason)
    assert place.office("org01").referral(place.case_id).reason == reason


def test_unknown_reasons_and_late_declines_are_refused(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    assert refusal(office, place.case_id, decline, "tired") == "unknown_reason"
    assert refusal(office, place.case_id, close, "tired") == "unknown_reason"
    assert refusal(office, place.case_id, close, "resolved") == "already_offered"
    do(office, place.case_id, accept)
    assert refusal(office, place.case_id, decline, "other") == "already_accepted"
    assert refusal(office, place.case_id, accept) == "already_accepted"
    do(office, place.case_id, close, "resolved")
    for step, arguments in ((accept, ()), (acknowledge, ()), (decline, ("other",)), (close, ("resolved",))):
        assert refusal(office, place.case_id, step, *arguments) == "already_closed"


@pytest.mark.parametrize("reason", CLOSING_REASONS)
def test_closing_ends_the_work_for_a_reason(runtime: Runtime, reason: str) -> None:
    place = town(runtime)
    office = place.office("org01")
    do(office, place.case_id, acknowledge)
    do(office, place.case_id, close, reason)
    (row,) = office.queue("done")
    assert (row.status, row.state, row.closing_reason, row.due_at) == ("closed", "closed", reason, None)
    assert office.referral(place.case_id).decided_on == runtime.clock.now().date()
    assert place.case().standby_key_id is None


def test_what_was_done_last_stands_first(runtime: Runtime, clock: FixedClock) -> None:
    place = town(runtime)
    office = place.office("org01")
    place.network.report(replace(ASKS_IN_SPANISH, story="Otra vez."))
    closed = [row.case_id for row in office.queue("new")]
    for case_id in closed:
        do(office, case_id, acknowledge)
        do(office, case_id, close, "resolved")
        clock.advance(timedelta(minutes=1))
    assert [row.case_id for row in office.queue("done")] == closed[::-1]


class TestEmergency:
    """In an emergency two read at once: who leads, and who helps."""

    def test_both_see_it_and_both_open_it(self, runtime: Runtime) -> None:
        place = town(runtime, IN_DANGER)
        assert [place.office(key).queue("new")[0].kind for key in ("org09", "org16")] == ["primary", "coordinator"]
        for key in ("org09", "org16"):
            assert place.office(key).reads(place.case_id) == ["Me pegan."]
            assert place.office(key).queue("new")[0].due_at == datetime(2026, 7, 8, 18, 0, tzinfo=UTC)

    def test_a_second_organization_does_not_set_the_case_back(self, runtime: Runtime) -> None:
        place = town(runtime, IN_DANGER)
        do(place.office("org09"), place.case_id, accept)
        do(place.office("org16"), place.case_id, acknowledge)
        assert place.case().state == "in_progress"

    def test_one_that_helps_may_leave_without_ending_anything(self, runtime: Runtime) -> None:
        place = town(runtime, IN_DANGER)
        assert do(place.office("org16"), place.case_id, decline, "other") is None
        assert place.case().state == "received"
        assert place.office("org09").queue("new")[0].kind == "primary"

    def test_when_the_leader_declines_the_other_leads(self, runtime: Runtime) -> None:
        place = town(runtime, IN_DANGER)
        assert do(place.office("org09"), place.case_id, decline, "no_capacity") == place.office("org16").id
        (row,) = place.office("org16").queue("new")
        assert (row.kind, row.state, row.status) == ("primary", "received", "offered")

    @pytest.mark.parametrize(("step", "state"), [(acknowledge, "acknowledged"), (accept, "in_progress")])
    def test_one_that_already_worked_on_it_goes_on_from_there(
        self, runtime: Runtime, step: Callable[..., object], state: str
    ) -> None:
        place = town(runtime, IN_DANGER)
        do(place.office("org16"), place.case_id, step)
        do(place.office("org09"), place.case_id, decline, "no_capacity")
        assert place.case().state == state
        if step is accept:
            assert place.case().standby_key_id is None
            assert place.office("org16").queue("ours")[0].kind == "primary"


def test_two_of_one_organization_who_accept_at_once_agree(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    change = office.change(place.case_id)
    started = threading.Barrier(4)
    results: list[str] = []

    def run(step: Callable[[Session, Change], object]) -> None:
        started.wait(30)
        try:
            with runtime.database.session(write=True) as session:
                step(session, change)
            results.append("done")
        except TransitionRefused as error:
            results.append(error.code)

    threads = [
        threading.Thread(target=run, args=(step,))
        for step in (accept, accept, accept, lambda session, change: decline(session, change, "other"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results.count("done") == 1
    assert len(results) == 4
    file: CaseFile | None = office.file(place.case_id)
    assert file is not None
    leading = [
        referral.status
        for referral in (place.office(key).referral(place.case_id) for key in ("org01", "org06"))
        if referral.kind == "primary" and referral.status in ("accepted", "offered")
    ]
    assert len(leading) == 1


def test_every_change_leaves_an_entry_that_names_no_person(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    do(office, place.case_id, acknowledge)
    do(office, place.case_id, accept)
    do(office, place.case_id, add_reply, office.seal(place.case_id, "x", mailbox=office.mailbox_of(place.case_id)))
    do(office, place.case_id, add_note, office.seal(place.case_id, "x", MessageType.NOTE))
    do(office, place.case_id, close, "resolved")
    assert actions(runtime)[-6:] == sorted(
        [
            "message.noted",
            "message.replied",
            "referral.accepted",
            "referral.acknowledged",
            "referral.closed",
            "report.received",
        ]
    )
    with runtime.database.session() as session:
        entries = [str(entry) for entry in session.scalars(select(AuditEntry.entry))]
    assert not any(office.actor.caseworker_id.hex() in entry for entry in entries)


def test_a_report_that_may_not_be_passed_on_has_the_coordinator_behind_it_only(runtime: Runtime) -> None:
    place = town(runtime, replace(ASKS_IN_SPANISH, pass_on="ask"))
    with runtime.database.session() as session:
        line = session.scalars(select(Referral.status).order_by(Referral.place)).all()
    assert line == ["offered", "standby"]
    assert do(place.office("org01"), place.case_id, decline, "other") == place.office("org16").id


def test_without_a_helper_desk_nobody_stands_by(runtime: Runtime) -> None:
    answers: Answers = replace(ASKS_IN_SPANISH, pass_on="ask", helper_desk="no")
    place = town(runtime, answers)
    assert place.case().standby_key_id is None
    assert [wrap.role for wrap in place.office("org01").wraps(place.case_id)] == [int(WrapRole.RECIPIENT)]
    assert do(place.office("org01"), place.case_id, decline, "other") is None
    assert place.case().state == "declined"
