"""The command `leeward serve` as a real process: it answers, finishes what it has in hand, and refuses in one line."""

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from sqlalchemy import URL

from service import server
from service.runtime import Runtime
from service.settings import Settings
from tests.conftest import SECRET_KEY
from tests.network import plant

HOST = "leeward.example"
SECONDS = 60
LEEWARD = Path(sys.executable).with_name("leeward")


class Served:
    """A running server."""

    def __init__(self, process: "subprocess.Popen[str]", port: int, errors: Path) -> None:
        self.process = process
        self.port = port
        self._errors = errors

    def get(self, path: str, port: int | None = None, host: str = HOST) -> tuple[int, bytes]:
        """Ask for a path and give the status and the body."""
        with closing(HTTPConnection("127.0.0.1", port or self.port, timeout=SECONDS)) as connection:
            connection.request("GET", path, headers={"Host": host})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def workers(self) -> list[int]:
        """List the processes that answer."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [int(child) for child in children.split()]

    def stop(self) -> int:
        """Ask it to end and give its status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS)

    def wait_for(self, happened: Callable[[], bool]) -> None:
        """Wait until something has happened."""
        deadline = time.monotonic() + SECONDS
        while not happened():
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def log(self) -> str:
        """Give what it wrote to standard error."""
        return self._errors.read_text(encoding="utf-8")

    def events(self) -> list[str]:
        """List what it logged."""
        return [json.loads(line)["event"] for line in self.log().splitlines()]


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(settings: Settings, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "LEEWARD_DATA": str(settings.data),
        "LEEWARD_DATABASE_URL": settings.database_url,
        "LEEWARD_KEYS_URL": settings.keys_url,
        "LEEWARD_SECRET_KEY": SECRET_KEY.hex(),
        "LEEWARD_PUBLIC_URL": f"https://{HOST}",
        **more,
    }


def run(environ: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [LEEWARD, *arguments], env=environ, capture_output=True, text=True, timeout=SECONDS, check=False
    )


@contextmanager
def serving(environ: dict[str, str], folder: Path) -> Iterator[Served]:
    """Serve for a block: from the line that says so, to the end of the process."""
    errors = folder / f"errors-{secrets.token_hex(4)}"
    with errors.open("w", encoding="utf-8") as log:
        process = subprocess.Popen([LEEWARD, "serve"], env=environ, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        assert found, line + errors.read_text(encoding="utf-8")
        yield Served(process, int(found.group(1)), errors)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(SECONDS)
        process.stdout.close()


@pytest.fixture
def sqlite_environ(sqlite_runtime: Runtime) -> dict[str, str]:
    """Give the environment of an instance on SQLite that can take in reports."""
    plant(sqlite_runtime)
    sqlite_runtime.dispose()
    return environment(sqlite_runtime.settings, PORT=str(free_port()), LEEWARD_DEMO="1")


def test_it_answers_as_soon_as_it_says_so(sqlite_environ: dict[str, str], tmp_path: Path) -> None:
    with serving(sqlite_environ, tmp_path) as served:
        assert served.get("/healthz") == (200, b'{"up":true}\n')
        status, told = served.get("/readyz")
        assert (status, json.loads(told)["closed_because"]) == (200, [])
        assert served.get("/en/")[0] == 200
        assert served.get("/healthz", host="evil.example")[0] == 400
        assert len(served.workers()) == 1
        assert served.stop() == 0
        assert served.events() == ["worker.ready", "server.ready", "worker.stopping", "server.stopping"]


def test_it_names_no_program_and_leaves_no_core(sqlite_environ: dict[str, str], tmp_path: Path) -> None:
    with serving(sqlite_environ, tmp_path) as served:
        with closing(HTTPConnection("127.0.0.1", served.port, timeout=SECONDS)) as connection:
            connection.request("GET", "/healthz", headers={"Host": HOST})
            assert connection.getresponse().headers["Server"] == "leeward"
        for pid in (served.process.pid, *served.workers()):
            limits = Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
            assert re.search(r"Max core file size +0 +0 ", limits)


def test_a_request_in_hand_is_finished_before_it_ends(sqlite_environ: dict[str, str], tmp_path: Path) -> None:
    body = b"receipt=0000+0000+0000+0000+0000"
    with serving(sqlite_environ, tmp_path) as served, socket.create_connection(("127.0.0.1", served.port)) as client:
        client.settimeout(SECONDS)
        head = f"POST /en/return HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {len(body)}\r\n"
        client.sendall((head + "Content-Type: application/x-www-form-urlencoded\r\n\r\n").encode() + body[:5])
        time.sleep(0.3)
        served.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert served.process.poll() is None
        client.sendall(body[5:])
        assert re.match(rb"HTTP/1\.1 (303|200|503) ", client.recv(100))
        assert served.process.wait(SECONDS) == 0


CANARY = b"zugunruhe4711"
NO_HTTP = [
    CANARY + b"\r\n\r\n",
    b"GET /" + CANARY + b" HTTP/9.9\r\n\r\n",
    b"\x16\x03\x01" + CANARY + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: leeward.example\r\n" + CANARY + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: leeward.example\r\nX: " + CANARY * 2000 + b"\r\n\r\n",
    b"GET /" + CANARY * 2000 + b" HTTP/1.1\r\nHost: leeward.example\r\n\r\n",
    b"POST /en/ HTTP/1.1\r\nHost: leeward.example\r\nContent-Length: " + CANARY + b"\r\n\r\n",
    b"POST /en/ HTTP/1.1\r\nHost: leeward.example\r\nTransfer-Encoding: chunked\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" + CANARY + b"\r\n\r\n",
    b"POST /en/ HTTP/1.1\r\nHost: leeward.example\r\nTransfer-Encoding: chunked\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n5\r\nstory",
    b"POST /en/ HTTP/1.1\r\nHost: leeward.example\r\nTransfer-Encoding: " + CANARY + b"\r\n\r\n",
]


def test_what_is_no_http_is_refused_without_an_echo(sqlite_environ: dict[str, str], tmp_path: Path) -> None:
    with serving(sqlite_environ, tmp_path) as served:
        for sent in NO_HTTP:
            with socket.create_connection(("127.0.0.1", served.port), timeout=SECONDS) as client:
                client.sendall(sent)
                client.shutdown(socket.SHUT_WR)
                answer = b"".join(iter(lambda client=client: client.recv(65536), b""))  # type: ignore[misc]
            assert re.match(rb"HTTP/1\.[01] 4\d\d ", answer), (sent[:60], answer[:80])
            assert CANARY not in answer
            assert b"\r\nCache-Control: no-store\r\n" in answer
            assert b"\r\nContent-Security-Policy: default-src 'none'" in answer
        assert served.get("/healthz")[0] == 200
        served.stop()
        assert CANARY.decode() not in served.log()


def test_a_worker_that_dies_is_replaced(sqlite_environ: dict[str, str], tmp_path: Path) -> None:
    with serving(sqlite_environ, tmp_path) as served:
        (dead,) = served.workers()
        os.kill(dead, signal.SIGKILL)
        served.wait_for(lambda: served.workers() not in ([], [dead]))
        assert served.get("/healthz")[0] == 200


def test_numbers_are_served_on_a_port_of_their_own(sqlite_environ: dict[str, str], tmp_path: Path) -> None:
    port = free_port()
    with serving(sqlite_environ | {"LEEWARD_METRICS_PORT": str(port)}, tmp_path) as served:
        for _ in range(5):
            served.get("/en/")
        status, page = served.get("/metrics", port)
        assert status == 200
        assert b'leeward_request_seconds_count{kind="page"} 5.0' in page
        assert served.get("/metrics")[0] == 404


def test_several_processes_count_together_and_the_worker_runs_apart(
    postgres_server: object, main_url_postgresql: URL, settings_for: Callable[[URL], Settings], tmp_path: Path
) -> None:
    port = free_port()
    environ = environment(
        settings_for(main_url_postgresql),
        PORT=str(free_port()),
        LEEWARD_WORKERS="2",
        LEEWARD_METRICS_PORT=str(port),
    )
    with serving(environ, tmp_path) as served:
        served.wait_for(lambda: served.events().count("server.ready") == 2)
        assert len(served.workers()) == 2
        threads = [threading.Thread(target=served.get, args=("/en/",)) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS)
        counts = {re.findall(rb'seconds_count\{kind="page"\} (\d+)', served.get("/", port)[1])[0] for _ in range(6)}
        assert len(counts) == 1
        assert int(counts.pop()) in (35, 40)
        assert served.stop() == 0
        assert "worker.ready" not in served.events()
    worker = subprocess.Popen([LEEWARD, "worker"], env=environ, stderr=subprocess.PIPE, text=True)
    assert worker.stderr is not None
    assert json.loads(worker.stderr.readline())["event"] == "worker.ready"
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(SECONDS) == 0
    worker.stderr.close()


@pytest.fixture
def main_url_postgresql(request: pytest.FixtureRequest) -> Iterator[URL]:
    """Give a migrated PostgreSQL database with an instance in it."""
    postgres = request.getfixturevalue("postgres_server")
    url = postgres.create(template=request.getfixturevalue("postgres_template"))
    yield url
    postgres.drop(url)


def test_a_port_in_use_is_told_in_one_line(sqlite_environ: dict[str, str]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        for setting, environ in (
            ("LEEWARD_PORT", sqlite_environ | {"PORT": port}),
            ("LEEWARD_METRICS_PORT", sqlite_environ | {"LEEWARD_METRICS_PORT": port}),
        ):
            ended = run(environ, "serve")
            assert ended.returncode == 1
            assert ended.stdout == ""
            (line,) = ended.stderr.splitlines()
            assert f"port {port} " in line
            assert setting.removeprefix("LEEWARD_") in line


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"LEEWARD_DEMO": "0"}, "this is a demo's database"),
        ({"LEEWARD_SECRET_KEY": ""}, "LEEWARD_SECRET_KEY is missing"),
        ({"LEEWARD_SECRET_KEY": "00" * 32}, "too short or not random"),
        ({"LEEWARD_DATABASE_URL": "sqlite:////nowhere/at/all/leeward.sqlite"}, "database"),
        ({"LEEWARD_PROT": "1"}, "LEEWARD_PROT is not a setting"),
    ],
    ids=str,
)
def test_a_start_that_is_refused_is_told_without_a_traceback(
    sqlite_environ: dict[str, str], change: dict[str, str], words: str
) -> None:
    ended = run(sqlite_environ | change, "serve")
    assert ended.returncode == 1
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
    assert SECRET_KEY.hex() not in ended.stderr


def test_help_needs_no_settings_and_a_wrong_use_is_a_2() -> None:
    assert run({}, "--help").returncode == 0
    assert run({}, "serve", "--help").returncode == 0
    for wrong in (["fly"], ["serve", "--port", "1"], ["caseworker", "invite"]):
        ended = run({}, *wrong)
        assert (ended.returncode, ended.stdout) == (2, "")


def test_help_imports_none_of_the_commands() -> None:
    program = (
        "import sys, wsgi; wsgi.cli(['--help'], standalone_mode=False); print(sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=SECONDS, check=True)
    for heavy in ("flask", "sqlalchemy", "service", "referrals", "cryptography", "gunicorn"):
        assert f"'{heavy}'" not in done.stderr


def test_a_client_that_stalls_loses_its_connection() -> None:
    with (
        closing(server.listen("127.0.0.1", 0)) as listener,
        closing(socket.create_connection(listener.getsockname())),
        closing(listener.accept()[0]) as accepted,
    ):
        accepted.setblocking(True)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            kept = accepted.getsockopt(socket.SOL_SOCKET, option, 16)
            assert int.from_bytes(kept[:8], sys.byteorder) == server.STALLED_SECONDS


def test_the_address_is_one_that_a_browser_opens() -> None:
    for host, shown in (("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1")):
        with closing(server.listen(host, 0)) as listener:
            assert server.address_of(listener).startswith(f"http://{shown}:")
