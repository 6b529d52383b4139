"""kill -9 of a worker at every step of a text's way out, with the provider in a process of its own: nothing is lost.

Nothing leaves twice either, and no text's fate stays unknown: what the killed worker left is asked for afterwards.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import and_, or_, select

from intake.sms import fates
from intake.sms.models import OutgoingText
from intake.sms.port import Inbound, State
from intake.sms.receiving import Hotline, receive
from referrals.directory.snapshot import Directory
from service import outbox
from service.models import OutboxMessage
from tests.faults.conftest import Place
from tests.faults.kept import let_leases_run_out
from tests.faults.processes import Process, wait_for
from tests.faults.texting_worker import STEPS
from tests.unit.intake.sms.webhooks import ACCOUNT, NUMBER

WORKERS = ("+16045550151", "+16045550152")
# When workers come back: after the ten minutes in which a text may turn up, and after the last look at one.
MINUTES_AHEAD = (13, 25 * 60)


class Provider:
    """The provider's process, and what it tells."""

    def __init__(self, place: Place, folder: Path) -> None:
        self._file = folder / "provider"
        command = [sys.executable, "-m", "tests.faults.provider", str(self._file)]
        self._process = Process(place.environ, command, folder / "log")
        wait_for(lambda: bool(self.told()), self._process.told)

    def told(self) -> list[str]:
        """Give what it wrote, line by line: its address first."""
        return self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []

    @property
    def address(self) -> str:
        """Where it answers."""
        return self.told()[0]

    def taken(self) -> Counter[str]:
        """Count the texts that it took over, by phone."""
        return Counter(line.split()[1] for line in self.told() if line.startswith("taken "))

    def erased(self) -> set[str]:
        """Give the ids that it erased."""
        return {line.split()[1] for line in self.told() if line.startswith("erased ")}

    def kill(self) -> None:
        """End it."""
        self._process.kill()


@pytest.fixture
def provider(place: Place, tmp_path: Path) -> Iterator[Provider]:
    serving = Provider(place, tmp_path)
    yield serving
    serving.kill()


def run_worker(place: Place, provider: Provider, log: Path, *, ahead: int = 0) -> None:
    """Let a worker, at some minutes from now, do what is due then, and end well."""
    command = [sys.executable, "-m", "tests.faults.texting_worker", provider.address, "", str(ahead)]
    worker = Process(place.environ, command, log)

    def is_done() -> bool:
        # What follows from what is done is due at once, by the worker's clock.
        soon = place.runtime.clock.now() + timedelta(minutes=ahead, seconds=10)
        # A leased row is due when its lease runs out, so its hour says nothing.
        waits = and_(OutboxMessage.state == outbox.WAITING, OutboxMessage.due_at <= soon)
        left = select(OutboxMessage.id).where(
            OutboxMessage.topic.like("sms.%"), or_(OutboxMessage.state == outbox.LEASED, waits)
        )
        with place.runtime.database.session() as session:
            return worker.is_ready() and session.scalar(left.limit(1)) is None

    try:
        wait_for(is_done, worker.told)
        worker.ask_to_end()
        assert worker.status() == 0, worker.told()
    finally:
        worker.kill()


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_that_is_killed_at_a_step_loses_and_doubles_nothing(
    place: Place, provider: Provider, step: str, tmp_path: Path
) -> None:
    hotline = Hotline(place.runtime, Directory(place.runtime.clock))
    for number, sender in enumerate(WORKERS):
        now = place.runtime.clock.now()
        receive(hotline, Inbound("twilio", f"SM{number:032x}", ACCOUNT, sender, NUMBER, "CANARY help", (), now))
    if "look" in step or "erase" in step:
        run_worker(place, provider, tmp_path / "before.log")
    ahead = "25" if "look" in step else str(25 * 60) if "erase" in step else "0"
    command = [sys.executable, "-m", "tests.faults.texting_worker", provider.address, step, ahead]
    worker = Process(place.environ, command, tmp_path / "dying.log")
    try:
        assert worker.status() != 0, worker.told()
    finally:
        worker.kill()
    let_leases_run_out(place.runtime)
    for minutes in MINUTES_AHEAD:
        run_worker(place, provider, tmp_path / f"{minutes}.log", ahead=minutes)
        let_leases_run_out(place.runtime)
    check_each_left_once(place, provider)


def check_each_left_once(place: Place, provider: Provider) -> None:
    """Hold what the provider took over against what is written down here."""
    assert provider.taken() == dict.fromkeys(WORKERS, 1)
    assert len(provider.erased()) == len(WORKERS)
    with place.runtime.database.session() as session:
        states = session.scalars(select(OutgoingText.state)).all()
        unsure = fates.unsure(session, now=place.runtime.clock.now() + timedelta(days=3))
        left = session.scalars(select(OutboxMessage.state).where(OutboxMessage.topic.like("sms.%"))).all()
    assert set(states) <= {State.ACCEPTED, State.QUEUED, State.SENT}
    assert (len(states), unsure, outbox.DEAD in left) == (len(WORKERS), (), False)
