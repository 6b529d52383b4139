"""A telephone of our own over HTTP, on both databases: its texts come in once, and its reports count."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

import wsgi
from intake.sms.chores import take_in_spooled
from intake.sms.gateways.smsgate import FRESH, SmsGate
from intake.sms.models import OutgoingText
from intake.sms.port import State
from service.clock import FixedClock
from service.database import Database
from service.runtime import Runtime
from tests.conftest import NOON
from tests.integration.smsgate_double import SmsGateDouble, smsgate_double
from tests.integration.worker_client import count, stored
from tests.unit.intake.sms.webhooks import SITE, event, received, sign_event, with_phone

EVENTS = "/sms/smsgate/events"
JSON = "application/json"
CANARY = "CANARYsms"
WORKER = "+16045550142"


@pytest.fixture
def double() -> Iterator[SmsGateDouble]:
    with smsgate_double() as served:
        yield served


def app_of(runtime: Runtime) -> Flask:
    """Give the app of an instance that has a telephone of its own."""
    return wsgi.compose(replace(runtime, settings=with_phone(runtime.settings)))


def post(
    app: Flask, body: bytes, headers: dict[str, str] | None = None, kind: str = "application/json"
) -> TestResponse:
    """Post an event, signed at noon unless other headers are given."""
    signed = sign_event(body, NOON) if headers is None else headers
    return app.test_client().post(EVENTS, data=body, base_url=SITE, headers=signed, content_type=kind)


def test_a_signed_text_is_taken_in_once_and_lies_nowhere_in_clear(runtime: Runtime) -> None:
    app = app_of(runtime)
    for _ in range(3):
        assert post(app, received(f"{CANARY} ਮੇਰਾ ਪਾਸਪੋਰਟ", WORKER)).status_code == 204
    assert count(runtime, "message") == 1
    held = stored(runtime)
    assert CANARY.encode() not in held
    assert WORKER[1:].encode() not in held


def test_a_conversation_goes_through_the_phone_and_its_report_counts(
    runtime: Runtime, double: SmsGateDouble, clock: FixedClock
) -> None:
    known = replace(runtime, settings=with_phone(runtime.settings, double.address))
    app = wsgi.compose(known)
    assert post(app, received("no me pagan", WORKER)).status_code == 204
    worker = wsgi.make_worker(known, {"smsgate": SmsGate(known.settings, timeout=1.0)})
    while worker.run_once():
        pass
    ((reference, message),) = double.messages.items()
    assert message["sent"]["phoneNumbers"] == [WORKER]
    clock.advance(timedelta(seconds=30))
    body = event("sms:delivered", {"messageId": reference})
    assert post(app, body, sign_event(body, clock.now())).status_code == 204
    with runtime.database.session() as session:
        assert session.scalars(select(OutgoingText.state)).one() == State.DELIVERED
    clock.advance(timedelta(minutes=3))
    while worker.run_once():
        pass
    assert not worker.failing_chores


def test_the_checks_come_in_their_order_and_what_fails_one_leaves_no_trace(sqlite_runtime: Runtime) -> None:
    app, good = app_of(sqlite_runtime), received(CANARY, WORKER)
    long = received("x" * 40_000, WORKER)
    answers = {
        "too long": post(app, long, {}, "text/plain"),
        "too long and signed": post(app, long),
        "a form": post(app, good, kind="application/x-www-form-urlencoded"),
        "no signature": post(app, good, {}),
        "a copy of an old post": post(app, good, sign_event(good, NOON - FRESH - timedelta(seconds=1))),
        "another key": post(app, good, sign_event(good, NOON, key="none-of-ours")),
        "another number": post(app, good.replace(b"+1778555", b"+1604555")),
        "nonsense": post(app, b"{"),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "too long": 413,
        "too long and signed": 413,
        "a form": 415,
        "no signature": 403,
        "a copy of an old post": 403,
        "another key": 403,
        "another number": 403,
        "nonsense": 400,
    }
    assert count(sqlite_runtime, "message") == 0


def test_without_its_settings_there_is_no_such_webhook(sqlite_runtime: Runtime) -> None:
    assert post(wsgi.compose(sqlite_runtime), received("hello")).status_code == 404


def test_while_the_database_is_away_a_text_is_kept_sealed(sqlite_runtime: Runtime) -> None:
    gone = Database("postgresql://127.0.0.1:1/nowhere", b"k" * 32, connections=1)
    app = app_of(replace(sqlite_runtime, database=gone))
    assert post(app, received(CANARY, WORKER)).status_code == 204
    gone.dispose()
    kept = b"".join(path.read_bytes() for path in sqlite_runtime.settings.data.rglob("*") if path.is_file())
    assert CANARY.encode() not in kept
    assert take_in_spooled(sqlite_runtime) == 1
    assert count(sqlite_runtime, "message") == 1


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(body=st.binary(max_size=300), is_signed=st.booleans())
def test_any_bytes_are_refused_or_say_nothing(sqlite_runtime: Runtime, body: bytes, is_signed: bool) -> None:
    answer = post(app_of(sqlite_runtime), body, None if is_signed else {})
    assert answer.status_code in ((204, 400) if is_signed else (403,))
    assert count(sqlite_runtime, "message") == 0
