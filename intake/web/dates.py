"""Days and hours as a worker's language writes them. Pure: what is now is not asked here."""

from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time


def moment_text(moment: datetime, timezone: str, code: str) -> str:
    """Write a moment as day of the week, day and hour on the clocks of a zone (its IANA name)."""
    zone, language = ZoneInfo(timezone), _language(code)
    day = format_date(moment.astimezone(zone).date(), "full", locale=language)
    return f"{day}, {format_time(moment, 'short', tzinfo=zone, locale=language)}"


def day_text(day: date, code: str) -> str:
    """Write a day with its year."""
    return format_date(day, "long", locale=_language(code))


@cache
def _language(code: str) -> Locale:
    return Locale.parse(code, sep="-")
