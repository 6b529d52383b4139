"""Which days offices work, and whose clock counts, in the place of a case. Pure: it asks neither clock nor database.

A province's holidays are rules in its file (geography/data/). British Columbia's are the eleven days that its
Employment Standards Act calls a "statutory holiday" (RSBC 1996, c. 113, s. 1; the last one added by the National Day
for Truth and Reconciliation Act, 2023). Easter Monday and Boxing Day are not among them, and a holiday on a weekend
moves nowhere.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from referrals.geography.provinces import PROVINCES, District, Province

# Where a case's place is not known, or lies in a province without a file, the network's first province counts.
HOME: Final = "BC"
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_SATURDAY: Final = 5
_WEEK: Final = 7


class HolidayMalformed(ValueError):
    """A province's file has a holiday whose rule nobody can read."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of one province, and the clock of one place in it."""

    province: str
    zone: ZoneInfo

    def is_working(self, day: date) -> bool:
        """Say whether offices work on a day: Monday to Friday, statutory holidays apart."""
        return day.weekday() < _SATURDAY and day not in holidays(self.province, day.year)


@lru_cache(maxsize=256)
def calendar_of(area: str | None) -> Calendar:
    """Give the calendar of a case's area: rd:5907, region:5930, prov:BC, or None where the place is not known.

    An area with two clocks has the one by which more of its people live. Never fails: a calendar is always needed.
    """
    province, within = _place_of(area)
    people: Counter[str] = Counter()
    for district in within:
        people[district.zone] += district.population
    (zone, _), *_ = people.most_common(1) or [(province.zone, 0)]
    return Calendar(province.code, ZoneInfo(zone))


def zone_name(area: str | None) -> str:
    """Give the IANA name of the clock on which a worker reads the due times of a case in an area."""
    return calendar_of(area).zone.key


@lru_cache(maxsize=64)
def holidays(province: str, year: int) -> frozenset[date]:
    """Give a province's statutory holidays in a year, by the rules that hold today. Raises HolidayMalformed."""
    return frozenset(holiday(rule, year) for rule in PROVINCES[province].holidays)


def holiday(rule: Mapping[str, Any], year: int) -> date:
    """Give the day of one holiday in a year. Raises HolidayMalformed."""
    try:
        match dict(rule):
            case {"name": str(), "month": int(month), "day": int(day), "weekday_before": str(weekday), **other}:
                found = _weekday_before(date(year, month, day), weekday)
            case {"name": str(), "month": int(month), "weekday": str(weekday), "nth": int(nth), **other}:
                found = _weekday_from(date(year, month, 1), weekday) + timedelta(weeks=nth - 1)
            case {"name": str(), "month": int(month), "day": int(day), **other}:
                found = date(year, month, day)
            case {"name": str(), "days_after_easter": int(days), **other}:
                found = easter(year) + timedelta(days=days)
            case _:
                raise HolidayMalformed(rule.get("name", ""))
    except ValueError as error:
        raise HolidayMalformed(rule.get("name", "")) from error
    if other:
        raise HolidayMalformed(rule["name"])
    return found


def easter(year: int) -> date:
    """Give Easter Sunday of the Gregorian calendar (Meeus, "Astronomical Algorithms", chapter 8)."""
    golden = year % 19
    century, of_century = divmod(year, 100)
    leaps, leap_rest = divmod(century, 4)
    shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - shift + 15) % 30
    quarters, rest = divmod(of_century, 4)
    to_sunday = (32 + 2 * leap_rest + 2 * quarters - epact - rest) % _WEEK
    late = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - _WEEK * late + 114, 31)
    return date(year, month, day + 1)


def _place_of(area: str | None) -> tuple[Province, tuple[District, ...]]:
    """Find the province of an area, and the districts that the area is made of."""
    kind, _, code = (area or "").partition(":")
    for province in PROVINCES.values():
        found = {
            "rd": tuple(district for district in province.districts if district.code == code),
            "region": tuple(district for district in province.districts if district.region == code),
            "prov": province.districts if province.code == code else (),
        }.get(kind, ())
        if found:
            return province, found
    return PROVINCES[HOME], PROVINCES[HOME].districts


def _weekday_from(day: date, weekday: str) -> date:
    return day + timedelta(days=(_WEEKDAYS.index(weekday) - day.weekday()) % _WEEK)


def _weekday_before(day: date, weekday: str) -> date:
    return _weekday_from(day - timedelta(weeks=1), weekday)
