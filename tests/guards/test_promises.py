"""docs/ux-statements.md and docs/accessibility.md: each number is there once, and each test that they name exists."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.guards.tree import ROOT

STATEMENTS = (ROOT / "docs" / "ux-statements.md").read_text(encoding="utf-8")
ACCESSIBILITY = (ROOT / "docs" / "accessibility.md").read_text(encoding="utf-8")
LAST = 52
# Long enough to say why.
REASON = 40
# WCAG 2.2 (W3C Recommendation), levels A and AA; 4.1.1 is gone from it.
LEVELS = {
    "A": "1.1.1 1.2.1 1.2.2 1.2.3 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 2.1.1 2.1.2 2.1.4 2.2.1 2.2.2 2.3.1 2.4.1 2.4.2 "
    "2.4.3 2.4.4 2.5.1 2.5.2 2.5.3 2.5.4 3.1.1 3.2.1 3.2.2 3.2.6 3.3.1 3.3.2 3.3.7 4.1.2",
    "AA": "1.2.4 1.2.5 1.3.4 1.3.5 1.4.3 1.4.4 1.4.5 1.4.10 1.4.11 1.4.12 1.4.13 2.4.5 2.4.6 2.4.7 2.4.11 2.5.7 "
    "2.5.8 3.1.2 3.2.3 3.2.4 3.3.3 3.3.4 3.3.8 4.1.3",
}


def entries(page: str) -> list[tuple[int, str]]:
    """Read a page's numbered statements, each with all of its lines."""
    found = re.findall(r"(?m)^(\d+)\. ((?:.*\n)(?:[ ]+.*\n)*)", page)
    return [(int(number), text) for number, text in found]


def rows(page: str) -> list[list[str]]:
    """Read the rows of a page's tables that begin with the number of a criterion."""
    lines = [line.strip("| ").split(" | ") for line in page.splitlines() if re.match(r"\| \d\.\d", line)]
    return [[cell.strip() for cell in line] for line in lines]


@cache
def cases_of(path: str) -> frozenset[str]:
    """Name the tests of a file."""
    file = ROOT / path
    tree = ast.parse(file.read_text(encoding="utf-8")) if file.is_file() else ast.Module([], [])
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def named(text: str) -> list[str]:
    """List the tests that a text names."""
    return re.findall(r"`(tests/[\w/]+\.py::\w+)`", text)


def missing(text: str) -> Iterator[str]:
    """Yield each test that a text names and that does not exist."""
    for name in named(text):
        path, _, test = name.partition("::")
        if not test.startswith("test_") or test not in cases_of(path):
            yield name


def test_every_statement_is_there_once() -> None:
    assert [number for number, _ in entries(STATEMENTS)] == list(range(1, LAST + 1))


def test_every_statement_names_a_test_or_says_why_there_is_none() -> None:
    for number, text in entries(STATEMENTS):
        reason = text.partition("No test:")[2]
        assert named(text) or len(reason) > REASON, number


@pytest.mark.parametrize("page", [STATEMENTS, ACCESSIBILITY], ids=["statements", "accessibility"])
def test_every_test_that_is_named_exists(page: str) -> None:
    assert named(page)
    assert list(missing(page)) == []


def test_every_criterion_of_levels_a_and_aa_is_there_once_with_its_level_and_how_it_is_met() -> None:
    found = rows(ACCESSIBILITY)
    wanted = {number: level for level, numbers in LEVELS.items() for number in numbers.split()}
    assert [row[0].split(" ")[0] for row in found] == sorted(wanted, key=lambda one: [int(n) for n in one.split(".")])
    for number, level, *told in (row[0].split(" ")[:1] + row[1:] for row in found):
        assert level == wanted[number], number
        assert len(told) == 2, number
        assert all(len(cell) > 3 for cell in told), number


def test_a_planted_fault_is_found() -> None:
    assert list(missing("`tests/guards/test_promises.py::test_that_is_not_there`"))
    assert list(missing("`tests/guards/nowhere.py::test_every_statement_is_there_once`"))
    assert not list(missing("`tests/guards/test_promises.py::test_a_planted_fault_is_found`"))
    assert entries("1. a\n   `x`\n2. b\n") == [(1, "a\n   `x`\n"), (2, "b\n")]
