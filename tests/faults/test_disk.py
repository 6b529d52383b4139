"""The disk of a database fills up under load: Send says so in the worker's language, /readyz says why, nothing is half
there, and with room again all goes on by itself."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import URL

from intake.web.sentences import refusal
from intake.web.words import Words
from service.settings import Settings
from tests.conftest import cannot_run
from tests.faults.conftest import Place, planted
from tests.faults.crowd import Crowd, ask
from tests.faults.kept import check_everything_is_there_once, let_leases_run_out, let_waits_pass, waiting
from tests.faults.postbox import Postbox
from tests.faults.postgres import own_postgres
from tests.faults.processes import running, wait_for
from translations.catalogue import catalogue

DISK_BYTES = 48 * 1024 * 1024
CHUNK = bytes(64 * 1024)
LED_TO_IN_SPANISH = "/es/note/503"


@pytest.fixture
def disk() -> Iterator[Path]:
    """Mount a small disk of its own, in memory, for a test."""
    folder = Path(tempfile.mkdtemp(prefix="leeward-disk-"))
    folder.chmod(0o755)
    options = ["-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0755", "tmpfs", str(folder)]
    mounted = shutil.which("mount") and subprocess.run(["mount", *options], capture_output=True, check=False)
    if not mounted or mounted.returncode:
        folder.rmdir()
        cannot_run("no small disk: only root may mount one")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


@pytest.fixture
def place(
    backend: str,
    disk: Path,
    postbox: Postbox,
    settings_for: Callable[[URL], Settings],
    request: pytest.FixtureRequest,
) -> Iterator[Place]:
    """Give an instance whose main database lies on the small disk; on SQLite its keys lie there too."""
    if backend == "postgresql":
        tables = disk / "tables"
        tables.mkdir()
        with own_postgres() as postgres, planted(settings_for(postgres.instance(tables)), postbox) as made:
            yield made
        return
    main = disk / "leeward.sqlite"
    shutil.copy(request.getfixturevalue("sqlite_template"), main)
    settings = settings_for(URL.create("sqlite", database=str(main)))
    with planted(replace(settings, keys_url=f"sqlite:///{disk / 'keys.sqlite'}"), postbox) as made:
        yield made


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Leave no room on a disk for a block."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(CHUNK):
            pass
    try:
        yield
    finally:
        ballast.unlink()


def test_a_full_disk_refuses_kindly_and_loses_nothing(
    place: Place, backend: str, disk: Path, seed: int, tmp_path: Path
) -> None:
    with running(place.environ, tmp_path, workers=backend == "postgresql") as ensemble:
        (server,) = ensemble.servers
        assert server.get("/readyz")[0] == 200
        with Crowd(ensemble.ports, seed, texts=True).run() as crowd:
            crowd.wait_for_more(5)
            with filled(disk):
                wait_for(lambda: f"303 {LED_TO_IN_SPANISH}" in crowd.refusals or crowd.gave_up, ensemble.told)
                status, told = server.get("/readyz")
                assert status == 503
                assert "database_full" in json.loads(told)["closed_because"]
                check_it_is_said_in_spanish(server.port)
            crowd.wait_for_more(10)
        wait_for(lambda: server.get("/readyz")[0] == 200, ensemble.told)
        let_leases_run_out(place.runtime)
        let_waits_pass(place.runtime)
        wait_for(lambda: not waiting(place.runtime), ensemble.told)
        ensemble.end()
    assert all(refusal.startswith("503 ") or refusal.endswith("/note/503") for refusal in crowd.refusals)
    assert not crowd.unanswered
    check_everything_is_there_once(place.network, crowd)


def check_it_is_said_in_spanish(port: int) -> None:
    """Read what a worker is led to whose report was not taken in."""
    page = ask(port, "GET", LED_TO_IN_SPANISH).page
    for sentence in refusal(Words(catalogue("es")), 503):
        assert str(sentence) in page
