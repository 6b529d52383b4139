"""Builds the fictional network of `make run`: organizations, one caseworker each, and a few sealed reports.

Caseworkers' keys are made here, by the server, which is exactly what must never happen with real ones: a database that
has been through this says so in its instance row, and a production start refuses it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import resources
from typing import Any, Final

from diceware.wordlist import WordList, get_wordlist_path
from sqlalchemy import select

from demo.dates import with_dates_near
from demo.reports import SAMPLE_REPORTS
from intake.answers import Answers
from intake.receipts import ReceiptPool
from intake.report import Intake, issue_submission_id, submit
from referrals.caseworkers.accounts import make_demo_account
from referrals.directory.importing import import_directory
from referrals.directory.models import Organization
from referrals.directory.snapshot import Directory
from service.runtime import Runtime
from service.throttle import FairQueue

RECEIVING_ROLES: Final = ("support_org", "legal_clinic", "union", "coordinator")
# How long ago each sample report came in, so that a queue shows what is due soon and what is not. Nothing is late:
# late offers do not wait for somebody to look, the clocks pass them on.
_CAME_IN: Final = (
    timedelta(hours=2),
    timedelta(hours=30),
    timedelta(hours=5),
    timedelta(minutes=20),
    timedelta(hours=46),
)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """How to sign in at one organization's desk. There is no second factor."""

    organization_key: str
    organization_name: str
    email: str
    passphrase: str


@dataclass(frozen=True, slots=True)
class DemoReport:
    """A sample report's way back, for whoever tries what a worker sees."""

    language: str
    organization_name: str
    receipt: str


@dataclass(frozen=True, slots=True)
class DemoNetwork:
    """Everything that a start of the demo prints."""

    accounts: tuple[DemoAccount, ...]
    reports: tuple[DemoReport, ...]


@dataclass(frozen=True, slots=True)
class _Earlier:
    """A clock that stands still at an earlier moment."""

    moment: datetime

    def now(self) -> datetime:
        """Give that moment."""
        return self.moment


def directory_document() -> dict[str, Any]:
    """Read the demo's directory as it lies in the package, with its dates of 2019."""
    text = resources.files("demo").joinpath("directory.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def build(runtime: Runtime, tell: Callable[[str], None] = lambda _: None) -> DemoNetwork:
    """Fill an empty demo instance. `tell` hears of each step, since the keys take some seconds."""
    now = runtime.clock.now()
    tell("Importing the fictional directory ...")
    document = with_dates_near(directory_document(), now.date())
    with runtime.database.session(write=True) as session:
        import_directory(session, document, now=now, random=runtime.random)
    tell("Making one caseworker's keys for each organization ...")
    # Keys older than the oldest report: nothing can be sealed for a key that has not started yet.
    accounts = tuple(make_accounts(_back_then(runtime, now - 2 * max(_CAME_IN))))
    tell("Sealing sample reports ...")
    reports = tuple(_report(runtime, answers, now - ago) for answers, ago in zip(SAMPLE_REPORTS, _CAME_IN, strict=True))
    return DemoNetwork(accounts, reports)


def make_accounts(runtime: Runtime, *, only: tuple[str, ...] = ()) -> Iterator[DemoAccount]:
    """Make one caseworker for each organization that may receive reports, or for those of `only`."""
    words = list(WordList(get_wordlist_path("en_eff")))
    chosen = select(Organization).where(Organization.role.in_(RECEIVING_ROLES)).order_by(Organization.position)
    with runtime.database.session() as session:
        organizations = session.scalars(chosen).all()
    for organization in organizations:
        if only and organization.key not in only:
            continue
        email = f"demo@{organization.key}.example"
        with runtime.database.session(write=True) as session:
            passphrase = make_demo_account(
                session, organization.id, email, words, now=runtime.clock.now(), random=runtime.random
            )
        yield DemoAccount(organization.key, organization.name, email, passphrase)


def intake_of(runtime: Runtime) -> Intake:
    """Make what takes in reports, for a process that serves nobody."""
    receipts = ReceiptPool(runtime.instance_id, FairQueue(width=1, waiting=4, patience=60), size=1)
    return Intake(runtime, Directory(runtime.clock), receipts)


def _back_then(runtime: Runtime, moment: datetime) -> Runtime:
    return replace(runtime, clock=_Earlier(moment))


def _report(runtime: Runtime, answers: Answers, moment: datetime) -> DemoReport:
    earlier = _back_then(runtime, moment)
    submitted = submit(intake_of(earlier), answers, issue_submission_id(earlier))
    return DemoReport(answers.locale, submitted.organization_name, submitted.receipt)
