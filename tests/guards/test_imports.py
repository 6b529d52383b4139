"""Arrows point one way: the contracts of setup.cfg hold for the tree, and each of them breaks on a planted import."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guards.tree import PACKAGES, ROOT, files

PLANTED = [
    ("packages", "referrals/routing.py", "import intake.answers"),
    ("packages", "service/base.py", "from referrals import models"),
    ("packages", "intake/web/views.py", "import demo.reports"),
    ("packages", "crypto/suite.py", "import translations.catalogue"),
    ("rooms", "referrals/candidates.py", "import referrals.referral"),
    ("rooms", "referrals/case.py", "import referrals.desk.api"),
    ("rooms", "referrals/desk/api.py", "import intake.web.views"),
    ("composition-root", "referrals/desk/api.py", "import wsgi"),
    ("composition-root", "demo/reports.py", "from wsgi import create_app"),
    ("pure", "referrals/routing.py", "import flask"),
    ("pure", "crypto/envelope.py", "import sqlalchemy"),
    ("pure", "referrals/geography/places.py", "import referrals.models"),
    ("pure", "intake/sms/conversation.py", "import intake.sms.models"),
    ("deterministic", "referrals/routing.py", "import time"),
    ("deterministic", "intake/sms/steps.py", "import random"),
    ("deterministic", "crypto/receipt.py", "import secrets"),
]


def lint_imports(tree: Path, *contract: str) -> subprocess.CompletedProcess[str]:
    """Check a tree's contracts with the linter itself."""
    linter = Path(sys.executable).with_name("lint-imports")
    chosen = [part for name in contract for part in ("--contract", name)]
    return subprocess.run(
        [linter, "--no-logo", "--no-cache", *chosen],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Give a copy of the packages and their contracts."""
    for original in files(".py", "setup.cfg", folders=PACKAGES):
        copy = tmp_path / original.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(original, copy)
    return tmp_path


def test_every_contract_is_kept(tree: Path) -> None:
    result = lint_imports(tree)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("contract", "module", "line"), PLANTED)
def test_a_planted_import_breaks_its_contract(tree: Path, contract: str, module: str, line: str) -> None:
    path = tree / module
    path.write_text(path.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    result = lint_imports(tree, contract)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "0 kept, 1 broken" in result.stdout
