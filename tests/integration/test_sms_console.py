"""The phones of the demo and of the terminal: what is typed comes in as a text does, and rests nowhere in clear."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

import wsgi
from intake.sms import outgoing
from intake.sms.models import Conversation
from service.rows import insert_all
from tests.integration.worker_client import CANARY, SITE, count, stored
from tests.network import Network

PAGE = "/demo/phone/42"
OURS = {"Origin": SITE, "Sec-Fetch-Site": "same-origin"}


def phone(network: Network) -> FlaskClient:
    """Give a browser at a demo's phone."""
    return network.app.test_client()


def type_text(network: Network, text: str) -> None:
    """Type a text and let the worker beside the server do what is due."""
    sent = phone(network).post(PAGE, data={"text": text}, base_url=SITE, headers=OURS)
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{PAGE}?sent=1")
    worker = wsgi.worker_beside(network.app)
    while worker.run_once():
        pass


def page_of(network: Network, path: str = PAGE) -> str:
    """Read a page."""
    answer = phone(network).get(path, base_url=SITE)
    assert answer.status_code == 200
    return answer.text


def test_a_typed_text_comes_in_is_answered_on_the_page_and_lies_nowhere_in_clear(network: Network) -> None:
    type_text(network, f"{CANARY} <b>hello</b>")
    page = page_of(network)
    assert f"{CANARY} &lt;b&gt;hello&lt;/b&gt;" in page
    assert "OK to text here?" in page
    assert count(network.runtime, "message") == 1
    held = stored(network.runtime)
    for secret in (CANARY, "6045550142", "OK to text here"):
        assert secret.encode() not in held


def test_each_phone_has_its_own_conversation(network: Network) -> None:
    type_text(network, CANARY)
    assert CANARY not in page_of(network, "/demo/phone/43")


def test_a_visitor_is_given_a_phone(network: Network) -> None:
    lines = set()
    for _ in range(20):
        answer = phone(network).get("/demo/phone", base_url=SITE)
        assert answer.status_code == 303
        lines.add(answer.headers["Location"].removeprefix("/demo/phone/"))
    assert len(lines) > 1
    assert all(1 <= int(line) <= 99 for line in lines)


@pytest.mark.parametrize("text", ["", "   ", "\r\n"])
def test_an_empty_text_is_not_sent(lone: Network, text: str) -> None:
    type_text(lone, text)
    assert count(lone.runtime, "message") == 0


@pytest.mark.parametrize("line", ["0", "100", "4200", "x", "-1"])
def test_there_are_no_other_phones(lone: Network, line: str) -> None:
    for answer in (
        phone(lone).get(f"/demo/phone/{line}", base_url=SITE),
        phone(lone).post(f"/demo/phone/{line}", data={"text": "x"}, base_url=SITE, headers=OURS),
    ):
        assert answer.status_code == 404


def test_another_site_s_page_types_nothing(lone: Network) -> None:
    for path in (PAGE, f"{PAGE}/evening"):
        answer = phone(lone).post(
            path, data={"text": CANARY}, base_url=SITE, headers={"Origin": "https://evil.example"}
        )
        assert answer.status_code == 403
    assert count(lone.runtime, "message") == 0


def test_what_waits_for_the_evening_is_told_and_can_be_shown_now(network: Network) -> None:
    type_text(network, "hello")
    with network.runtime.database.session(write=True) as session:
        conversation = session.scalars(select(Conversation.id)).one()
        later = network.runtime.clock.now() + timedelta(hours=5)
        waits = outgoing.Text(conversation, b"r" * 16, "Can you talk?", outgoing.Kind.PROMPT, later)
        insert_all(session, outgoing.rows(network.runtime, [waits]))
    assert "A text waits for the evening" in page_of(network)
    assert "Can you talk?" not in page_of(network)
    phone(network).post(f"{PAGE}/evening", base_url=SITE, headers=OURS)
    worker = wsgi.worker_beside(network.app)
    while worker.run_once():
        pass
    assert "Can you talk?" in page_of(network)
    assert "waits for the evening" not in page_of(network)


def test_the_page_keeps_the_rules_of_every_page(lone: Network) -> None:
    answer = phone(lone).get(PAGE, base_url=SITE)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "'sha256-" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def converse(lines: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Hold a conversation in the terminal, in a folder of its own and with nothing set."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LEEWARD_")}
    return subprocess.run(
        [Path(sys.executable).with_name("leeward"), "sms", *arguments],
        input=lines,
        env=environ | {"TMPDIR": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_conversation_in_the_terminal_shows_what_a_phone_would_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = converse(f"{CANARY} hello\n8\n1\nOliver\n\nthank you\nSTOP\nhello?\n", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert "> Hi, got it. OK to text here?" in said
    assert "> Near which town?" in said
    assert CANARY not in said
    assert said.count("\n") >= 4
    assert list(tmp_path.iterdir()) == []


def test_time_passes_in_the_terminal_when_it_is_told_to(tmp_path: Path) -> None:
    done = converse("hello\n/wait 15\n/wait 4320\n", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "mail to" in done.stdout + done.stderr, "silence routes it, and an organization is told at its next hour"


@pytest.mark.parametrize("lines", ["", "\n\n", "\x00\ufeff\u202e\n", "x" * 3000 + "\n"])
def test_any_lines_end_well(tmp_path: Path, lines: str) -> None:
    assert converse(lines, folder=tmp_path).returncode == 0


def test_the_command_says_how_it_is_used(tmp_path: Path) -> None:
    done = converse("", "--help", folder=tmp_path)
    assert done.returncode == 0
    for words in ("/wait 15", "--phone", "unknown"):
        assert words in done.stdout
