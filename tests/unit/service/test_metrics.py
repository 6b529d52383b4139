"""The numbers move in fives, name kinds and channels only, and add up over processes."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError
from werkzeug.test import Client, create_environ, run_wsgi_app

from service import metrics
from service.metrics import TOGETHER, Metrics, kind_of

Numbers = dict[tuple[str, tuple[str, ...]], float]


def numbers(of: Metrics) -> Numbers:
    """Read the page as a scraper does."""
    return parsed(Client(of.page()).get("/metrics").text)


def parsed(text: str) -> Numbers:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def some_counts() -> dict[str, int]:
    return {"waiting": 3, "leased": 0, "dead": 1}


def test_nothing_moves_before_there_are_five() -> None:
    counted = Metrics(some_counts)
    seen = []
    for _ in range(11):
        counted.report_accepted("web")
        counted.message_accepted()
        found = numbers(counted)
        seen.append((found["leeward_reports_total", ("web",)], found["leeward_messages_total", ()]))
    assert seen == [(0, 0)] * 4 + [(5, 5)] * 5 + [(10, 10)] * 2


@given(st.integers(0, 60))
def test_what_is_shown_is_always_whole_fives_and_never_more_than_happened(count: int) -> None:
    counted = Metrics(some_counts)
    for _ in range(count):
        counted.report_accepted("web")
    assert numbers(counted)["leeward_reports_total", ("web",)] == count // TOGETHER * TOGETHER


def answer(status: str) -> Any:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response(status, [])
        return [b""]

    return app


def test_requests_are_timed_in_fives_and_faults_are_told_at_once() -> None:
    counted = Metrics(some_counts)
    for status in ("200 OK", "200 OK", "303 SEE OTHER", "500 INTERNAL SERVER ERROR"):
        run_wsgi_app(counted.timed(answer(status)), create_environ("/pa/", method="POST"))
    assert numbers(counted)["leeward_request_seconds_count", ("post",)] == 0
    assert numbers(counted)["leeward_faults_total", ("500",)] == 1
    run_wsgi_app(counted.timed(answer("503 SERVICE UNAVAILABLE")), create_environ("/pa/", method="POST"))
    assert numbers(counted)["leeward_request_seconds_count", ("post",)] == 5
    assert numbers(counted)["leeward_faults_total", ("503",)] == 1


def test_a_request_that_raises_is_timed_too() -> None:
    def broken(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise LookupError

    counted = Metrics(some_counts)
    for _ in range(5):
        with pytest.raises(LookupError):
            run_wsgi_app(counted.timed(broken), create_environ("/"))
    assert numbers(counted)["leeward_request_seconds_count", ("page",)] == 5


@pytest.mark.parametrize(
    ("path", "method", "kind"),
    [
        ("/", "GET", "page"),
        ("/pa/return", "GET", "page"),
        ("/pa/", "POST", "post"),
        ("/desk/", "GET", "desk"),
        ("/desk/static/desk.css", "GET", "desk"),
        ("/desk/api/sign-in", "POST", "api"),
        ("/readyz", "GET", "health"),
        ("/readyz/", "GET", "page"),
    ],
)
def test_a_kind_is_coarse(path: str, method: str, kind: str) -> None:
    assert kind_of(path, method) == kind


@given(st.text(), st.text())
def test_no_path_makes_a_kind_of_its_own(path: str, method: str) -> None:
    assert kind_of(path, method) in ("page", "post", "desk", "api", "health")


def test_the_outbox_is_shown_as_it_is_now() -> None:
    found = numbers(Metrics(some_counts))
    assert {labels: value for (name, labels), value in found.items() if name == "leeward_outbox_rows"} == {
        ("waiting",): 3,
        ("leased",): 0,
        ("dead",): 1,
    }


def test_a_database_that_is_away_takes_only_its_own_numbers_along() -> None:
    def away() -> dict[str, int]:
        raise OperationalError("SELECT", {}, Exception())

    found = numbers(Metrics(away))
    assert ("leeward_reports_total", ("web",)) in found
    assert not [name for name, _ in found if name == "leeward_outbox_rows"]


def test_no_number_says_when_counting_began() -> None:
    counted = Metrics(some_counts)
    for _ in range(5):
        counted.report_accepted("web")
    assert not [name for name, _ in numbers(counted) if name.endswith("_created")]


def test_the_numbers_are_served_to_this_machine_only() -> None:
    server = metrics.serve(Metrics(some_counts).page(), 0)
    try:
        assert server.server_address[0] == "127.0.0.1"
        with urlopen(f"http://127.0.0.1:{server.server_port}/metrics", timeout=10) as response:
            assert ("leeward_outbox_rows", ("dead",)) in parsed(response.read().decode())
    finally:
        server.shutdown()
        server.server_close()


PROCESSES = """
import os, sys
from pathlib import Path
from service.metrics import Metrics, clean_folder, forget_process
from werkzeug.test import Client

folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
clean_folder(folder)
counted = Metrics(lambda: {"waiting": 0})
children = []
for count in (5, 7, 4):
    child = os.fork()
    if not child:
        for _ in range(count):
            counted.report_accepted("web")
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
    forget_process(child)
sys.stdout.write(Client(counted.page()).get("/").text)
"""


def test_processes_add_up_what_each_has_in_fives(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    (folder / "counter_1.db").write_bytes(b"left by an earlier start")
    done = subprocess.run(
        [sys.executable, "-c", PROCESSES],
        env={"PROMETHEUS_MULTIPROC_DIR": str(folder), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert parsed(done.stdout)["leeward_reports_total", ("web",)] == 10
    assert parsed(done.stdout)["leeward_outbox_rows", ("waiting",)] == 0
