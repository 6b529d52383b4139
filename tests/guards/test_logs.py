"""No request's content, address or browser gets into a log line or onto a screen, whatever a view does with it."""

import io
import json
import logging as stdlib_logging
import re
import warnings
from collections.abc import Iterator

import pytest
from flask import Flask, request

import wsgi
from service import logging
from service.runtime import Runtime
from tests.guards.tree import ROOT, files
from tests.guards.whole import browser, routes, whole_app

CANARY = "zugunruhe4711"
ADDRESS = "192.0.2.77"
NUMBER = 6045550123
SECRETS = (CANARY, ADDRESS, str(NUMBER), CANARY.encode().hex())


@pytest.fixture
def app(sqlite_runtime: Runtime) -> Flask:
    """Give the whole app over an empty instance."""
    return whole_app(sqlite_runtime)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Collect what is logged once the app is there."""
    stream = io.StringIO()
    yield stream
    logging.configure()


def everything() -> dict[str, object]:
    """Give what a careless view could lay its hands on."""
    return {
        "form": dict(request.form),
        "query": request.query_string.decode(),
        "path": request.path,
        "address": request.remote_addr,
        "agent": str(request.user_agent),
        "cookies": dict(request.cookies),
        "number": NUMBER,
        "topic": request.form.get("story"),
        "code": request.form.get("story"),
        "error": ValueError(request.form.get("story")),
        "count": NUMBER,
        "seconds": float(NUMBER),
    }


def careless() -> str:
    """Log a request in every way that there is, and fail over it."""
    told = everything()
    log = logging.get_logger()
    log.warning(str(told), **told)
    log.bind(**told).error("request.failed")
    log.info("request.failed", **{CANARY: 1, "at_line": (CANARY, NUMBER)})
    stdlib_logging.getLogger("intake").error("%s", told)
    stdlib_logging.getLogger(CANARY).critical(CANARY, extra=told)
    try:
        json.loads(CANARY)
    except ValueError:
        stdlib_logging.getLogger("wsgi").exception(CANARY)
        log.exception(CANARY)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.warn(CANARY, stacklevel=1)
    raise type(CANARY, (LookupError,), {})(told)


def spill(client_app: Flask, method: str, path: str) -> None:
    """Send a request that is full of what must not be kept."""
    with browser(client_app).open(
        f"{path}?story={CANARY}",
        method=method,
        data={"story": CANARY, "receipt": CANARY, "submission": CANARY},
        headers={
            "User-Agent": CANARY,
            "Referer": f"https://leeward.example/{CANARY}",
            "X-Forwarded-For": ADDRESS,
            "X-CSRF-Token": CANARY,
            "Accept-Language": CANARY,
            "Cookie": f"desk={CANARY}; sent={CANARY}; desk_csrf={CANARY}",
            "Sec-Fetch-Site": "same-origin",
        },
        environ_base={"REMOTE_ADDR": ADDRESS},
    ):
        pass


def test_a_careless_view_leaks_nothing(app: Flask, log: io.StringIO, capfd: pytest.CaptureFixture[str]) -> None:
    app.add_url_rule("/careless", view_func=careless, methods=["POST"])
    logging.configure(log)
    spill(app, "POST", "/careless")
    seen = log.getvalue() + "".join(capfd.readouterr())
    assert len(log.getvalue().splitlines()) >= 7
    assert not [secret for secret in SECRETS if secret in seen], seen


def test_no_route_logs_or_prints_anything_of_a_request(
    app: Flask, log: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    logging.configure(log)
    for _, method, path in routes(app):
        spill(app, method, path)
    for path in (f"/{CANARY}", f"/pa/{CANARY}", f"/desk/{CANARY}", f"/desk/api/{CANARY}"):
        spill(app, "GET", path)
        spill(app, "POST", path)
    seen = log.getvalue() + "".join(capfd.readouterr())
    assert not [secret for secret in SECRETS if secret in seen], seen
    assert not logging_of_dropped(log)


def logging_of_dropped(log: io.StringIO) -> list[str]:
    """List the lines from which something had to be kept out: our own code hands in nothing that it must not."""
    return [line for line in log.getvalue().splitlines() if "dropped" in json.loads(line)]


def test_every_code_of_a_failed_delivery_may_be_logged() -> None:
    raised = set()
    for path in files(".py", folders=("intake", "referrals", "service")):
        text = path.read_text(encoding="utf-8")
        raised |= set(re.findall(r'\braise (?:outbox\.)?(?:Delivery\w+|kind)\("(\w+)"\)', text))
    assert raised == wsgi.FAILURE_CODES


def test_nothing_else_writes_to_the_screen_of_a_server() -> None:
    printing = [
        str(path.relative_to(ROOT))
        for path in files(".py", folders=("intake", "referrals", "service"))
        if re.search(r"click\.echo|sys\.stderr|sys\.stdout|(?m:^\s*print\()", path.read_text(encoding="utf-8"))
        and path.name not in ("check.py", "commands.py", "logging.py", "server.py")
    ]
    assert printing == [
        # A command: what it prints was typed into it.
        "intake/sms/measuring.py",
        # A process of its own, whose output is a pipe to the one that asked.
        "intake/stripping.py",
        # The demo shows on the screen the content-free mail that it does not send.
        "referrals/notices.py",
    ]
