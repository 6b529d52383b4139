"""kill -9 of a worker that sends texts: the provider gets each once at most, and a person is told of the unknown."""

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from intake.sms import fates
from intake.sms.models import OutgoingText
from intake.sms.outgoing import TOPICS
from intake.sms.port import Inbound, State
from intake.sms.receiving import Hotline, receive
from referrals.directory.snapshot import Directory
from service.models import OutboxMessage
from service.runtime import Runtime
from tests.faults.conftest import Place
from tests.faults.kept import let_leases_run_out
from tests.faults.processes import Process, wait_for
from tests.integration.double import Behaviour
from tests.integration.twilio_double import TwilioDouble, twilio_double
from tests.unit.intake.sms.webhooks import ACCOUNT, NUMBER

TEXTS = 24
DEATHS = 6
# Taken over at once, answered later: most deaths fall between the two.
SLOW = Behaviour(silent_seconds=0.3)


@pytest.fixture
def provider() -> Iterator[TwilioDouble]:
    """Give a provider that takes its time."""
    with twilio_double() as double:
        double.then(*[SLOW] * (TEXTS + DEATHS))
        yield double


def let_workers_text(runtime: Runtime) -> None:
    """Let texts come in, each from a number of its own and each to be answered once."""
    hotline = Hotline(runtime, Directory(runtime.clock))
    for number in range(TEXTS):
        sender = f"+16045550{110 + number}"
        inbound = Inbound("twilio", f"SM{number:032x}", ACCOUNT, sender, NUMBER, "CANARY help", (), runtime.clock.now())
        receive(hotline, inbound)


def waiting_texts(runtime: Runtime) -> int:
    """Count the texts that are still to be handed over."""
    with runtime.database.session() as session:
        return len(session.scalars(select(OutboxMessage.id).where(OutboxMessage.topic.in_(TOPICS))).all())


def test_a_worker_that_is_killed_while_it_sends_leaves_at_most_an_unknown_text(
    place: Place, provider: TwilioDouble, seed: int, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    let_workers_text(place.runtime)
    assert waiting_texts(place.runtime) == TEXTS
    command = [sys.executable, "-m", "tests.faults.texting_worker", provider.address]
    for _ in range(DEATHS):
        worker = Process(place.environ, command, tmp_path / "worker.log")
        try:
            asked = provider.asked
            wait_for(lambda asked=asked: provider.asked > asked, worker.told)  # type: ignore[misc]
            time.sleep(chance.uniform(0, 0.5))
        finally:
            worker.kill()
        let_leases_run_out(place.runtime)
    worker = Process(place.environ, command, tmp_path / "worker.log")
    try:
        wait_for(lambda: not waiting_texts(place.runtime), worker.told)
        worker.ask_to_end()
        assert worker.status() == 0, worker.told()
    finally:
        worker.kill()
    check_each_left_once_or_is_unknown(place.runtime, provider)


def check_each_left_once_or_is_unknown(runtime: Runtime, provider: TwilioDouble) -> None:
    """Hold what the provider took over against what is written down here, and against what a person is shown."""
    handed_over = Counter(message.to for message in provider.messages)
    assert set(handed_over.values()) == {1}
    with runtime.database.session() as session:
        states = Counter(session.scalars(select(OutgoingText.state)))
        unsure = fates.unsure(session, now=runtime.clock.now() + timedelta(hours=1))
    assert states.total() == TEXTS
    assert states.keys() <= {State.QUEUED, State.ACCEPTED, State.UNKNOWN}
    assert states[State.UNKNOWN] <= DEATHS
    assert len(unsure) == states[State.UNKNOWN]
    assert TEXTS - states[State.UNKNOWN] <= len(provider.messages) <= TEXTS
