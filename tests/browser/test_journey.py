"""The main job, end to end, as `make run` serves it: a report sent with curl is answered, and read with curl again.

Nothing stands in for anything: the demo runs as a process of its own, on SQLite and on PostgreSQL, the caseworker's
browser is Chromium, and the worker's side is curl with a cookie jar.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import URL, create_engine, text

from crypto import receipt
from tests.conftest import cannot_run
from tests.integration.worker_client import digits

STORY = "CANARYSTORY They took my passport and I was told not to ask again."
EMPLOYER = "CANARYFARM Orchards"
ANSWER = "CANARYANSWER We can meet you on Sunday. Your papers are yours."
FOLLOW_UP = "CANARYFOLLOWUP Sunday is good."
CANARIES = (STORY, EMPLOYER, ANSWER, FOLLOW_UP)
# Where the worker's requests come from, and what with: a loopback address and a name that nothing else has.
WORKER_ADDRESS = "127.0.0.77"
WORKER_BROWSER = "CANARYBROWSER/1.0"
START_SECONDS = 90


@dataclass(frozen=True)
class Demo:
    """A running demo: where it answers, where its data lies, what it printed."""

    address: str
    data: Path
    output: Path
    database: URL

    def passphrase(self, email: str) -> str:
        """Find an account's passphrase in what the demo printed."""
        found = re.search(rf"{re.escape(email)}\s+(.+)", self.output.read_text(encoding="utf-8"))
        assert found is not None
        return found.group(1).strip()


@pytest.fixture
def demo(empty_url: URL, tmp_path: Path) -> Iterator[Demo]:
    """Start `leeward demo` on an empty database and end it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data, output = tmp_path / "data", tmp_path / "output.txt"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LEEWARD_")}
    environ |= {"LEEWARD_DATA": str(data), "PORT": str(port), "LEEWARD_DATABASE_URL": _text(empty_url)}
    leeward = Path(sys.executable).with_name("leeward")
    with output.open("wb") as file:
        process = subprocess.Popen([leeward, "demo"], env=environ, stdout=file, stderr=subprocess.STDOUT)
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz", process, output)
        yield Demo(f"http://127.0.0.1:{port}", data, output, empty_url)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert process.returncode == 0, output.read_text(encoding="utf-8")


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _wait_for(address: str, process: subprocess.Popen[bytes], output: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(output.read_text(encoding="utf-8"))


class Curl:
    """A worker's browser without scripts: curl, with a cookie jar and nothing else."""

    def __init__(self, address: str, folder: Path) -> None:
        self._address = address
        self._jar = folder / "cookies.txt"
        self._headers = folder / "headers.txt"
        self._curl = shutil.which("curl") or cannot_run("no curl on this machine")

    def get(self, path: str) -> str:
        """Get a page; it must answer 200."""
        return self._run(path, "200")

    def post(self, path: str, fields: dict[str, str | list[str]]) -> str:
        """Post a form and give where the 303 leads."""
        pairs = [
            (name, value)
            for name, values in fields.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        data = [part for name, value in pairs for part in ("--data-urlencode", f"{name}={value}")]
        # As every browser says with a form, and as a request that brings a cookie must.
        self._run(path, "303", "--header", f"Origin: {self._address}", *data)
        location = re.search(r"(?im)^location:\s*(\S+)", self._headers.read_text(encoding="utf-8"))
        assert location is not None
        return location.group(1)

    def _run(self, path: str, status: str, *options: str) -> str:
        done = subprocess.run(
            [
                self._curl, "--silent", "--show-error", "--max-time", "30",
                "--interface", WORKER_ADDRESS, "--user-agent", WORKER_BROWSER,
                "--cookie-jar", self._jar, "--cookie", self._jar, "--dump-header", self._headers,
                "--write-out", "\n%{http_code}", *options, self._address + path,
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )  # fmt: skip
        page, _, answered = done.stdout.rpartition("\n")
        assert answered == status, page
        return page


def hidden(page: str, name: str) -> str:
    """Read a hidden field of a page."""
    found = re.search(rf'name="?{name}"?[^>]*value="?([^">\s]+)', page)
    assert found is not None, name
    return found.group(1)


def test_a_report_sent_with_curl_is_routed_answered_at_the_desk_and_the_answer_read_with_the_receipt(
    demo: Demo, chromium: Path, tmp_path: Path
) -> None:
    worker = Curl(demo.address, tmp_path)
    number = send_report(worker)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        sign_in(page, demo, "demo@org01.example")
        answer_newest(page)
        read_answer_and_write_back(worker, number)
        read_follow_up(page, demo.passphrase("demo@org01.example"))
        browser.close()
    find_nothing_in_clear(demo, [*CANARIES, number, receipt.format(number), WORKER_ADDRESS, WORKER_BROWSER])


def send_report(worker: Curl) -> str:
    """Fill the form and give the receipt's digits."""
    form = worker.get("/en/")
    sent = worker.post(
        "/en/",
        {
            "form": hidden(form, "form"),
            "about": "me",
            "what": ["documents_held"],
            "place": "Oliver",
            "story": STORY,
            "employer": EMPLOYER,
            "answer_by": "here",
        },
    )
    return digits(worker.get(sent))


def sign_in(page: Page, demo: Demo, email: str) -> None:
    """Sign in at the desk and unlock it."""
    page.goto(f"{demo.address}/desk/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Passphrase", exact=True).fill(demo.passphrase(email))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="New", exact=True)).to_be_visible(timeout=60_000)


def answer_newest(page: Page) -> None:
    """Open the report with the canary, acknowledge it, take it, and answer."""
    for name in page.locator(".row a").all_text_contents():
        page.get_by_role("link", name=name).click()
        expect(page.locator(".message").first).to_be_visible()
        if page.get_by_text(STORY).count():
            break
        page.get_by_role("link", name="Back to the queue").click()
        expect(page.locator(".row").first).to_be_visible()
    expect(page.get_by_text(STORY)).to_be_visible()
    expect(page.get_by_text(EMPLOYER)).to_be_visible()
    page.get_by_role("button", name="Acknowledge: a person has seen it").click()
    page.get_by_role("button", name="Take the case").click()
    page.get_by_text("Write to the worker").click()
    page.get_by_label("Message to the worker").fill(ANSWER)
    page.get_by_role("button", name="Sign and send").click()
    expect(page.locator(".message", has_text=ANSWER)).to_be_visible()


def read_answer_and_write_back(worker: Curl, number: str) -> None:
    """Come back with the receipt, read what was answered, and write more."""
    worker.get("/en/return")
    replies = worker.post("/en/return", {"number": number})
    page = worker.get(replies)
    assert ANSWER in page
    assert STORY not in page
    again = worker.post(replies, {"text": FOLLOW_UP, "form": hidden(page, "form"), "token": hidden(page, "token")})
    assert "Your message is sent." in worker.get(again)


def read_follow_up(page: Page, passphrase: str) -> None:
    """Unlock the desk anew, as after a reload, and find the worker's second message in the case."""
    page.reload()
    page.get_by_label("Passphrase", exact=True).fill(passphrase)
    page.get_by_role("button", name="Unlock").click()
    expect(page.locator(".message", has_text=FOLLOW_UP)).to_be_visible(timeout=60_000)


def find_nothing_in_clear(demo: Demo, needles: list[str]) -> None:
    """Look for what was told, and who told it, in every file, in the log and in a dump of the database."""
    held = {path: path.read_bytes() for path in demo.data.rglob("*") if path.is_file()}
    held[demo.output] = demo.output.read_bytes()
    if demo.database.get_backend_name() == "postgresql":
        held[Path("dump")] = _dump(demo.database)
    assert held
    for path, content in held.items():
        for needle in needles:
            assert needle.encode() not in content, f"{needle[:12]} in {path.name}"
            assert needle.encode("utf-16-le") not in content, f"{needle[:12]} in {path.name}, as UTF-16"


def _dump(url: URL) -> bytes:
    """Read every row of every table."""
    engine = create_engine(url)
    with engine.connect() as connection:
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        rows = [repr(tuple(row)) for table in tables for row in connection.execute(text(f'SELECT * FROM "{table}"'))]
    engine.dispose()
    return "\n".join(rows).encode()
