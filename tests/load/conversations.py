"""Ten thousand open conversations and one process: what it holds in memory while their answers come in.

A good part of the first texts comes over HTTP, the rest by the same use-case in this process, since posting all would
take longer than everything else here. Nothing of a conversation stays in a process between two texts; this shows it.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from os import urandom
from random import Random

from intake.sms.models import Conversation, InboundText
from intake.sms.port import Inbound
from intake.sms.receiving import Hotline, receive
from referrals.directory.snapshot import Directory
from tests.load import disk
from tests.load.bench import DATABASES, Bench
from tests.load.figures import Figure, Target
from tests.load.instances import LoadedInstance
from tests.load.provider import provider_of, with_hotline
from tests.load.servers import AT_PROVIDER, Loaded, Memory, Server, serving
from tests.load.starting import most_while
from tests.load.webhook import STORY, TextsLost, phone, request
from tests.unit.intake.sms.webhooks import ACCOUNT, NUMBER

LIMIT = Target(at_most=150)
_WRITERS = 8
_MOST_A_SECOND = 500


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure on both databases."""
    for name in DATABASES:
        instance = with_hotline(bench.another(name))
        # Before the server runs, whose worker would be in the way.
        _fill(instance, range(_past_http(bench)))
        with (
            provider_of(instance) as provider,
            serving([*AT_PROVIDER, provider.address], instance, LEEWARD_WORKERS="1") as server,
        ):
            server.wait_for("/es/")
            yield from _on(bench, instance, server)


def _on(bench: Bench, instance: LoadedInstance, server: Server) -> Iterator[Figure]:
    many, seconds = bench.size.conversations, 2 * bench.size.seconds
    posts = [request(STORY, phone(index)) for index in range(_past_http(bench), many)]
    first = _loaded(server, posts, seconds)
    bench.tell(f"conversations, {instance.name}: {first[1].accepted} of {many} first texts were posted")
    _fill(instance, range(_past_http(bench) + first[1].accepted, many))
    if disk.count(instance, Conversation) != many:
        raise TextsLost(f"{many} numbers have texted and {disk.count(instance, Conversation)} conversations are there")
    again = list(range(many))
    Random(many).shuffle(again)
    second = _loaded(server, [request("1", phone(index)) for index in again], seconds)
    if disk.count(instance, InboundText) != many + second[1].accepted:
        raise TextsLost(
            f"{many + second[1].accepted} texts were taken and {disk.count(instance, InboundText)} are there"
        )
    key, of = f"conversations.{instance.name.lower()}", f"{instance.name}: {many:,} open conversations"
    held = Memory(max(first[0].resident, second[0].resident), max(first[0].share, second[0].share))
    yield Figure(f"{key}.resident", f"{of}, one process, resident", held.resident, "MiB", LIMIT)
    yield Figure(f"{key}.share", f"{of}, its own share (PSS)", held.share, "MiB", LIMIT)
    yield Figure(f"{key}.answers", f"{of}, second answers to 200", second[1].rate, "/s")
    yield Figure(f"{key}.p50", f"{of}, a second answer, p50", second[1].percentile(0.50), "ms")
    yield Figure(f"{key}.p99", f"{of}, a second answer, p99", second[1].percentile(0.99), "ms")


def _past_http(bench: Bench) -> int:
    """Give how many first texts are not to be posted."""
    return bench.size.conversations * 4 // 5


def _loaded(server: Server, posts: list[bytes], seconds: float) -> tuple[Memory, Loaded]:
    loads: list[Loaded] = []
    # Each once and in their order, so that those that were not reached are the last ones.
    some = posts[: int(_MOST_A_SECOND * seconds)]
    most = most_while(server, lambda: loads.append(server.load(some, seconds, expect="200")))
    return most, loads[0]


def _fill(instance: LoadedInstance, indexes: range) -> None:
    """Take first texts in past HTTP."""
    with instance.runtime() as runtime:
        hotline = Hotline(runtime, Directory(runtime.clock))
        with ThreadPoolExecutor(_WRITERS) as pool:
            list(pool.map(partial(_take, hotline), indexes))


def _take(hotline: Hotline, index: int) -> None:
    text_id, now = "SM" + urandom(16).hex(), datetime.now(UTC)
    receive(hotline, Inbound("twilio", text_id, ACCOUNT, phone(index), NUMBER, STORY, (), now, kept=True))
