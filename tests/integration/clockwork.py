"""Letting time pass while a worker looks at the clocks, and what it leaves behind, for tests."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from referrals import clocks
from referrals.models import DeadlineWatch, Referral
from service.clock import FixedClock
from service.models import AuditEntry, OutboxMessage
from service.runtime import Runtime
from tests.integration.casework import work
from tests.integration.office import IN_DANGER, Town

TWO_WORKING_DAYS = timedelta(days=2)
# Goes to org09, which is open day and night, and to the coordinator, org16, at once; then to org01 and org06.
BEATEN_AND_UNPAID = replace(IN_DANGER, what=("violence", "pay_hours"))


def wait(runtime: Runtime, clock: FixedClock, span: timedelta) -> None:
    """Let time pass while a worker looks each minute. Looks at which nothing is due are left out, but remembered."""
    clocks.look(runtime)
    end = clock.now() + span
    while clock.now() < end:
        clock.set(min(next_due(runtime, clock) or end, end))
        with runtime.database.session(write=True) as session:
            session.execute(update(DeadlineWatch).values(seen_at=clock.now() - clocks.LOOK_EVERY))
        clocks.look(runtime)


def next_due(runtime: Runtime, clock: FixedClock) -> datetime | None:
    """Find the next moment at which somebody's time is over."""
    with runtime.database.session() as session:
        return session.scalar(select(func.min(Referral.due_at)).where(Referral.due_at > clock.now()))


def watch(runtime: Runtime, clock: FixedClock, span: timedelta, step: timedelta = timedelta(minutes=1)) -> None:
    """Let time pass while a worker looks at every step."""
    end = clock.now() + span
    while clock.now() < end:
        clock.advance(step)
        clocks.look(runtime)


def status(place: Town, key: str) -> tuple[str, str, str | None]:
    """What the database says of an organization's place in the line."""
    referral = place.office(key).referral(place.case_id)
    return referral.status, referral.kind, referral.reason


def notices(runtime: Runtime) -> list[datetime]:
    """When the notices that wait are due."""
    chosen = select(OutboxMessage.due_at).where(OutboxMessage.topic == "notice.mail").order_by(OutboxMessage.due_at)
    with runtime.database.session() as session:
        return list(session.scalars(chosen))


def told(runtime: Runtime, capsys: pytest.CaptureFixture[str], clock: FixedClock | None = None) -> list[str]:
    """Let everything that waits leave, and list the organizations that were told; the demo prints its mail."""
    if clock is not None:
        wait(runtime, clock, max(notices(runtime), default=clock.now()) - clock.now())
    capsys.readouterr()
    work(runtime)
    lines = capsys.readouterr().err.splitlines()
    return sorted(line.partition("mail to ")[2].partition("@")[2].partition(".")[0] for line in lines if "mail" in line)


def alarms(runtime: Runtime) -> list[str]:
    with runtime.database.session() as session:
        return list(clocks.alarms(session, runtime))


def entries(runtime: Runtime, action: str) -> list[dict[str, Any]]:
    with runtime.database.session() as session:
        found = session.scalars(select(AuditEntry.entry)).all()
    return [entry for entry in found if entry["action"] == action]


def place_in_line(place: Town, key: str) -> str | None:
    with place.network.runtime.database.session() as session:
        chosen = (Referral.case_id == place.case_id, Referral.organization_id == place.office(key).id)
        return session.scalar(select(Referral.status).where(*chosen))


def hurry(place: Town, clock: FixedClock) -> None:
    """Have the time of an accepted case be over in a quarter of an hour, so that a test need not watch thirty days."""
    with place.network.runtime.database.session(write=True) as session:
        session.execute(
            update(Referral)
            .where(Referral.case_id == place.case_id, Referral.status == "accepted")
            .values(due_at=clock.now() + timedelta(minutes=15))
        )


class Killed(BaseException):
    """What stands for a kill: nothing catches it, and the transaction in hand ends where it is."""


@contextmanager
def dying(runtime: Runtime, *, after: int) -> Iterator[list[str]]:
    """Let whoever works in this block die in the place of the database's n-th statement or commit."""
    engine = runtime.database.engine
    left, killed = iter(range(after)), list[str]()

    def strike(*_: object) -> None:
        if next(left, None) is None and not killed:
            killed.append("killed")
            raise Killed

    event.listen(engine, "before_cursor_execute", strike)
    event.listen(Session, "before_commit", strike)
    try:
        yield killed
    finally:
        event.remove(engine, "before_cursor_execute", strike)
        event.remove(Session, "before_commit", strike)


def at_once(*steps: Callable[[], object]) -> list[BaseException]:
    """Do several things at the same time, each in a thread of its own, and give what went wrong."""
    started, failed = threading.Barrier(len(steps)), list[BaseException]()

    def run(step: Callable[[], object]) -> None:
        started.wait(30)
        try:
            step()
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=run, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return failed
