"""Text messages through the provider's webhook: how many first messages a second are answered with 200, and how fast.

Requests are signed as Twilio signs them. Each comes from a number of its own, in the range that belongs to nobody.
"""

import base64
import hmac
from collections.abc import Iterator
from contextlib import ExitStack
from os import urandom
from typing import Final
from urllib.parse import urlencode

import wsgi
from intake.sms.models import Conversation, InboundText
from tests.load import disk
from tests.load.bench import DATABASES, Bench
from tests.load.figures import Figure, Target, median
from tests.load.instances import HOST, POSTGRESQL, SQLITE, LoadedInstance
from tests.load.provider import with_hotline
from tests.load.servers import NULL_STORE, READY_RECEIPTS, Loaded, serving, together
from tests.unit.intake.sms.webhooks import ACCOUNT, NUMBER, TOKEN

PATH: Final = "/sms/twilio/inbound"
STORY: Final = "Hola, no me pagan las horas y el patron tiene mi pasaporte"
_MOST_A_SECOND: Final = 3000
_SHARE_OF_NULL: Final = {POSTGRESQL: 0.40, SQLITE: 0.25}
# Area codes 200 to 999 with 555-0100 to 555-0199.
_NUMBERS: Final = 80_000
_TABLES: Final = (*disk.OF_A_REPORT, Conversation, InboundText)


class TextsLost(Exception):
    """Texts were answered 200 and are not in the database, or are there twice."""


def requests(first: int, count: int) -> list[bytes]:
    """Make signed first messages, from the numbers that follow `first`."""
    return [request(STORY, phone(index)) for index in range(first, first + count)]


def phone(index: int) -> str:
    """Give a number that belongs to nobody; there are 80,000 of them."""
    area, line = divmod(index % _NUMBERS, 100)
    return f"+1{200 + area}55501{line:02}"


def request(text: str, sender: str) -> bytes:
    """Make one signed message."""
    fields = {
        "AccountSid": ACCOUNT,
        "Body": text,
        "From": sender,
        "MessageSid": "SM" + urandom(16).hex(),
        "NumMedia": "0",
        "NumSegments": "1",
        "To": NUMBER,
    }
    body = urlencode(fields).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {HOST}\r\nX-Twilio-Signature: {signature(fields)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def signature(fields: dict[str, str]) -> str:
    """Sign fields as Twilio does: HMAC-SHA1 over the address and all names and values ("Webhooks security")."""
    told = f"https://{HOST}{PATH}" + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.digest(TOKEN.encode(), told.encode(), "sha1")).decode()


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure on both databases; where the app has no webhook, say so."""
    for name in DATABASES:
        yield from _on(bench, with_hotline(bench.instance(name)))


def _on(bench: Bench, instance: LoadedInstance) -> Iterator[Figure]:
    name, key = instance.name, f"webhook.{instance.name.lower()}"
    share = Target(at_least=_SHARE_OF_NULL[name])
    if not _has_webhook(instance):
        missing = "the app has no webhook yet"
        yield Figure(f"{key}.share", f"{name}: webhook, share of the null store", None, "x", share, missing)
        return
    before, kept = disk.at_rest(instance, _TABLES), disk.count(instance, InboundText)
    rounds, accepted = _rounds(bench, instance)
    if disk.count(instance, InboundText) != kept + accepted:
        raise TextsLost(f"{accepted} texts were answered 200 and {disk.count(instance, InboundText) - kept} are there")
    stored = together([store for _, store in rounds])
    spread = stored.percentile(0.99) / stored.percentile(0.50)
    of_null = median([store.rate / null.rate for null, store in rounds])
    yield Figure(key, f"{name}: first messages to 200", median([store.rate for _, store in rounds]), "/s")
    yield Figure(f"{key}.null", f"{name}: webhook, null store", median([null.rate for null, _ in rounds]), "/s")
    yield Figure(f"{key}.share", f"{name}: webhook, share of the null store", of_null, "x", share)
    yield Figure(f"{key}.p50", f"{name}: webhook, p50", stored.percentile(0.50), "ms")
    yield Figure(f"{key}.p95", f"{name}: webhook, p95", stored.percentile(0.95), "ms")
    yield Figure(f"{key}.p99", f"{name}: webhook, p99", stored.percentile(0.99), "ms")
    yield Figure(f"{key}.spread", f"{name}: webhook, p99 over p50", spread, "x", Target(at_most=3))
    on_disk = (disk.at_rest(instance, _TABLES) - before) / accepted / 1000
    limit = Target(at_most=round(disk.needed(160, 1) * disk.ALLOWANCE / 1000, 2))
    yield Figure(f"{key}.bytes", f"{name}: on disk, a first text message (one wrap)", on_disk, "kB", limit)


def _has_webhook(instance: LoadedInstance) -> bool:
    with instance.runtime() as runtime:
        return any(rule.rule == PATH for rule in wsgi.compose(runtime).url_map.iter_rules())


def _rounds(bench: Bench, instance: LoadedInstance) -> tuple[list[tuple[Loaded, Loaded]], int]:
    """Load null store and store in turn; also give how many texts were taken in."""
    size, first, warm = bench.size, 0, 0
    count = int(_MOST_A_SECOND * size.seconds)
    loads: list[Loaded] = []
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(command, instance)) for command in (NULL_STORE, READY_RECEIPTS)]
        for server in servers:
            server.wait_for("/es/")
            warm = server.load(requests(first, count), size.seconds / 4, expect="200").accepted
            first += count
        for turn in range(size.rounds):
            bench.tell(f"webhook, {instance.name}: round {turn + 1} of {size.rounds}")
            for server in servers:
                loads.append(server.load(requests(first, count), size.seconds, expect="200"))
                first += count
    return list(zip(loads[::2], loads[1::2], strict=True)), warm + sum(load.accepted for load in loads[1::2])
