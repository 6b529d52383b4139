"""Days and hours as a worker's language writes them. Pure: what is now is not asked here."""

from datetime import date, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time

# Where the usual way to write an hour is not how workers say it: few readers of Punjabi, Hindi or Arabic know its
# abbreviations of "before noon" and "after noon", and in Mexico, Guatemala, Vietnam and China nobody says hour 14.
# Patterns of CLDR; B is the part of the day, bbbb the same with both halves of the day written out.
_HOUR_AS_SAID: Final = {
    "es": "h:mm B",
    "pa": "B h:mm 'ਵਜੇ'",
    "hi": "B h:mm 'बजे'",
    "zh-Hant": "Bh:mm",
    "zh-Hans": "Bh:mm",
    "vi": "h:mm B",
    "ko": "B h:mm",
    "ar": "h:mm bbbb",
}
# What stands between the day and the hour.
_BETWEEN: Final = {"zh-Hant": " ", "zh-Hans": " ", "ko": " ", "ar": "\u060c "}


def moment_text(moment: datetime, timezone: str, code: str) -> str:
    """Write a moment as day of the week, day and hour on the clocks of a zone (its IANA name)."""
    zone, language = ZoneInfo(timezone), _language(code)
    day = format_date(moment.astimezone(zone).date(), "full", locale=language)
    hour = format_time(moment, _HOUR_AS_SAID.get(code, "short"), tzinfo=zone, locale=language)
    return f"{day}{_BETWEEN.get(code, ', ')}{hour}"


def day_text(day: date, code: str) -> str:
    """Write a day with its year."""
    return format_date(day, "long", locale=_language(code))


@cache
def _language(code: str) -> Locale:
    return Locale.parse(code, sep="-")
