"""The fair queue: as many at a time as it is wide, first come first served, and nobody waits for ever."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from service.throttle import FairQueue, TooBusy

SECONDS = 10


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
