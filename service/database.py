"""SQLite and PostgreSQL behind one session scope, which is the only place where anything is committed.

A block that raises leaves nothing behind. On SQLite writers of one process stand in line, so that nobody meets a locked
database; PostgreSQL connections that a restart has cut are noticed before they are used.
"""

import os
import select
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import ExceptionContext, ExecutionContext
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from service.throttle import FairQueue

DRIVERS: Final = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
BUSY_SECONDS: Final = 60
# On SQLite's disk: about two of its logs. On another host's disk: how long we go by what it last said.
FULL_BELOW_BYTES: Final = 8 * 1024 * 1024
FULL_SECONDS: Final = 10
_DISK_FULL: Final = "53100"
_LINE: Final = 10_000
_MODE: Final = "leeward_mode"
# An execution option: statements in a database's own words, each with its values, to execute in place of the one that
# SQLAlchemy was handed (`service.rows`).
STATEMENTS: Final = "leeward_statements"
# Read, write, or one statement that is a transaction of its own.
_BEGINNINGS: Final = {"read": "BEGIN", "write": "BEGIN IMMEDIATE"}
_POSTGRESQL: Final[dict[str, object]] = {
    "application_name": "leeward",
    "connect_timeout": 10,
    # A host that vanished without a word is given up after 20 seconds instead of a quarter of an hour.
    "keepalives_idle": 30,
    "tcp_user_timeout": 20_000,
    "options": "-c timezone=UTC -c lock_timeout=30s -c idle_in_transaction_session_timeout=60s",
}


class DatabaseUrlInvalid(Exception):
    """The URL names no database that we can use; the message says what a right one looks like."""


class WriteInsideWrite(Exception):
    """A thread opened a second write session before its first one ended: it would wait for itself."""


class ChangedWhileReading(Exception):
    """A session that was opened for reading holds changes, which would be lost."""


class LogNotTruncated(Exception):
    """Somebody reads the database all the time, so that deleted bytes are still in its write-ahead log."""


def database_url(url: str | URL) -> URL:
    """Give a URL in the form that we connect with. Raises DatabaseUrlInvalid."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseUrlInvalid("write it like sqlite:////folder/leeward.sqlite or postgresql://host/name") from None
    driver = DRIVERS.get(parsed.drivername)
    if driver is None:
        raise DatabaseUrlInvalid("only sqlite:// and postgresql:// are supported")
    if driver == "sqlite" and (not parsed.database or parsed.database.startswith((":memory:", "file:"))):
        raise DatabaseUrlInvalid("a SQLite database needs a file: sqlite:////folder/leeward.sqlite")
    return parsed.set(drivername=driver)


def same_database(one: str | URL, other: str | URL) -> bool:
    """Tell whether two URLs name the same database, as far as they show it."""
    return _identity(database_url(one)) == _identity(database_url(other))


def _identity(url: URL) -> tuple[object, ...]:
    if url.drivername == "sqlite":
        return (Path(url.database or "").resolve(),)
    return (url.host or url.query.get("host"), url.port or url.query.get("port") or 5432, url.database)


class Database:
    """One database: its connections, and the session scope."""

    def __init__(self, url: str | URL, outbox_key: bytes | None = None, *, connections: int = 16) -> None:
        """Prepare to connect, with about as many connections as threads will ask. Raises DatabaseUrlInvalid."""
        self.url = database_url(url)
        self.dialect_name = self.url.get_backend_name()
        # Set after every write, for a worker in the same process that waits for something to do.
        self.written = threading.Event()
        self._info = {"outbox_key": outbox_key}
        self._connections = connections
        self._full_until = 0.0
        self.engine = self._sqlite() if self.dialect_name == "sqlite" else self._postgresql()
        self._binds = {mode: self.engine.execution_options(**{_MODE: mode}) for mode in ("read", "write", "statement")}
        if self.dialect_name == "postgresql":
            self._binds["read"] = self._binds["read"].execution_options(postgresql_readonly=True)
            self._binds["statement"] = self._binds["statement"].execution_options(isolation_level="AUTOCOMMIT")
        self._start_line()
        renew_after_fork(self)

    @contextmanager
    def session(self, write: bool = False, one_statement: bool = False) -> Iterator[Session]:
        """Open a session for a block; commit it where it writes and the block ends well, else roll back.

        `one_statement` promises that the block executes one statement: PostgreSQL then needs no BEGIN and COMMIT.
        Objects stay readable afterwards. Raises WriteInsideWrite, ChangedWhileReading, and TooBusy where other writers
        of this process held a SQLite database for a minute.
        """
        with self._turn() if write else nullcontext(), self._open(write, one_statement) as session:
            yield session
            if write:
                session.commit()
            elif session.new or session.dirty or session.deleted:
                raise ChangedWhileReading
        if write:
            self.written.set()

    @property
    def is_full(self) -> bool:
        """Say whether its disk has no room: measured for SQLite; PostgreSQL's, while it refused a write just now."""
        if self.dialect_name != "sqlite":
            return time.monotonic() < self._full_until
        try:
            disk = os.statvfs(Path(self.url.database or "").parent)
        except OSError:
            return False
        return disk.f_bavail * disk.f_frsize < FULL_BELOW_BYTES

    def truncate_log(self) -> None:
        """Move SQLite's write-ahead log into the database and empty it. Raises LogNotTruncated; try again later.

        PostgreSQL keeps its own log, which is out of our hands.
        """
        if self.dialect_name != "sqlite":
            return
        give_up = time.monotonic() + BUSY_SECONDS
        with self._turn(), self._open(write=False, one_statement=True) as session:
            while session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0]:
                if time.monotonic() > give_up:
                    raise LogNotTruncated
                time.sleep(0.01)

    def dispose(self) -> None:
        """Close every connection that is not in use."""
        self.engine.dispose()

    def after_fork(self) -> None:
        """Leave the parent's connections and its line of writers alone: this process needs its own."""
        self.engine.dispose(close=False)
        self._start_line()

    def _start_line(self) -> None:
        self._writers = FairQueue(width=1, waiting=_LINE, patience=BUSY_SECONDS)
        self._writing = threading.local()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold the right to write. SQLite has one writer; in a fair line nobody starves, and nobody polls."""
        if getattr(self._writing, "now", False):
            raise WriteInsideWrite
        with self._writers.place() if self.dialect_name == "sqlite" else nullcontext():
            self._writing.now = True
            try:
                yield
            finally:
                self._writing.now = False

    def _open(self, write: bool, one_statement: bool) -> Session:
        mode = "write" if write else "read"
        # SQLite has no network to spare, and its several inserts of a report must stand together.
        if one_statement and (self.dialect_name == "postgresql" or not write):
            mode = "statement"
        return Session(self._binds[mode], expire_on_commit=False, info=dict(self._info))

    def _sqlite(self) -> Engine:
        path = Path(self.url.database or "")
        _create_private(path)
        # Opening a file anew for each session would make one four times as dear (130 us against 500 us).
        engine = create_engine(
            self.url,
            pool_size=self._connections,
            max_overflow=-1,
            connect_args={"timeout": BUSY_SECONDS, "isolation_level": None},
        )
        event.listen(engine, "connect", _tune_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "do_execute", _execute_ready)
        return engine

    def _postgresql(self) -> Engine:
        engine = create_engine(
            self.url,
            pool_size=self._connections,
            max_overflow=self._connections,
            # In autocommit there is nothing to roll back; asking would cost a round trip.
            skip_autocommit_rollback=True,
            connect_args=dict(_POSTGRESQL),
        )
        event.listen(engine, "checkout", _refuse_cut_connection)
        event.listen(engine, "handle_error", self._note_full)
        event.listen(engine, "do_execute", _execute_ready)
        return engine

    def _note_full(self, context: ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlstate", None) == _DISK_FULL:
            self._full_until = time.monotonic() + FULL_SECONDS


def alone(session: Session, name: str) -> None:
    """Let one transaction at a time, on any host, pass here until it ends. A SQLite writer is alone already."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"leeward/{name}"})


def _create_private(path: Path) -> None:
    """Make a database file that only its owner reads; SQLite gives its log and index the same rights."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)


def _tune_sqlite(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    # Of several first connections one switches, and the others are told "locked" without the usual patience.
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            if connection.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",):
                return
        except sqlite3.OperationalError:
            if time.monotonic() > give_up:
                raise
        time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    """Begin as the session asked: the driver's own way takes the write lock too late, and cannot wait for it."""
    mode = connection.get_execution_options().get(_MODE, "write")
    # This cannot fail, so it is asked of the driver: by SQLAlchemy it costs as much as a SELECT.
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA query_only = {'OFF' if mode == 'write' else 'ON'}")
    if mode in _BEGINNINGS:
        connection.exec_driver_sql(_BEGINNINGS[mode])


def _execute_ready(cursor: Any, _statement: str, _values: Any, context: ExecutionContext) -> bool:
    """Execute the statements of the option STATEMENTS, and say whether there were any.

    psycopg's usual cursor takes a statement of more than 50 values apart anew each time; the raw one sends it as it is.
    """
    ready = context.execution_options.get(STATEMENTS)
    if ready is None:
        return False
    if context.dialect.name == "postgresql":
        from psycopg import RawCursor

        cursor = RawCursor(cursor.connection)
    for statement, values in ready:
        cursor.execute(statement, values)
    return True


def _refuse_cut_connection(connection: Any, _record: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    """Notice a restart of the server without asking it: a connection at rest has nothing to read unless it was cut."""
    if connection.closed:
        raise InvalidatePoolError
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        raise InvalidatePoolError


_OPEN: "weakref.WeakSet[Any]" = weakref.WeakSet()


def renew_after_fork(part: Any) -> None:
    """Have a part's `after_fork` called in every child process, for as long as the part lives."""
    _OPEN.add(part)


def _renew_all() -> None:
    for part in list(_OPEN):
        part.after_fork()


os.register_at_fork(after_in_child=_renew_all)
