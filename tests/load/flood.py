"""A flood and somebody new: how long a number's first text takes while one phone, or a crowd, texts without end.

The flood comes from seven connections, as fast as it is answered. Twenty numbers a second text for the first time
meanwhile. Each of them must be answered 200 and have its conversation, and what the flood is told is bounded.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Final

from intake.sms.models import Conversation
from intake.sms.restraint import A_DAY_TO_ONE
from tests.integration.twilio_double import TwilioDouble
from tests.load import disk
from tests.load.bench import DATABASES, Bench
from tests.load.clients import answer
from tests.load.figures import Figure, Target, percentile
from tests.load.instances import LoadedInstance
from tests.load.provider import provider_of, with_hotline
from tests.load.servers import AT_PROVIDER, CONNECTIONS, Loaded, Server, ServerBroken, serving
from tests.load.webhook import STORY, TextsLost, phone, request

ALONE: Final = "alone"
ONE_PHONE: Final = "while one phone floods"
CROWD: Final = "while a crowd floods"
KINDS: Final = (ALONE, ONE_PHONE, CROWD)
_EVERY_SECONDS: Final = 0.05
_PATIENCE: Final = 60.0
_MOST_A_SECOND: Final = 600
_FLOODER: Final = "+16045550199"
# Behind the flooder, which is number 40,499 of those that belong to nobody.
_CROWD_FROM: Final = 50_000
# Enough that nothing of this is put off to the next hour; what one phone is told in a day has its own bound.
_ALL_LEAVE: Final = {"LEEWARD_SMS_PER_HOUR": "100000"}


@dataclass(slots=True)
class _New:
    """Numbers that texted for the first time: when each did, and how long its post took in milliseconds."""

    sent_at: dict[str, datetime] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure on both databases."""
    for name in DATABASES:
        instance = with_hotline(bench.another(name))
        with (
            provider_of(instance, **_ALL_LEAVE) as provider,
            serving([*AT_PROVIDER, provider.address], instance, **_ALL_LEAVE) as server,
        ):
            server.wait_for("/es/")
            yield from _on(bench, instance, server, provider)


def _on(bench: Bench, instance: LoadedInstance, server: Server, provider: TwilioDouble) -> Iterator[Figure]:
    numbers = count()
    name, key = instance.name, f"flood.{instance.name.lower()}"
    for kind in KINDS:
        bench.tell(f"flood, {name}: {kind}")
        before = disk.count(instance, Conversation)
        new, flood = _round(server, kind, bench.size.seconds, numbers)
        expected = len(new.sent_at) + {ALONE: 0, ONE_PHONE: 1, CROWD: flood.accepted if flood else 0}[kind]
        if disk.count(instance, Conversation) - before != expected:
            raise TextsLost(f"{expected} numbers texted for the first time, not all of them have a conversation")
        of, short = f"{name}: a first text {kind}", kind.replace(" ", "_")
        for share in (50, 95, 99):
            taken = percentile(new.milliseconds, share / 100)
            yield Figure(f"{key}.{short}.p{share}", f"{of}, p{share}", taken, "ms")
        if flood is not None:
            yield Figure(f"{key}.{short}.rate", f"{name}: texts of the flood, {kind}", flood.rate, "/s")
        if kind != CROWD:
            waits = _waits(provider, new)
            yield Figure(f"{key}.{short}.answer", f"{of}, until its answer leaves, p99", percentile(waits, 0.99), "s")
    told = sum(message.to == _FLOODER for message in provider.messages)
    limit = Target(at_most=A_DAY_TO_ONE)
    yield Figure(f"{key}.told", f"{name}: texts that one flooding phone is told", told, "", limit)


def _round(server: Server, kind: str, seconds: float, numbers: Iterator[int]) -> tuple[_New, Loaded | None]:
    """Let numbers text for the first time, with or without a flood beside them."""
    if kind == ALONE:
        return _first_texts(server, seconds, numbers), None
    many = int(_MOST_A_SECOND * seconds)
    senders = [_FLOODER] * many if kind == ONE_PHONE else [phone(_CROWD_FROM + index) for index in range(many)]
    posts = [request("WEB" if kind == ONE_PHONE else STORY, sender) for sender in senders]
    loads: list[Loaded] = []
    flooding = threading.Thread(
        target=lambda: loads.append(server.load(posts, seconds, expect="200", connections=CONNECTIONS - 1))
    )
    flooding.start()
    new = _first_texts(server, seconds, numbers)
    flooding.join()
    if not loads:
        raise ServerBroken("the flood was not answered")
    return new, loads[0]


def _first_texts(server: Server, seconds: float, numbers: Iterator[int]) -> _New:
    """Post first texts from one connection, each at its time whether the one before took long or not."""
    new, began = _New(), time.perf_counter()
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=_PATIENCE)) as connection:
        for turn in range(int(seconds / _EVERY_SECONDS)):
            due = began + turn * _EVERY_SECONDS
            time.sleep(max(due - time.perf_counter(), 0))
            sender = phone(next(numbers))
            post, at = request(STORY, sender), time.perf_counter()
            new.sent_at[sender] = datetime.now(UTC)
            connection.sendall(post)
            if answer(connection) != "200":
                raise ServerBroken(f"a first text was refused; log: {server.log_end()!r}")
            new.milliseconds.append((time.perf_counter() - at) * 1000)
    return new


def _waits(provider: TwilioDouble, new: _New) -> list[float]:
    """Give how many seconds went by until the provider had each first answer."""
    give_up = time.monotonic() + _PATIENCE
    while True:
        left = {message.to: message.at for message in list(provider.messages)}
        if new.sent_at.keys() <= left.keys():
            return [(left[sender] - at).total_seconds() for sender, at in new.sent_at.items()]
        if time.monotonic() > give_up:
            raise TextsLost(f"{len(new.sent_at.keys() - left.keys())} first texts had no answer within a minute")
        time.sleep(0.05)
