"""The session scope on both databases: all or nothing, however many write, whatever is killed or restarted."""

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import URL, func, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError

from service.database import (
    ChangedWhileReading,
    Database,
    DatabaseUrlInvalid,
    WriteInsideWrite,
    alone,
    database_url,
    same_database,
)
from service.models import AuditEntry, Instance
from tests.conftest import PostgresServer

THREADS = 32


@pytest.fixture
def database(main_url: URL) -> Iterator[Database]:
    """Give a migrated database on each backend."""
    opened = Database(main_url)
    yield opened
    opened.dispose()


def entry(number: int = 0) -> AuditEntry:
    """Make a row to write."""
    return AuditEntry(
        id=os.urandom(16),
        day=date(2026, 7, 8),
        entry={"number": number},
        salt=bytes(32),
        leaf=bytes(32),
        tree_position=None,
    )


def count(database: Database) -> int:
    """Count the rows that were written."""
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


class _Stopped(BaseException):
    """Something that is no Exception, such as what ends a worker thread."""


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, _Stopped])
def test_a_block_that_raises_leaves_nothing(database: Database, error: type[BaseException]) -> None:
    with pytest.raises(error), database.session(write=True) as session:
        session.add(entry())
        session.flush()
        raise error
    assert count(database) == 0


def test_a_block_that_ends_well_is_kept_and_its_objects_stay_readable(database: Database) -> None:
    with database.session(write=True) as session:
        written = entry(7)
        session.add(written)
    assert written.entry == {"number": 7}
    assert count(database) == 1


def test_a_failed_write_leaves_the_next_one_alone(database: Database) -> None:
    for _ in range(40):
        with pytest.raises(IntegrityError), database.session(write=True) as session:
            double = entry()
            session.add(double)
            session.flush()
            session.execute(text("INSERT INTO audit_entry SELECT * FROM audit_entry"))
    with database.session(write=True) as session:
        session.add(entry())
    assert count(database) == 1


def test_nothing_is_written_in_a_session_for_reading(database: Database) -> None:
    with pytest.raises(DatabaseError), database.session() as session:
        session.execute(text("DELETE FROM instance"))
    with pytest.raises(ChangedWhileReading), database.session() as session:
        session.add(entry())
    with pytest.raises(ChangedWhileReading), database.session() as session:
        session.scalars(select(Instance)).one().is_demo = True
    with database.session() as session:
        assert session.scalars(select(Instance)).one().is_demo is False
    with database.session(write=True) as session:
        session.add(entry())
    assert count(database) == 1


def test_one_statement_is_kept_and_read(database: Database) -> None:
    with database.session(write=True, one_statement=True) as session:
        session.add(entry())
    with database.session(one_statement=True) as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 1


def test_one_statement_costs_postgresql_no_transaction(postgres_server: PostgresServer, postgres_template: str) -> None:
    url = postgres_server.create(template=postgres_template)
    database = Database(url)
    with database.session(write=True, one_statement=True) as session:
        session.execute(text("SELECT 1"))
        connection = session.connection().connection.dbapi_connection
        assert connection is not None
        # Idle right after the statement: neither a BEGIN went before it nor will a COMMIT follow.
        assert connection.info.transaction_status == 0
    database.dispose()
    postgres_server.drop(url)


def test_a_read_holds_its_snapshot_only_as_long_as_its_block(database: Database) -> None:
    with database.session() as reading:
        assert reading.scalar(select(func.count()).select_from(AuditEntry)) == 0
        with database.session(write=True) as session:
            session.add(entry())
        if database.dialect_name == "sqlite":
            assert reading.scalar(select(func.count()).select_from(AuditEntry)) == 0
    assert count(database) == 1
    # A snapshot that outlived its block would keep the log from being emptied.
    database.truncate_log()
    if database.dialect_name == "sqlite":
        assert Path(f"{database.url.database}-wal").stat().st_size == 0


def test_a_write_inside_a_write_is_refused_at_once(database: Database) -> None:
    with pytest.raises(WriteInsideWrite), database.session(write=True), database.session(write=True):
        pass
    with database.session(write=True) as session, database.session() as reading:
        assert reading.scalar(text("SELECT 1")) == 1
        session.add(entry())
    assert count(database) == 1


def test_a_write_wakes_who_waits_for_one(database: Database) -> None:
    with database.session():
        pass
    assert not database.written.is_set()
    with database.session(write=True) as session:
        session.add(entry())
        assert not database.written.is_set()
    assert database.written.is_set()


def test_writers_from_many_threads_are_all_kept(database: Database) -> None:
    def write(number: int) -> None:
        for _ in range(5):
            with database.session(write=True) as session:
                highest = session.scalar(select(func.count()).select_from(AuditEntry))
                session.add(entry(number))
                assert highest is not None
            with database.session() as session:
                session.scalars(select(AuditEntry).limit(3)).all()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(write, range(THREADS)))
    assert count(database) == THREADS * 5


def test_a_counter_that_is_read_and_written_in_turn_loses_no_step(database: Database) -> None:
    with database.session(write=True) as session:
        session.add(entry())
        session.flush()

    def step(_: int) -> None:
        with database.session(write=True) as session:
            alone(session, "counter")
            row = session.scalars(select(AuditEntry).with_for_update()).one()
            row.entry = {"number": row.entry["number"] + 1}

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(step, range(100)))
    with database.session() as session:
        assert session.scalars(select(AuditEntry)).one().entry == {"number": 100}


WRITER = """
import sys
from datetime import date
import os
from service.database import Database
from service.models import AuditEntry

database = Database(sys.argv[1], connections=1)
print("ready", flush=True)
for number in range(int(sys.argv[2])):
    with database.session(write=True) as session:
        for half in range(2):
            session.add(AuditEntry(id=os.urandom(16), day=date(2026, 7, 8), entry={"number": number},
                                   salt=bytes(32), leaf=bytes(32), tree_position=None))
            session.flush()
print("done", flush=True)
"""


def writer(database: Database, rounds: int) -> "subprocess.Popen[str]":
    """Start a process that writes pairs of rows, each pair in one transaction."""
    url = database.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, url, str(rounds)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_writers_from_several_processes_never_meet_a_locked_database(database: Database) -> None:
    others = [writer(database, 40) for _ in range(3)]
    for number in range(40):
        with database.session(write=True) as session:
            session.add_all([entry(number), entry(number)])
    for other in others:
        out, errors = other.communicate(timeout=120)
        assert (out, errors, other.returncode) == ("done\n", "", 0)
    assert count(database) == 4 * 40 * 2


def test_a_process_that_is_killed_leaves_nothing_half_written(database: Database) -> None:
    for _ in range(4):
        before = count(database)
        victim = writer(database, 100_000)
        give_up = time.monotonic() + 60
        while count(database) < before + 10 and time.monotonic() < give_up:
            time.sleep(0.005)
        victim.send_signal(signal.SIGKILL)
        victim.communicate(timeout=60)
        with database.session(write=True) as session:
            session.add_all([entry(-1), entry(-1)])
    with database.session() as session:
        numbers = Counter(entry["number"] for entry in session.scalars(select(AuditEntry.entry)))
    assert numbers.total() > 40
    assert [number for number, found in numbers.items() if found % 2] == []


def test_a_forked_child_uses_connections_and_a_line_of_its_own(database: Database) -> None:
    with database.session() as session:
        session.scalars(select(Instance)).one()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with database.session(write=True) as session:
            session.add(entry(1))
            held.set()
            done.wait(60)

    # A thread of the parent writes while it forks; that thread does not exist in the child.
    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(60)
    with warnings.catch_warnings():
        # Python 3.12 warns of a fork among threads, which is what this is about.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        code = 1
        try:
            with database.session() as session:
                code = 0 if session.scalar(text("SELECT 1")) == 1 else 2
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    done.set()
    thread.join(60)
    assert os.waitstatus_to_exitcode(status) == 0
    assert count(database) == 1


def test_sqlite_is_set_up_to_lose_nothing_and_to_keep_nothing_deleted(sqlite_template: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(sqlite_template, tmp_path))
    database = Database(f"sqlite:///{path}")
    with database.session() as session:
        pragmas = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout", "temp_store")
        }
    database.dispose()
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 60_000,
        "temp_store": 2,
    }


def test_sqlite_files_and_their_folder_are_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "data" / "leeward.sqlite"
    before = os.umask(0)
    try:
        database = Database(f"sqlite:///{path}")
        with database.session(write=True) as session:
            session.execute(text("CREATE TABLE kept (number INTEGER)"))
            for file in path.parent.iterdir():
                assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
            assert len(list(path.parent.iterdir())) == 3
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        database.dispose()
    finally:
        os.umask(before)


def test_the_first_connections_of_many_processes_find_a_fresh_sqlite_file_unlocked(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'fresh.sqlite'}"

    def connect(_: int) -> str:
        database = Database(url)
        with database.session(write=True) as session:
            mode = session.execute(text("PRAGMA journal_mode")).scalar_one()
        database.dispose()
        return str(mode)

    with ThreadPoolExecutor(THREADS) as pool:
        assert set(pool.map(connect, range(THREADS))) == {"wal"}


def test_sqlite_waits_for_a_writer_of_another_program(sqlite_template: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(sqlite_template, tmp_path))
    database = Database(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.5, lambda: other.execute("COMMIT"))
    timer.start()
    with database.session(write=True) as session:
        session.add(entry())
    timer.join()
    other.close()
    assert count(database) == 1
    database.dispose()


def cut_connections(server: PostgresServer, url: URL) -> None:
    """Do to every connection of one database what a restart does, and wait until they are cut, ten seconds at most."""
    server.execute(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{url.database}'")


def test_postgresql_connections_that_a_restart_cut_are_replaced_unseen(
    postgres_server: PostgresServer, postgres_template: str
) -> None:
    url = postgres_server.create(template=postgres_template)
    database = Database(url)
    holding = [database.session() for _ in range(3)]
    for scope in holding:
        scope.__enter__().execute(text("SELECT 1"))
    for scope in holding:
        scope.__exit__(None, None, None)
    cut_connections(postgres_server, url)
    for _ in range(4):
        with database.session(write=True) as session:
            session.add(entry())
    assert count(database) == 4
    database.dispose()
    postgres_server.drop(url)


def test_a_transaction_that_a_restart_cut_is_not_half_kept(
    postgres_server: PostgresServer, postgres_template: str
) -> None:
    url = postgres_server.create(template=postgres_template)
    database = Database(url)
    with pytest.raises(OperationalError), database.session(write=True) as session:
        session.add(entry())
        session.flush()
        cut_connections(postgres_server, url)
        session.add(entry())
    assert count(database) == 0
    database.dispose()
    postgres_server.drop(url)


def test_the_database_counts_time_in_utc(database: Database) -> None:
    with database.session() as session:
        moment: datetime = session.execute(select(func.now())).scalar_one()
    assert abs((moment.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds()) < 60


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory", "mysql://h/n", "x"])
def test_a_database_that_is_not_ours_or_keeps_nothing_is_refused(url: str) -> None:
    with pytest.raises(DatabaseUrlInvalid):
        database_url(url)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("sqlite:////a/b.sqlite", "sqlite:////a/./c/../b.sqlite", True),
        ("sqlite:////a/b.sqlite", "sqlite:////a/c.sqlite", False),
        ("postgresql://h/n", "postgres://u:p@h:5432/n", True),
        ("postgresql://h/n", "postgresql://h/m", False),
        ("postgresql:///n?host=/run/a", "postgresql:///n?host=/run/b", False),
        ("sqlite:////a/n", "postgresql:///n", False),
    ],
)
def test_one_database_is_recognized_under_two_names(one: str, other: str, same: bool) -> None:
    assert same_database(one, other) is same
