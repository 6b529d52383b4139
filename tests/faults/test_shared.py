"""Several processes on one SQLite, told to end or reload under load: what is in hand is finished, nothing is lost."""

import signal
from pathlib import Path

from tests.faults.conftest import Place
from tests.faults.crowd import Crowd
from tests.faults.kept import check_everything_is_there_once, waiting
from tests.faults.processes import running, wait_for


def test_two_servers_and_two_workers_share_a_sqlite_and_end_one_after_the_other_without_loss(
    sqlite_place: Place, seed: int, tmp_path: Path
) -> None:
    with running(sqlite_place.environ, tmp_path, servers=2, workers=2) as ensemble:
        with Crowd(ensemble.ports, seed).run() as crowd:
            for index in (0, 1):
                crowd.wait_for_more(6)
                for process in (ensemble.servers[index], ensemble.workers[index]):
                    process.ask_to_end()
                    assert process.status() == 0, ensemble.told()
                ensemble.replace_server(index)
        wait_for(lambda: not waiting(sqlite_place.runtime), ensemble.told)
        for server in ensemble.servers:
            server.ask_to_end()
            assert server.status() == 0, ensemble.told()
    assert not crowd.refusals
    check_everything_is_there_once(sqlite_place.network, crowd)


def test_a_reload_under_load_answers_everybody(sqlite_place: Place, seed: int, tmp_path: Path) -> None:
    with running(sqlite_place.environ, tmp_path) as ensemble:
        (server,) = ensemble.servers
        with Crowd(ensemble.ports, seed).run() as crowd:
            for _ in range(2):
                crowd.wait_for_more(5)
                before = server.children()
                server.signal(signal.SIGHUP)
                wait_for(lambda before=before: server.children() not in ([], before), ensemble.told)  # type: ignore[misc]
            crowd.wait_for_more(5)
        ensemble.end()
    assert not crowd.refusals
    assert not crowd.unanswered
    check_everything_is_there_once(sqlite_place.network, crowd)
