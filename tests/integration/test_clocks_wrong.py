"""Clocks that are wrong, workers that look at once, and workers that die: nothing is passed on twice or too soon."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

import wsgi
from crypto.rejected import EnvelopeRejected
from referrals import clocks
from referrals.models import DeadlineWatch, Message, Wrap
from referrals.overtime import LATE
from referrals.referral import TransitionRefused, accept, acknowledge
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.casework import actions, do
from tests.integration.clockwork import TWO_WORKING_DAYS, Killed, alarms, at_once, dying, entries, notices, status, wait
from tests.integration.office import ASKS_IN_SPANISH, town


class TestWrongClocks:
    """A clock that is wrong passes nothing on, since a wrap that was released can't be taken back."""

    @pytest.mark.parametrize(
        "jump",
        [timedelta(minutes=16), timedelta(hours=47, minutes=50), timedelta(days=3), timedelta(days=366)],
    )
    def test_a_leap_forward_passes_nothing_on_and_is_an_alarm(
        self, runtime: Runtime, clock: FixedClock, jump: timedelta
    ) -> None:
        place = town(runtime)
        wait(runtime, clock, timedelta(minutes=10))
        clock.advance(jump)
        wait(runtime, clock, timedelta(minutes=30))
        assert status(place, "org01") == ("offered", "primary", None)
        assert status(place, "org06")[0] == "standby"
        assert "wrap.released" not in actions(runtime)
        assert alarms(runtime) == ["clock_jump"]

    def test_after_a_leap_every_offer_has_its_whole_time_again(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime)
        clocks.look(runtime)
        clock.set(datetime(2027, 7, 7, 17, 0, tzinfo=UTC))
        clocks.look(runtime)
        assert place.office("org01").referral(place.case_id).due_at == datetime(2027, 7, 9, 17, tzinfo=UTC)
        wait(runtime, clock, TWO_WORKING_DAYS)
        assert status(place, "org01")[0] == "expired"

    def test_a_clock_that_is_set_right_again_does_not_stop_the_clocks_for_a_year(
        self, runtime: Runtime, clock: FixedClock
    ) -> None:
        place = town(runtime)
        clocks.look(runtime)
        right = clock.now()
        clock.advance(timedelta(days=365))
        clocks.look(runtime)
        do(place.office("org01"), place.case_id, acknowledge)
        place.network.report(replace(ASKS_IN_SPANISH, story="Otra vez."))
        clock.set(right)
        assert "clock_jump" in alarms(runtime)
        wait(runtime, clock, timedelta(days=6))
        assert sorted(row.status for row in place.office("org01").queue("others")) == ["expired", "expired"]
        assert alarms(runtime) == []

    def test_lateness_that_a_wrong_clock_saw_is_forgotten(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime)
        do(place.office("org01"), place.case_id, accept)
        clocks.look(runtime)
        right = clock.now()
        clock.advance(timedelta(days=365))
        wait(runtime, clock, timedelta(minutes=10))
        assert status(place, "org01")[2] == LATE
        clock.set(right)
        clocks.look(runtime)
        assert status(place, "org01") == ("accepted", "primary", None)

    @pytest.mark.parametrize("off", [timedelta(days=-20), timedelta(days=400)])
    def test_a_report_taken_in_by_a_host_whose_clock_is_wrong_gets_its_whole_time(
        self, runtime: Runtime, clock: FixedClock, off: timedelta
    ) -> None:
        clock.set(datetime(2026, 8, 5, 17, 0, tzinfo=UTC))
        clocks.look(runtime)
        right = clock.now()
        clock.advance(off)
        place = town(runtime)
        clock.set(right)
        clocks.look(runtime)
        assert status(place, "org01") == ("offered", "primary", None)
        assert place.office("org01").referral(place.case_id).due_at == datetime(2026, 8, 7, 17, tzinfo=UTC)
        assert alarms(runtime) == ["clock_jump"]
        assert entries(runtime, "referral.restarted")

    def test_an_outage_costs_nobody_their_time(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime)
        wait(runtime, clock, timedelta(hours=40))
        clock.advance(timedelta(hours=9))
        assert alarms(runtime) == ["deadlines_unwatched"]
        # No worker ran, so no notice left either: the organization gets its two working days from now.
        clocks.look(runtime)
        assert status(place, "org01")[0] == "offered"
        assert place.office("org01").referral(place.case_id).due_at == datetime(2026, 7, 14, 18, tzinfo=UTC)

    def test_a_restart_of_the_service_changes_nothing(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime)
        wait(runtime, clock, TWO_WORKING_DAYS - timedelta(minutes=10))
        clock.advance(timedelta(minutes=14))
        clocks.look(runtime)
        assert status(place, "org01")[0] == "expired"
        assert alarms(runtime) == []

    def test_two_workers_whose_clocks_disagree_pass_nothing_on(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime)
        ahead = FixedClock(clock.now() + timedelta(days=30))
        wrong = replace(runtime, clock=ahead)
        for _ in range(30):
            clocks.look(runtime)
            clocks.look(wrong)
            clock.advance(timedelta(hours=2))
            ahead.advance(timedelta(hours=2))
        assert status(place, "org01") == ("offered", "primary", None)
        assert "clock_jump" in alarms(runtime)

    def test_a_worker_goes_on_with_its_chores_when_the_clock_was_set_back(
        self, runtime: Runtime, clock: FixedClock
    ) -> None:
        town(runtime)
        worker = wsgi.make_worker(runtime)
        worker.run_once()
        clock.advance(timedelta(days=-3))
        worker.run_once()
        with runtime.database.session() as session:
            assert session.scalar(select(DeadlineWatch.seen_at)) == clock.now()


class TestTogether:
    """Any number of workers, killed at any time: once, wholly, or not at all."""

    def test_workers_that_look_at_once_pass_on_once(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime)
        place.network.report(replace(ASKS_IN_SPANISH, story="Otra vez."))
        wait(runtime, clock, TWO_WORKING_DAYS - timedelta(minutes=1))
        clock.advance(timedelta(minutes=1))
        failed = at_once(*[lambda: clocks.look(runtime)] * 6)
        assert failed == []
        assert len(place.office("org06").queue("new")) == 2
        assert len(entries(runtime, "referral.expired")) == len(entries(runtime, "wrap.released")) == 2
        assert status(place, "org16")[0] == "standby"

    def test_whoever_accepts_in_the_same_instant_agrees_with_the_clock(
        self, runtime: Runtime, clock: FixedClock
    ) -> None:
        place = town(runtime)
        office = place.office("org01")
        wait(runtime, clock, TWO_WORKING_DAYS - timedelta(minutes=1))
        clock.advance(timedelta(minutes=1))
        refused: list[str] = []

        def take() -> None:
            try:
                do(office, place.case_id, accept)
            except TransitionRefused as error:
                refused.append(error.code)

        assert at_once(lambda: clocks.look(runtime), take, lambda: clocks.look(runtime)) == []
        if refused:
            assert refused == ["already_expired"]
            assert status(place, "org06") == ("offered", "primary", None)
        else:
            assert status(place, "org01") == ("accepted", "primary", None)
            assert status(place, "org06")[0] == "revoked"

    @pytest.mark.parametrize("statement", range(14))
    def test_a_worker_that_dies_at_any_statement_leaves_all_of_it_or_nothing(
        self, runtime: Runtime, clock: FixedClock, statement: int
    ) -> None:
        place = town(runtime)
        wait(runtime, clock, TWO_WORKING_DAYS - timedelta(minutes=1))
        clock.advance(timedelta(minutes=1))
        before = (len(notices(runtime)), actions(runtime))
        with dying(runtime, after=statement) as killed, suppress(Killed):
            clocks.look(runtime)
        first, second = status(place, "org01")[0], status(place, "org06")[0]
        assert (first, second) in (("offered", "standby"), ("expired", "offered"))
        if first == "offered":
            assert (len(notices(runtime)), actions(runtime)) == before
        assert killed or first == "expired"
        clocks.look(runtime)
        assert status(place, "org06") == ("offered", "primary", None)
        assert len(entries(runtime, "referral.expired")) == len(entries(runtime, "wrap.released")) == 1
        assert len(notices(runtime)) == before[0] + 1

    def test_one_case_that_fails_does_not_hold_up_the_others(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime)
        place.network.report(replace(ASKS_IN_SPANISH, story="Otra vez."))
        with runtime.database.session(write=True) as session:
            # Wraps that do not open under their key, as after a damage to the disk.
            damaged = select(Message.id).where(Message.case_id == place.case_id)
            session.execute(update(Wrap).where(Wrap.message_id.in_(damaged)).values(sealed_wrap=bytes(1205)))
        wait(runtime, clock, TWO_WORKING_DAYS - timedelta(minutes=1))
        clock.advance(timedelta(minutes=1))
        with pytest.raises(EnvelopeRejected):
            clocks.look(runtime)
        assert status(place, "org01")[0] == "offered"
        assert len(place.office("org06").queue("new")) == 1
