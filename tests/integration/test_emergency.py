"""Danger told by text once somebody has the case, on both databases: who hears of it, by when, and what they open."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from referrals.case import lock_case
from referrals.emergency import make_emergency
from referrals.models import Referral
from referrals.referral import accept, acknowledge, close, decline
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.casework import actions, do, work
from tests.integration.clockwork import alarms, notices, wait
from tests.integration.office import Office
from tests.integration.phone import Phone, cases, hotline_of
from tests.network import Network

# Spanish, texting is welcome, near Oliver: goes to org01, and the helper desk, org16, stands by.
TOLD = ("Mi jefe no me paga", "5", "1", "2")
DANGER = "4"
HOUR = timedelta(hours=1)


@pytest.fixture
def phone(network: Network) -> Phone:
    """Give the phone of a worker whose case org01 was asked about."""
    phone = Phone(hotline_of(network.runtime))
    phone.text(*TOLD)
    return phone


def case_id(runtime: Runtime) -> bytes:
    (case,) = cases(runtime)
    return case.id


def told_at_once(network: Network, clock: FixedClock) -> int:
    """Count the notices that leave now, and not with the next batch."""
    return sum(moment <= clock.now() for moment in notices(network.runtime))


def hours_left(referral: Referral, clock: FixedClock) -> float:
    assert referral.due_at is not None
    return (referral.due_at - clock.now()) / HOUR


def lose_standby_key(runtime: Runtime) -> None:
    """Bring an older copy of the keys database back, as far as this case goes."""
    (case,) = cases(runtime)
    assert case.standby_key_id is not None
    runtime.keystore.destroy(case.standby_key_id)


@pytest.mark.parametrize("steps", [(accept,), (acknowledge, accept)])
def test_whoever_has_accepted_has_an_hour_and_hears_of_it_at_once(
    phone: Phone, network: Network, clock: FixedClock, steps: tuple[Callable[..., object], ...]
) -> None:
    office, of = Office(network, "org01"), case_id(network.runtime)
    for step in steps:
        do(office, of, step)
    work(network.runtime)
    clock.advance(HOUR)
    phone.text(DANGER)
    (row,) = office.queue("ours")
    assert (row.urgency, row.status, row.unread) == ("emergency", "accepted", True)
    assert hours_left(office.referral(of), clock) <= 1.25
    assert told_at_once(network, clock) == 2
    assert office.reads(of) == [*TOLD, DANGER]


def test_the_helper_desk_sees_who_has_it_and_reads_from_then_on(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime, helper, of = network.runtime, Office(network, "org16"), case_id(network.runtime)
    do(Office(network, "org01"), of, accept)
    work(runtime)
    assert helper.referral(of).status == "revoked"
    phone.text("Gracias", DANGER, "Ven pronto")
    (row,) = helper.queue("new")
    assert (row.urgency, row.kind, row.status, row.unread) == ("emergency", "coordinator", "offered", True)
    assert hours_left(helper.referral(of), clock) <= 1.25
    assert helper.reads(of) == [DANGER, "Ven pronto"]
    assert "referral.informed" in actions(runtime)
    assert not any(wrap.under_standby_key for wrap in helper.wraps(of))
    # Whoever has the case keeps it, also where the helper desk doesn't look.
    wait(runtime, clock, 2 * HOUR)
    assert (Office(network, "org01").referral(of).kind, helper.referral(of).kind) == ("primary", "coordinator")


def test_danger_opens_a_closed_case_again_within_the_hour(phone: Phone, network: Network, clock: FixedClock) -> None:
    office, of = Office(network, "org01"), case_id(network.runtime)
    do(office, of, acknowledge)
    do(office, of, close, "resolved")
    phone.text(DANGER)
    assert cases(network.runtime)[0].state == "in_progress"
    assert hours_left(office.referral(of), clock) <= 1.25
    assert Office(network, "org16").reads(of) == [DANGER]


def test_a_helper_desk_that_has_declined_is_not_asked_again(phone: Phone, network: Network) -> None:
    helper, of = Office(network, "org16"), case_id(network.runtime)
    phone.text("4")
    do(helper, of, decline, "other")
    phone.text(DANGER)
    assert helper.referral(of).status == "declined"
    assert helper.queue("new") == ()


def test_saying_it_again_gives_nobody_who_sleeps_another_hour(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    helper, of = Office(network, "org16"), case_id(network.runtime)
    phone.text(DANGER)
    due = [Office(network, key).referral(of).due_at for key in ("org01", "org16")]
    clock.advance(HOUR / 2)
    with network.runtime.database.session(write=True) as session:
        make_emergency(session, lock_case(session, of), helper.change(of))
    assert [Office(network, key).referral(of).due_at for key in ("org01", "org16")] == due


def test_without_the_standby_key_the_text_is_kept_and_everybody_is_told(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime, office, of = network.runtime, Office(network, "org01"), case_id(network.runtime)
    work(runtime)
    lose_standby_key(runtime)
    phone.text(DANGER)
    assert cases(runtime)[0].urgency == "emergency"
    assert office.reads(of) == [*TOLD, DANGER]
    assert hours_left(office.referral(of), clock) <= 1.25
    assert told_at_once(network, clock) == 2
    # Nothing opens there, so it does not lead one day: the case stays where it can be read, and that is an alarm.
    assert Office(network, "org16").referral(of).status == "standby"
    wait(runtime, clock, HOUR + HOUR / 2)
    assert office.referral(of).status == "offered"
    assert alarms(runtime) == ["referral_overdue"]


def test_who_has_accepted_gets_no_more_time_by_each_text_that_follows(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    office, of = Office(network, "org01"), case_id(network.runtime)
    do(office, of, accept)
    phone.text(DANGER)
    due = office.referral(of).due_at
    for _ in range(3):
        clock.advance(HOUR / 4)
        phone.text("Ven pronto")
    assert office.referral(of).due_at == due
