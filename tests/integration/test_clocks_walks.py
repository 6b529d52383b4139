"""Whatever happens in whatever order, on both databases: one leads a case, and nobody whom the worker did not allow."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from intake import mailbox
from intake.answers import Answers
from intake.mailbox import NobodyListens
from referrals import clocks
from referrals.case import CaseNotFound
from referrals.models import Case, Referral
from referrals.referral import LIVE, TransitionRefused, accept, acknowledge, close, decline
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.casework import do
from tests.integration.clockwork import BEATEN_AND_UNPAID, wait
from tests.integration.office import ASKS_IN_SPANISH, Town
from tests.network import Network, plant

OFFICES = ("org01", "org06", "org09", "org16")
CHANGES: dict[str, tuple[Any, ...]] = {
    "acknowledge": (acknowledge,),
    "accept": (accept,),
    "decline": (decline, "other"),
    "close": (close, "resolved"),
}

told = st.sampled_from([ASKS_IN_SPANISH, BEATEN_AND_UNPAID]).flatmap(
    lambda answers: st.builds(
        lambda pass_on, helper_desk: replace(answers, pass_on=pass_on, helper_desk=helper_desk),
        st.sampled_from(["yes", "ask"]),
        st.sampled_from(["yes", "no"]),
    )
)
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(list(CHANGES)), st.sampled_from(OFFICES)),
        st.tuples(st.sampled_from(["wait", "wait", "leap"]), st.sampled_from([1, 3, 30, 100])),
        st.tuples(st.just("write"), st.just(0)),
    ),
    max_size=8,
)


def take(place: Town, clock: FixedClock, step: tuple[str, str | int]) -> None:
    """Do one step, where the rules allow it."""
    name, what = step
    runtime = place.network.runtime
    match name:
        case "wait":
            wait(runtime, clock, timedelta(hours=int(what)))
        case "leap":
            clock.advance(timedelta(hours=int(what)))
            clocks.look(runtime)
        case "write":
            with suppress(NobodyListens):
                mailbox.write(place.network.intake, place.submitted.receipt, "Sigo aqui.", "es")
        case _:
            with suppress(TransitionRefused, CaseNotFound):
                do(place.office(str(what)), place.case_id, *CHANGES[name])


def check(place: Town, allowed: set[str]) -> None:
    """Hold what must always be true against the database."""
    case = place.case()
    with place.network.runtime.database.session() as session:
        chosen = select(Referral).where(Referral.case_id == place.case_id)
        line = {referral.organization_id: referral for referral in session.scalars(chosen)}
    names = {place.office(key).id: key for key in OFFICES}
    assert {names[organization_id] for organization_id in line} <= allowed
    leading = [one for one in line.values() if one.kind == "primary" and one.status in LIVE]
    # Led by one, and lost by nobody: a case ends only by somebody's decision.
    assert len(leading) == (0 if case.state in ("declined", "closed") else 1)
    taken = any(one.status == "accepted" for one in leading)
    assert not (taken and (case.standby_key_id or any(one.status == "standby" for one in line.values())))
    for organization_id, one in line.items():
        assert (one.due_at is not None) is (one.status in LIVE)
        if one.status in ("standby", "revoked"):
            with pytest.raises(CaseNotFound):
                place.office(names[organization_id]).file(place.case_id)
        else:
            assert place.office(names[organization_id]).reads(place.case_id)


@pytest.fixture
def planted(runtime: Runtime) -> Network:
    return plant(runtime)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=told, taken=steps)
def test_a_case_is_led_by_one_and_read_by_whom_the_worker_allowed(
    planted: Network, clock: FixedClock, answers: Answers, taken: list[tuple[str, str | int]]
) -> None:
    allowed = {"org01"} if answers.what == ASKS_IN_SPANISH.what else {"org09"}
    allowed |= {"org01", "org06"} if answers.pass_on == "yes" else set()
    allowed |= {"org16"} if answers.helper_desk == "yes" else set()
    with planted.runtime.database.session() as session:
        known = set(session.scalars(select(Case.id)))
    submitted = planted.report(answers)
    with planted.runtime.database.session() as session:
        (case_id,) = set(session.scalars(select(Case.id))) - known
    place = Town(planted, submitted, case_id)
    clocks.look(planted.runtime)
    check(place, allowed)
    for step in taken:
        take(place, clock, step)
        check(place, allowed)
