"""Opening hours: weekly schedules, clock changes, nights, zones, and what cannot be read."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.deadlines import PROVINCE_ZONE
from referrals.directory.hours import (
    DAYS,
    Schedule,
    ScheduleMalformed,
    first_open,
    is_open,
    parse_schedule,
    schedules_of,
    zone_of,
)

OFFICE = {"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR", "opens_at": "09:00:00", "closes_at": "17:00:00"}


@dataclass(frozen=True)
class Organization:
    """What opening hours need to know of a member."""

    schedules: tuple[Schedule, ...] = ()
    open_24h: bool = False
    timezone: str = "America/Vancouver"


def with_hours(*documents: dict[str, Any], zone: str = "America/Vancouver") -> Organization:
    read = [parse_schedule(document, ZoneInfo(zone)) for document in documents]
    return Organization(tuple(schedule for schedule in read if schedule is not None), timezone=zone)


def here(text: str) -> datetime:
    """Read a wall-clock time in Vancouver."""
    return datetime.fromisoformat(text).replace(tzinfo=PROVINCE_ZONE)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-07-08T10:00", "2026-07-08T10:00"),  # open now
        ("2026-07-08T10:00:01", "2026-07-08T11:00"),  # rounded up to the hour
        ("2026-07-08T07:30", "2026-07-08T09:00"),
        ("2026-07-08T17:00", "2026-07-09T09:00"),  # closed at the stroke
        ("2026-07-10T18:00", "2026-07-13T09:00"),  # over a weekend
        ("2026-10-30T17:30", "2026-11-02T09:00"),  # over the end of daylight saving time
        ("2027-03-12T17:30", "2027-03-15T09:00"),  # and over its start
    ],
)
def test_the_first_moment_when_an_office_is_open(moment: str, opens: str) -> None:
    assert first_open(with_hours(OFFICE), here(moment)) == here(opens)


def test_hours_are_local_on_both_sides_of_a_clock_change() -> None:
    sunday = {"freq": "WEEKLY", "byday": "SU", "opens_at": "09:00", "closes_at": "10:00"}
    office = with_hours(sunday)
    assert first_open(office, here("2026-10-31T12:00")) == datetime(2026, 11, 1, 17, tzinfo=UTC)  # UTC-8 again
    assert first_open(office, here("2026-10-24T12:00")) == datetime(2026, 10, 25, 16, tzinfo=UTC)


def test_a_night_lasts_until_the_next_morning() -> None:
    night = with_hours({"freq": "WEEKLY", "byday": "FR", "opens_at": "22:00", "closes_at": "06:00"})
    assert is_open(night, here("2026-07-11T05:59"))
    assert not is_open(night, here("2026-07-11T06:00"))
    assert not is_open(night, here("2026-07-10T05:00"))
    assert first_open(night, here("2026-07-11T05:10")) == here("2026-07-11T06:00")
    assert first_open(night, here("2026-07-11T07:00")) == here("2026-07-17T22:00")


def test_a_night_of_a_clock_change_is_an_hour_longer() -> None:
    night = with_hours({"freq": "WEEKLY", "byday": "SA", "opens_at": "22:00", "closes_at": "06:00"})
    assert is_open(night, datetime(2026, 11, 1, 13, 59, tzinfo=UTC))  # 05:59 after the change
    assert not is_open(night, datetime(2026, 11, 1, 14, tzinfo=UTC))


@pytest.mark.parametrize("closes", ["00:00", "24:00", "23:59", "23:59:59"])
def test_the_end_of_a_day_leaves_no_gap_before_the_next(closes: str) -> None:
    always = with_hours({"freq": "WEEKLY", "byday": ",".join(DAYS), "opens_at": "00:00", "closes_at": closes})
    assert is_open(always, here("2026-07-08T23:59:30"))
    assert is_open(always, here("2026-07-09T00:00"))


def test_whoever_is_open_day_and_night_needs_no_schedule() -> None:
    always = Organization(open_24h=True)
    assert is_open(always, here("2026-07-12T03:00"))
    assert first_open(always, here("2026-07-12T03:00")) == here("2026-07-12T03:00")
    assert first_open(always, here("2026-07-12T03:01")) == here("2026-07-12T04:00")


def test_without_a_schedule_office_hours_are_assumed() -> None:
    assert first_open(Organization(), here("2026-07-11T12:00")) == here("2026-07-13T09:00")
    assert is_open(Organization(), here("2026-07-13T16:59"))
    assert not is_open(Organization(), here("2026-07-13T17:00"))


def test_a_season_that_is_far_away_is_not_waited_for() -> None:
    spring = with_hours(OFFICE | {"valid_from": "2027-04-01", "valid_to": "2027-10-31"})
    assert first_open(spring, here("2026-07-11T12:00")) == here("2026-07-13T09:00")
    assert not is_open(spring, here("2026-07-13T10:00"))
    assert first_open(spring, here("2027-03-30T12:00")) == here("2027-04-01T09:00")
    assert not is_open(spring, here("2027-11-01T10:00"))


def test_an_offset_in_the_file_goes_before_the_zone() -> None:
    fixed = with_hours(OFFICE | {"opens_at": "09:00-05:00", "closes_at": "17:00-05:00"})
    assert first_open(fixed, here("2026-07-07T23:00")) == datetime(2026, 7, 8, 14, tzinfo=UTC)
    numbered = with_hours(OFFICE | {"timezone": -5})
    assert first_open(numbered, here("2026-07-07T23:00")) == datetime(2026, 7, 8, 14, tzinfo=UTC)
    utc = with_hours(OFFICE | {"opens_at": "09:00Z", "closes_at": "17:00Z"})
    assert first_open(utc, here("2026-07-07T23:00")) == datetime(2026, 7, 8, 9, tzinfo=UTC)


def test_the_hour_is_the_local_one_where_clocks_differ_by_half() -> None:
    st_johns = with_hours(OFFICE, zone="America/St_Johns")
    moment = datetime(2026, 7, 8, 13, 40, tzinfo=UTC)  # 11:10 there
    assert first_open(st_johns, moment) == datetime(2026, 7, 8, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "other",
    [
        {"freq": "MONTHLY", "byday": "2MO"},
        {"byday": "2MO"},
        {"byday": None},
        {"interval": 2},
        {"count": 3},
        {"bymonthday": "1,15"},
        {"opens_at": None},
    ],
)
def test_what_is_not_a_weekly_schedule_counts_as_not_there(other: dict[str, Any]) -> None:
    assert parse_schedule(OFFICE | other, PROVINCE_ZONE) is None


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"byday": "Monday"}, "byday"),
        ({"byday": "MO;TU"}, "byday"),
        ({"opens_at": "9:00"}, "opens_at"),
        ({"opens_at": "nine"}, "opens_at"),
        ({"closes_at": "24:30"}, "closes_at"),
        ({"closes_at": "25:00"}, "closes_at"),
        ({"valid_from": "next week"}, "valid_from"),
        ({"valid_to": "2026-02-30"}, "valid_to"),
        ({"until": "x"}, "until"),
        ({"timezone": "Vancouver"}, "timezone"),
        ({"timezone": 99}, "timezone"),
        ({"timezone": 1e300}, "timezone"),
        ({"opens_at": "08:00:00+99:00"}, "opens_at"),
        ({"closes_at": "08:00-24:00"}, "closes_at"),
        ({"closes_at": "08:00+0099"}, "closes_at"),
    ],
)
def test_a_schedule_that_cannot_be_read_says_where(other: dict[str, Any], field: str) -> None:
    with pytest.raises(ScheduleMalformed) as caught:
        parse_schedule(OFFICE | other, PROVINCE_ZONE)
    assert caught.value.field == field


@pytest.mark.parametrize("name", ["Nowhere/Land", "", "../../etc/passwd", "/etc/localtime", "America"])
def test_a_zone_that_there_is_not_is_refused(name: str) -> None:
    with pytest.raises(ScheduleMalformed):
        zone_of(name)


def test_all_schedules_of_all_services_count() -> None:
    weekend = OFFICE | {"byday": "SA"}
    organization = {"services": [{"schedules": [OFFICE]}, {"schedules": [weekend, {"freq": "MONTHLY"}]}, {}]}
    assert len(schedules_of(organization, PROVINCE_ZONE)) == 2
    assert schedules_of({}, PROVINCE_ZONE) == ()


times = st.times().map(lambda moment: moment.replace(second=0, microsecond=0).isoformat())


@given(
    st.lists(
        st.fixed_dictionaries(
            {"byday": st.sets(st.sampled_from(DAYS), min_size=1).map(",".join), "opens_at": times, "closes_at": times}
        ),
        max_size=3,
    ),
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
)
def test_the_first_moment_is_not_before_the_asked_one_and_within_a_week(
    documents: list[dict[str, Any]], moment: datetime
) -> None:
    organization = with_hours(*documents)
    opens = first_open(organization, moment)
    assert moment <= opens <= moment + timedelta(days=8, hours=2)
    assert opens.astimezone(PROVINCE_ZONE).minute == 0
    if is_open(organization, moment):
        assert opens - moment < timedelta(hours=1)
