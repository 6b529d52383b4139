"""Every labelled routing case holds through the command: ours over the demo, and a set laid beside the checkout."""

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from referrals.commands import route_command
from tests.guards.tree import ROOT

OWN = (ROOT / "tests" / "unit" / "referrals" / "cases.json", ROOT / "demo" / "directory.json")
# Cases that others keep beside the checkout are run where they are; nothing depends on them.
BESIDE = ROOT.parent / "shared" / "data"


SETS = [OWN, *([(BESIDE / "routing_cases.json", BESIDE / "directory.json")] if BESIDE.is_dir() else [])]


@lru_cache
def document_of(cases: Path) -> Any:
    """Read a set of cases."""
    return json.loads(cases.read_bytes())


@lru_cache
def decisions(cases: Path, directory: Path) -> list[dict[str, Any]]:
    """Run a set of cases through the command."""
    document = document_of(cases)
    facts = [{name: case[name] for name in case if name not in ("expect", "title")} for case in document["cases"]]
    result = CliRunner().invoke(
        route_command,
        ["--directory", str(directory), "--now", document["now"]],
        input="".join(json.dumps(line, ensure_ascii=False) + "\n" for line in facts),
    )
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


LABELLED = [
    pytest.param(cases, directory, index, id=f"{case['id']} {case['title']}")
    for cases, directory in SETS
    for index, case in enumerate(document_of(cases)["cases"])
]


def differences(expected: dict[str, Any], decision: dict[str, Any]) -> Iterator[str]:
    """Yield each property that a decision was to have and has not."""
    recipients, districts = set(decision["recipients"]), set(decision["districts"])
    codes = {code for reasons in decision["reasons"].values() for code in reasons}
    checks: dict[str, Callable[[Any], bool]] = {
        "prov": lambda value: bool(decision["province"] == value),
        "rd": lambda value: value in districts,
        "rds_include": lambda value: set(value) <= districts,
        "primary_one_of": lambda value: decision["primary"] in value,
        "primary_not": lambda value: decision["primary"] not in value,
        "must_include": lambda value: set(value) <= recipients,
        "must_not_include": lambda value: recipients.isdisjoint(value),
        "proposals_include": lambda value: set(decision["proposals"]) == set(value),
        "reason": lambda value: value in codes,
        "note": lambda value: bool(value),
    }
    for name, value in expected.items():
        holds = checks[name](value) if name in checks else decision[name] == value
        if not holds:
            yield f"{name} should be {value!r}"


@pytest.mark.parametrize(("cases", "directory", "index"), LABELLED)
def test_a_labelled_case_holds(cases: Path, directory: Path, index: int) -> None:
    case, decision = document_of(cases)["cases"][index], decisions(cases, directory)[index]
    assert decision["id"] == case["id"]
    assert not list(differences(case["expect"], decision)), decision


@pytest.mark.parametrize(("cases", "directory"), SETS)
def test_every_candidate_of_every_case_has_a_reason(cases: Path, directory: Path) -> None:
    for decision in decisions(cases, directory):
        assert len(decision["reasons"]) == 16 and all(decision["reasons"].values())


def test_a_wrong_label_is_found() -> None:
    decision = decisions(*OWN)[0]
    wrong: dict[str, Any] = {"urgency": "emergency", "rd": "5901", "primary_one_of": [], "reason": "NO_KEY"}
    assert len(list(differences(wrong, decision))) == len(wrong)
