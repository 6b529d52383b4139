"""Throttling: a line that is fair and ends, counters that name nobody, and a flag where too much comes in."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from service.clock import FixedClock
from service.throttle import FairQueue, FloodWatch, TooBusy, TwoHourSecret, address_prefix

SECONDS = 10
NOON = datetime(2026, 7, 8, 12, tzinfo=UTC)


def wait_until_waiting(queue: FairQueue, count: int) -> None:
    deadline = time.monotonic() + SECONDS
    while queue.waiting != count:
        assert time.monotonic() < deadline, "nobody joined the line"
        time.sleep(0.001)


@contextmanager
def joined(*threads: threading.Thread) -> Iterator[None]:
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive()


def test_no_more_than_its_width_are_in_at_a_time() -> None:
    queue = FairQueue(width=3, waiting=50, patience=SECONDS)
    inside, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with queue.place():
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.002)
            with lock:
                inside -= 1

    with joined(*(threading.Thread(target=work) for _ in range(40))):
        pass
    assert most == 3
    assert (inside, queue.waiting, queue.refused) == (0, 0, 0)


def test_the_first_who_came_is_the_first_served() -> None:
    queue = FairQueue(width=1, waiting=10, patience=SECONDS)
    served = []

    def work(number: int) -> None:
        with queue.place():
            served.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    with queue.place():
        for number, thread in enumerate(threads):
            thread.start()
            wait_until_waiting(queue, number + 1)
    for thread in threads:
        thread.join(SECONDS)
    assert served == list(range(8))


def test_a_full_line_refuses_at_once() -> None:
    queue = FairQueue(width=1, waiting=0, patience=SECONDS)
    with queue.place(), pytest.raises(TooBusy), queue.place():
        pass
    assert queue.refused == 1
    with queue.place():
        pass


def test_whoever_waited_too_long_is_told_and_leaves_the_line() -> None:
    queue = FairQueue(width=1, waiting=1, patience=0.01)
    with queue.place():
        with pytest.raises(TooBusy), queue.place():
            pass
        assert queue.waiting == 0
    with queue.place():
        pass


def test_a_place_is_free_again_after_a_failure() -> None:
    queue = FairQueue(width=2, waiting=0, patience=0)
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), queue.place():
            raise ZeroDivisionError
    with ExitStack() as stack:
        stack.enter_context(queue.place())
        stack.enter_context(queue.place())


@pytest.mark.parametrize(
    ("address", "neighbour", "stranger"),
    [
        ("192.0.2.7", "192.0.2.200", "192.0.3.7"),
        ("2001:db8:1::1", "2001:db8:1:ffff::9", "2001:db8:2::1"),
        ("::ffff:192.0.2.7", "192.0.2.9", "::ffff:192.0.3.7"),
    ],
)
def test_neighbours_share_a_counter_and_strangers_do_not(address: str, neighbour: str, stranger: str) -> None:
    assert address_prefix(address) == address_prefix(neighbour) != address_prefix(stranger)


@pytest.mark.parametrize("address", [None, "", "unix:", "not an address", "192.0.2.7, 198.51.100.1"])
def test_callers_without_an_address_share_one_counter(address: str | None) -> None:
    assert address_prefix(address) == b""


def test_the_secret_of_the_counters_lives_two_hours() -> None:
    clock = FixedClock(NOON)
    secret = TwoHourSecret(clock, os.urandom)
    first = secret()
    clock.advance(timedelta(hours=2) - timedelta(seconds=1))
    assert secret() == first
    clock.advance(timedelta(seconds=1))
    assert secret() != first
    assert len(secret()) == 32


def test_a_flood_raises_a_flag_that_stays_for_a_window_and_goes() -> None:
    clock = FixedClock(NOON)
    flood = FloodWatch(clock, longest=30)
    for _ in range(30):
        flood.note()
    assert not flood.is_on()
    flood.note()
    assert flood.is_on()
    clock.advance(timedelta(minutes=19))
    assert flood.is_on()
    clock.advance(timedelta(minutes=1))
    assert not flood.is_on()


def test_what_people_send_in_a_day_is_no_flood() -> None:
    clock = FixedClock(NOON)
    flood = FloodWatch(clock, longest=30)
    for _ in range(24 * 60):
        flood.note()
        assert not flood.is_on()
        clock.advance(timedelta(minutes=1))
