"""The clocks of referrals on both databases: what runs out of time is passed on once, to whom the worker allowed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from intake import mailbox
from intake.answers import Answers
from referrals.case import CaseNotFound
from referrals.directory.models import Organization
from referrals.directory.state import bump
from referrals.models import Case
from referrals.overtime import LATE, NOBODY_LEFT
from referrals.referral import accept, acknowledge, add_reply, close, decline
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.casework import do, refusal, work
from tests.integration.clockwork import (
    TWO_WORKING_DAYS,
    alarms,
    entries,
    hurry,
    next_due,
    notices,
    place_in_line,
    status,
    told,
    wait,
)
from tests.integration.office import ASKS_IN_SPANISH, Town, town
from tests.integration.worker_client import WorkerClient, digits
from tests.network import Network


class TestMissed:
    """An offer that nobody saw, or nobody answered, goes to the next in line."""

    def test_before_its_time_nothing_happens(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime)
        wait(runtime, clock, TWO_WORKING_DAYS - timedelta(minutes=1))
        assert status(place, "org01") == ("offered", "primary", None)
        with pytest.raises(CaseNotFound):
            place.office("org06").file(place.case_id)

    def test_what_nobody_saw_goes_to_the_next_who_can_open_it_then(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime)
        wait(runtime, clock, TWO_WORKING_DAYS)
        first, second = place.office("org01"), place.office("org06")
        assert status(place, "org01") == ("expired", "primary", "acknowledgement")
        assert status(place, "org06") == ("offered", "primary", None)
        (row,) = second.queue("new")
        # From Friday morning on, and no longer than the helper desk may be kept waiting.
        assert (row.due_at, row.unread, row.state) == (datetime(2026, 7, 14, 0, tzinfo=UTC), True, "received")
        assert second.reads(place.case_id) == ["No me pagan."]
        (gone,) = first.queue("others")
        assert (gone.status, gone.due_at, gone.unread) == ("expired", None, False)
        # The one after the next still stands by, and sees nothing.
        with pytest.raises(CaseNotFound):
            place.office("org16").file(place.case_id)
        (expired,) = entries(runtime, "referral.expired")
        assert (expired["organization"], expired["stage"]) == (first.id.hex(), "acknowledgement")
        (released,) = entries(runtime, "wrap.released")
        assert released["to"] == second.id.hex()

    def test_what_nobody_answered_goes_to_the_next_as_well(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime)
        do(place.office("org01"), place.case_id, acknowledge)
        wait(runtime, clock, TWO_WORKING_DAYS)
        assert status(place, "org01") == ("acknowledged", "primary", None)
        # The third working day after a Wednesday is a Monday.
        wait(runtime, clock, timedelta(days=3))
        assert status(place, "org01") == ("expired", "primary", "offer")
        assert place.office("org06").reads(place.case_id) == ["No me pagan."]

    def test_the_late_one_sees_that_it_was_passed_on_and_nothing_that_comes_later(
        self, runtime: Runtime, clock: FixedClock
    ) -> None:
        place = town(runtime)
        wait(runtime, clock, TWO_WORKING_DAYS)
        mailbox.write(place.network.intake, place.submitted.receipt, "Sigo esperando.", "es")
        late = place.office("org01")
        assert late.reads(place.case_id) == ["No me pagan."]
        assert place.office("org06").reads(place.case_id) == ["No me pagan.", "Sigo esperando."]
        for step in (acknowledge, accept):
            assert refusal(late, place.case_id, step) == "already_expired"
        assert refusal(late, place.case_id, decline, "other") == "already_expired"

    def test_the_next_is_told_and_nobody_else(
        self, runtime: Runtime, clock: FixedClock, capsys: pytest.CaptureFixture[str]
    ) -> None:
        place = town(runtime)
        assert told(place.network.runtime, capsys, clock) == ["org01"]
        wait(runtime, clock, TWO_WORKING_DAYS)
        assert told(place.network.runtime, capsys, clock) == ["org06"]

    def test_the_next_accepts_and_the_rest_ends_as_after_a_decline(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime)
        wait(runtime, clock, TWO_WORKING_DAYS)
        key_id = place.case().standby_key_id
        assert key_id is not None
        assert runtime.keystore.get_many([key_id])
        do(place.office("org06"), place.case_id, accept)
        work(runtime)
        assert status(place, "org16")[0] == "revoked"
        assert (place.case().standby_key_id, place.case().state) == (None, "in_progress")
        assert not runtime.keystore.get_many([key_id])
        assert place.office("org06").reads(place.case_id) == ["No me pagan."]

    def test_it_goes_down_the_line_and_stays_with_the_coordinator(
        self, runtime: Runtime, clock: FixedClock, capsys: pytest.CaptureFixture[str]
    ) -> None:
        place = town(runtime)
        wait(runtime, clock, timedelta(days=6))
        assert [status(place, key)[0] for key in ("org01", "org06", "org16")] == ["expired", "expired", "offered"]
        told(place.network.runtime, capsys, clock)
        assert alarms(runtime) == []
        wait(runtime, clock, timedelta(days=4))
        # Nobody is left: the coordinator keeps it, is told once more, and the service says that it is late.
        assert status(place, "org16") == ("offered", "primary", NOBODY_LEFT)
        assert place.case().state == "received"
        assert alarms(runtime) == ["referral_overdue"]
        assert told(place.network.runtime, capsys, clock) == ["org16"]
        wait(runtime, clock, timedelta(hours=6))
        assert notices(runtime) == []
        do(place.office("org16"), place.case_id, accept)
        assert status(place, "org16") == ("accepted", "primary", None)
        assert alarms(runtime) == []

    def test_without_the_worker_s_yes_no_other_group_gets_it(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime, replace(ASKS_IN_SPANISH, pass_on="ask"))
        wait(runtime, clock, TWO_WORKING_DAYS)
        assert status(place, "org16") == ("offered", "primary", None)
        with pytest.raises(CaseNotFound):
            place.office("org06").file(place.case_id)

    def test_where_the_worker_wants_nobody_else_it_stays_and_the_coordinator_learns_only_that_something_is_late(
        self, runtime: Runtime, clock: FixedClock, capsys: pytest.CaptureFixture[str]
    ) -> None:
        answers: Answers = replace(ASKS_IN_SPANISH, pass_on="ask", helper_desk="no")
        place = town(runtime, answers)
        assert told(place.network.runtime, capsys, clock) == ["org01"]
        wait(runtime, clock, TWO_WORKING_DAYS)
        assert status(place, "org01") == ("offered", "primary", NOBODY_LEFT)
        assert told(place.network.runtime, capsys, clock) == ["org16"]
        with pytest.raises(CaseNotFound):
            place.office("org16").file(place.case_id)
        assert alarms(runtime) == ["referral_overdue"]
        assert do(place.office("org01"), place.case_id, acknowledge) is None
        assert alarms(runtime) == []

    def test_a_weekend_and_a_holiday_stop_the_clock(self, runtime: Runtime, clock: FixedClock) -> None:
        # The Friday before British Columbia Day.
        clock.set(datetime(2026, 7, 31, 17, 0, tzinfo=UTC))
        place = town(runtime)
        wait(runtime, clock, timedelta(days=4, hours=23))
        assert status(place, "org01")[0] == "offered"
        wait(runtime, clock, timedelta(hours=1))
        assert status(place, "org01")[0] == "expired"

    def test_a_case_whose_keys_are_gone_is_kept_where_it_is(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime)
        case = place.case()
        assert case.standby_key_id is not None
        runtime.keystore.destroy(case.standby_key_id)
        wait(runtime, clock, TWO_WORKING_DAYS)
        assert status(place, "org01") == ("offered", "primary", NOBODY_LEFT)
        runtime.keystore.destroy(case.key_id)
        do(place.office("org01"), place.case_id, acknowledge)
        wait(runtime, clock, timedelta(days=6))
        assert status(place, "org01") == ("acknowledged", "primary", NOBODY_LEFT)


class TestHelperDesk:
    """The form promises: where nobody answers in three working days, the helper desk reads it."""

    # The third working day after a Wednesday ends on Monday.
    BY = datetime(2026, 7, 14, 0, tzinfo=UTC)

    @pytest.mark.parametrize("pass_on", ["yes", "ask"])
    @pytest.mark.parametrize("urgency", [(), ("fired",)])
    @pytest.mark.parametrize("idle", ["nobody looks", "each looks in the last hour"])
    def test_it_reads_what_nobody_took_in_three_working_days(
        self, runtime: Runtime, clock: FixedClock, pass_on: str, urgency: tuple[str, ...], idle: str
    ) -> None:
        place = town(runtime, replace(ASKS_IN_SPANISH, pass_on=pass_on, soon=urgency))
        while clock.now() < self.BY:
            soon = min(next_due(runtime, clock) or self.BY, self.BY)
            wait(runtime, clock, soon - timedelta(minutes=30) - clock.now())
            for key in ("org01", "org06"):
                if idle != "nobody looks" and is_due_within_the_hour(place, key, clock):
                    do(place.office(key), place.case_id, acknowledge)
            wait(runtime, clock, soon - clock.now())
        assert place.office("org16").reads(place.case_id) == ["No me pagan."]
        assert status(place, "org16")[1] == "primary"

    def test_who_declines_late_hands_it_to_the_helper_desk_and_not_to_a_group_that_had_no_time(
        self, runtime: Runtime, clock: FixedClock
    ) -> None:
        place = town(runtime)
        do(place.office("org01"), place.case_id, acknowledge)
        wait(runtime, clock, timedelta(days=4, hours=23))
        assert do(place.office("org01"), place.case_id, decline, "no_capacity") == place.office("org06").id
        assert place.office("org06").referral(place.case_id).due_at == self.BY
        again = town_of(place, replace(ASKS_IN_SPANISH, story="Otra vez."))
        wait(runtime, clock, self.BY - clock.now())
        assert status(place, "org06")[0] == "expired"
        assert status(again, "org01")[0] == "offered"

    def test_after_it_the_rest_of_the_line_is_asked(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime)
        do(place.office("org01"), place.case_id, acknowledge)
        with runtime.database.session(write=True) as session:
            # Received on a day before: what is left of the three working days is nothing.
            session.execute(update(Case).values(received_on=date(2026, 7, 2)))
        assert do(place.office("org01"), place.case_id, decline, "no_capacity") == place.office("org16").id
        assert do(place.office("org16"), place.case_id, decline, "no_capacity") == place.office("org06").id
        assert place.office("org06").referral(place.case_id).due_at == datetime(2026, 7, 10, 17, tzinfo=UTC)


def is_due_within_the_hour(place: Town, key: str, clock: FixedClock) -> bool:
    if place_in_line(place, key) != "offered":
        return False
    due = place.office(key).referral(place.case_id).due_at
    return due is not None and due - clock.now() <= timedelta(hours=1)


def town_of(place: Town, answers: Answers) -> Town:
    """Send one more report to the same network."""
    known = {row.case_id for key in ("org01", "org06", "org16") for row in place.office(key).queue("new")}
    submitted = place.network.report(answers)
    (case_id,) = {row.case_id for row in place.office("org01").queue("new")} - known
    return Town(place.network, submitted, case_id)


class TestFeedback:
    """What was accepted is not passed on: it is shown late, and the coordinator is told once."""

    def test_a_late_answer_is_told_to_the_coordinator_once(
        self, runtime: Runtime, clock: FixedClock, capsys: pytest.CaptureFixture[str]
    ) -> None:
        place = town(runtime)
        office = place.office("org01")
        do(office, place.case_id, accept)
        told(place.network.runtime, capsys, clock)
        hurry(place, clock)
        wait(runtime, clock, timedelta(minutes=30))
        assert status(place, "org01") == ("accepted", "primary", LATE)
        (row,) = office.queue("ours")
        assert row.due_at is not None
        assert row.due_at < clock.now()
        assert told(place.network.runtime, capsys, clock) == ["org16"]
        wait(runtime, clock, timedelta(hours=5))
        assert notices(runtime) == []
        assert alarms(runtime) == []
        do(office, place.case_id, add_reply, office.seal(place.case_id, "x", mailbox=office.mailbox_of(place.case_id)))
        assert status(place, "org01") == ("accepted", "primary", None)

    def test_a_silent_worker_is_nobody_s_lateness(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime)
        office = place.office("org01")
        do(office, place.case_id, accept)
        do(office, place.case_id, add_reply, office.seal(place.case_id, "x", mailbox=office.mailbox_of(place.case_id)))
        hurry(place, clock)
        wait(runtime, clock, timedelta(minutes=30))
        assert status(place, "org01") == ("accepted", "primary", None)
        # What the worker writes starts a clock again, and that one is seen to.
        mailbox.write(place.network.intake, place.submitted.receipt, "Hola?", "es")
        wait(runtime, clock, TWO_WORKING_DAYS + timedelta(minutes=30))
        assert status(place, "org01") == ("accepted", "primary", LATE)
        mailbox.write(place.network.intake, place.submitted.receipt, "Hola??", "es")
        assert status(place, "org01") == ("accepted", "primary", None)

    def test_a_closed_case_has_no_clock(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime)
        do(place.office("org01"), place.case_id, accept)
        do(place.office("org01"), place.case_id, close, "resolved")
        wait(runtime, clock, timedelta(days=3))
        assert status(place, "org01") == ("closed", "primary", "resolved")


class TestOnWhoseClock:
    """Times are told on the clock of the place that a case is about."""

    @pytest.mark.parametrize(
        ("district", "hour"), [("5907", "10:00"), ("5955", "10:00"), ("5901", "11:00"), ("", "10:00")]
    )
    def test_the_worker_s_pages_agree(self, lone: Network, district: str, hour: str) -> None:
        worker = WorkerClient(lone, "fr")
        sent = worker.follow(worker.send({"what": ["pay_hours"], "district": district, "story": "x"})).text
        page = worker.open_replies(digits(sent)).text
        assert f"vendredi 10 juillet 2026, {hour}" in page
        assert f", {hour}" in sent

    def test_an_organization_s_own_zone_does_not_matter(self, lone: Network) -> None:
        with lone.runtime.database.session(write=True) as session:
            for organization in session.scalars(select(Organization)):
                own = organization.document["x_leeward"] | {"timezone": "America/Toronto"}
                organization.document = organization.document | {"x_leeward": own}
            bump(session, lone.runtime.clock.now())
        assert lone.report(ASKS_IN_SPANISH).timezone == "America/Vancouver"
