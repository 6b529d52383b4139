"""Every route is on the list of those that need no login, or asks for one; none is fooled by another site's page."""

from dataclasses import replace

import pytest
from flask import Flask

import wsgi
from referrals.desk import api
from service.runtime import Runtime
from tests.guards.whole import CHANGING, SITE, browser, routes, whole_app
from tests.unit.intake.sms.webhooks import FORM, with_hotline, with_phone

# Who has no account may ask for these, and for nothing else. What a receipt opens, it opens by itself.
ANONYMOUS = {
    "desk.enrol",
    "desk.index",
    "desk.static",
    "desk_api.enrol",
    "desk_api.open_invitation",
    "desk_api.salt",
    "desk_api.session",
    "desk_api.sign_in",
    "desk_api.unknown",
    "form.ask_to_erase",
    "form.close",
    "form.come_back",
    "form.add_phone",
    "form.contact",
    "form.employers",
    "form.erase",
    "form.erased",
    "form.help_page",
    "form.leave",
    "form.note",
    "form.open_mailbox",
    "form.replies",
    "form.report",
    "form.rights",
    "form.send",
    "form.sent",
    "form.start",
    "form.write",
    "form.written_down",
    "health.healthz",
    "health.readyz",
    "calls.choice",
    "calls.language",
    "calls.recorded",
    "calls.start",
    "sms.fallback",
    "sms.inbound",
    "sms.smsgate",
    "sms.status",
}

FORGED = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "https://other.leeward.example"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {},
]


@pytest.fixture
def app(sqlite_runtime: Runtime) -> Flask:
    """Give the whole app over an empty instance that has a hotline."""
    return whole_app(replace(sqlite_runtime, settings=with_phone(with_hotline(sqlite_runtime.settings))))


def test_every_route_is_listed_as_anonymous_or_needs_a_login(app: Flask) -> None:
    client = browser(app)
    token = client.token()
    open_to_all = []
    for endpoint, method, path in routes(app):
        if endpoint in ANONYMOUS:
            continue
        with client.open(path, method=method, json={}, headers={"X-CSRF-Token": token, "Referer": SITE}) as response:
            if response.status_code != 401:
                open_to_all.append(f"{method} {path} ({endpoint}) answers {response.status_code}")
    assert not open_to_all, "\n".join(open_to_all)


def test_the_list_names_no_route_that_is_gone(app: Flask) -> None:
    endpoints = {endpoint for endpoint, _, _ in routes(app)}
    assert endpoints >= ANONYMOUS
    assert {f"desk_api.{name}" for name in api.ANONYMOUS} <= ANONYMOUS


@pytest.mark.parametrize("headers", FORGED, ids=str)
def test_no_request_of_another_site_changes_anything(app: Flask, headers: dict[str, str]) -> None:
    client = browser(app)
    # A cookie is what another site would borrow; the desk's own is set by this.
    client.get("/desk/api/session")
    client.set_cookie("sent", "borrowed", domain="leeward.example", path="/")
    let_in = []
    for endpoint, method, path in routes(app):
        if method in CHANGING:
            # A webhook has no cookie to borrow; a form of another site lacks the provider's signature.
            kind = FORM if endpoint.startswith(("calls.", "sms.")) else None
            kind = "application/json" if endpoint == "sms.smsgate" else kind
            with client.open(path, method=method, data=b"", headers=headers, content_type=kind) as response:
                led_away = response.headers.get("Location", "").endswith("/note/403")
                if response.status_code != 403 and not led_away:
                    let_in.append(f"{method} {path} ({endpoint}) answers {response.status_code}")
    assert not let_in, "\n".join(let_in)


def test_no_page_that_is_only_looked_at_changes_or_sets_anything(app: Flask) -> None:
    setting = []
    for endpoint, method, path in routes(app):
        if method == "GET" and endpoint not in ("desk_api.session", "form.leave"):
            with browser(app).get(path) as response:
                if "Set-Cookie" in response.headers:
                    setting.append(f"{path} sets a cookie")
    assert not setting, "\n".join(setting)


def test_what_can_be_guessed_is_limited_by_network_and_what_workers_send_is_not(sqlite_runtime: Runtime) -> None:
    app = whole_app(sqlite_runtime)
    assert set(wsgi.LIMITS) <= set(app.view_functions)
    assert not [endpoint for endpoint in wsgi.LIMITS if endpoint.startswith("form.")]
    client = browser(app)
    token = client.token()
    headers = {"X-CSRF-Token": token, "Referer": SITE}

    def ask(address: str) -> int:
        environ = {"REMOTE_ADDR": address}
        answer = client.post("/desk/api/enrolment", json={"token": ""}, headers=headers, environ_base=environ)
        return int(answer.status_code)

    answers = [ask("192.0.2.7") for _ in range(11)]
    assert answers[:10].count(429) == 0
    assert answers[10] == 429
    assert ask("192.0.2.200") == 429
    assert ask("192.0.3.7") != 429
    refused = client.post("/desk/api/enrolment", json={}, headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    told = refused.get_json()
    assert told["error"] == "too_many_requests"
    assert told["message"]
