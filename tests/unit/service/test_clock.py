"""Clocks give aware times in UTC, and the fixed one moves only when told to."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from service.clock import FixedClock, SystemClock

MOMENT = datetime(2026, 7, 8, 17, 0, tzinfo=UTC)


def test_the_system_clock_is_aware_and_moves() -> None:
    clock = SystemClock()
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert timedelta(0) <= second - first < timedelta(minutes=1)


def test_a_fixed_clock_stands_until_it_is_moved() -> None:
    clock = FixedClock(MOMENT)
    assert clock.now() == clock.now() == MOMENT
    clock.advance(timedelta(hours=1))
    assert clock.now() == MOMENT + timedelta(hours=1)


def test_a_fixed_clock_gives_utc_whatever_it_was_set_to() -> None:
    clock = FixedClock(MOMENT.astimezone(timezone(timedelta(hours=-7))))
    assert clock.now() == MOMENT
    assert clock.now().tzinfo is UTC


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        FixedClock(datetime(2026, 7, 8))
