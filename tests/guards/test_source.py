"""Every source file says what it is for, stays short enough to read, and holds none of the words of a shortcut."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guards.tree import ROOT, files

MODULE_LINES = 450
FUNCTION_LINES = 60
VAGUE_NAMES = {"utils", "util", "helpers", "common", "manager", "misc"}
SHORTCUTS = tomllib.loads(Path(__file__).with_name("shortcuts.toml").read_text(encoding="utf-8"))["shortcut"]


def python_faults(source: str) -> Iterator[str]:
    """Yield what is wrong with the shape of one Python module."""
    tree = ast.parse(source)
    lines = source.count("\n")
    if lines > MODULE_LINES:
        yield f"{lines} lines: look for the second idea in it"
    if source.strip() and not ast.get_docstring(tree):
        yield "does not say what it is for"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{node.name} has {length} lines"
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and VAGUE_NAMES & set(words(node.name)):
            yield f"{node.name} is named for nothing in particular"


def words(name: str) -> list[str]:
    """Split a snake_case or CamelCase name into lower-case words."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)]


def shortcuts(text: str) -> Iterator[str]:
    """Yield each forbidden way out that a file takes."""
    for shortcut in SHORTCUTS:
        if found := re.search(shortcut["pattern"], text):
            yield f"{shortcut['meaning']}: {found.group()!r}"


def test_every_module_is_short_and_says_what_it_is_for() -> None:
    faults = [
        f"{path.relative_to(ROOT)}: {fault}"
        for path in files(".py")
        for fault in python_faults(path.read_text(encoding="utf-8"))
    ]
    assert not faults, "\n".join(faults)


def test_browser_code_is_short_and_says_what_it_is_for() -> None:
    faults = []
    for path in files(".ts", ".mts", ".mjs"):
        text = path.read_text(encoding="utf-8")
        if not text.lstrip().startswith(("/*", "//", "#!")):
            faults.append(f"{path.relative_to(ROOT)}: does not say what it is for")
        if text.count("\n") > MODULE_LINES:
            faults.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
    assert not faults, "\n".join(faults)


def test_no_file_takes_a_shortcut() -> None:
    endings = (".py", ".ts", ".mts", ".mjs", ".html", ".css", ".cfg", ".md", ".sh", "Makefile", "package.json")
    faults = [
        f"{path.relative_to(ROOT)}: {fault}"
        for path in files(*endings)
        for fault in shortcuts(path.read_text(encoding="utf-8"))
    ]
    assert not faults, "\n".join(faults)


def test_every_file_has_a_telling_name() -> None:
    faults = [str(path.relative_to(ROOT)) for path in files(".py", ".ts", ".html", ".css") if path.stem in VAGUE_NAMES]
    assert not faults, "\n".join(faults)


def test_no_package_does_anything_when_imported() -> None:
    faults = [str(path.relative_to(ROOT)) for path in files("__init__.py") if path.read_text(encoding="utf-8").strip()]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("value = 1\n", "does not say"),
        ('"""Says."""\n' + "value = 1\n" * MODULE_LINES, "451 lines"),
        ('"""Says."""\n\ndef long() -> None:\n' + "    print()\n" * FUNCTION_LINES, "long has 61 lines"),
        ('"""Says."""\n\nclass KeyManager:\n    pass\n', "KeyManager"),
    ],
)
def test_a_planted_fault_of_shape_is_found(source: str, fault: str) -> None:
    assert any(fault in found for found in python_faults(source))


@pytest.mark.parametrize("shortcut", SHORTCUTS, ids=lambda shortcut: str(shortcut["meaning"]))
def test_a_planted_shortcut_is_found(shortcut: dict[str, str]) -> None:
    assert [found for found in shortcuts(shortcut["planted"]) if found.startswith(shortcut["meaning"])]
