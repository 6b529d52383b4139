"""Reports through the form's POST: how many a second, how long each takes, what each costs, and what it leaves on disk.

The same app with a null store is loaded in turn with the real one, round by round, so that a machine whose speed drifts
moves both. Afterwards every report that was answered 303 must be in the database.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from os import urandom
from urllib.parse import urlencode

from crypto import envelope, suite
from crypto.envelope import MessageType, Origin, Recipient, Signer, SignerKind, WrapRole
from intake import submission
from referrals.models import Mailbox
from service.runtime import secret
from service.settings import Settings
from tests.load import disk
from tests.load.bench import DATABASES, Bench
from tests.load.figures import Figure, Target, median, percentile
from tests.load.instances import HOST, POSTGRESQL, SQLITE, LoadedInstance
from tests.load.servers import LEEWARD, NULL_STORE, READY_RECEIPTS, Loaded, Server, ServerBroken, serving, together

STORY_SIZE = 1024
WRAPS = 3
# Hush Line takes 61 a second with two processes; that was measured on another machine than this one.
TEN_HUSH_LINES = 10 * 61
_HUSH_LINE = "the target is ten times what Hush Line, measured on another machine, takes in with two processes"
_PAGE = "/es/"
_MOST_A_SECOND = 3000
_SHARE_OF_NULL = {POSTGRESQL: 0.40, SQLITE: 0.25}


class ReportsLost(Exception):
    """Reports were answered 303 and are not in the database, or are there twice."""


@dataclass(frozen=True, slots=True)
class _Round:
    null: Loaded
    stored: Loaded


def requests(settings: Settings, count: int) -> list[bytes]:
    """Make so many reports of 1 KB as a browser sends them, each with the id of a form of its own."""
    story = ("No me pagan las horas extra y guardan mi pasaporte. " * 20)[: STORY_SIZE - 2] + "ñ"
    given = {"about": "me", "what": "pay_hours", "place": "Oliver", "story": story, "pass_on": "yes"}
    fields = urlencode(given).encode()
    key, now = secret(settings, "submission"), datetime.now(UTC)
    made = []
    for _ in range(count):
        body = fields + b"&form=" + submission.issue(key, now, urandom).encode()
        head = (
            f"POST {_PAGE} HTTP/1.1\r\nHost: {HOST}\r\nSec-Fetch-Site: same-origin\r\nAccept-Encoding: gzip\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure reports on both databases."""
    for name in DATABASES:
        yield from _on(bench, bench.instance(name))


def _on(bench: Bench, instance: LoadedInstance) -> Iterator[Figure]:
    name = instance.name
    before = disk.at_rest(instance, disk.OF_A_REPORT)
    rounds, accepted = _rounds(bench, instance)
    stored = together([each.stored for each in rounds])
    null = together([each.null for each in rounds])
    share = Target(at_least=_SHARE_OF_NULL[name])
    of_null = median([each.stored.rate / each.null.rate for each in rounds])
    key = name.lower()
    rate = median([each.stored.rate for each in rounds])
    goal = Target(at_least=TEN_HUSH_LINES) if name == POSTGRESQL else None
    yield Figure(f"reports.{key}", f"{name}: accepted reports", rate, "/s", goal, note=_HUSH_LINE if goal else "")
    yield Figure(
        f"reports.{key}.null", f"{name}: the same app, null store", median([each.null.rate for each in rounds]), "/s"
    )
    yield Figure(f"reports.{key}.share", f"{name}: share of the null store", of_null, "x", share)
    yield Figure(f"reports.{key}.p50", f"{name}: p50", stored.percentile(0.50), "ms")
    yield Figure(f"reports.{key}.p95", f"{name}: p95", stored.percentile(0.95), "ms")
    yield Figure(f"reports.{key}.p99", f"{name}: p99", stored.percentile(0.99), "ms")
    spread = stored.percentile(0.99) / stored.percentile(0.50)
    yield Figure(f"reports.{key}.spread", f"{name}: p99 over p50", spread, "x", Target(at_most=3))
    seals = _three_seals(bench.size.times)
    cpu = stored.cpu / stored.accepted * 1000
    yield Figure(f"reports.{key}.cpu", f"{name}: processor time of a report", cpu, "ms", note=_CPU_NOTE)
    yield Figure(f"reports.{key}.cpu_null", f"{name}: with the null store", null.cpu / null.accepted * 1000, "ms")
    yield Figure(f"reports.{key}.cpu_share", f"{name}: against three seals", cpu / seals, "x", Target(at_most=5))
    on_disk = (disk.at_rest(instance, disk.OF_A_REPORT) - before) / accepted / 1000
    limit = Target(at_most=round(disk.needed(STORY_SIZE, WRAPS) * disk.ALLOWANCE / 1000, 2))
    yield Figure(f"reports.{key}.bytes", f"{name}: on disk, a report of the form", on_disk, "kB", limit)
    yield from _fresh(bench, instance)


_CPU_NOTE = "of the web processes; a receipt's Argon2id and PostgreSQL's own processes are left out"


def _rounds(bench: Bench, instance: LoadedInstance) -> tuple[list[_Round], int]:
    """Load null store and store in turn; also give how many reports were taken in."""
    size = bench.size
    count, kept = int(_MOST_A_SECOND * size.seconds), disk.count(instance, Mailbox)
    with ExitStack() as stack:
        null = stack.enter_context(serving(NULL_STORE, instance))
        store = stack.enter_context(serving(READY_RECEIPTS, instance))
        accepted = 0
        for server in (null, store):
            server.wait_for(_PAGE)
            warm = server.load(requests(instance.settings, count), size.seconds / 4, expect="303")
            accepted += warm.accepted if server is store else 0
        rounds = []
        for turn in range(size.rounds):
            bench.tell(f"reports, {instance.name}: round {turn + 1} of {size.rounds}")
            given = requests(instance.settings, count), requests(instance.settings, count)
            rounds.append(_Round(_load(null, given[0], size.seconds), _load(store, given[1], size.seconds)))
            accepted += rounds[-1].stored.accepted
    _check_kept(instance, kept + accepted)
    return rounds, accepted


def _load(server: Server, given: list[bytes], seconds: float) -> Loaded:
    loaded = server.load(given, seconds, expect="303")
    if loaded.accepted == len(given):
        raise ServerBroken("the server was faster than reports were made ready for it")
    return loaded


def _fresh(bench: Bench, instance: LoadedInstance) -> Iterator[Figure]:
    """Load the server as it is shipped: each report waits for a receipt of its own."""
    bench.tell(f"reports, {instance.name}: with a fresh receipt each")
    kept = disk.count(instance, Mailbox)
    given = requests(instance.settings, int(500 * bench.size.seconds) + 100)
    with serving(LEEWARD, instance) as server:
        server.wait_for(_PAGE)
        loaded = server.load(given, bench.size.seconds, expect="303")
    _check_kept(instance, kept + loaded.accepted)
    name, key = instance.name, instance.name.lower()
    yield Figure(
        f"reports.{key}.fresh", f"{name}: with a fresh receipt each", loaded.rate, "/s", note="bounded by Argon2id"
    )
    yield Figure(f"reports.{key}.fresh_p50", f"{name}: p50 of those", loaded.percentile(0.50), "ms")


def _check_kept(instance: LoadedInstance, accepted: int) -> None:
    """Count what is there. Raises ReportsLost."""
    found = disk.count(instance, Mailbox)
    if found != accepted:
        raise ReportsLost(f"{accepted} reports were accepted and {found} are there")


def _three_seals(times: int) -> float:
    """Give the milliseconds of processor time that sealing 1 KB for three readers takes."""
    readers = [Recipient(suite.key_pair(urandom(32)).public_key, WrapRole.RECIPIENT) for _ in range(WRAPS)]
    document, seed = urandom(STORY_SIZE), urandom(32)

    def seal() -> float:
        began = time.thread_time()
        envelope.seal(
            document,
            message_type=MessageType.REPORT,
            origin=Origin.FORM,
            case_id=urandom(16),
            message_id=urandom(16),
            recipients=readers,
            signer=Signer(SignerKind.REPORTER, seed),
        )
        return (time.thread_time() - began) * 1000

    seal()
    return percentile([seal() for _ in range(max(times, 20))], 0.5)
