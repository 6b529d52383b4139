"""Who stood by for a case and has left since, or may receive nothing any more: it is passed over, and for good."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from demo.dates import with_dates_near
from demo.network import directory_document
from intake import mailbox
from intake.mailbox import NobodyListens
from referrals.case import CaseNotFound
from referrals.directory.importing import import_directory
from referrals.directory.models import DirectoryState, OrganizationEpoch
from referrals.referral import accept, acknowledge, decline
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.casework import actions, do
from tests.integration.clockwork import TWO_WORKING_DAYS, alarms, entries, place_in_line, status, wait
from tests.integration.office import ASKS_IN_SPANISH, IN_DANGER, Town, town

Leaves = Callable[[Town, str], None]


def _change(place: Town, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    """Import the directory again, with other organizations than before."""
    runtime = place.network.runtime
    now = runtime.clock.now()
    told = with_dates_near(directory_document(), now.date())
    told["organizations"] = change(told["organizations"])
    with runtime.database.session(write=True) as session:
        import_directory(session, told, now=now)


def _set_status(place: Town, key: str, state: str) -> None:
    def change(members: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for service in next(member for member in members if member["alternate_name"] == key)["services"]:
            service["status"] = state
        return members

    _change(place, change)


def stops_work(place: Town, key: str) -> None:
    _set_status(place, key, "inactive")


def closes_for_now(place: Town, key: str) -> None:
    _set_status(place, key, "temporarily closed")


def is_left_out(place: Town, key: str) -> None:
    _change(place, lambda members: [member for member in members if member["alternate_name"] != key])


def joins_the_employers(place: Town, key: str) -> None:
    def change(members: list[dict[str, Any]]) -> list[dict[str, Any]]:
        next(member for member in members if member["alternate_name"] == key)["x_leeward"]["role"] = "employer"
        return members

    _change(place, change)


def loses_its_key(place: Town, key: str) -> None:
    own = OrganizationEpoch.organization_id == place.office(key).id
    with place.network.runtime.database.session(write=True) as session:
        session.execute(update(OrganizationEpoch).where(own).values(revoked=True))
        session.execute(update(DirectoryState).values(serial=DirectoryState.serial + 1))


@pytest.mark.parametrize("leaves", [stops_work, is_left_out, joins_the_employers, loses_its_key])
def test_a_decline_passes_over_who_may_receive_nothing_any_more(runtime: Runtime, leaves: Leaves) -> None:
    place = town(runtime)
    gone = place.office("org06")
    leaves(place, "org06")
    assert do(place.office("org01"), place.case_id, decline, "no_capacity") == place.office("org16").id
    assert gone.referral(place.case_id).status == "revoked"
    assert gone.wraps(place.case_id) == []
    with pytest.raises(CaseNotFound):
        gone.file(place.case_id)
    (released,) = entries(runtime, "wrap.released")
    assert released["to"] == place.office("org16").id.hex()
    assert [entry["of"] for entry in entries(runtime, "standby.revoked")] == [gone.id.hex()]
    assert place.office("org16").reads(place.case_id) == ["No me pagan."]


def test_a_missed_deadline_passes_over_it_as_well(runtime: Runtime, clock: FixedClock) -> None:
    place = town(runtime)
    joins_the_employers(place, "org06")
    wait(runtime, clock, TWO_WORKING_DAYS + timedelta(hours=1))
    assert status(place, "org01")[0] == "expired"
    assert (place_in_line(place, "org06"), status(place, "org16")[0]) == ("revoked", "offered")


@pytest.mark.parametrize("leaves", [stops_work, joins_the_employers])
def test_what_a_worker_writes_then_is_not_sealed_for_it(runtime: Runtime, leaves: Leaves) -> None:
    place = town(runtime)
    leaves(place, "org06")
    mailbox.write(place.network.intake, place.submitted.receipt, "Tengo miedo.", "es")
    assert len(place.office("org06").wraps(place.case_id)) == 1
    assert len(place.office("org16").wraps(place.case_id)) == 2


def test_one_that_comes_back_after_it_was_passed_over_stays_out(runtime: Runtime) -> None:
    place = town(runtime)
    stops_work(place, "org06")
    do(place.office("org01"), place.case_id, decline, "no_capacity")
    _set_status(place, "org06", "active")
    assert do(place.office("org16"), place.case_id, decline, "other") is None
    assert place.office("org06").referral(place.case_id).status == "revoked"


def test_one_that_is_closed_for_now_is_asked_last(runtime: Runtime) -> None:
    place = town(runtime)
    closes_for_now(place, "org06")
    assert do(place.office("org01"), place.case_id, decline, "no_capacity") == place.office("org16").id
    assert place.office("org06").referral(place.case_id).status == "standby"
    assert do(place.office("org16"), place.case_id, decline, "other") == place.office("org06").id
    assert place.office("org06").reads(place.case_id) == ["No me pagan."]


def test_whoever_has_accepted_leads_whatever_the_directory_says_then(runtime: Runtime) -> None:
    place = town(runtime, IN_DANGER)
    do(place.office("org16"), place.case_id, accept)
    loses_its_key(place, "org16")
    assert do(place.office("org09"), place.case_id, decline, "no_capacity") == place.office("org16").id
    assert place.case().state == "in_progress"


def test_where_all_who_stood_by_have_left_it_stays_with_who_sleeps_and_is_an_alarm(
    runtime: Runtime, clock: FixedClock
) -> None:
    place = town(runtime, replace(ASKS_IN_SPANISH, helper_desk="no"))
    stops_work(place, "org06")
    wait(runtime, clock, TWO_WORKING_DAYS + timedelta(hours=1))
    assert status(place, "org01")[0] == "offered"
    assert alarms(runtime) == ["referral_overdue"]
    do(place.office("org01"), place.case_id, acknowledge)
    assert do(place.office("org01"), place.case_id, decline, "other") is None
    assert (place.case().state, place.case().standby_key_id) == ("declined", None)
    assert "wrap.released" not in actions(runtime)
    with pytest.raises(NobodyListens):
        mailbox.write(place.network.intake, place.submitted.receipt, "Hola?", "es")
