"""Keeping the service usable under load: a fair queue for what is costly, limits by address prefix for guessing.

Nobody who reports or returns is refused because of an address: a camp's Wi-Fi, a carrier and Tor share one. No address
is kept: a counter's name is a keyed hash of a prefix, under a secret that lives for two hours.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class TooBusy(Exception):
    """The line is full, or it did not move in time. Nothing was done; trying again in a minute is right."""


class FairQueue:
    """Let `width` at a time do something costly; up to `waiting` more stand in line, first come, first served.

    Whoever has stood in line for `patience` seconds gets TooBusy, so that an answer of some kind always comes in time.
    """

    def __init__(self, width: int, waiting: int, patience: float) -> None:
        self._free = width
        self._longest = waiting
        self._patience = patience
        self._line: deque[threading.Event] = deque()
        self._lock = threading.Lock()
        self._refused = 0

    @property
    def waiting(self) -> int:
        """How many stand in line now."""
        return len(self._line)

    @property
    def refused(self) -> int:
        """How many were told TooBusy since the start."""
        return self._refused

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places for as long as the block runs. Raises TooBusy."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._lock:
            # A place that comes free goes straight to the first in line, so a free one means that nobody waits.
            if self._free > 0:
                self._free -= 1
                return
            if len(self._line) >= self._longest:
                self._refused += 1
                raise TooBusy
            turn = threading.Event()
            self._line.append(turn)
        try:
            turn.wait(self._patience)
        finally:
            with self._lock:
                if not turn.is_set():
                    self._line.remove(turn)
                    self._refused += 1
        if not turn.is_set():
            raise TooBusy

    def _leave(self) -> None:
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._free += 1
