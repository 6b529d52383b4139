"""A worker as `leeward worker` is one, but its texts go to a provider on this machine, and it may die at a step.

Started by a test as a process of its own: `python -m tests.faults.texting_worker ADDRESS [STEP [MINUTES AHEAD]]`.
"""

import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

import wsgi
from intake.sms.gateways.twilio_rest import Twilio
from intake.sms.port import Accepted, Rejected, Sought, Status, Unknown
from service import logging
from service.clock import SystemClock
from service.commands import work
from service.outbox import Lease
from service.runtime import build_runtime
from service.settings import Settings
from service.worker import Worker

STEPS = ("before send", "after send", "before report", "before look", "after look", "before erase", "after erase")


class Ahead:
    """The machine's clock, so many minutes ahead."""

    def __init__(self, minutes: int) -> None:
        self._ahead = timedelta(minutes=minutes)

    def now(self) -> datetime:
        """Give the moment."""
        return SystemClock().now() + self._ahead


class Mortal(Twilio):
    """Twilio's gateway in a worker that is killed at one step."""

    step = ""

    def _die(self, step: str) -> None:
        if step == self.step:
            os.kill(os.getpid(), signal.SIGKILL)

    def send(
        self, *, text: str, to: str, sender: str, reference: str, expires_seconds: int
    ) -> Accepted | Rejected | Unknown:
        """Hand over one text, unless it dies."""
        self._die("before send")
        told = super().send(text=text, to=to, sender=sender, reference=reference, expires_seconds=expires_seconds)
        self._die("after send")
        return told

    def look(self, sought: Sought) -> Status | None:
        """Look after one text, unless it dies."""
        self._die("before look")
        told = super().look(sought)
        self._die("after look")
        return told

    def erase(self, provider_id: str, media: Sequence[str] = ()) -> bool:
        """Erase one copy, unless it dies."""
        self._die("before erase")
        told = super().erase(provider_id, media)
        self._die("after erase")
        return told


class MortalWorker(Worker):
    """A worker that is killed between its deed and its report on it."""

    dies = False

    def _report(self, lease: Lease, error: Exception | None) -> None:
        if self.dies and lease.topic.startswith("sms.") and lease.topic != "sms.silence":
            os.kill(os.getpid(), signal.SIGKILL)
        super()._report(lease, error)


def main(address: str, step: str = "", minutes: str = "0") -> None:
    """Do what waits in the outbox until told to stop, or until the step."""
    logging.configure_process()
    runtime = build_runtime(Settings.from_env(os.environ), clock=Ahead(int(minutes)))
    gateway = Mortal(runtime.settings, base_url=address)
    gateway.step = step
    worker = wsgi.make_worker(runtime, {gateway.name: gateway})
    worker.__class__ = MortalWorker
    MortalWorker.dies = step == "before report"
    work(worker)


if __name__ == "__main__":
    main(*sys.argv[1:])
