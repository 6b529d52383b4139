"""Danger now, on both databases: who is told at once, and who has it next when an hour is over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from intake import mailbox
from referrals.overtime import LATE, NOBODY_LEFT
from referrals.referral import accept, acknowledge
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.casework import do
from tests.integration.clockwork import BEATEN_AND_UNPAID, alarms, notices, place_in_line, status, told, wait, watch
from tests.integration.office import town


class TestEmergency:
    """Danger now: the one that is open day and night and the coordinator at once, and an hour for each."""

    def test_from_send_to_the_next_in_line(
        self, runtime: Runtime, clock: FixedClock, capsys: pytest.CaptureFixture[str]
    ) -> None:
        clock.set(datetime(2026, 7, 12, 5, 7, 11, tzinfo=UTC))  # a Saturday night in British Columbia
        place = town(runtime, BEATEN_AND_UNPAID)
        demo = place.network.runtime
        assert place.case().urgency == "emergency"
        assert status(place, "org09") == ("offered", "primary", None)
        assert status(place, "org16") == ("offered", "coordinator", None)
        # An hour, rounded up to a quarter, at any time of the day or week.
        due = datetime(2026, 7, 12, 6, 15, tzinfo=UTC)
        assert [place.office(key).referral(place.case_id).due_at for key in ("org09", "org16")] == [due, due]
        assert told(demo, capsys) == ["org09", "org16"]
        assert [place_in_line(place, key) for key in ("org01", "org06")] == ["standby", "standby"]

        wait(runtime, clock, timedelta(hours=1, minutes=7))
        assert status(place, "org09")[0] == "offered"
        wait(runtime, clock, timedelta(minutes=1))
        # The coordinator was asked in the same hour and slept too: the next group has it.
        assert status(place, "org09") == ("expired", "primary", "acknowledgement")
        assert status(place, "org16") == ("offered", "coordinator", LATE)
        assert status(place, "org01") == ("offered", "primary", None)
        assert place.office("org01").referral(place.case_id).due_at == datetime(2026, 7, 12, 7, 15, tzinfo=UTC)
        assert place.office("org01").reads(place.case_id) == ["Me pegan."]
        assert told(demo, capsys) == ["org01"]

        wait(runtime, clock, timedelta(hours=1))
        assert status(place, "org06") == ("offered", "primary", None)
        assert told(demo, capsys) == ["org06"]
        wait(runtime, clock, timedelta(hours=1))
        # Everybody was asked: it is the coordinator's, for an hour of its own.
        assert status(place, "org16") == ("offered", "primary", None)
        assert told(demo, capsys) == ["org16"]
        assert alarms(runtime) == []
        wait(runtime, clock, timedelta(hours=1))
        assert status(place, "org16") == ("offered", "primary", NOBODY_LEFT)
        assert told(demo, capsys) == ["org16"]
        assert alarms(runtime) == ["referral_overdue"]
        wait(runtime, clock, timedelta(hours=1))
        assert notices(runtime) == []

    def test_a_coordinator_who_is_awake_has_it_next_and_goes_on_being_informed(
        self, runtime: Runtime, clock: FixedClock
    ) -> None:
        place = town(runtime, BEATEN_AND_UNPAID)
        do(place.office("org16"), place.case_id, acknowledge)
        wait(runtime, clock, timedelta(hours=1))
        assert status(place, "org16") == ("acknowledged", "primary", None)
        assert place.office("org16").referral(place.case_id).due_at == datetime(2026, 7, 8, 20, tzinfo=UTC)
        wait(runtime, clock, timedelta(hours=2))
        assert status(place, "org16") == ("acknowledged", "coordinator", LATE)
        assert status(place, "org01") == ("offered", "primary", None)
        mailbox.write(place.network.intake, place.submitted.receipt, "Sigo aqui.", "es")
        assert place.office("org16").reads(place.case_id) == place.office("org01").reads(place.case_id)

    def test_an_answer_is_due_in_two_hours(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime, BEATEN_AND_UNPAID)
        do(place.office("org09"), place.case_id, acknowledge)
        wait(runtime, clock, timedelta(minutes=119))
        assert status(place, "org09") == ("acknowledged", "primary", None)
        # Whoever was told beside it and has not looked is late, which moves nothing.
        assert status(place, "org16") == ("offered", "coordinator", LATE)
        wait(runtime, clock, timedelta(minutes=1))
        assert status(place, "org09") == ("expired", "primary", "offer")
        assert status(place, "org01") == ("offered", "primary", None)

    def test_whoever_has_taken_it_leads_on(self, runtime: Runtime, clock: FixedClock) -> None:
        place = town(runtime, BEATEN_AND_UNPAID)
        do(place.office("org16"), place.case_id, accept)
        wait(runtime, clock, timedelta(hours=1))
        assert status(place, "org09")[0] == "expired"
        assert status(place, "org16") == ("accepted", "primary", None)
        assert place.case().state == "in_progress"
        assert place_in_line(place, "org01") == "revoked"

    def test_without_the_helper_desk_the_next_group_follows(
        self, runtime: Runtime, clock: FixedClock, capsys: pytest.CaptureFixture[str]
    ) -> None:
        place = town(runtime, replace(BEATEN_AND_UNPAID, helper_desk="no"))
        assert told(place.network.runtime, capsys) == ["org09"]
        watch(runtime, clock, timedelta(minutes=59))
        assert status(place, "org09") == ("offered", "primary", None)
        watch(runtime, clock, timedelta(minutes=1))
        assert status(place, "org01") == ("offered", "primary", None)
        assert told(place.network.runtime, capsys) == ["org01"]
