"""A page of the desk's queue among 1,000,000 referrals: its SQL alone, and the whole page from a real server."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any, Final

from sqlalchemy import event, func, select

from crypto import keybag
from referrals.case import PAGE_LIMIT, queue_page
from referrals.caseworkers import sessions
from referrals.directory.models import Organization
from referrals.models import Referral
from service.runtime import Runtime
from tests.load import backlog
from tests.load.bench import DATABASES, Bench
from tests.load.figures import Figure, Target, median, percentile
from tests.load.instances import HOST, KEYS, LoadedInstance
from tests.load.servers import LEEWARD, Server, ServerBroken, serving

FAR_PAGE: Final = 300
# The view that only grows, so the one in which a page can be far.
VIEW: Final = "done"


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure on both databases."""
    for name in DATABASES:
        instance = bench.instance(name)
        with instance.runtime() as runtime:
            began = time.monotonic()
            filled = backlog.fill(runtime, bench.size.referrals, _teller(bench, name))
            bench.tell(f"{name}: filled in {time.monotonic() - began:.0f} s")
            yield from _sql(bench, runtime, name, filled)
        yield from _whole(bench, instance)


def _teller(bench: Bench, name: str) -> Callable[[str], None]:
    return lambda step: bench.tell(f"{name}: {step}")


def _sql(bench: Bench, runtime: Runtime, name: str, filled: backlog.Backlog) -> Iterator[Figure]:
    """Time the page's own statement on the driver's cursor, from asking to the last row."""
    far, after = _far_rank(runtime, filled.largest)
    first, later = _statement_times(runtime, filled.largest, (None, after), bench.size.times)
    key = f"triage.{name.lower()}"
    limit = Target(at_most=0.5)
    of = f"{name}: triage at {filled.referrals:,} referrals"
    yield Figure(f"{key}.page_1", f"{of}, SQL of page 1", median(first), "ms", limit)
    yield Figure(f"{key}.page_far", f"{of}, SQL of page {far}", median(later), "ms", limit)
    ratio = median(later) / median(first)
    yield Figure(f"{key}.far_share", f"{of}, page {far} over page 1", ratio, "x", Target(at_most=1.3))


def _far_rank(runtime: Runtime, organization: bytes) -> tuple[int, int | None]:
    """Give the number of a far page, the 300th where there are so many, and the rank after which it begins."""
    mine = (Referral.organization_id == organization, Referral.view == VIEW)
    with runtime.database.session() as session:
        rows = session.scalar(select(func.count()).select_from(Referral).where(*mine)) or 0
        page = max(min(FAR_PAGE, rows // PAGE_LIMIT), 1)
        ranks = select(Referral.rank).where(*mine).order_by(Referral.rank)
        return page, session.scalar(ranks.offset((page - 1) * PAGE_LIMIT - 1).limit(1)) if page > 1 else None


def _statement_times(
    runtime: Runtime, organization: bytes, pages: tuple[int | None, ...], times: int
) -> list[list[float]]:
    """Catch what `queue_page` asks for each page, and ask it again without anything around it, the pages in turn."""
    caught: list[tuple[str, Any]] = []

    def catch(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        # SQLite's BEGIN comes by here too.
        if statement.startswith("SELECT"):
            caught.append((statement, parameters))

    event.listen(runtime.database.engine, "before_cursor_execute", catch)
    with runtime.database.session() as session:
        for after in pages:
            queue_page(session, organization_id=organization, view=VIEW, after=after)
    event.remove(runtime.database.engine, "before_cursor_execute", catch)
    taken: list[list[float]] = [[] for _ in pages]
    with runtime.database.session() as session:
        driver: Any = session.connection().connection.driver_connection
        cursor = driver.cursor()
        for _ in range(times + 5):
            for of_page, (statement, parameters) in zip(taken, caught, strict=True):
                began = time.perf_counter()
                cursor.execute(statement, parameters)
                cursor.fetchall()
                of_page.append((time.perf_counter() - began) * 1000)
        cursor.close()
    return [of_page[5:] for of_page in taken]


def _whole(bench: Bench, instance: LoadedInstance) -> Iterator[Figure]:
    """Ask a real server for whole pages, as a signed-in desk does, one after another."""
    with instance.runtime() as runtime:
        with runtime.database.session() as session:
            key = session.scalars(select(Organization.key).order_by(Organization.position)).first() or KEYS[0]
        token = _sign_in(runtime, instance, key)
    with serving(LEEWARD, instance) as server:
        server.wait_for("/readyz")
        taken = _page_times(server, token, bench.size.times)
    of = f"{instance.name}: whole triage page, over HTTP"
    yield Figure(f"triage.{instance.name.lower()}.whole", of, median(taken), "ms", Target(at_most=5))
    yield Figure(f"triage.{instance.name.lower()}.whole_p99", f"{of}, p99", percentile(taken, 0.99), "ms")


def _sign_in(runtime: Runtime, instance: LoadedInstance, key: str) -> str:
    account = instance.accounts[key]
    with runtime.database.session(write=True) as session:
        salt = sessions.salt_for(session, account.email, salt_key=runtime.secret("salt"))
        attempt = sessions.sign_in(
            session,
            email=account.email,
            login_secret=keybag.derive_passphrase(account.passphrase, salt).login_secret,
            code="",
            host_key=runtime.secret("totp"),
            now=runtime.clock.now(),
            random=runtime.random,
        )
    assert attempt.token is not None
    return attempt.token


def _page_times(server: Server, token: str, times: int) -> list[float]:
    taken = []
    headers = {"Host": HOST, "Cookie": f"desk={token}"}
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        for _ in range(times + 5):
            began = time.perf_counter()
            connection.request("GET", f"/desk/api/queue?view={VIEW}", headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            taken.append((time.perf_counter() - began) * 1000)
            if answer.status != 200:
                raise ServerBroken(f"the queue answered {answer.status}: {body[:200]!r}")
    return taken[5:]
