"""The keys database is lost, or another instance's: a start is refused and says why."""

import subprocess
from pathlib import Path

from sqlalchemy import func, select

from intake.report import issue_submission_id, submit
from service.clock import SystemClock
from service.keystore import KeyStore
from service.models import DestructibleKey
from tests.faults.conftest import Place
from tests.faults.processes import LEEWARD, PATIENCE_SECONDS, running
from tests.integration.office import ASKS_IN_SPANISH


def run(environ: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(
        [LEEWARD, *arguments], env=environ, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )


def refusal(environ: dict[str, str], *arguments: str) -> str:
    """Run a command that must be refused, and give what it says."""
    ended = run(environ, *arguments)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "Traceback" not in ended.stderr
    return ended.stderr


def with_a_case(place: Place) -> None:
    """Let the instance have a case, so that its keys database matters."""
    submit(place.network.intake, ASKS_IN_SPANISH, issue_submission_id(place.runtime))
    place.runtime.dispose()


def keys_of(place: Place) -> Path:
    """Give the file of an instance's keys."""
    return Path(place.runtime.keystore.database.url.database or "")


def lose(keys: Path) -> None:
    """Remove a SQLite database with its log."""
    for path in keys.parent.glob(f"{keys.name}*"):
        path.unlink()


def test_a_start_without_the_keys_of_its_cases_is_refused_until_they_are_back(place: Place, tmp_path: Path) -> None:
    with_a_case(place)
    keys, saved = keys_of(place), tmp_path / "saved"
    keys.rename(saved)
    for command in (["serve"], ["worker"]):
        assert "bring back the keys database" in refusal(place.environ, *command)
    saved.rename(keys)
    with running(place.environ, tmp_path) as ensemble:
        assert ensemble.servers[0].get("/readyz")[0] == 200
        ensemble.end()


def test_keys_that_are_lost_for_good_can_be_given_up_by_name_only(sqlite_place: Place, tmp_path: Path) -> None:
    with_a_case(sqlite_place)
    lose(keys_of(sqlite_place))
    assert run(sqlite_place.environ, "migrate").returncode == 0
    assert "--keys-are-lost" in refusal(sqlite_place.environ, "serve")
    assert run(sqlite_place.environ, "migrate", "--keys-are-lost").returncode == 0
    with running(sqlite_place.environ, tmp_path) as ensemble:
        assert ensemble.servers[0].get("/readyz")[0] == 200
        ensemble.end()


def test_a_start_with_the_keys_of_another_instance_is_refused(sqlite_place: Place, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'keys-of-another.sqlite'}"
    others = KeyStore(url, SystemClock())
    others.belong_to(bytes(16))
    others.dispose()
    told = refusal(sqlite_place.environ | {"LEEWARD_KEYS_URL": url}, "serve")
    assert "LEEWARD_KEYS_URL names the keys of another instance" in told


def test_an_instance_that_has_no_case_yet_starts_with_new_keys(sqlite_place: Place, tmp_path: Path) -> None:
    sqlite_place.runtime.dispose()
    lose(keys_of(sqlite_place))
    with running(sqlite_place.environ, tmp_path) as ensemble:
        ensemble.end()
    with sqlite_place.runtime.keystore.database.session() as session:
        assert session.scalar(select(func.count()).select_from(DestructibleKey))
