"""`leeward demo`: makes the fictional network where there is none yet, says how to sign in, and serves it."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from crypto import receipt
from demo.network import DemoAccount, DemoNetwork, DemoReport, build
from service import migrate, server
from service.database import Database
from service.runtime import InstanceMissing, Runtime, build_runtime, create_instance
from service.settings import Settings

# Written last, so that it is there exactly when the demo is whole. Passphrases of fictional people only.
SIGN_INS: Final = "demo-sign-ins.json"
SECRET: Final = "demo-secret"  # noqa: S105 - the name of a file


@click.command()
def demo() -> None:
    """Make the demo network and serve it on http://127.0.0.1:8000 (PORT, LEEWARD_DATA)."""
    settings = demo_settings(dict(os.environ))
    network = _network(settings)
    _print_sign_ins(settings, network)
    server.serve(settings)


def demo_settings(environ: dict[str, str]) -> Settings:
    """Read the settings of a demo: it keeps a secret of its own beside its data. Raises SettingsInvalid."""
    environ = environ | {"LEEWARD_DEMO": "1"}
    if not environ.get("LEEWARD_SECRET_KEY"):
        data = Settings.from_env(environ, serving=False).data
        environ["LEEWARD_SECRET_KEY"] = _secret(data / SECRET)
    return Settings.from_env(environ)


def _secret(path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _write_private(path, os.urandom(32).hex())
    return path.read_text(encoding="ascii")


def _network(settings: Settings) -> DemoNetwork:
    """Find the network of an earlier start, or make one. A start that was broken off is begun again."""
    told = settings.data / SIGN_INS
    if told.exists():
        document = json.loads(told.read_text(encoding="utf-8"))
        accounts = tuple(DemoAccount(**entry) for entry in document["accounts"])
        return DemoNetwork(accounts, tuple(DemoReport(**entry) for entry in document["reports"]))
    runtime = empty_runtime(settings)
    try:
        network = build(runtime, lambda step: click.echo(step, err=True))
    finally:
        runtime.dispose()
    _write_private(told, json.dumps(asdict(network), ensure_ascii=False, indent=1))
    return network


def empty_runtime(settings: Settings) -> Runtime:
    """Make an empty demo instance. What a broken-off start left is removed; anything else is refused."""
    migrate.upgrade(settings.database_url)
    try:
        left_over = build_runtime(settings)
    except InstanceMissing:
        return _new_instance(settings)
    left_over.dispose()
    if not settings.database_url.startswith("sqlite"):
        raise click.ClickException("The demo of this database is not whole. Name an empty one in LEEWARD_DATABASE_URL.")
    for path in settings.data.glob("*.sqlite*"):
        path.unlink()
    migrate.upgrade(settings.database_url)
    return _new_instance(settings)


def _new_instance(settings: Settings) -> Runtime:
    database = Database(settings.database_url)
    create_instance(database, is_demo=True)
    database.dispose()
    return build_runtime(settings)


def _print_sign_ins(settings: Settings, network: DemoNetwork) -> None:
    """Print who can sign in where, in columns that read well."""
    width = max(len(account.organization_name) for account in network.accounts)
    click.echo(f"\nDEMO. Everything in it is fictional. The form: {settings.public_url}/")
    click.echo(f"A phone for text messages: {settings.public_url}/demo/phone\n")
    click.echo(f"The desk: {settings.public_url}/desk/   (no six digits are asked in the demo)")
    for account in network.accounts:
        click.echo(f"  {account.organization_name:<{width}}  {account.email:<19}  {account.passphrase}")
    click.echo(f"\nReceipts of the sample reports, for {settings.public_url}/en/return")
    for report in network.reports:
        click.echo(f"  {receipt.format(report.receipt)}  {report.language}, with {report.organization_name}")
    click.echo("")


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
