"""The worker on both databases: it does what is due, survives what fails, wakes at once and stops promptly."""

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from service import outbox
from service.clock import FixedClock
from service.models import OutboxMessage
from service.outbox import DeliveryFailed, DeliveryRefused
from service.runtime import Runtime, build_runtime
from service.settings import Settings
from service.worker import Chore, Worker, chores, expiry_chore
from tests.conftest import SECRET_KEY

MINUTE = timedelta(minutes=1)


def put(runtime: Runtime, topic: str = "mail", *, due_in: timedelta = timedelta(0), **payload: Any) -> None:
    """Enqueue something."""
    with runtime.database.session(write=True) as session:
        outbox.enqueue(session, topic, payload, due_at=runtime.clock.now() + due_in)


def states(runtime: Runtime) -> dict[str, int]:
    """Count what is in the outbox."""
    with runtime.database.session() as session:
        return {state: count for state, count in outbox.counts(session).items() if count}


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something is so; give up after a minute."""
    give_up = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up, "it never came about"
        time.sleep(0.005)


@contextmanager
def running(worker: Worker) -> Iterator[threading.Event]:
    """Run a worker in a thread for a block."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.run_until, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


class Post:
    """A handler that remembers what it was given, and fails as often as it is told to."""

    def __init__(self, *errors: Exception) -> None:
        self.given: list[Mapping[str, Any]] = []
        self.errors = list(errors)

    def __call__(self, runtime: Runtime, payload: dict[str, Any]) -> None:
        self.given.append(payload)
        if self.errors:
            raise self.errors.pop(0)


def test_what_is_due_is_done_once_and_what_is_not_waits(runtime: Runtime) -> None:
    post = Post()
    worker = Worker(runtime, {"mail": post})
    put(runtime, number=1)
    put(runtime, number=2, due_in=MINUTE)
    assert worker.run_once() is True
    assert worker.run_once() is False
    assert post.given == [{"number": 1}]
    assert states(runtime) == {"waiting": 1}


@pytest.mark.parametrize(("many", "one"), [("mail", "first"), ("first", "mail")])
def test_neither_a_lane_nor_what_has_none_stands_behind_all_of_the_other(
    runtime: Runtime, clock: FixedClock, many: str, one: str
) -> None:
    for number in range(20):
        put(runtime, many, number=number)
    clock.advance(MINUTE)
    put(runtime, one)
    post = Post()
    worker = Worker(runtime, {many: Post(), one: post}, lanes=(("first",),))
    for _ in range(2):
        assert worker.run_once()
    assert len(post.given) == 1


def test_a_handler_runs_outside_every_transaction(runtime: Runtime) -> None:
    def write_elsewhere(runtime: Runtime, payload: dict[str, Any]) -> None:
        # A transaction around the handler would hold SQLite's one write lock, and this would never return.
        put(runtime, "later", made_by=payload["number"])

    put(runtime, number=1)
    assert Worker(runtime, {"mail": write_elsewhere}).run_once()
    later = Post()
    assert Worker(runtime, {"later": later}).run_once()
    assert later.given == [{"made_by": 1}]


def test_what_failed_is_tried_again_after_its_wait_and_then_done(runtime: Runtime, clock: FixedClock) -> None:
    post = Post(DeliveryFailed("mail_server"), ValueError("text"))
    worker = Worker(runtime, {"mail": post})
    put(runtime, number=1)
    for wait in (5, 10):
        assert worker.run_once() is True
        assert worker.run_once() is False
        clock.advance(timedelta(seconds=wait))
    assert worker.run_once() is True
    assert post.given == [{"number": 1}] * 3
    assert states(runtime) == {}


def test_what_is_refused_is_a_dead_letter_at_once(runtime: Runtime, clock: FixedClock) -> None:
    post = Post(DeliveryRefused("no_address"))
    worker = Worker(runtime, {"mail": post})
    put(runtime)
    assert worker.run_once()
    clock.advance(timedelta(days=1))
    assert not worker.run_once()
    assert states(runtime) == {"dead": 1}


def test_a_row_that_another_key_sealed_is_a_dead_letter_and_stops_nobody(runtime: Runtime) -> None:
    put(runtime, number=1)
    with runtime.database.session(write=True) as session:
        session.execute(text("UPDATE outbox SET topic = 'other'"))
    put(runtime, number=2)
    post = Post()
    worker = Worker(runtime, {"mail": post, "other": post})
    assert worker.run_once()
    assert worker.run_once()
    assert post.given == [{"number": 2}]
    with runtime.database.session() as session:
        assert session.scalars(select(OutboxMessage.error_code)).all() == ["payload_rejected"]


def test_a_handler_that_took_longer_than_its_lease_changes_nothing(runtime: Runtime, clock: FixedClock) -> None:
    taken_over = Post()

    def dawdle(runtime: Runtime, payload: dict[str, Any]) -> None:
        clock.advance(outbox.LEASE)
        assert Worker(runtime, {"mail": taken_over}).run_once()
        raise DeliveryRefused("no_address")

    put(runtime, number=1)
    assert Worker(runtime, {"mail": dawdle}).run_once()
    assert taken_over.given == [{"number": 1}]
    assert states(runtime) == {}


def test_a_row_whose_workers_all_died_is_buried(runtime: Runtime, clock: FixedClock) -> None:
    put(runtime)
    for _ in range(outbox.MAX_ATTEMPTS):
        with runtime.database.session(write=True) as session:
            assert outbox.claim(session, ["mail"], now=clock.now())
        clock.advance(outbox.LEASE)
    assert Worker(runtime, {"mail": Post()}).run_once() is False
    assert states(runtime) == {"dead": 1}


def test_a_chore_comes_round_in_its_period(runtime: Runtime, clock: FixedClock) -> None:
    done: list[datetime] = []
    worker = Worker(runtime, {}, [Chore("tidy", MINUTE, lambda runtime: done.append(runtime.clock.now()))])
    for _ in range(7):
        worker.run_once()
        clock.advance(MINUTE / 3)
    assert [moment - done[0] for moment in done] == [MINUTE * 0, MINUTE, MINUTE * 2]


def test_a_chore_that_fails_keeps_nothing_from_being_sent_and_is_told(runtime: Runtime, clock: FixedClock) -> None:
    errors: list[Exception] = [ValueError("text"), DeliveryFailed("away")]

    def fail(runtime: Runtime) -> None:
        if errors:
            raise errors.pop(0)

    post = Post()
    worker = Worker(runtime, {"mail": post}, [Chore("tidy", MINUTE, fail)])
    put(runtime)
    assert worker.run_once()
    assert (len(post.given), worker.failing_chores) == (1, {"tidy": "ValueError"})
    for told in ({"tidy": "away"}, {}):
        clock.advance(MINUTE)
        worker.run_once()
        assert worker.failing_chores == told


def test_the_machinery_s_own_chores_destroy_keys_and_forget_payloads(runtime: Runtime, clock: FixedClock) -> None:
    cookie = runtime.keystore.named("cookie", timedelta(days=1))
    put(runtime)
    worker = Worker(runtime, {"mail": Post(*[DeliveryFailed("mail_server")] * outbox.MAX_ATTEMPTS)}, chores())
    for _ in range(outbox.MAX_ATTEMPTS):
        assert worker.run_once()
        clock.advance(timedelta(hours=1))
    assert states(runtime) == {"dead": 1}
    clock.advance(outbox.DEAD_PAYLOAD_KEPT)
    worker.run_once()
    assert worker.failing_chores == {}
    assert runtime.keystore.get_many([cookie.id]) == {}
    with runtime.database.session() as session:
        assert session.scalars(select(OutboxMessage.sealed_payload)).all() == [None]


def test_an_expiry_chore_deletes_what_is_over_and_nothing_else(runtime: Runtime) -> None:
    put(runtime, number=1, due_in=-MINUTE)
    put(runtime, number=2, due_in=MINUTE)
    # Any moment of any table will do: this one is at hand.
    expiry_chore("expired", OutboxMessage.due_at).run(runtime)
    with runtime.database.session() as session:
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 1


def test_a_sleeping_worker_wakes_for_what_this_process_enqueues(runtime: Runtime) -> None:
    post = Post()
    with running(Worker(runtime, {"mail": post})):
        for number in range(5):
            put(runtime, number=number)
            wait_for(lambda number=number: len(post.given) == number + 1)  # type: ignore[misc]
    assert states(runtime) == {}


def test_a_worker_sees_what_another_process_enqueued(runtime: Runtime) -> None:
    other = build_runtime(runtime.settings, clock=runtime.clock)
    post = Post()
    with running(Worker(runtime, {"mail": post})):
        put(other, number=1)
        wait_for(lambda: post.given == [{"number": 1}])
    other.dispose()


def test_two_workers_share_the_work_and_double_none(runtime: Runtime) -> None:
    post = Post()
    for number in range(40):
        put(runtime, number=number)
    with running(Worker(runtime, {"mail": post})), running(Worker(runtime, {"mail": post})):
        wait_for(lambda: states(runtime) == {})
    assert sorted(payload["number"] for payload in post.given) == list(range(40))


def test_a_worker_that_is_stopped_finishes_the_row_in_hand_and_takes_no_other(runtime: Runtime) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(runtime: Runtime, payload: dict[str, Any]) -> None:
        begun.set()
        assert go_on.wait(60)

    put(runtime, number=1)
    put(runtime, number=2)
    with running(Worker(runtime, {"mail": slow})) as stop:
        assert begun.wait(60)
        stop.set()
        go_on.set()
    assert states(runtime) == {"waiting": 1}


def test_a_worker_waits_for_a_database_that_is_away(runtime: Runtime) -> None:
    post = Post()
    with runtime.database.session(write=True) as session:
        session.execute(text("ALTER TABLE outbox RENAME TO elsewhere"))
    with running(Worker(runtime, {"mail": post})):
        time.sleep(0.3)
        with runtime.database.session(write=True) as session:
            session.execute(text("ALTER TABLE elsewhere RENAME TO outbox"))
        put(runtime, number=1)
        wait_for(lambda: post.given == [{"number": 1}])


COMMAND = """
import sys
from pathlib import Path
from service import logging
from service.commands import work
from service.runtime import build_runtime
from service.settings import Settings
from service.worker import Worker

def handle(runtime, payload):
    print(payload["number"], flush=True)

logging.configure_process()
settings = Settings(
    data=Path(sys.argv[1]), database_url=sys.argv[2], keys_url=sys.argv[3], secret_key=bytes.fromhex(sys.argv[4]),
    public_url="https://leeward.example",
)
work(Worker(build_runtime(settings), {"mail": handle}))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_process_ends_well_on_a_signal(runtime: Runtime, number: signal.Signals) -> None:
    settings: Settings = runtime.settings
    put(runtime, number=7)
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, settings.data, settings.database_url, settings.keys_url, SECRET_KEY.hex()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "7\n"
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert states(runtime) == {}


def test_a_row_that_a_killed_worker_had_is_done_by_the_next(runtime: Runtime, clock: FixedClock) -> None:
    put(runtime, number=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        with runtime.database.session(write=True) as session:
            outbox.claim(session, ["mail"], now=clock.now())
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    post = Post()
    worker = Worker(runtime, {"mail": post})
    assert states(runtime) == {"leased": 1}
    assert worker.run_once() is False
    clock.advance(outbox.LEASE)
    assert worker.run_once() is True
    assert post.given == [{"number": 1}]
