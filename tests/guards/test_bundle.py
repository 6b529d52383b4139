"""The browser code builds to the same bytes everywhere, so that a signed hash can vouch for it. Each script holds what
it needs and no more.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import cannot_run
from tests.guards.tree import ROOT

SCRIPTS = {"desk.js", "enrol.js", "form.js", "kdf-worker.js", "page.js"}
SOURCES = (
    *("build.mjs", "package.json", "tsconfig.json"),
    *("crypto/browser", "intake/web/browser", "referrals/desk/browser"),
)
UNUSED_PACKAGES = ("typescript", "@typescript", "@types", "axe-core", "twilio")

Bundle = dict[str, bytes]


def build(checkout: Path, folder: Path) -> Bundle:
    """Build the browser code of a checkout into a folder and read it."""
    node = Path(sys.executable).with_name("node")
    if not node.exists() or not (ROOT / "node_modules" / ".stamp").exists():
        cannot_run("no Node or no packages for it: `make test` installs them")
    subprocess.run([node, "build.mjs", "--outdir", folder], cwd=checkout, check=True, timeout=120)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Give the bundle of this checkout."""
    return build(ROOT, tmp_path_factory.mktemp("bundle"))


def test_the_bundle_is_whole_and_its_manifest_names_every_script(bundle: Bundle) -> None:
    assert bundle.keys() == SCRIPTS | {"manifest.json"}
    manifest = json.loads(bundle["manifest.json"])
    assert manifest == {"sha256": {name: hashlib.sha256(bundle[name]).hexdigest() for name in SCRIPTS}}


def test_two_builds_give_one_hash(bundle: Bundle, tmp_path: Path) -> None:
    assert build(ROOT, tmp_path / "again") == bundle


def test_a_build_elsewhere_gives_the_same_hash(bundle: Bundle, tmp_path: Path) -> None:
    elsewhere = tmp_path / "a checkout with another name"
    for source in SOURCES:
        (elsewhere / source).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, elsewhere / source)
    ignore = shutil.ignore_patterns(*UNUSED_PACKAGES)
    shutil.copytree(ROOT / "node_modules", elsewhere / "node_modules", symlinks=True, ignore=ignore)
    assert build(elsewhere, tmp_path / "bundle") == bundle


def test_no_path_of_the_machine_is_in_the_bundle(bundle: Bundle) -> None:
    traces = (str(ROOT).encode(), b"sourceMappingURL")
    assert not [(name, trace) for name, script in bundle.items() for trace in traces if trace in script]


def test_the_word_list_is_only_where_passphrases_are_made(bundle: Bundle) -> None:
    assert {name for name in SCRIPTS if b"unwashed" in bundle[name]} == {"enrol.js"}
    assert b"EFF long list" in bundle["enrol.js"]


def test_the_scripts_of_the_worker_s_pages_are_small_and_old_phones_can_read_them(bundle: Bundle) -> None:
    for name in ("form.js", "page.js"):
        assert len(bundle[name]) <= 2_800, name
        # Optional chaining and its like, which phones before 2020 take for a mistake in the whole script.
        assert not re.search(rb"\?\.[a-zA-Z([]|\?\?", bundle[name])


def test_webassembly_is_only_in_the_worker(bundle: Bundle) -> None:
    assert {name for name in SCRIPTS if b"WebAssembly" in bundle[name]} == {"kdf-worker.js"}


def test_nothing_in_the_bundle_makes_code_of_text(bundle: Bundle) -> None:
    # The pages' policy forbids it; a library that does it anyway would fail at whoever uses it first.
    evaluated = re.compile(rb"\beval\(|new Function\(|document\.write|\.innerHTML\s*=")
    assert not {name: found[0] for name, script in bundle.items() if (found := evaluated.search(script))}
