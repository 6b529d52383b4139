"""What is installed is locked by hash, the same for a server and for a developer, and names no index of anybody's."""

import re

from tests.guards.tree import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


def pins(lock: str) -> dict[str, set[str]]:
    """Return what a lock pins: each requirement with its marker, and its hashes."""
    text = (ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    return {
        line.split("--hash")[0].strip(): set(re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
        for line in text.splitlines()
        if line.strip() and not line.startswith("#")
    }


def test_every_locked_package_has_hashes() -> None:
    unhashed = [f"{lock.name}: {pin}" for lock in LOCKS for pin, hashes in pins(lock.stem).items() if not hashes]
    assert LOCKS
    assert not unhashed


def test_a_server_runs_what_the_tests_ran_on() -> None:
    developer = pins("dev")
    differing = [pin for pin, hashes in pins("base").items() if developer.get(pin) != hashes]
    assert not differing


def test_the_build_backend_is_locked_since_builds_are_not_isolated() -> None:
    found = [re.match(r"setuptools==(\d+)", pin) for pin in pins("base")]
    assert [int(match.group(1)) for match in found if match and int(match.group(1)) >= 77]


def test_no_lock_names_an_index_or_a_file() -> None:
    for lock in [*LOCKS, ROOT / "package-lock.json", ROOT / "tests" / "prism" / "package-lock.json"]:
        text = lock.read_text(encoding="utf-8")
        assert "file:" not in text, lock.name
        assert not re.search(r'"resolved"|--(extra-)?index-url|--find-links|@ http', text), lock.name
