"""The bench runs from end to end with real servers on both databases, and says something of all that it measures.

What it says is never looked at here: figures of a test run mean nothing.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guards.tree import ROOT
from tests.load.__main__ import MEASUREMENTS
from tests.load.bench import DATABASES

SECONDS = 900


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder for what the bench makes. PostgreSQL runs as another user, who must not be shut out of it."""
    made = Path(tempfile.mkdtemp(prefix="bench-test-"))
    yield made
    shutil.rmtree(made)


def bench(*arguments: str, folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.load", *arguments],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_everything_is_measured_and_nothing_is_left_behind(folder: Path) -> None:
    told = folder / "figures.json"
    process = bench("--tiny", "--json", str(told), folder=folder)
    table, steps = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, steps
    figures = {figure["id"]: figure for figure in json.loads(told.read_text(encoding="utf-8"))["figures"]}
    assert {figure.partition(".")[0] for figure in figures} == set(MEASUREMENTS)
    for database in map(str.lower, DATABASES):
        for measured in ("reports.{}.share", "webhook.{}.share", "memory.{}.warm", "start.{}", "triage.{}.whole"):
            assert measured.format(database) in figures
        for measured in ("conversations.{}.resident", "flood.{}.while_one_phone_floods.p99", "flood.{}.told"):
            assert measured.format(database) in figures
    assert all(figure["what"] in table for figure in figures.values())
    assert list(folder.glob("leeward*")) == []


def test_an_interrupted_run_ends_its_servers_and_removes_its_files(folder: Path) -> None:
    process = bench("--only", "reports", "--seconds", "20", folder=folder)
    assert process.stderr is not None
    while "round 1" not in process.stderr.readline():
        assert process.poll() is None
    children = [int(child) for child in children_of(process.pid)]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert children and not any(is_running(child) for child in children)
    assert list(folder.glob("leeward*")) == []


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()


def is_running(pid: int) -> bool:
    """Say whether a process runs, once it has had a moment to end."""
    give_up = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > give_up:
            return True
        time.sleep(0.05)
    return False
