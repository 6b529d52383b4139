"""Workers who are silent, on both databases: when their case comes back to its caseworkers, and that nobody is late."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from intake import mailbox
from referrals import clocks, delivery
from referrals.models import Message
from referrals.overtime import LATE
from referrals.referral import accept, add_reply, close
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.casework import do
from tests.integration.clockwork import TWO_WORKING_DAYS, notices, status, wait
from tests.integration.office import Office, Town, town

DAY = timedelta(days=1)


@pytest.fixture
def place(runtime: Runtime) -> Town:
    """Give a case whose worker was answered, with no notice waiting."""
    place = town(runtime)
    do(place.office("org01"), place.case_id, accept)
    answer(place)
    return place


def answer(place: Town) -> None:
    office = place.office("org01")
    do(office, place.case_id, add_reply, office.seal(place.case_id, "x", mailbox=office.mailbox_of(place.case_id)))


def pass_days(place: Town, clock: FixedClock, days: int) -> int:
    """Let days pass, looking each day for who is silent and all the while for what is late; count new notices."""
    runtime, before = place.network.runtime, len(notices(place.network.runtime))
    for _ in range(days):
        wait(runtime, clock, DAY)
        clocks.look_for_silence(runtime)
    return len(notices(runtime)) - before


def views(office: Office) -> dict[str, int]:
    return {view: number for view, number in office.counts().items() if number}


def test_after_seven_days_it_is_before_its_caseworkers_again_and_they_are_told_once(
    place: Town, clock: FixedClock
) -> None:
    office = place.office("org01")
    assert pass_days(place, clock, 6) == 0
    assert views(office) == {"waiting": 1}
    assert pass_days(place, clock, 1) == 1
    (row,) = office.queue("ours")
    # Nothing new was written, and silence is nobody's lateness.
    assert (row.unread, row.due_at, row.state) == (False, None, "waiting_worker")
    assert max(notices(place.network.runtime)) > clock.now()
    assert pass_days(place, clock, 13) == 0
    assert mailbox.read(place.network.intake, place.submitted.receipt).state == "waiting_worker"


def test_they_are_told_again_after_21_and_60_days_and_never_after_that(place: Town, clock: FixedClock) -> None:
    told = [pass_days(place, clock, days) for days in (7, 13, 1, 38, 1, 30)]
    assert told == [1, 0, 1, 0, 1, 0]
    assert status(place, "org01") == ("accepted", "primary", "silent_60")
    do(place.office("org01"), place.case_id, close, "unreachable")
    assert views(place.office("org01")) == {}


def test_whoever_looks_after_a_long_time_tells_it_once(place: Town, runtime: Runtime, clock: FixedClock) -> None:
    wait(runtime, clock, 30 * DAY)
    clocks.look_for_silence(runtime)
    clocks.look_for_silence(runtime)
    assert status(place, "org01")[2] == "silent_21"


def test_another_answer_has_all_its_days_again(place: Town, clock: FixedClock) -> None:
    pass_days(place, clock, 7)
    answer(place)
    assert views(place.office("org01")) == {"waiting": 1}
    assert pass_days(place, clock, 6) == 0
    assert pass_days(place, clock, 1) == 1


def test_a_worker_who_writes_after_all_starts_the_clock(place: Town, runtime: Runtime, clock: FixedClock) -> None:
    pass_days(place, clock, 21)
    mailbox.write(place.network.intake, place.submitted.receipt, "Hola?", "es")
    (row,) = place.office("org01").queue("ours")
    assert (row.unread, row.state) == (True, "in_progress")
    wait(runtime, clock, TWO_WORKING_DAYS + 3 * DAY)
    assert status(place, "org01") == ("accepted", "primary", LATE)


def test_an_answer_that_was_lost_meanwhile_starts_it_too(place: Town, runtime: Runtime, clock: FixedClock) -> None:
    pass_days(place, clock, 7)
    with runtime.database.session(write=True) as session:
        message_id = session.scalars(select(Message.id).order_by(Message.position.desc()).limit(1)).one()
        delivery.call_back(session, message_id, now=clock.now(), random=runtime.random)
    (row,) = place.office("org01").queue("ours")
    assert row.due_at is not None
    assert status(place, "org01") == ("accepted", "primary", None)


def test_a_clock_that_leapt_reminds_of_nobody(place: Town, runtime: Runtime, clock: FixedClock) -> None:
    clocks.look(runtime)
    clock.advance(365 * DAY)
    clocks.look_for_silence(runtime)
    clocks.look(runtime)
    clocks.look_for_silence(runtime)
    assert views(place.office("org01")) == {"waiting": 1}


def test_it_is_a_chore_of_the_worker() -> None:
    assert clocks.look_for_silence in [chore.run for chore in clocks.chores()]
