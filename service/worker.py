"""The background worker: it does what waits in the outbox, one row after another, and chores that come round.

A handler runs outside any transaction. Any number of workers may run on any number of hosts; none of them leads.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute

from service import logging, outbox
from service.outbox import Lease, LeaseLost
from service.runtime import Runtime
from service.throttle import TooBusy

Handler = Callable[[Runtime, dict[str, Any]], None]

# Another process's rows are seen this late at the most; those of this process at once.
POLL_SECONDS: Final = 2.0
# How soon a worker that sleeps notices that it shall stop.
_GLANCE_SECONDS: Final = 0.2
_DATABASE_AWAY_SECONDS: Final = 5.0
# Under load a look after each write would cost as much as a third of the write. Nothing here is in such a hurry.
_GATHER_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that comes round. Any worker may do it, and two at once do no harm."""

    name: str
    period: timedelta
    run: Callable[[Runtime], object]


def chores(guarded: Collection[str] = ()) -> tuple[Chore, ...]:
    """Give the chores of the machinery itself. Whoever guards keys of some purposes destroys them (`guarded`)."""
    return (
        Chore("keys.expired", timedelta(minutes=10), lambda runtime: runtime.keystore.destroy_expired(but=guarded)),
        Chore("outbox.call_back", timedelta(minutes=1), _call_leases_back),
        Chore("outbox.forget", timedelta(hours=1), _forget_dead_payloads),
    )


def expiry_chore(name: str, *moments: InstrumentedAttribute[datetime]) -> Chore:
    """Give a chore that deletes the rows whose moment (a column such as `Echo.expires_at`) has passed, each minute."""

    def run(runtime: Runtime) -> None:
        now = runtime.clock.now()
        for moment in moments:
            with runtime.database.session(write=True) as session:
                session.execute(delete(moment.class_).where(moment <= now))

    return Chore(name, timedelta(minutes=1), run)


def _call_leases_back(runtime: Runtime) -> None:
    with runtime.database.session(write=True) as session:
        outbox.call_back(session, now=runtime.clock.now())


def _forget_dead_payloads(runtime: Runtime) -> None:
    with runtime.database.session(write=True) as session:
        outbox.forget_dead_payloads(session, now=runtime.clock.now())


class Worker:
    """Does what waits. `handlers` tell for each topic what to do with a payload; other topics are left alone.

    A handler raises `outbox.DeliveryFailed` to be asked again later and `outbox.DeliveryRefused` to give up; any other
    exception counts as failed. It may be asked twice, so what it does must bear that.

    `lanes` are topics that do not stand behind all others. The worker takes from each lane in turn, and then from all
    that has none, so that nothing waits for more than a few rows of another lane.
    """

    def __init__(
        self,
        runtime: Runtime,
        handlers: Mapping[str, Handler],
        chores: Sequence[Chore] = (),
        lanes: Sequence[Collection[str]] = (),
    ) -> None:
        self._runtime = runtime
        self._handlers = dict(handlers)
        self._lanes = cycle((*lanes, set(handlers).difference(*lanes)))
        self._chores = tuple(chores)
        self._chore_due = dict.fromkeys((chore.name for chore in chores), runtime.clock.now())
        self._failing: dict[str, str] = {}
        logging.allow([*handlers, *self._chore_due])

    @property
    def failing_chores(self) -> dict[str, str]:
        """Give the chores whose last run failed, each with the code of its failure."""
        return dict(self._failing)

    def run_once(self) -> bool:
        """Do the chores that are due and one row of the outbox; tell whether there was a row."""
        for chore in self._chores:
            self._do_chore(chore)
        lease = self._claim()
        if lease is None:
            return False
        self._work_on(lease)
        return True

    def run_until(self, stop: threading.Event) -> None:
        """Work until `stop` is set, and end after the row in hand. A database that is away is waited for."""
        written = self._runtime.database.written
        logging.get_logger().info("worker.ready")
        while not stop.is_set():
            try:
                written.clear()
                wait = 0.0 if self.run_once() else self._seconds_to_wait()
            except (SQLAlchemyError, TooBusy) as error:
                logging.get_logger().warning("worker.failed", error=error)
                stop.wait(_DATABASE_AWAY_SECONDS)
                continue
            while wait > 0 and not stop.is_set():
                if written.wait(min(wait, _GLANCE_SECONDS)):
                    stop.wait(_GATHER_SECONDS)
                    break
                wait -= _GLANCE_SECONDS
        logging.get_logger().info("worker.stopping")

    def _claim(self) -> Lease | None:
        now = self._runtime.clock.now()
        topics = list(self._handlers)
        # Looking costs no write, and most looks find nothing.
        with self._runtime.database.session(one_statement=True) as session:
            due = outbox.next_due(session, topics)
        if due is None or due > now:
            return None
        with self._runtime.database.session(write=True) as session:
            outbox.bury(session, now=now)
            lease = outbox.claim(session, next(self._lanes), now=now)
            return lease or outbox.claim(session, topics, now=now)

    def _work_on(self, lease: Lease) -> None:
        try:
            payload = outbox.open_payload(self._runtime.secret("outbox"), lease)
            self._handlers[lease.topic](self._runtime, payload)
        except Exception as error:  # noqa: BLE001
            # Whatever went wrong is kept as a code with the row; the worker goes on with the next one.
            self._report(lease, error)
        else:
            self._report(lease, None)

    def _report(self, lease: Lease, error: Exception | None) -> None:
        try:
            with self._runtime.database.session(write=True) as session:
                if error is None:
                    outbox.acknowledge(session, lease)
                else:
                    outbox.fail(session, lease, error, now=self._runtime.clock.now())
        except LeaseLost as lost:
            # It took longer than the lease, and another worker has it now: what that one reports counts.
            logging.get_logger().warning("outbox.retry", topic=lease.topic, error=lost)
            return
        if error is not None:
            event = "outbox.dead" if outbox.is_last(lease, error) else "outbox.retry"
            logging.get_logger().warning(
                event, topic=lease.topic, attempts=lease.attempts, code=outbox.code_of(error), error=error
            )

    def _do_chore(self, chore: Chore) -> None:
        now = self._runtime.clock.now()
        # What is further away than one period was set by a clock that has gone back since.
        if now < self._chore_due[chore.name] <= now + chore.period:
            return
        self._chore_due[chore.name] = now + chore.period
        try:
            chore.run(self._runtime)
        except Exception as error:  # noqa: BLE001
            # A chore that fails must not keep letters from leaving; it is tried again in its next period.
            self._failing[chore.name] = outbox.code_of(error)
            logging.get_logger().warning("chore.failed", chore=chore.name, error=error)
        else:
            self._failing.pop(chore.name, None)

    def _seconds_to_wait(self) -> float:
        now = self._runtime.clock.now()
        with self._runtime.database.session(one_statement=True) as session:
            due = outbox.next_due(session, list(self._handlers))
        moments = [*self._chore_due.values()] + ([due] if due is not None else [])
        soonest = min((moment - now).total_seconds() for moment in moments) if moments else POLL_SECONDS
        return min(max(soonest, 0.0), POLL_SECONDS)
