"""An instance that real processes serve: on SQLite and on PostgreSQL, with five organizations that have keys."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import URL, update

from service.clock import SystemClock
from service.models import Instance
from service.runtime import Runtime, build_runtime
from service.settings import Settings
from tests.conftest import SECRET_KEY
from tests.faults import postbox as mail
from tests.faults.postbox import Postbox
from tests.faults.processes import HOST
from tests.network import Network, plant
from tests.unit.intake.sms.webhooks import ACCOUNT, NUMBER, TOKEN


@dataclass(frozen=True)
class Place:
    """An instance: the network in it, and the environment in which its processes run."""

    network: Network
    environ: dict[str, str]

    @property
    def runtime(self) -> Runtime:
        """The instance as the test itself looks at it, under the machine's clock."""
        return self.network.runtime


@pytest.fixture
def postbox(tmp_path: Path) -> Iterator[Postbox]:
    """Serve mail."""
    with mail.serving(tmp_path) as serving:
        yield serving


@pytest.fixture
def seed() -> int:
    """Draw the seed of a test's chances, and print it; LEEWARD_TEST_SEED gives one back."""
    drawn = int(os.environ.get("LEEWARD_TEST_SEED") or secrets.randbelow(1_000_000))
    print(f"LEEWARD_TEST_SEED={drawn}")  # noqa: T201
    return drawn


@pytest.fixture
def place(main_url: URL, settings_for: Callable[[URL], Settings], postbox: Postbox) -> Iterator[Place]:
    """Give a real instance, no demo, on each database, whose notices go to the postbox."""
    with planted(settings_for(main_url), postbox) as made:
        yield made


@pytest.fixture
def sqlite_place(sqlite_runtime: Runtime, postbox: Postbox) -> Iterator[Place]:
    """Give the same on SQLite alone."""
    with planted(sqlite_runtime.settings, postbox) as made:
        yield made


@contextmanager
def planted(settings: Settings, postbox: Postbox) -> Iterator[Place]:
    """Plant the network into an empty instance and make it a real one, no demo, for a block."""
    runtime = build_runtime(settings, clock=SystemClock())
    try:
        accounts = plant(runtime).accounts
        with runtime.database.session(write=True) as session:
            session.execute(update(Instance).values(is_demo=False))
        yield Place(Network(runtime, accounts), environment(settings) | hotline() | postbox.settings())
    finally:
        runtime.dispose()


def hotline() -> dict[str, str]:
    """Give the settings of a hotline, whose webhooks the crowd signs."""
    return {
        "LEEWARD_TWILIO_ACCOUNT_SID": ACCOUNT,
        "LEEWARD_TWILIO_AUTH_TOKEN": TOKEN,
        "LEEWARD_TWILIO_NUMBERS": NUMBER,
    }


def environment(settings: Settings) -> dict[str, str]:
    """Give the environment in which an instance's processes run."""
    return {
        "PATH": os.environ["PATH"],
        "LEEWARD_DATA": str(settings.data),
        "LEEWARD_DATABASE_URL": settings.database_url,
        "LEEWARD_KEYS_URL": settings.keys_url,
        "LEEWARD_SECRET_KEY": SECRET_KEY.hex(),
        "LEEWARD_PUBLIC_URL": f"https://{HOST}",
    }
