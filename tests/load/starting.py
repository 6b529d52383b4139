"""How long a server takes from nothing to its first page, and how much memory each of its processes has."""

import threading
import time
from collections.abc import Callable, Iterator

from tests.load.bench import DATABASES, Bench
from tests.load.figures import Figure, Target, median
from tests.load.instances import LoadedInstance
from tests.load.reports import requests
from tests.load.servers import LEEWARD, Memory, Server, serving

_PAGE = "/es/"
_GLANCE_SECONDS = 0.1
_SETTLE_SECONDS = 30.0
# A server at rest looks into its outbox now and then.
_IDLE_SHARE = 0.03


def start(bench: Bench) -> Iterator[Figure]:
    """Time `leeward serve` from its start to the first 200."""
    for name in DATABASES:
        instance = bench.instance(name)
        taken = [_start(instance) for _ in range(bench.size.starts)]
        what = f"{name}: cold start to the first 200"
        yield Figure(f"start.{name.lower()}", what, median(taken), "s", Target(at_most=1.5))


def _start(instance: LoadedInstance) -> float:
    began = time.perf_counter()
    with serving(LEEWARD, instance) as server:
        server.wait_for(_PAGE)
        return time.perf_counter() - began


def memory(bench: Bench) -> Iterator[Figure]:
    """Read the memory of the answering processes after their first pages, and the most that they had under load."""
    for name in DATABASES:
        bench.tell(f"memory, {name}")
        instance = bench.instance(name)
        with serving(LEEWARD, instance) as server:
            server.wait_for(_PAGE)
            server.load(requests(instance.settings, 40), 5, expect="303")
            _settle(server)
            warm = server.memory()
            most = _under_load(bench, server, instance)
        key = name.lower()
        limit = Target(at_most=90)
        yield Figure(
            f"memory.{key}.warm", f"{name}: memory of a process, resident, warm", _most(warm).resident, "MiB", limit
        )
        yield Figure(f"memory.{key}.warm_share", f"{name}: its own share (PSS)", _most(warm).share, "MiB")
        yield Figure(
            f"memory.{key}.load",
            f"{name}: memory of a process, resident, most under load",
            most.resident,
            "MiB",
            note="each Argon2id at work holds 19 MiB more while it lasts, at most one for each core",
        )
        yield Figure(f"memory.{key}.load_share", f"{name}: its own share under load", most.share, "MiB")


def _settle(server: Server) -> None:
    """Wait until the server has nothing to do: it makes receipts ahead, and Argon2id holds memory while it works."""
    give_up = time.monotonic() + _SETTLE_SECONDS
    used = -1.0
    while time.monotonic() < give_up and server.cpu() > used + _IDLE_SHARE:
        used = server.cpu()
        time.sleep(1)


def _under_load(bench: Bench, server: Server, instance: LoadedInstance) -> Memory:
    """Load with receipts as they are shipped."""
    posts = requests(instance.settings, int(500 * bench.size.seconds) + 100)
    return most_while(server, lambda: server.load(posts, bench.size.seconds, expect="303"))


def most_while(server: Server, load: Callable[[], object]) -> Memory:
    """Look at a server's memory again and again while it is loaded, and give the most of it."""
    seen: list[Memory] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(_GLANCE_SECONDS):
            seen.append(_most(server.memory()))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        load()
    finally:
        over.set()
        looking.join()
    return _most([*seen, *server.memory()])


def _most(found: list[Memory]) -> Memory:
    return Memory(max(one.resident for one in found), max(one.share for one in found))
