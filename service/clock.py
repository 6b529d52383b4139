"""Where the time comes from: a parameter everywhere, so that a test can live on any day. Never a naive datetime."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """Give the present moment, aware and in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Give the present moment, aware and in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, moment: datetime) -> None:
        self.set(moment)

    def now(self) -> datetime:
        """Give the moment at which the clock stands."""
        return self._moment

    def set(self, moment: datetime) -> None:
        """Move to a moment. Raises ValueError for a naive one."""
        if moment.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._moment = moment.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.set(self._moment + by)
