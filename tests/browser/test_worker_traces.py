"""What a worker's phone keeps: nothing of what was typed or read, on the disk or behind the Back button."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from intake.web.access import BODY_LIMIT
from referrals.referral import accept
from service.runtime import Runtime
from tests.browser.plain_chromium import PlainChromium, plain_chromium, traces
from tests.integration.casework import do
from tests.integration.office import town
from tests.integration.test_mailbox import reply

CANARY = "CANARYtrace7f3a"
FIELDS = "[...document.querySelectorAll('textarea, input[type=text]')].map(field => field.value).join('')"


def write(window: PlainChromium, address: str) -> None:
    """Fill in the form."""
    window.go(f"{address}/en/#q6")
    window.fill("#story", f"{CANARY} story")
    window.go(f"{address}/en/#q7")
    window.fill("#employer", f"{CANARY} farm")
    assert CANARY in window.evaluate(FIELDS)


def send(window: PlainChromium, address: str) -> None:
    window.go(f"{address}/en/#q11")
    window.click("form button:enabled")


def nothing_kept(window: PlainChromium, address: str) -> None:
    """Check the window itself: one neutral title, and nothing in the browser's stores."""
    assert window.titles() <= {"", "Info", "about:blank", "en.wikipedia.org"}
    assert window.storage(address) == 0


@pytest.mark.parametrize("scripts", [False, True])
def test_after_send_nothing_of_it_is_left(chromium: Path, address: str, tmp_path: Path, scripts: bool) -> None:
    with plain_chromium(chromium, tmp_path / "profile", scripts=scripts) as window:
        write(window, address)
        send(window, address)
        window.wait_for("document.querySelector('.k')")
        receipt = window.evaluate("document.querySelector('.k').textContent").replace(" ", "")
        window.click("form button:enabled")
        window.wait_for("!document.querySelector('.k')")
        window.back()
        assert window.evaluate(FIELDS) == ""
        nothing_kept(window, address)
    for text in (CANARY, receipt, f"{receipt[:4]} {receipt[4:8]}"):
        assert traces(tmp_path / "profile", text) == []


def test_after_leaving_back_shows_an_empty_form(chromium: Path, address: str, tmp_path: Path) -> None:
    with plain_chromium(chromium, tmp_path / "profile") as window:
        write(window, address)
        window.click("a.exit")
        window.wait_for("!document.querySelector('a.exit')")
        window.back()
        assert window.evaluate(FIELDS) == ""
        nothing_kept(window, address)
    assert traces(tmp_path / "profile", CANARY) == []


def test_after_leaving_with_scripts_no_page_of_the_form_is_in_the_window_s_history(
    chromium: Path, address: str, tmp_path: Path
) -> None:
    with plain_chromium(chromium, tmp_path / "profile", scripts=True) as window:
        window.go(f"{address}/en/help")
        write(window, address)
        window.click("a.exit")
        window.wait_for("!location.href.includes('127.0.0.1')")
        entries = [entry["url"] for entry in window.call("Page.getNavigationHistory")["entries"]]
        assert not [url for url in entries if url.partition("#")[0] == f"{address}/en/"], entries
    assert traces(tmp_path / "profile", CANARY) == []


@pytest.mark.parametrize("scripts", [False, True])
def test_a_refused_form_comes_back_once_and_leaves_nothing(
    chromium: Path, address: str, tmp_path: Path, scripts: bool
) -> None:
    with plain_chromium(chromium, tmp_path / "profile", scripts=scripts) as window:
        write(window, address)
        window.evaluate("document.querySelector('#people').value = '9'.repeat(99)")
        send(window, address)
        window.wait_for("document.querySelector('#e')")
        assert window.evaluate("document.activeElement.id") == "e"
        assert f"{CANARY} story" in window.evaluate(FIELDS)
        window.click("a.exit")
        window.wait_for("!document.querySelector('a.exit')")
        if not scripts:
            window.back()
        assert window.evaluate(FIELDS) == ""
    assert traces(tmp_path / "profile", CANARY) == []


@pytest.mark.parametrize("scripts", [False, True])
def test_what_was_read_with_the_receipt_leaves_nothing(
    chromium: Path, sqlite_runtime: Runtime, tmp_path: Path, scripts: bool
) -> None:
    place = town(sqlite_runtime)
    office = place.office("org01")
    do(office, place.case_id, accept)
    reply(office, place.case_id, f"{CANARY} answer")
    profile = tmp_path / "profile"
    with place.network.serve() as address, plain_chromium(chromium, profile, scripts=scripts) as window:
        window.go(f"{address}/en/return")
        window.fill("#number", place.submitted.receipt)
        window.click("form button:enabled")
        window.wait_for(f"document.body.textContent.includes('{CANARY} answer')")
        window.fill("#text", f"{CANARY} more")
        window.click("form button:enabled")
        window.wait_for("document.querySelector('main > [role=status]')")
        window.click("form[action$='/close'] button")
        window.wait_for("document.querySelector('#number')")
        window.back()
        assert CANARY not in window.evaluate("document.body.textContent")
        assert window.evaluate(FIELDS) == ""
    assert traces(profile, CANARY) == []
    assert traces(profile, place.submitted.receipt) == []


@pytest.mark.parametrize("scripts", [False, True])
def test_words_that_could_not_be_taken_are_there_again_at_back(
    chromium: Path, address: str, tmp_path: Path, scripts: bool
) -> None:
    with plain_chromium(chromium, tmp_path / "profile", scripts=scripts) as window:
        write(window, address)
        window.evaluate(f"document.querySelector('#place').value = 'x'.repeat({BODY_LIMIT})")
        send(window, address)
        window.wait_for("location.pathname === '/en/note/413'")
        window.back()
        assert f"{CANARY} story" in window.evaluate(FIELDS)
        window.click("a.exit")
        window.wait_for("!document.querySelector('a.exit')")
    assert traces(tmp_path / "profile", CANARY) == []


class Careless(BaseHTTPRequestHandler):
    """A form as most sites have one: kept in caches, and answered with a page."""

    def do_GET(self) -> None:
        self._answer(
            b"<form method=post action=/thanks><textarea name=story id=story></textarea><button>Send</button></form>"
        )

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(b"<p id=thanks>Thank you")

    def _answer(self, page: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Info</title>" + page)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def careless() -> Iterator[str]:
    """Serve the careless form and give its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Careless) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_careless_form_would_be_caught(chromium: Path, careless: str, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    with plain_chromium(chromium, profile) as window:
        window.go(careless)
        window.fill("#story", CANARY)
        window.click("button")
        window.wait_for("document.querySelector('#thanks')")
        window.back()
        assert window.evaluate(FIELDS) == CANARY
    assert traces(profile, CANARY)
