"""Changes of a case by its organizations, and what they leave behind, for tests."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

import wsgi
from referrals.referral import (
    TransitionRefused,
)
from service.models import AuditEntry, OutboxMessage
from service.runtime import Runtime
from tests.integration.office import Office


def do(office: Office, case_id: bytes, step: Callable[..., object], *arguments: object) -> object:
    """Make one change in a session of its own."""
    with office.runtime.database.session(write=True) as session:
        return step(session, office.change(case_id), *arguments)


def refusal(office: Office, case_id: bytes, step: Callable[..., object], *arguments: object) -> str:
    """Make a change that is refused, and give why."""
    with pytest.raises(TransitionRefused) as caught:
        do(office, case_id, step, *arguments)
    return caught.value.code


def work(runtime: Runtime) -> None:
    """Let a worker of the app do what waits."""
    worker = wsgi.make_worker(runtime)
    while worker.run_once():
        pass


def actions(runtime: Runtime) -> list[str]:
    """List what the audit trail says was done."""
    with runtime.database.session() as session:
        return sorted(str(entry["action"]) for entry in session.scalars(select(AuditEntry.entry)))


def topics(runtime: Runtime) -> list[str]:
    """List what waits in the outbox."""
    with runtime.database.session() as session:
        return sorted(session.scalars(select(OutboxMessage.topic)))
