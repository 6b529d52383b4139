"""The two questions of whoever runs the service, on both databases: is it up, and can it take in reports?"""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

import wsgi
from referrals import notices
from referrals.directory import state
from referrals.directory.models import Organization, OrganizationEpoch
from service import outbox
from service.clock import FixedClock
from service.models import OutboxMessage
from service.runtime import Runtime
from tests.network import Network, plant

Ask = Callable[[], tuple[int, dict[str, Any]]]


@pytest.fixture
def network(runtime: Runtime) -> Network:
    """Give an instance that can take in reports, on each database."""
    return plant(runtime)


@pytest.fixture
def ask(network: Network) -> Ask:
    """Give a function that asks /readyz."""
    client = network.app.test_client()

    def readyz() -> tuple[int, dict[str, Any]]:
        answer = client.get("/readyz", base_url="http://127.0.0.1:8000")
        return answer.status_code, answer.get_json()

    return readyz


def test_a_whole_instance_is_ready_and_has_no_alarm(ask: Ask) -> None:
    assert ask() == (200, {"ready": True, "closed_because": [], "alarms": []})


def test_an_empty_instance_is_up_and_closed(runtime: Runtime) -> None:
    client = wsgi.compose(runtime).test_client()
    assert client.get("/healthz", base_url="https://leeward.example").get_json() == {"up": True}
    answer = client.get("/readyz", base_url="https://leeward.example")
    assert answer.status_code == 503
    assert answer.get_json()["closed_because"] == ["no_coordinator"]
    assert answer.get_json()["alarms"] == ["mail_not_configured"]


def test_a_coordinator_without_a_key_closes_intake(network: Network, ask: Ask, clock: FixedClock) -> None:
    with network.runtime.database.session(write=True) as session:
        state.bump(session, clock.now())
        session.execute(
            update(OrganizationEpoch)
            .where(OrganizationEpoch.organization_id == network.organization_id("org16"))
            .values(revoked=True)
        )
    assert ask()[1]["closed_because"] == ["coordinator_has_no_key"]


def test_an_old_key_is_an_alarm_that_closes_nothing(network: Network, ask: Ask, clock: FixedClock) -> None:
    clock.advance(timedelta(days=100))
    assert ask() == (200, {"ready": True, "closed_because": [], "alarms": ["epoch_expired"]})


def test_a_dead_letter_is_an_alarm_that_closes_nothing(network: Network, ask: Ask, clock: FixedClock) -> None:
    with network.runtime.database.session(write=True) as session:
        outbox.enqueue(session, notices.TOPIC, {}, due_at=clock.now(), random=os.urandom)
        session.execute(update(OutboxMessage).values(state=outbox.DEAD))
    assert ask() == (200, {"ready": True, "closed_because": [], "alarms": ["outbox_dead_letters"]})


def test_a_worker_that_is_missing_is_noticed(network: Network, ask: Ask, clock: FixedClock) -> None:
    with network.runtime.database.session(write=True) as session:
        outbox.enqueue(session, notices.TOPIC, {}, due_at=clock.now(), random=os.urandom)
    assert ask()[1]["alarms"] == []
    clock.advance(timedelta(minutes=11))
    assert ask()[1]["alarms"] == ["outbox_overdue"]


def test_a_database_of_another_version_closes_intake(network: Network, ask: Ask) -> None:
    with network.runtime.database.session(write=True) as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    status, told = ask()
    assert (status, told["closed_because"]) == (503, ["database_not_migrated"])


def test_a_main_database_that_cannot_be_asked_closes_intake(network: Network, ask: Ask) -> None:
    with network.runtime.database.session(write=True) as session:
        session.execute(text("ALTER TABLE outbox RENAME TO gone"))
    status, told = ask()
    assert (status, told["closed_because"]) == (503, ["database_away"])


def test_a_keys_database_that_cannot_be_asked_closes_intake(network: Network, tmp_path: Any) -> None:
    away = replace(network.runtime)
    keys = tmp_path / "instance" / "keys.sqlite"
    away.keystore.dispose()
    for path in keys.parent.glob("keys.sqlite*"):
        path.unlink()
    keys.mkdir()
    answer = wsgi.compose(away).test_client().get("/readyz", base_url="http://127.0.0.1:8000")
    assert answer.get_json()["closed_because"] == ["keys_database_away"]
    keys.rmdir()


def test_up_asks_no_database(network: Network) -> None:
    with network.runtime.database.session(write=True) as session:
        session.execute(text("ALTER TABLE alembic_version RENAME TO gone"))
    answer = network.app.test_client().get("/healthz", base_url="http://127.0.0.1:8000")
    assert (answer.status_code, answer.get_json()) == (200, {"up": True})


def test_a_flood_is_an_alarm_and_refuses_nobody(network: Network, ask: Ask) -> None:
    client = network.app.test_client()
    statuses = {client.post("/en/return", base_url="http://127.0.0.1:8000").status_code for _ in range(130)}
    assert 429 not in statuses
    assert ask()[1]["alarms"] == ["flood"]


def test_the_answer_holds_codes_and_nothing_else(network: Network, ask: Ask) -> None:
    with network.runtime.database.session(write=True) as session:
        session.execute(update(Organization).values(role="support"))
    assert set(ask()[1]) == {"ready", "closed_because", "alarms"}
