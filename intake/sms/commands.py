"""`leeward sms`: a conversation with the hotline in the terminal, and the texts whose fate a person must find out."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import click
from sqlalchemy.exc import OperationalError

from intake.sms import fates, forgetting, rotating
from intake.sms.fates import Unsure
from intake.sms.forgetting import DateDoubtful, Forgotten
from intake.sms.gateways.console import Console
from intake.sms.measuring import language, measure
from intake.sms.receiving import Hotline, receive
from intake.sms.rotating import IndexKey, RotationUnderWay
from service import migrate
from service.clock import SystemClock
from service.database import Database
from service.runtime import opened
from service.settings import Settings
from service.worker import Worker

PHONE: Final = "+16045550123"
_WAIT: Final = "/wait"
_LONGEST_WAIT: Final = 60 * 24 * 30


class ClockAhead:
    """The machine's clock, and how far a conversation in the terminal has moved it."""

    def __init__(self) -> None:
        self._system = SystemClock()
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Give the moment that the conversation is at."""
        return self._system.now() + self._ahead

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._ahead += by


@dataclass(frozen=True, slots=True)
class Terminal:
    """A hotline of its own, to be tried: phones in memory, and a worker that does what waits."""

    hotline: Hotline
    console: Console
    worker: Worker
    clock: ClockAhead


def sms_command(open_terminal: Callable[[], AbstractContextManager[Terminal]]) -> click.Group:
    """Make `leeward sms` around what makes a hotline to be tried; it is called when the command runs."""

    @click.group("sms", invoke_without_command=True)
    @click.option("--phone", default=PHONE, show_default=True, help="The number that the texts come from.")
    @click.pass_context
    def sms(context: click.Context, phone: str) -> None:
        """Hold a conversation with the hotline, as a phone does, on a scratch network that leaves nothing behind.

        Each line is a text. "/wait 15" lets a quarter of an hour pass. The end of the input ends it.
        """
        if context.invoked_subcommand is None:
            with open_terminal() as terminal:
                _converse(terminal, phone)

    for command in (unknown, measure, language, doctor, purge, rotate_key):
        sms.add_command(command)
    return sms


def _converse(terminal: Terminal, phone: str) -> None:
    seen = len(terminal.console.shown(phone))
    lines = sys.stdin
    if lines.isatty():
        click.echo('Write what a phone would send. "/wait 15" lets 15 minutes pass; Ctrl-D ends it.', err=True)
    for line in lines:
        text = line.rstrip("\r\n")
        command, _, minutes = text.partition(" ")
        if command == _WAIT and minutes.isascii() and minutes.isdigit() and int(minutes) <= _LONGEST_WAIT:
            terminal.clock.advance(timedelta(minutes=int(minutes)))
        elif text:
            receive(terminal.hotline, terminal.console.type(phone, text))
        while terminal.worker.run_once():
            pass
        shown = terminal.console.shown(phone)
        for one in shown[seen:]:
            if not one.from_worker:
                click.echo("\n".join(f"> {part}" for part in one.text.splitlines()))
        seen = len(shown)


@click.command()
@click.option("--seen", metavar="REFERENCE", help="Take one off the list, after you have looked after it.")
def unknown(seen: str | None) -> None:
    """List texts of which nobody knows whether they left: since when, and their reference. Never a number.

    Look at the provider's log at that minute. Whether it left or not, it is not sent again by itself.
    """
    now = SystemClock().now()
    with _database() as database:
        if seen is not None:
            with database.session(write=True) as session:
                if not fates.seen(session, _reference(seen)):
                    raise click.ClickException("No text with this reference waits for anybody.")
            return
        with database.session() as session:
            found = fates.unsure(session, now=now)
    if not found:
        click.echo("Nothing is unknown.", err=True)
        return
    for line in table(found):
        click.echo(line)


@click.command()
def doctor() -> None:
    """Ask each provider whether the hotline is set up there as it must be, and say what to do where it is not.

    Nothing is changed and nothing is sent. It ends with 1 where something is wrong.
    """
    from intake.sms import doctor as look

    settings, now = Settings.from_env(os.environ, serving=False), SystemClock().now()
    found = list(look.findings(settings, now=now))
    with _database() as database, database.session() as session:
        found += look.of_database(session, now=now)
    lines, is_well = look.report(found)
    for line in lines:
        click.echo(line)
    if not is_well:
        raise click.exceptions.Exit(1)


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be dropped, and change nothing.")
@click.option("--date-is-right", is_flag=True, help="Say that this host's date is right, after its clock leapt.")
def purge(dry_run: bool, date_is_right: bool) -> None:
    """Drop now what the worker drops each hour: numbers in whose conversation nobody has written for 30 days.

    With each go its hash, the key that opens answers to it, and the relay epochs that are over; so do the spool keys of
    a week ago, digits that are over, the records of texts that left 30 days ago, and the ids of texts that came 400
    days ago. What it did is told in counts. It may be stopped at any moment and run again, also beside a worker. It
    ends with 1, and drops nothing, where the clock is in doubt.
    """
    with opened(Settings.from_env(os.environ)) as runtime:
        try:
            if dry_run:
                found = forgetting.due(runtime, date_is_right=date_is_right)
            else:
                found = forgetting.purge(runtime, date_is_right=date_is_right, progress=_tell_progress)
        except DateDoubtful as doubt:
            raise click.ClickException(str(doubt)) from None
    if dry_run:
        click.echo("Nothing was changed. This would be dropped:")
    for line in counts(found):
        click.echo(line)


@click.command("rotate-key")
@click.option("--status", is_flag=True, help="Show the keys that are in use, and change nothing.")
def rotate_key(status: bool) -> None:
    """Make a new index key: the one under which a number's hash finds its conversation. No conversation is lost by it.

    In ten minutes every process writes under it. Numbers that can be opened move to it with the worker's next turns, or
    at once with `leeward sms purge` after those ten minutes. The older key goes a day later at the earliest, and once
    nothing is found under it any more: 30 days later, as a rule. It ends with 1 where a key was made minutes ago.
    """
    with opened(Settings.from_env(os.environ)) as runtime:
        if not status:
            try:
                rotating.rotate(runtime)
            except RotationUnderWay:
                raise click.ClickException("A key was made minutes ago: wait ten, and run this again.") from None
        for line in key_table(rotating.in_use(runtime)):
            click.echo(line)


def key_table(found: tuple[IndexKey, ...]) -> list[str]:
    """Lay index keys out in columns: when each was made (UTC), what it is now, and how much is found under it."""
    current = next(place for place, one in enumerate(found) if one.is_current)
    states = ["older" if place < current else "new" if place > current else "current" for place in range(len(found))]
    rows = [
        f"{one.made_at:%Y-%m-%d %H:%M}    {state:<9}{one.conversations:>13}"
        for one, state in zip(found, states, strict=True)
    ]
    return [f"{'MADE (UTC)':<18}  {'KEY':<9}{'CONVERSATIONS':>13}", *rows]


def counts(found: Forgotten) -> list[str]:
    """Lay out how much was dropped, and nothing of whose it was."""
    told = {
        "numbers of workers": found.numbers,
        "records of texts that left": found.texts,
        "ids of texts that came": found.arrivals,
        "relay epochs and spool keys": found.keys,
        "index keys": found.index_keys,
    }
    return [f"{count:>9}  {what}" for what, count in told.items()]


def _tell_progress(numbers: int) -> None:
    click.echo(f"{numbers} numbers so far", err=True)


def table(found: tuple[Unsure, ...]) -> list[str]:
    """Lay unsure texts out in columns: when each was handed over (UTC), and its reference."""
    rows = [(f"{one.handed_over_at:%Y-%m-%d %H:%M}", one.reference.hex()) for one in found]
    return [f"{'HANDED OVER (UTC)':<18}  REFERENCE", *(f"{moment:<18}  {reference}" for moment, reference in rows)]


def _reference(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise click.ClickException("A reference has 32 hexadecimal digits; `leeward sms unknown` shows them.") from None


@contextmanager
def _database() -> Iterator[Database]:
    """Open the main database: the list needs no secret."""
    database = Database(Settings.from_env(os.environ, serving=False).database_url, connections=1)
    try:
        migrate.check_revision(database)
        yield database
    except OperationalError:
        raise click.ClickException("The database cannot be reached.") from None
    finally:
        database.dispose()
