"""The desk recomputes urgency and area from a report's text exactly as the server did, whatever was answered."""

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from intake import answers
from intake.answers import Answers
from intake.facts import area_of, facts_of
from referrals.routing import urgency_of
from tests.conftest import cannot_run
from tests.guards.tree import ROOT

PROGRAM = ROOT / "build" / "browser-tests" / "recheck.batch.js"


def reports() -> Iterator[Answers]:
    """Yield answers of every kind that urgency depends on, alone and together with each other."""
    alone_or_two = [()] + [(code,) for code in answers.WHAT] + list(itertools.combinations(answers.WHAT, 2))
    for what in alone_or_two:
        yield Answers(locale="en", what=what)
    soons = [kinds for size in range(3) for kinds in itertools.combinations(answers.SOON, size)]
    for today, soon, when, last_day in itertools.product(
        [(), *((code,) for code in answers.TODAY)], soons, ["", *answers.SOON_WHEN], ["", *answers.LAST_DAY]
    ):
        yield Answers(locale="en", what=("pay_hours",), today=today, soon=soon, soon_when=when, last_day=last_day)
    yield Answers(locale="en", district="5907", region="5930")
    yield Answers(locale="en", region="5920")


def at_the_server(report: Answers) -> list[str | None]:
    """Compute what the server keeps in clear."""
    facts = facts_of(report, bytes(16))
    return [urgency_of(facts.flags, facts.categories), area_of(facts.place)]


def test_the_desk_and_the_server_read_the_same_urgency_and_area_off_the_same_answers() -> None:
    node = Path(sys.executable).with_name("node")
    if not node.exists() or not (ROOT / "node_modules" / ".stamp").exists():
        cannot_run("no Node or no packages for it: `make test` installs them")
    subprocess.run([node, "build.mjs", "--tests"], cwd=ROOT, check=True, timeout=120)
    told = list(reports())
    sent = json.dumps([{name: value for name, value in asdict(report).items() if value} for report in told])
    ran = subprocess.run([node, PROGRAM], input=sent, capture_output=True, encoding="utf-8", timeout=60, check=True)
    for report, desk in zip(told, json.loads(ran.stdout), strict=True):
        assert desk == at_the_server(report), report
