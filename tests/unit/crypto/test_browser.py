"""The browser code has tests of its own, in TypeScript, which run here in Node: the cryptography's and the desk's."""

import os
import re
import subprocess
import sys
from pathlib import Path

import cryptography_vectors
import pytest

from tests.conftest import cannot_run

ROOT = Path(__file__).resolve().parents[3]
SOURCES = sorted((ROOT / "tests" / "unit").glob("**/browser/*.test.ts"))
BUILT = ROOT / "build" / "browser-tests"


@pytest.fixture(scope="module")
def node() -> Path:
    """Give the Node of the virtual environment, with the browser code's packages in place."""
    found = Path(sys.executable).with_name("node")
    if not found.exists() or not (ROOT / "node_modules" / ".stamp").exists():
        cannot_run("no Node or no packages for it: `make test` installs them")
    return found


def count(name: str, output: str) -> int:
    """Read one figure of the summary that Node prints at the end."""
    found = re.search(rf"^# {name} (\d+)$", output, re.MULTILINE)
    assert found, output
    return int(found[1])


def test_typescript_passes_its_own_tests(node: Path) -> None:
    subprocess.run([node, "build.mjs", "--tests"], cwd=ROOT, check=True, timeout=120)
    built = [BUILT / f"{source.stem}.js" for source in SOURCES]
    assert {path.name for path in BUILT.glob("*.test.js")} == {path.name for path in built}
    command: list[str | Path] = [node, "--test", "--test-reporter=tap", *built]
    vectors = str(Path(cryptography_vectors.__file__).parent)
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"CRYPTOGRAPHY_VECTORS": vectors},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    output = ran.stdout + ran.stderr
    assert ran.returncode == 0, output
    assert count("tests", output) == count("pass", output) >= 100, output
    assert [count(name, output) for name in ("fail", "cancelled", "skipped", "todo")] == [0, 0, 0, 0], output


def test_a_test_that_fails_is_noticed(node: Path, tmp_path: Path) -> None:
    failing = tmp_path / "failing.test.mjs"
    failing.write_text('import { test } from "node:test";\ntest("fails", () => { throw new Error("planted"); });\n')
    command: list[str | Path] = [node, "--test", "--test-reporter=tap", failing]
    ran = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert ran.returncode != 0
    assert count("fail", ran.stdout) == 1
    assert "planted" in ran.stdout
