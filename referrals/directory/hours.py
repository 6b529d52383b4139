"""When an organization is open, from its HSDS schedules. Pure: a schedule and a moment go in, a moment comes out.

Understood are weekly schedules, which is what support organizations publish; any other counts as not there, and
`leeward directory check` says so. HSDS has no holidays, so a statutory holiday counts as a working day here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from referrals.deadlines import PROVINCE_ZONE

DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?(Z|[+-]\d\d:?\d\d)?")
_MIDNIGHT = time(0)
_END_OF_DAY = time(23, 59)
# A season that starts later than this is not waited for: somebody looks at the desk in office hours.
_LOOK_AHEAD_DAYS = 14


class ScheduleMalformed(ValueError):
    """A schedule that cannot be read; `field` names the first field that is wrong."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True)
class Schedule:
    """Hours on some days of each week, in one zone. `closes` at or before `opens` is on the next day."""

    days: frozenset[int]
    opens: time
    closes: time
    zone: tzinfo
    valid_from: date = date.min
    valid_to: date = date.max


class HasHours(Protocol):
    """What this module reads of a member organization."""

    @property
    def open_24h(self) -> bool: ...

    @property
    def timezone(self) -> str: ...

    @property
    def schedules(self) -> Sequence[Schedule]: ...


def is_open(member: HasHours, moment: datetime) -> bool:
    """Say whether an organization is open at a moment."""
    return member.open_24h or any(start <= moment < end for start, end in _windows(_schedules(member), moment))


def first_open(member: HasHours, moment: datetime) -> datetime:
    """Give the first moment at or after `moment` when an organization is open, rounded up to its hour."""
    zone = zone_of(member.timezone)
    if member.open_24h:
        return _whole_hour(moment, zone)
    for schedules in (_schedules(member), (_office_hours(zone),)):
        later = [max(start, moment) for start, end in _windows(schedules, moment) if end > moment]
        if later:
            return _whole_hour(min(later), zone)
    raise AssertionError("office hours come every week")


def parse_schedule(document: Mapping[str, Any], zone: tzinfo) -> Schedule | None:
    """Read one HSDS schedule; None for one that is not weekly. Raises ScheduleMalformed.

    An offset in `opens_at`, or in `timezone`, goes before `zone` (HSDS 3.1, schedule).
    """
    days = _days(document)
    opens, opens_zone = _time(document, "opens_at")
    closes, _ = _time(document, "closes_at")
    valid_from, valid_to = _date(document, "valid_from", date.min), _date(document, "valid_to", date.max)
    valid_to = min(valid_to, _date(document, "until", date.max))
    plain = document.get("freq", "WEEKLY") == "WEEKLY" and document.get("interval") in (None, 1)
    limited = any(document.get(field) for field in ("count", "byweekno", "bymonthday", "byyearday"))
    if days is None or opens is None or closes is None or limited or not plain:
        return None
    return Schedule(days, opens, closes, opens_zone or _offset_zone(document) or zone, valid_from, valid_to)


def schedules_of(organization: Mapping[str, Any], zone: tzinfo) -> tuple[Schedule, ...]:
    """Read the schedules of an organization's services. Raises ScheduleMalformed."""
    documents = [
        schedule for service in organization.get("services") or () for schedule in service.get("schedules") or ()
    ]
    read = (parse_schedule(document, zone) for document in documents)
    return tuple(schedule for schedule in read if schedule is not None)


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """Give a zone by its IANA name. Raises ScheduleMalformed."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ScheduleMalformed("timezone") from error


def _schedules(member: HasHours) -> Sequence[Schedule]:
    return member.schedules or (_office_hours(zone_of(member.timezone)),)


def _office_hours(zone: tzinfo) -> Schedule:
    return Schedule(frozenset(range(5)), time(9), time(17), zone)


def _windows(schedules: Sequence[Schedule], moment: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the opening times from the day before a moment on, each as moments of UTC, so that clock changes count."""
    for schedule in schedules:
        first = moment.astimezone(schedule.zone).date() - timedelta(days=1)
        for offset in range(_LOOK_AHEAD_DAYS + 2):
            day = first + timedelta(days=offset)
            if day.weekday() not in schedule.days or not schedule.valid_from <= day <= schedule.valid_to:
                continue
            closes_next_day = schedule.closes <= schedule.opens
            last_day = day + timedelta(days=1) if closes_next_day else day
            yield (
                datetime.combine(day, schedule.opens, schedule.zone).astimezone(UTC),
                datetime.combine(last_day, schedule.closes, schedule.zone).astimezone(UTC),
            )


def _whole_hour(moment: datetime, zone: tzinfo) -> datetime:
    """Round up to a whole hour of the local clock, which is not UTC's in every zone."""
    local = moment.astimezone(zone)
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return moment if not past else (moment.astimezone(UTC) + timedelta(hours=1) - past).astimezone(moment.tzinfo)


def _days(document: Mapping[str, Any]) -> frozenset[int] | None:
    """Read the days of a week; None where none are named or some are days of a month ("2MO")."""
    names = [name.strip().upper() for name in str(document.get("byday") or "").split(",") if name.strip()]
    for name in names:
        if not re.fullmatch(r"[+-]?\d*(MO|TU|WE|TH|FR|SA|SU)", name):
            raise ScheduleMalformed("byday")
    weekly = [DAYS.index(name) for name in names if name in DAYS]
    return frozenset(weekly) if weekly and len(weekly) == len(names) else None


def _time(document: Mapping[str, Any], field: str) -> tuple[time | None, tzinfo | None]:
    """Read a time of day, with its offset where it has one. The last minute of a day and 24:00 are its end."""
    value = document.get(field)
    if value in (None, ""):
        return None, None
    match = _TIME.fullmatch(str(value))
    if match is None or (match[1] == "24" and match[2] != "00"):
        raise ScheduleMalformed(field)
    read = time(int(match[1]) % 24, int(match[2]), int(match[3] or 0))
    offset = match[4]
    if field == "closes_at" and read >= _END_OF_DAY:
        read = _MIDNIGHT
    if offset is None:
        return read, None
    try:
        return read, UTC if offset == "Z" else datetime.strptime(offset, "%z").tzinfo
    except ValueError as error:  # no clock is a day from UTC
        raise ScheduleMalformed(field) from error


def _offset_zone(document: Mapping[str, Any]) -> tzinfo | None:
    """Read `timezone`: in HSDS 3.1 a number of hours from UTC."""
    value = document.get("timezone")
    if value is None or value == "":
        return None
    try:
        return timezone(timedelta(hours=float(value)))
    except (TypeError, ValueError, OverflowError) as error:
        raise ScheduleMalformed("timezone") from error


def _date(document: Mapping[str, Any], field: str, missing: date) -> date:
    value = document.get(field)
    if value in (None, ""):
        return missing
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise ScheduleMalformed(field) from error


PROVINCE_ZONE_NAME: Final = PROVINCE_ZONE.key
