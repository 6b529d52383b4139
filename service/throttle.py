"""Keeping the service usable under load: a fair queue for what is costly, limits by address prefix for guessing.

Nobody who reports or returns is refused because of an address: a camp's Wi-Fi, a carrier and Tor share one. No address
is kept: a counter's name is a keyed hash of a prefix, under a secret that lives for two hours.
"""

import base64
import hmac
import ipaddress
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from service.clock import Clock

if TYPE_CHECKING:
    # The database's line of writers is a FairQueue too, so nothing here may need the web or a database to be imported.
    from flask import Flask

    from service.runtime import Runtime

SECRET_LIFE: Final = timedelta(hours=2)
FLOOD_WINDOW: Final = timedelta(minutes=10)


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


class TwoHourSecret:
    """A random secret in memory, replaced every two hours: what was named under the last one can't be named again."""

    def __init__(self, clock: Clock, random: Callable[[int], bytes]) -> None:
        self._clock = clock
        self._random = random
        self._lock = threading.Lock()
        self._secret = b""
        self._over = clock.now()

    def __call__(self) -> bytes:
        """Give the secret of now."""
        with self._lock:
            now = self._clock.now()
            if now >= self._over:
                self._secret, self._over = self._random(32), now + SECRET_LIFE
            return self._secret


def address_prefix(address: str | None) -> bytes:
    """Give the network that an address is in, as coarse as one customer's may be: /24, or /48 for IPv6."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return b""
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return found.packed[:6]
        found = found.ipv4_mapped
    return found.packed[:3]


def counter_secret(runtime: "Runtime") -> Callable[[], bytes]:
    """Give where the secret comes from under which counters are named.

    One process counts in memory, under a secret that is only there. Processes that share their counts in Redis must
    name them alike: they find the secret in the keys database, which destroys it when its two hours are over. It is
    never in Redis, so that counters alone tell no network.
    """
    if runtime.settings.throttle_url.startswith("memory:"):
        return TwoHourSecret(runtime.clock, runtime.random)
    return lambda: runtime.keystore.named("throttle", SECRET_LIFE).key


def limit_by_address(app: "Flask", runtime: "Runtime", limits: Mapping[str, str]) -> None:
    """Limit endpoints, each named with its limit ("20 per minute"), by address prefix. Beyond it they answer 429."""
    from flask import request
    from flask_limiter import Limiter

    class AtItsEndpoints(Limiter):
        """Looks where a limited endpoint is called, and not before every request of everybody too."""

        def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
            if not in_middleware:
                super()._check_request_limit(callable_name, in_middleware)

    secret = counter_secret(runtime)

    def counter_name() -> str:
        digest = hmac.digest(secret(), b"leeward/1/throttle\0" + address_prefix(request.remote_addr), "sha256")
        return base64.urlsafe_b64encode(digest[:16]).decode()

    limiter = AtItsEndpoints(
        key_func=counter_name,
        app=app,
        storage_uri=runtime.settings.throttle_url,
        key_prefix="leeward",
        # A Redis that is away must not open the door wide, nor close it.
        in_memory_fallback_enabled=True,
    )
    for endpoint, limit in limits.items():
        limited: Any = limiter.limit(limit)(app.view_functions[endpoint])
        app.view_functions[endpoint] = limited


class FloodWatch:
    """Notices that far more is sent than people send, without looking at who. Nobody is refused for it.

    The alarm tells caseworkers that most of what comes in now may be made up, so that they look for what is not.
    """

    def __init__(self, clock: Clock, longest: int) -> None:
        """Raise the flag at more than `longest` posts in a window of ten minutes."""
        self._clock = clock
        self._longest = longest
        self._lock = threading.Lock()
        self._window: datetime | None = None
        self._counts = (0, 0)

    def note(self) -> None:
        """Count one post of a worker's page."""
        with self._lock:
            self._turn()
            before, now = self._counts
            self._counts = (before, now + 1)

    def is_on(self) -> bool:
        """Say whether this window or the last one had too many."""
        with self._lock:
            self._turn()
            return max(self._counts) > self._longest

    def _turn(self) -> None:
        moment = self._clock.now()
        if self._window is None or moment >= self._window + 2 * FLOOD_WINDOW:
            self._window, self._counts = moment, (0, 0)
        elif moment >= self._window + FLOOD_WINDOW:
            self._window, self._counts = self._window + FLOOD_WINDOW, (self._counts[1], 0)
