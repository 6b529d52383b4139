"""The provider of a bench: Twilio's side on this machine, so that no text of a bench ever leaves it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.integration.twilio_double import TwilioDouble, twilio_double
from tests.load.instances import POSTGRESQL, LoadedInstance
from tests.load.servers import end, free_port
from tests.unit.intake.sms.webhooks import ACCOUNT, NUMBER, TOKEN

_ROOT = Path(__file__).resolve().parents[2]


def with_hotline(instance: LoadedInstance) -> LoadedInstance:
    """Give an instance a hotline at the double."""
    hotline = replace(
        instance.settings, twilio_account_sid=ACCOUNT, twilio_auth_token=(TOKEN,), twilio_numbers=(NUMBER,)
    )
    return replace(instance, settings=hotline)


@contextmanager
def provider_of(instance: LoadedInstance, **more: str) -> Iterator[TwilioDouble]:
    """Run the double for a block and, beside PostgreSQL, the worker process that texts through it.

    A server on SQLite has its worker inside (`tests.load.app --provider`).
    """
    with twilio_double() as double:
        if instance.name != POSTGRESQL:
            yield double
            return
        environment = instance.environment(free_port()) | more
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.texting_worker", double.address],
            cwd=_ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield double
        finally:
            end(worker)
