"""The commands that let people in: `leeward init` for a new instance, `leeward caseworker` for everybody after."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import click

from referrals.caseworkers import founding, invitations
from referrals.caseworkers.accounts import list_accounts
from service import migrate
from service.clock import SystemClock
from service.database import Database
from service.runtime import InstanceExists, add_instance, opened
from service.settings import Settings

_REFUSALS = {
    invitations.OrganizationUnknown: "No organization has this key. `leeward directory export -` lists them.",
    invitations.EmailTaken: "Somebody has enrolled under this address already.",
    invitations.EmailMistyped: "This is not an e-mail address.",
}


@contextmanager
def _told() -> Iterator[None]:
    """Say a refusal of an invitation in one line."""
    try:
        yield
    except tuple(_REFUSALS) as error:
        raise click.ClickException(_REFUSALS[type(error)]) from error


@click.command()
@click.option("--name", default="Network coordination", show_default=True, help="The coordinator organization's name.")
@click.option("--email", prompt="E-mail address of the first coordinator", help="Who is to open this instance.")
def init(name: str, email: str) -> None:
    """Make a real, empty instance and print the coordinator's invitation."""
    settings = Settings.from_env(os.environ, serving=False)
    migrate.upgrade(settings.database_url)
    database = Database(settings.database_url)
    try:
        with _told(), database.session(write=True) as session:
            add_instance(session, is_demo=False)
            token = founding.found(session, name=name, email=email, now=SystemClock().now())
    except InstanceExists as error:
        raise click.ClickException("This database belongs to an instance already; it was not changed.") from error
    finally:
        database.dispose()
    click.echo("Made an empty instance.\n")
    if not settings.secret_key:
        click.echo("Put this secret into the service's environment. It is not kept anywhere else; losing it locks")
        click.echo("caseworkers' second factors and makes every receipt unreadable:\n")
        click.echo(f"  LEEWARD_SECRET_KEY={secrets.token_urlsafe(32)}\n")
    _print_link(settings.public_url, email, token)
    click.echo("Intake opens when the coordinator has enrolled. Then import the directory and invite its people:")
    click.echo("  leeward directory import FILE\n  leeward caseworker invite ORGANIZATION EMAIL")


@click.group()
def caseworker() -> None:
    """Invite caseworkers and list them."""


@caseworker.command()
@click.argument("organization")
@click.argument("email")
@click.option("--role", type=click.Choice(invitations.ROLES), default="caseworker", show_default=True)
def invite(organization: str, email: str, role: str) -> None:
    """Print a one-time link with which EMAIL enrols for ORGANIZATION (its key in the directory)."""
    with opened(Settings.from_env(os.environ)) as runtime, _told(), runtime.database.session(write=True) as session:
        token = invitations.invite(
            session,
            organization_key=organization,
            email=email,
            role=role,
            now=runtime.clock.now(),
            random=runtime.random,
        )
        public_url = runtime.settings.public_url
    _print_link(public_url, email, token)


@caseworker.command("list")
def list_() -> None:
    """List accounts: organization, address, role, and whether they hold their organization's key."""
    with opened(Settings.from_env(os.environ)) as runtime, runtime.database.session() as session:
        accounts = list_accounts(session)
    width = max((len(account.email) for account in accounts), default=0)
    for account in accounts:
        holds = "has the key" if account.has_epoch else "waits for the key"
        state = holds if account.active else "inactive"
        click.echo(f"{account.organization_key:<16} {account.email:<{width}}  {account.role:<12} {state}")
    if not accounts:
        click.echo("Nobody has enrolled yet.", err=True)


def _print_link(public_url: str, email: str, token: str) -> None:
    """Print an invitation. The token stands behind the #, which no browser sends to a server."""
    click.echo(f"The invitation of {email}: for one person, once, for 24 hours. Hand it over by a safe way:\n")
    click.echo(f"  {public_url or 'https://YOUR-ADDRESS'}/desk/enrol#{token}\n")
