"""The database goes away under load and comes back: who sends is told so or waits, and nothing is lost or doubled."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

from service.settings import Settings
from tests.faults.conftest import Place, planted
from tests.faults.crowd import Crowd
from tests.faults.kept import check_everything_is_there_once, let_leases_run_out, waiting
from tests.faults.postbox import Postbox
from tests.faults.postgres import own_postgres
from tests.faults.processes import running, wait_for

RESTARTS = 3
LOCKED_SECONDS = 4
LOCK = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("COMMIT")
"""


def test_a_postgresql_that_is_cut_off_under_load_loses_and_doubles_nothing(
    settings_for: Callable[[URL], Settings], postbox: Postbox, seed: int, tmp_path: Path
) -> None:
    with own_postgres() as postgres, planted(settings_for(postgres.instance()), postbox) as place:
        with running(place.environ | {"LEEWARD_WORKERS": "2"}, tmp_path, workers=1) as ensemble:
            (server,), (worker,) = ensemble.servers, ensemble.workers
            wait_for(lambda: len(server.children()) == 2)
            answering = server.children()
            with Crowd(ensemble.ports, seed, texts=True).run() as crowd:
                for _ in range(RESTARTS):
                    crowd.wait_for_more(5)
                    postgres.stop_at_once()
                    status, told = server.get("/readyz")
                    assert (status, json.loads(told)["closed_because"]) == (503, ["database_away"])
                    assert server.get("/healthz")[0] == 200
                    assert server.get("/en/")[0] == 200
                    postgres.start()
                crowd.wait_for_more(5)
            assert server.get("/readyz")[0] == 200
            let_leases_run_out(place.runtime)
            wait_for(lambda: not waiting(place.runtime), ensemble.told)
            assert worker.ended() is None
            assert server.children() == answering
            ensemble.end()
        assert crowd.refusals
        assert all(refusal.startswith("503 ") or refusal.endswith("/note/503") for refusal in crowd.refusals)
        assert not crowd.unanswered
        check_everything_is_there_once(place.network, crowd)


def test_a_sqlite_that_another_program_locks_for_seconds_is_waited_for(
    sqlite_place: Place, seed: int, tmp_path: Path
) -> None:
    with running(sqlite_place.environ, tmp_path) as ensemble:
        (server,) = ensemble.servers
        with Crowd(ensemble.ports, seed, texts=True).run() as crowd:
            crowd.wait_for_more(5)
            with locked(Path(sqlite_place.runtime.database.url.database or "")) as holder:
                time.sleep(LOCKED_SECONDS / 2)
                stored = len(crowd.told)
                assert server.get("/healthz")[0] == 200
                assert server.get("/readyz")[0] == 200
                assert server.get("/en/")[0] == 200
                assert holder.poll() is None
                assert len(crowd.told) == stored
            crowd.wait_for_more(5)
        wait_for(lambda: not waiting(sqlite_place.runtime), ensemble.told)
        ensemble.end()
    assert not crowd.refusals
    assert not crowd.unanswered
    check_everything_is_there_once(sqlite_place.network, crowd)


@contextmanager
def locked(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Hold a SQLite database's write lock from another program for some seconds."""
    command = [sys.executable, "-c", LOCK, str(path), str(LOCKED_SECONDS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        yield holder
        assert holder.wait(10 * LOCKED_SECONDS) == 0
