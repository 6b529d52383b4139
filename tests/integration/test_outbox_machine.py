"""The outbox on both databases, in any order of events: nothing is lost or reported twice, no live lease taken."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import URL, delete, select

from service import outbox
from service.database import Database
from service.models import OutboxMessage
from service.outbox import DeliveryFailed, DeliveryRefused, Lease, LeaseLost
from tests.conftest import NOON
from tests.integration.letters import KEY, SECOND, TOPICS, acknowledge, claim, fail, put


@pytest.fixture
def database(main_url: URL) -> Iterator[Database]:
    """Give a migrated database on each backend that knows the outbox's key."""
    opened = Database(main_url, KEY)
    yield opened
    opened.dispose()


@dataclass
class Expected:
    """What the machine knows of a row."""

    number: int
    state: str
    due_at: datetime
    attempts: int = 0
    token: int = 0
    error_code: str | None = None
    sendable: bool = True


class _Unplugged(Exception):
    """Stands for whatever ends a transaction early."""


class OutboxMachine(RuleBasedStateMachine):
    """Enqueues, claims, acknowledges, fails, crashes and lets time pass, in any order, against a plain model."""

    leases = Bundle("leases")

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.rows: dict[bytes, Expected] = {}
        self.put: set[int] = set()
        self.done: Counter[int] = Counter()

    @initialize()
    def start_empty(self) -> None:
        self.now = NOON
        with self.database.session(write=True) as session:
            session.execute(delete(OutboxMessage))

    @rule(topic=st.sampled_from(TOPICS), wait=st.integers(-5, 120))
    def enqueue(self, topic: str, wait: int) -> None:
        number, due_at = len(self.put), self.now + wait * SECOND
        row_id = put(self.database, topic, due_at=due_at, number=number)
        self.put.add(number)
        self.rows[row_id] = Expected(number, outbox.WAITING, due_at)

    @rule()
    def enqueue_and_roll_back(self) -> None:
        with pytest.raises(_Unplugged), self.database.session(write=True) as session:
            outbox.enqueue(session, "mail", {"number": -1}, due_at=self.now)
            raise _Unplugged

    @rule(target=leases)
    def claim(self) -> Lease | None:
        due = {
            row_id: row
            for row_id, row in self.rows.items()
            if row.state != outbox.DEAD and row.due_at <= self.now and row.attempts < outbox.MAX_ATTEMPTS
        }
        lease = claim(self.database, self.now)
        if lease is None:
            assert not due
            return None
        # Whose lease is alive is not due: its due time is the end of the lease.
        row = due[lease.id]
        assert row.due_at == min(other.due_at for other in due.values())
        assert outbox.open_payload(KEY, lease) == {"number": row.number}
        row.state, row.due_at = outbox.LEASED, self.now + outbox.LEASE
        row.attempts, row.token = row.attempts + 1, row.token + 1
        assert (lease.attempts, lease.fencing_token) == (row.attempts, row.token)
        assert lease.attempts <= outbox.MAX_ATTEMPTS
        return lease

    @rule(times=st.integers(2, outbox.MAX_ATTEMPTS))
    def crash_again_and_again(self, times: int) -> None:
        for _ in range(times):
            self.claim()
            self.now += timedelta(hours=1)

    @rule()
    def crash_while_claiming(self) -> None:
        with pytest.raises(_Unplugged), self.database.session(write=True) as session:
            outbox.claim(session, TOPICS, now=self.now)
            raise _Unplugged

    @rule(lease=leases)
    def acknowledge(self, lease: Lease | None) -> None:
        if lease is None:
            return
        if not self._held(lease):
            with pytest.raises(LeaseLost):
                acknowledge(self.database, lease)
            return
        acknowledge(self.database, lease)
        self.done[self.rows.pop(lease.id).number] += 1

    @rule(lease=leases, error=st.sampled_from([DeliveryFailed("busy"), DeliveryRefused("gone"), ValueError("text")]))
    def fail(self, lease: Lease | None, error: Exception) -> None:
        if lease is None:
            return
        if not self._held(lease):
            with pytest.raises(LeaseLost):
                fail(self.database, lease, error, self.now)
            return
        fail(self.database, lease, error, self.now)
        row = self.rows[lease.id]
        row.error_code = "ValueError" if isinstance(error, ValueError) else str(error)
        if isinstance(error, DeliveryRefused):
            row.state, row.due_at, row.sendable = outbox.DEAD, self.now, False
        elif row.attempts == outbox.MAX_ATTEMPTS:
            row.state, row.due_at = outbox.DEAD, self.now + outbox.DEAD_PAYLOAD_KEPT
        else:
            row.state, row.due_at = outbox.WAITING, self.now + outbox.backoff(row.attempts)

    @rule()
    def bury(self) -> None:
        with self.database.session(write=True) as session:
            buried = outbox.bury(session, now=self.now)
        lost = [
            row
            for row in self.rows.values()
            if row.state != outbox.DEAD and row.due_at <= self.now and row.attempts >= outbox.MAX_ATTEMPTS
        ]
        assert buried == len(lost)
        for row in lost:
            row.state, row.due_at = outbox.DEAD, self.now + outbox.DEAD_PAYLOAD_KEPT
            row.error_code = "WorkerLost"

    @rule()
    def retry_dead(self) -> None:
        with self.database.session(write=True) as session:
            outbox.retry_dead(session, now=self.now)
        for row in self.rows.values():
            if row.state == outbox.DEAD and row.sendable:
                row.state, row.due_at, row.attempts = outbox.WAITING, self.now, 0

    @rule()
    def forget_dead_payloads(self) -> None:
        with self.database.session(write=True) as session:
            outbox.forget_dead_payloads(session, now=self.now)
        for row in self.rows.values():
            if row.state == outbox.DEAD and row.due_at <= self.now:
                row.sendable = False

    @rule(seconds=st.one_of(st.integers(1, 70), st.sampled_from([60, 3600, 90_000])))
    def let_time_pass(self, seconds: int) -> None:
        self.now += seconds * SECOND

    @invariant()
    def the_database_holds_what_is_expected(self) -> None:
        with self.database.session() as session:
            found = {row.id: row for row in session.scalars(select(OutboxMessage))}
        assert found.keys() == self.rows.keys()
        for row_id, row in self.rows.items():
            kept = found[row_id]
            assert (kept.state, kept.due_at, kept.attempts, kept.fencing_token, kept.error_code) == (
                (row.state, row.due_at, row.attempts, row.token, row.error_code)
            )
            assert (kept.sealed_payload is not None) is row.sendable

    @invariant()
    def nothing_is_lost_and_nothing_done_twice(self) -> None:
        waiting = {row.number for row in self.rows.values()}
        assert waiting | set(self.done) == self.put
        assert not waiting & set(self.done)
        assert set(self.done.values()) <= {1}

    def _held(self, lease: Lease) -> bool:
        row = self.rows.get(lease.id)
        return row is not None and row.state == outbox.LEASED and row.token == lease.fencing_token


def test_whatever_happens_in_whatever_order_the_outbox_keeps_its_promises(database: Database) -> None:
    class Machine(OutboxMachine):
        def __init__(self) -> None:
            super().__init__(database)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
