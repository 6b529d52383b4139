"""The desk's API against strangers, forged requests and bytes of every kind, on both databases."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.envelope import MessageType
from intake.answers import Answers
from referrals.desk.api import ANONYMOUS
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.desk_client import DeskClient, base64url, sealed_message, signed_in
from tests.network import Network, plant

NO_CASE = "00" * 16
EVERY_KIND_OF_BYTES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def network(runtime: Runtime) -> Network:
    """A small network with real keys."""
    return plant(runtime)


@pytest.fixture
def sqlite_network(sqlite_runtime: Runtime) -> Network:
    """The same on one database, where a test is about requests and not about rows."""
    return plant(sqlite_runtime)


def endpoints(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Yield name, method and path of everything that the API offers."""
    for rule in app.url_map.iter_rules():
        name = rule.endpoint.removeprefix("desk_api.")
        if name != rule.endpoint and name != "unknown":
            method = "POST" if "POST" in (rule.methods or ()) else "GET"
            yield name, method, rule.rule.removeprefix("/desk/api/").replace("<case_id>", NO_CASE)


def test_what_needs_no_session_is_listed_and_nothing_else_answers_without_one(network: Network) -> None:
    found = {name: (method, path) for name, method, path in endpoints(network.app)}
    assert {*ANONYMOUS} - {"unknown"} <= found.keys()
    stranger = DeskClient(network)
    for name, (method, path) in found.items():
        if name not in ANONYMOUS | {"sign_out"}:
            response = stranger.call(method, path, b"{}")
            assert (response.status_code, response.get_json()["error"]) == (401, "signed_out"), name


def test_every_change_needs_the_token_of_this_browser(network: Network) -> None:
    caseworker, other = signed_in(network, "org01"), DeskClient(network)
    other.get("session")
    for name, method, path in endpoints(network.app):
        if method == "POST":
            for forged in ("", "nonsense", other.csrf):
                response = caseworker.call(method, path, b"{}", csrf=forged)
                assert (response.status_code, response.get_json()["error"]) == (403, "csrf"), (name, forged)


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(network: Network) -> None:
    response = DeskClient(network).sign_in("org01")
    cookie = next(value for value in response.headers.getlist("Set-Cookie") if value.startswith("desk="))
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/desk", "max-age=43200"} <= attributes


def test_a_session_ends_when_it_was_not_used_for_half_an_hour_or_is_twelve_hours_old(
    network: Network, clock: FixedClock
) -> None:
    idle, busy = signed_in(network, "org01"), signed_in(network, "org01")
    for _ in range(3):
        clock.advance(timedelta(minutes=20))
        assert busy.get("keys").status_code == 200
    assert idle.get("keys").status_code == 401
    for _ in range(36):
        clock.advance(timedelta(minutes=20))
        busy.get("keys")
    assert busy.get("keys").status_code == 401
    assert busy.get("session").get_json()["signed_in"] is False


def test_signing_out_ends_the_session_in_the_database_too(network: Network) -> None:
    client = signed_in(network, "org01")
    stolen = client._client.get_cookie("desk", path="/desk", domain="127.0.0.1")
    assert stolen is not None
    assert client.post("sign-out").get_json() == {"signed_in": False}
    client._client.set_cookie("desk", stolen.value, path="/desk", domain="127.0.0.1")
    assert client.get("keys").status_code == 401


def test_a_case_of_another_organization_is_not_found_like_one_that_never_was(network: Network) -> None:
    network.report(Answers(locale="en", what=("pay_hours",), story="They do not pay."))
    holder, case_id = _holder_of_newest(network)
    stranger = signed_in(network, next(key for key in network.accounts if key != holder))
    assert signed_in(network, holder).get(f"cases/{case_id}").status_code == 200
    paths = ("read", "acknowledge", "accept", "decline", "close", "replies", "notes")
    sealed = sealed_message(network, holder, case_id, MessageType.NOTE)
    for path in ("", *(f"/{name}" for name in paths)):
        answers, body = [], {"reason": "resolved" if path == "/close" else "other", "envelope": sealed}
        for wanted in (case_id, NO_CASE, "no-case-at-all"):
            response = stranger.post(f"cases/{wanted}{path}", body) if path else stranger.get(f"cases/{wanted}")
            answers.append((response.status_code, response.get_json()))
        assert answers[0] == answers[1] == answers[2], path
        assert answers[0][0] == 404


def test_nothing_is_there_and_wrong_methods_are_told_as_json(network: Network) -> None:
    client = signed_in(network, "org01")
    for path in ("", "no/such/thing"):
        assert client.get(path).get_json()["error"] == "not_found"
    response = client.call("DELETE", "queue")
    assert response.is_json
    assert response.status_code in (404, 405)


@pytest.mark.parametrize(
    ("path", "body", "code", "field"),
    [
        ("salt", b"", "not_json", ""),
        ("salt", b"\xff\xfe", "not_json", ""),
        ("salt", b"[" * 50_000, "not_json", ""),
        ("salt", b"[]", "not_an_object", ""),
        ("salt", b'{"email": 5}', "field_malformed", "email"),
        ("salt", b'{"email": "a\\u0000b@org01.example"}', "field_malformed", "email"),
        ("salt", b'{"email": "\\ud800@org01.example"}', "field_malformed", "email"),
        ("sign-in", b'{"email": "a@org01.example"}', "field_malformed", "login_secret"),
        ("sign-in", b'{"email": "a@org01.example", "login_secret": "+/+/"}', "field_malformed", "login_secret"),
        ("invitation", b'{"token": null}', "field_malformed", "token"),
        ("enrolment", b'{"token": "x", "epoch": 7}', "field_malformed", "epoch"),
    ],
)
def test_a_malformed_field_is_named(sqlite_network: Network, path: str, body: bytes, code: str, field: str) -> None:
    response = DeskClient(sqlite_network).post(path, raw=body)
    told = response.get_json()
    assert (response.status_code, told["error"], told["field"]) == (400, code, field)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("view=nowhere", "view"),
        ("view=", "view"),
        ("after=x", "after"),
        (f"after={2**63}", "after"),
        ("after=--1", "after"),
    ],
)
def test_a_malformed_place_in_the_queue_is_named(sqlite_network: Network, query: str, field: str) -> None:
    response = signed_in(sqlite_network, "org01").get(f"queue?{query}")
    assert (response.status_code, response.get_json()["field"]) == (400, field)


def test_bodies_have_a_limit(sqlite_network: Network) -> None:
    client = signed_in(sqlite_network, "org01")
    large = json.dumps({"email": "x" * 70_000}).encode()
    assert client.post("salt", raw=large).status_code == 413
    oversized = json.dumps({"envelope": base64url(bytes(260 * 1024))}).encode()
    assert client.post(f"cases/{NO_CASE}/replies", raw=oversized).status_code == 413


NAMES = st.sampled_from(
    (
        *("email", "login_secret", "code", "token", "reason", "envelope", "caseworker", "epoch", "sealed_seed"),
        *("language", "salt", "sealed_bag", "sealed_bag_key", "kid", "public_key", "verify_key"),
    )
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=80).map(base64url),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
BODIES = st.binary(max_size=200) | st.dictionaries(NAMES, JSON, max_size=16).map(lambda body: json.dumps(body).encode())


@EVERY_KIND_OF_BYTES
@given(body=BODIES)
def test_no_bytes_from_a_stranger_break_anything(sqlite_network: Network, body: bytes) -> None:
    stranger = DeskClient(sqlite_network)
    for _, method, path in endpoints(sqlite_network.app):
        response = stranger.call(method, path, body)
        assert response.status_code < 500, (path, body)
        assert response.is_json


@EVERY_KIND_OF_BYTES
@given(body=BODIES)
def test_no_bytes_from_a_caseworker_break_anything(sqlite_network: Network, body: bytes) -> None:
    if not hasattr(sqlite_network, "caseworker"):
        sqlite_network.__dict__["caseworker"] = signed_in(sqlite_network, "org01")
    caseworker: DeskClient = sqlite_network.__dict__["caseworker"]
    for name, method, path in endpoints(sqlite_network.app):
        if name not in ANONYMOUS | {"sign_out"}:
            response = caseworker.call(method, path, body)
            assert response.status_code < 500, (path, body)
            assert response.is_json


@EVERY_KIND_OF_BYTES
@given(path=st.text(max_size=40), query=st.text(max_size=20), method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]))
def test_no_address_breaks_anything(sqlite_network: Network, path: str, query: str, method: str) -> None:
    from urllib.parse import quote

    stranger = DeskClient(sqlite_network)
    for address in (quote(path), f"cases/{quote(path, safe='')}", f"queue?view={quote(query)}&after={quote(query)}"):
        assert stranger.call(method, address, b"{}").status_code < 500, address


def _holder_of_newest(network: Network) -> tuple[str, str]:
    """Find which organization was given the newest report, and the case's id."""
    for key in network.accounts:
        rows = signed_in(network, key).get("queue?view=new").get_json()["rows"]
        if rows:
            return key, str(rows[-1]["case"])
    raise AssertionError("nobody was given the report")
