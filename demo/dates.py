"""Moves the dates of the demo's directory, so that its organizations look as if they had been checked lately."""

from datetime import date, timedelta
from typing import Any

# The day on which the file's dates are true; they are kept as far from today as they were from that day.
WRITTEN_ON = date(2019, 7, 9)
_DATE_LENGTH = len("2019-07-09")


def with_dates_near(document: Any, today: date) -> Any:
    """Copy a JSON document with each date and moment moved by the days from WRITTEN_ON to today."""
    return _moved(document, today - WRITTEN_ON)


def _moved(value: Any, by: timedelta) -> Any:
    if isinstance(value, dict):
        return {name: _moved(entry, by) for name, entry in value.items()}
    if isinstance(value, list):
        return [_moved(entry, by) for entry in value]
    return _moved_text(value, by) if isinstance(value, str) else value


def _moved_text(text: str, by: timedelta) -> str:
    try:
        day = date.fromisoformat(text[:_DATE_LENGTH])
    except ValueError:
        return text
    rest = text[_DATE_LENGTH:]
    return (day + by).isoformat() + rest if not rest or rest.startswith("T") else text
