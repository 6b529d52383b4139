"""Deadlines: rounding that hides when a report came in, and working days where the worker is."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from referrals.deadlines import LONGEST_OFFER, Stage, due_at, helper_desk_at
from referrals.holidays import calendar_of

VANCOUVER = ZoneInfo("America/Vancouver")
CLOCKED = {
    (Stage.ACKNOWLEDGEMENT, "emergency"): timedelta(hours=1),
    (Stage.ACKNOWLEDGEMENT, "urgent"): timedelta(hours=24),
    (Stage.OFFER, "emergency"): timedelta(hours=2),
    (Stage.OFFER, "urgent"): timedelta(hours=24),
    (Stage.FEEDBACK, "emergency"): timedelta(hours=24),
    (Stage.FEEDBACK, "urgent"): timedelta(days=7),
    (Stage.FEEDBACK, "standard"): timedelta(days=30),
}
COUNTED = {Stage.ACKNOWLEDGEMENT: 2, Stage.OFFER: 3}

stages = st.sampled_from(list(Stage))
urgencies = st.sampled_from(["emergency", "urgent", "standard"])
areas = st.sampled_from([None, "rd:5907", "rd:5901", "rd:5955", "region:5930", "prov:BC"])
moments = st.datetimes(datetime(2023, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("stage", "urgency", "start", "due"),
    [
        (Stage.ACKNOWLEDGEMENT, "emergency", "2026-07-08T10:07:11-07:00", "2026-07-08T11:15:00-07:00"),
        (Stage.OFFER, "emergency", "2026-07-08T10:00:00-07:00", "2026-07-08T12:00:00-07:00"),
        (Stage.ACKNOWLEDGEMENT, "urgent", "2026-07-08T10:07:11-07:00", "2026-07-09T11:00:00-07:00"),
        (Stage.FEEDBACK, "urgent", "2026-07-08T10:00:00-07:00", "2026-07-15T10:00:00-07:00"),
        (Stage.ACKNOWLEDGEMENT, "standard", "2026-07-08T10:07:11-07:00", "2026-07-10T11:00:00-07:00"),
        (Stage.ACKNOWLEDGEMENT, "standard", "2026-07-10T16:30:00-07:00", "2026-07-14T17:00:00-07:00"),
        (Stage.OFFER, "standard", "2026-07-11T23:00:00-07:00", "2026-07-16T00:00:00-07:00"),
        (Stage.FEEDBACK, "standard", "2026-07-08T10:00:00-07:00", "2026-08-07T10:00:00-07:00"),
        # Over the long weekends of British Columbia Day and Good Friday, and over Canada Day.
        (Stage.ACKNOWLEDGEMENT, "standard", "2026-07-31T10:00:00-07:00", "2026-08-05T10:00:00-07:00"),
        (Stage.OFFER, "standard", "2026-04-02T09:30:00-07:00", "2026-04-08T10:00:00-07:00"),
        (Stage.ACKNOWLEDGEMENT, "standard", "2026-06-30T10:00:00-07:00", "2026-07-03T10:00:00-07:00"),
        # On a holiday, from the morning after it.
        (Stage.ACKNOWLEDGEMENT, "standard", "2026-07-01T10:00:00-07:00", "2026-07-06T00:00:00-07:00"),
        # Neither a weekend nor a holiday stops an emergency's clock, or an urgent case's.
        (Stage.ACKNOWLEDGEMENT, "emergency", "2026-07-01T10:00:00-07:00", "2026-07-01T11:00:00-07:00"),
        (Stage.ACKNOWLEDGEMENT, "urgent", "2026-07-03T10:00:00-07:00", "2026-07-04T10:00:00-07:00"),
        # The last minutes before a weekend.
        (Stage.ACKNOWLEDGEMENT, "standard", "2026-07-08T23:30:00-07:00", "2026-07-13T00:00:00-07:00"),
    ],
)
def test_due_time_of_each_stage(stage: Stage, urgency: str, start: str, due: str) -> None:
    assert due_at(stage, urgency, datetime.fromisoformat(start)) == datetime.fromisoformat(due)


def test_working_days_are_the_province_s_not_utc_s() -> None:
    friday_evening = datetime(2026, 7, 11, 3, 0, tzinfo=UTC)  # still Friday in Vancouver
    assert due_at(Stage.ACKNOWLEDGEMENT, "standard", friday_evening).astimezone(VANCOUVER).isoweekday() == 2


def test_working_days_are_counted_on_the_clock_of_the_case_s_place() -> None:
    # Half past eleven on a Friday night in Vancouver is Saturday in Cranbrook.
    start = datetime(2026, 7, 11, 6, 30, tzinfo=UTC)
    assert due_at(Stage.ACKNOWLEDGEMENT, "standard", start, "rd:5915") == datetime(2026, 7, 15, 7, tzinfo=UTC)
    assert due_at(Stage.ACKNOWLEDGEMENT, "standard", start, "rd:5901") == datetime(2026, 7, 15, 6, tzinfo=UTC)


def test_the_hour_of_the_day_survives_a_change_of_the_clocks() -> None:
    thursday = datetime(2027, 3, 11, 10, 0, tzinfo=ZoneInfo("America/Edmonton"))
    due = due_at(Stage.ACKNOWLEDGEMENT, "standard", thursday, "rd:5901")
    assert due.astimezone(thursday.tzinfo).isoformat() == "2027-03-15T10:00:00-06:00"


@given(stages, urgencies, moments, areas)
@example(Stage.ACKNOWLEDGEMENT, "standard", datetime(2026, 7, 9, 6, 59, 59, tzinfo=UTC), None)
def test_a_deadline_is_later_and_says_no_minute(stage: Stage, urgency: str, start: datetime, area: str | None) -> None:
    due = due_at(stage, urgency, start, area)
    step = timedelta(minutes=15 if urgency == "emergency" else 60)
    assert due > start
    assert due.timestamp() % step.total_seconds() == 0
    if (stage, urgency) in CLOCKED:
        assert timedelta(0) <= due - start - CLOCKED[stage, urgency] < step


@given(st.sampled_from(list(COUNTED)), moments, areas)
@example(Stage.ACKNOWLEDGEMENT, datetime(2026, 7, 11, 6, 59, 59, tzinfo=UTC), None)
@example(Stage.OFFER, datetime(2026, 12, 24, 20, 0, tzinfo=UTC), "prov:BC")
def test_a_standard_deadline_falls_on_a_working_day_and_leaves_its_whole_days(
    stage: Stage, start: datetime, area: str | None
) -> None:
    calendar = calendar_of(area)
    due = due_at(stage, "standard", start, area)
    first, last = start.astimezone(calendar.zone), due.astimezone(calendar.zone)
    assert calendar.is_working(last.date())
    # Between the two lie that many midnights at which a working day begins, and an hour of rounding at the most.
    days = [first.date() + timedelta(days=ahead) for ahead in range(1, (last.date() - first.date()).days + 1)]
    begun = sum(calendar.is_working(day) for day in days)
    assert COUNTED[stage] <= begun <= COUNTED[stage] + 1
    assert timedelta(0) < due - start <= LONGEST_OFFER
    if stage is Stage.ACKNOWLEDGEMENT:
        # Directive (EU) 2019/1937, article 9(1)(b).
        assert due - start <= timedelta(days=7)


@given(stages, urgencies, moments, moments, areas)
def test_whoever_starts_later_is_due_no_sooner(
    stage: Stage, urgency: str, one: datetime, other: datetime, area: str | None
) -> None:
    sooner, later = sorted((one, other))
    assert due_at(stage, urgency, sooner, area) <= due_at(stage, urgency, later, area)


@given(st.sampled_from(list(COUNTED)), moments, st.timedeltas(timedelta(0), timedelta(days=9)), areas)
def test_a_working_day_s_deadline_never_runs_backwards_around_a_weekend(
    stage: Stage, start: datetime, ahead: timedelta, area: str | None
) -> None:
    assert due_at(stage, "standard", start, area) <= due_at(stage, "standard", start + ahead, area)


@pytest.mark.parametrize(
    ("day", "by"),
    [
        ("2026-07-08", "2026-07-13T17:00:00-07:00"),
        ("2026-07-10", "2026-07-15T17:00:00-07:00"),
        ("2026-07-11", "2026-07-16T00:00:00-07:00"),
        ("2026-07-31", "2026-08-06T17:00:00-07:00"),
    ],
)
def test_the_helper_desk_has_what_nobody_answered_after_three_working_days(day: str, by: str) -> None:
    assert helper_desk_at(date.fromisoformat(day), "prov:BC") == datetime.fromisoformat(by)


@given(moments, areas)
def test_the_first_offer_never_outlasts_the_helper_desk_s_patience(start: datetime, area: str | None) -> None:
    assert due_at(Stage.ACKNOWLEDGEMENT, "standard", start, area) <= helper_desk_at(start.date(), area)
