"""When a text may go out that a worker did not just ask for. Pure: the moment is a parameter.

By day a phone may lie beside the foreman. So such texts leave from 19:00 to 21:30 and on Sunday afternoon, or only at
the hours that the worker chose (hotline.md, "Conversation").
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

EVENINGS: Final = "evenings"
SUNDAYS: Final = "sundays"
_EVENING: Final = (time(19, 0), time(21, 30))
_AFTERNOON: Final = (time(13, 0), time(17, 0))
_SUNDAY: Final = 6
_DAYS_AHEAD: Final = 8


def next_moment(now: datetime, permission: str | None, zone: ZoneInfo) -> datetime:
    """Give the first moment at which a text may leave: `now`, or the start of the next hours, in the zone of `now`."""
    local = now.astimezone(zone)
    for opens, closes in _windows(local, permission, zone):
        if local < closes:
            return max(now, opens.astimezone(now.tzinfo))
    raise AssertionError("a week has a Sunday")


def _windows(local: datetime, permission: str | None, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """Yield the windows of the days from today on, in order."""
    for ahead in range(_DAYS_AHEAD):
        day = local.date() + timedelta(days=ahead)
        hours = []
        if day.weekday() == _SUNDAY and permission != EVENINGS:
            hours.append(_AFTERNOON)
        if permission != SUNDAYS:
            hours.append(_EVENING)
        for start, end in hours:
            yield datetime.combine(day, start, zone), datetime.combine(day, end, zone)
