"""`leeward migrate`, `leeward worker`, `leeward outbox`: what an operator does to a running service's machinery.

The worker's handlers belong to packages above this one, so wsgi hands in how to build it: `worker_command(build)`.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import Final

import click
from sqlalchemy.exc import OperationalError

from service import audit
from service import migrate as schema
from service import outbox as box
from service.clock import SystemClock
from service.database import Database
from service.keystore import KeyStore
from service.outbox import DeadLetterEmpty, Listed, NotDead, OutboxRowUnknown
from service.runtime import instance_of
from service.settings import Settings, SettingsInvalid
from service.worker import Worker

_STATES: Final = {box.WAITING: "waiting", box.LEASED: "in work", box.DEAD: "DEAD"}


@click.command()
@click.option("--keys-are-lost", is_flag=True, help="Start with new keys. Every case so far stays closed for good.")
def migrate(keys_are_lost: bool) -> None:
    """Bring both databases up to date, keeping what is in them."""
    settings = _settings()
    schema.upgrade(settings.database_url)
    keystore = KeyStore(settings.keys_url, SystemClock())
    try:
        if keys_are_lost:
            _begin_with_new_keys(keystore)
    finally:
        keystore.dispose()
    click.echo(f"The databases are at revision {schema.HEAD}.")


def worker_command(build: Callable[[], Worker]) -> click.Command:
    """Make `leeward worker` around a function that builds the worker; it is called when the command runs."""

    @click.command("worker")
    def worker() -> None:
        """Do what waits in the outbox until SIGTERM or Ctrl-C; the row in hand is finished first."""
        work(build())

    return worker


def work(worker: Worker) -> None:
    """Run a worker in this process until it is told to stop."""
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    worker.run_until(stop)


@click.group()
def outbox() -> None:
    """Look at what waits to be sent; send dead letters again, or drop them."""


@outbox.command("list")
def list_rows() -> None:
    """List what waits, dead letters first: id, topic, state, due, attempts, error."""
    with _database() as database, database.session() as session:
        rows = box.listing(session)
    if not rows:
        click.echo("Nothing waits.", err=True)
        return
    for line in table(rows, SystemClock().now()):
        click.echo(line)


@outbox.command()
@click.argument("row_id", metavar="[ID]", required=False)
@click.option("--all-dead", is_flag=True, help="Every dead letter that still has its payload.")
def retry(row_id: str | None, all_dead: bool) -> None:
    """Make a row due now, as `leeward outbox list` names it, or all dead letters."""
    if (row_id is None) is not all_dead:
        raise click.UsageError("Give either an ID or --all-dead.")
    now = SystemClock().now()
    with _database() as database, database.session(write=True) as session:
        if row_id is None:
            count = box.retry_dead(session, now=now)
        else:
            count = _one(lambda: box.retry(session, _row_id(row_id), now=now))
    click.echo(f"{count} {'row is' if count == 1 else 'rows are'} due now.")


@outbox.command()
@click.argument("row_id", metavar="[ID]", required=False)
@click.option("--empty", is_flag=True, help="Every dead letter whose payload was removed.")
def drop(row_id: str | None, empty: bool) -> None:
    """Delete a dead letter that you have dealt with, or all that cannot be sent again; the alarm ends with the last."""
    if (row_id is None) is not empty:
        raise click.UsageError("Give either an ID or --empty.")
    with _database() as database, database.session(write=True) as session:
        count = box.drop_empty(session) if row_id is None else _one(lambda: box.drop(session, _row_id(row_id)))
    click.echo(f"{count} dead {'letter is' if count == 1 else 'letters are'} gone.")


def table(rows: Sequence[Listed], now: datetime) -> list[str]:
    """Lay rows out in columns that a person reads; times are relative, since nobody subtracts them in their head."""
    cells = [("ID", "TOPIC", "STATE", "DUE", "ATTEMPTS", "ERROR")]
    for row in rows:
        due = "-" if row.state == box.DEAD else _relative((row.due_at - now).total_seconds())
        gone = "" if row.sendable else " (payload removed)"
        state, error = _STATES[row.state] + gone, row.error_code or "-"
        cells.append((row.id.hex(), row.topic, state, due, str(row.attempts), error))
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def _relative(seconds: float) -> str:
    if abs(seconds) < 1:
        return "now"
    size = abs(seconds)
    amount = f"{size:.0f} s" if size < 120 else f"{size / 60:.0f} min" if size < 7200 else f"{size / 3600:.0f} h"
    return f"in {amount}" if seconds > 0 else f"{amount} ago"


def _row_id(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise click.ClickException("An id has 32 hexadecimal digits; `leeward outbox list` shows them.") from None


def _begin_with_new_keys(keystore: KeyStore) -> None:
    """Bind an empty keys database to an instance whose own one is lost, and write that down."""
    with _database() as database:
        keystore.belong_to(instance_of(database)[0])
        with database.session(write=True) as session:
            audit.record(session, {"action": "keys.lost"}, day=SystemClock().now().date())


def _one(act: Callable[[], None]) -> int:
    try:
        act()
    except OutboxRowUnknown:
        raise click.ClickException("Nothing in the outbox has this id. It may have been done meanwhile.") from None
    except DeadLetterEmpty:
        raise click.ClickException("The payload of this dead letter was removed: it cannot be sent again.") from None
    except NotDead:
        raise click.ClickException("This row is no dead letter: it waits to be sent, or is in work.") from None
    return 1


def _settings() -> Settings:
    try:
        return Settings.from_env(os.environ, serving=False)
    except SettingsInvalid as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def _database() -> Iterator[Database]:
    """Open the main database for a command: rows are listed and moved without opening any, so no secret is needed."""
    database = Database(_settings().database_url, connections=1)
    try:
        schema.check_revision(database)
        yield database
    except (schema.DatabaseNotMigrated, OperationalError) as error:
        text = str(error) if isinstance(error, schema.DatabaseNotMigrated) else "the database cannot be reached"
        raise click.ClickException(text) from None
    finally:
        database.dispose()
