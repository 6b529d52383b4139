"""Deadlines: rounding that hides when a report came in, and working days where the worker is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.deadlines import PROVINCE_ZONE, Stage, due_at

VANCOUVER = ZoneInfo("America/Vancouver")


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
    ],
)
def test_due_time_of_each_stage(stage: Stage, urgency: str, start: str, due: str) -> None:
    assert due_at(stage, urgency, datetime.fromisoformat(start)) == datetime.fromisoformat(due)


def test_working_days_are_the_province_s_not_utc_s() -> None:
    friday_evening = datetime(2026, 7, 11, 3, 0, tzinfo=UTC)  # still Friday in Vancouver
    assert due_at(Stage.ACKNOWLEDGEMENT, "standard", friday_evening).astimezone(VANCOUVER).isoweekday() == 2


@given(
    st.sampled_from(list(Stage)),
    st.sampled_from(["emergency", "urgent", "standard"]),
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
)
def test_a_deadline_is_later_and_says_no_minute(stage: Stage, urgency: str, start: datetime) -> None:
    due = due_at(stage, urgency, start)
    step = timedelta(minutes=15 if urgency == "emergency" else 60)
    assert due > start
    assert due.timestamp() % step.total_seconds() == 0
    if urgency == "standard" and stage is not Stage.FEEDBACK:
        # Rounding up from the last minutes of a Friday may reach the first minute of Saturday, and no further.
        assert (due - timedelta(hours=1)).astimezone(PROVINCE_ZONE).weekday() < 5
