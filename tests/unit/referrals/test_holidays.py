"""Holidays: British Columbia's by rule for any year, and whose clock counts where."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.geography.provinces import DISTRICTS, PROVINCES
from referrals.holidays import HolidayMalformed, calendar_of, easter, holiday, holidays, zone_name

years = st.integers(2023, 2199)


@pytest.mark.parametrize(
    "days",
    [
        # As the Employment Standards Branch lists them.
        "2025-01-01 2025-02-17 2025-04-18 2025-05-19 2025-07-01 2025-08-04 2025-09-01 2025-09-30 2025-10-13 2025-11-11"
        " 2025-12-25",
        "2026-01-01 2026-02-16 2026-04-03 2026-05-18 2026-07-01 2026-08-03 2026-09-07 2026-09-30 2026-10-12 2026-11-11"
        " 2026-12-25",
        "2027-01-01 2027-02-15 2027-03-26 2027-05-24 2027-07-01 2027-08-02 2027-09-06 2027-09-30 2027-10-11 2027-11-11"
        " 2027-12-25",
    ],
)
def test_the_statutory_holidays_of_british_columbia(days: str) -> None:
    expected = {date.fromisoformat(day) for day in days.split()}
    assert holidays("BC", min(expected).year) == expected


@pytest.mark.parametrize(
    "day", ["1818-03-22", "1954-04-18", "2000-04-23", "2024-03-31", "2038-04-25", "2285-03-22", "2998-04-08"]
)
def test_easter_sunday(day: str) -> None:
    expected = date.fromisoformat(day)
    assert easter(expected.year) == expected


@given(years)
def test_every_year_has_eleven_in_the_months_where_they_belong(year: int) -> None:
    found = sorted(holidays("BC", year))
    assert len(found) == 11
    assert {day.year for day in found} == {year}
    months = [day.month for day in found]
    assert months[:2] + months[3:] == [1, 2, 5, 7, 8, 9, 9, 10, 11, 12]
    assert months[2] in (3, 4)
    assert found[2].isoweekday() == 5
    # Family Day, Victoria Day, British Columbia Day, Labour Day and Thanksgiving are Mondays.
    assert [found[place].isoweekday() for place in (1, 3, 5, 6, 8)] == [1] * 5
    assert date(year, 5, 18) <= found[3] <= date(year, 5, 24)


@pytest.mark.parametrize("province", PROVINCES)
@given(year=years)
def test_every_province_s_file_can_be_read_for_every_year(province: str, year: int) -> None:
    assert holidays(province, year)


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"name": "x"},
        {"name": "x", "month": 13, "day": 1},
        {"name": "x", "month": "1", "day": 1},
        {"name": "x", "month": 1, "weekday": "ZZ", "nth": 1},
        {"name": "x", "month": 1, "weekday": "MO"},
        {"name": "x", "month": 1, "day": 1, "every": "second year"},
        {"month": 1, "day": 1},
    ],
)
def test_a_rule_that_nobody_can_read_is_refused(rule: dict[str, object]) -> None:
    with pytest.raises(HolidayMalformed):
        holiday(rule, 2026)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-07-08", True),
        ("2026-07-11", False),
        ("2026-07-12", False),
        ("2026-07-01", False),
        ("2026-09-30", False),
        # Neither Easter Monday nor Boxing Day is a statutory holiday, and one on a Sunday takes no Monday off.
        ("2026-04-06", True),
        ("2028-12-26", True),
        ("2029-07-02", True),
    ],
)
def test_working_days(day: str, works: bool) -> None:
    assert calendar_of(None).is_working(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("area", "zone"),
    [
        ("rd:5907", "America/Vancouver"),
        ("rd:5955", "America/Dawson_Creek"),
        ("rd:5959", "America/Fort_Nelson"),
        ("rd:5901", "America/Edmonton"),
        # Two of the Kootenay's three districts keep Pacific time, and so do most of its people.
        ("region:5940", "America/Vancouver"),
        ("region:5980", "America/Dawson_Creek"),
        ("prov:BC", "America/Vancouver"),
        # Not known, or not one of ours: the network's first province.
        (None, "America/Vancouver"),
        ("", "America/Vancouver"),
        ("prov:ON", "America/Vancouver"),
        ("rd:0000", "America/Vancouver"),
        ("anything", "America/Vancouver"),
    ],
)
def test_whose_clock_counts_in_an_area(area: str | None, zone: str) -> None:
    assert zone_name(area) == zone


@given(st.sampled_from(sorted(DISTRICTS)), st.dates(date(2023, 1, 1), date(2090, 1, 1)))
def test_a_working_day_is_never_more_than_five_days_away(district: str, day: date) -> None:
    calendar = calendar_of(f"rd:{district}")
    assert any(calendar.is_working(day + timedelta(days=ahead)) for ahead in range(6))
