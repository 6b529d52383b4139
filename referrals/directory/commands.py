"""The commands of `leeward directory`: import, export and check the file that says who belongs to the network."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from referrals.directory import checking, exporting, importing
from referrals.directory.faults import DirectoryRefused, Fault
from referrals.directory.snapshot import read_snapshot
from service.clock import SystemClock
from service.database import Database
from service.runtime import checked_instance
from service.settings import Settings

_FILE = click.argument("path", metavar="FILE", type=click.Path(exists=True, path_type=Path))
_ALARMS = {
    "no_coordinator": "There is no coordinator: intake is closed.",
    "coordinator_has_no_key": "The coordinator has no key: intake is closed until one of its people has enrolled.",
    "epoch_expired": "The key of at least one organization is past its end.",
}


@click.group()
def directory() -> None:
    """Import, export and check the directory of member organizations.

    FILE is JSON in the shape of HSDS 3.1, or a folder or zip file of its CSV tables.
    """


@directory.command("import")
@_FILE
def import_(path: Path) -> None:
    """Take over a whole directory, or nothing of it if it has a fault.

    Members that the file leaves out are removed; those with cases, keys or people become inactive instead. What is odd
    in the file is named on standard error, as `check` names it.
    """
    now = SystemClock().now()
    with _told(), _database() as database:
        loaded = importing.load(path)
        with _located(loaded), database.session(write=True) as session:
            imported = importing.import_directory(session, loaded.document, now=now)
        with database.session() as session:
            alarms = checking.alarms(read_snapshot(session, now), now)
    _tell_warnings(loaded.located(imported.warnings), err=True)
    for word in ("added", "changed", "made_inactive", "removed"):
        if keys := getattr(imported, word):
            click.echo(f"{word.replace('_', ' ')}: {', '.join(keys)}")
    click.echo(f"unchanged: {imported.unchanged}")
    for alarm in alarms:
        click.echo(_ALARMS[alarm], err=True)


@directory.command("export")
@click.argument("path", metavar="FILE|FOLDER", type=click.Path(path_type=Path))
@click.option("--format", "kind", type=click.Choice(["json", "csv"]), default="json", show_default=True)
def export(path: Path, kind: str) -> None:
    """Write the directory as JSON to FILE ("-" for the screen), or as CSV into an empty FOLDER or a .zip."""
    with _database() as database, database.session() as session:
        document = exporting.document_of(session)
    if str(path) == "-":
        if kind == "csv":
            raise click.UsageError("CSV is many files: name a folder, or a file that ends in .zip")
        click.echo(exporting.json_text(document), nl=False)
        return
    try:
        (exporting.write_csv if kind == "csv" else exporting.write_json)(document, path)
    except exporting.ExportRefused as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror}") from error


@directory.command()
@_FILE
def check(path: Path) -> None:
    """Say what is wrong with FILE: faults that keep it out, each with its place, and warnings apart.

    Needs no database and changes nothing. Ends with 1 if there are faults.
    """
    with _told():
        loaded = importing.load(path)
        report = checking.check(loaded.document, now=SystemClock().now())
    _tell_warnings(loaded.located(report.warnings))
    _tell_faults(loaded.located(report.faults))
    click.echo(f"{len(report.faults)} faults, {len(report.warnings)} warnings")
    sys.exit(bool(report.faults))


@contextmanager
def _database() -> Iterator[Database]:
    """Open the main database. What a directory says is public, so none of the service's secrets is asked for."""
    settings = Settings.from_env(os.environ, serving=False)
    database = Database(settings.database_url, connections=1)
    try:
        checked_instance(database, settings)
        yield database
    finally:
        database.dispose()


@contextmanager
def _located(loaded: importing.Loaded) -> Iterator[None]:
    """Name faults by their places in the file that was loaded."""
    try:
        yield
    except DirectoryRefused as refused:
        raise DirectoryRefused(loaded.located(refused.faults)) from refused


@contextmanager
def _told() -> Iterator[None]:
    """Say why a file is refused, and end."""
    try:
        yield
    except DirectoryRefused as refused:
        _tell_faults(refused.faults)
        sys.exit(1)
    except OSError as error:
        raise click.ClickException(f"cannot read the file: {error.strerror}") from error


def _tell_warnings(warnings: tuple[Fault, ...], *, err: bool = False) -> None:
    for warning in warnings:
        click.echo(f"warning: {warning}", err=err)


def _tell_faults(faults: tuple[Fault, ...]) -> None:
    for fault in faults:
        click.echo(f"fault: {fault}", err=True)
