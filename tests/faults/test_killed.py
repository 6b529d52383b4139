"""kill -9 at twenty random points under load: what was answered is there once, its receipt works, its notice leaves."""

import os
import random
import signal
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from referrals import notices
from referrals.directory.models import Organization
from service.rows import insert_all
from tests.faults.conftest import Place
from tests.faults.crowd import Crowd
from tests.faults.kept import check_everything_is_there_once, let_leases_run_out, waiting
from tests.faults.postbox import Postbox
from tests.faults.processes import Ensemble, running, wait_for

# In an order that is drawn. Without a worker of its own a server's processes do that work too, and die for it.
VICTIMS = ["server"] * 6 + ["process"] * 7 + ["worker"] * 7
# Notices that wait from the start, so that a worker always has one in hand. The crowd's reports go to others.
BACKLOG = 120
BACKLOG_FOR = "org02"
# Open day and night, and the coordinator.
EMERGENCIES_GO_TO = ("intake@org09.example", "intake@org16.example")


def pile_up_notices(place: Place, batches: int) -> str:
    """Let an organization have many batches that nobody sent, and give its address."""
    now = place.runtime.clock.now()
    with place.runtime.database.session(write=True) as session:
        found = session.execute(
            select(Organization.id, Organization.email).where(Organization.key == BACKLOG_FOR)
        ).one()
        for days in range(2, batches + 2):
            then = now - timedelta(days=days)
            insert_all(session, [notices.rows([found.id], urgency="ordinary", now=then, runtime=place.runtime)])
    return str(found.email)


def hurt(ensemble: Ensemble, victim: str, chance: random.Random) -> bool:
    """Kill a whole server, one of its processes, or a worker; say whether a worker of the outbox died with it."""
    (server,) = ensemble.servers
    if victim == "server":
        server.kill()
        ensemble.replace_server(0)
    elif victim == "worker" and ensemble.workers:
        ensemble.workers[0].kill()
        ensemble.replace_worker(0)
        return True
    else:
        os.kill(chance.choice(server.children()), signal.SIGKILL)
    return not ensemble.workers


def test_nothing_is_lost_or_doubled_when_processes_are_killed_under_load(
    place: Place, backend: str, postbox: Postbox, seed: int, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    address = pile_up_notices(place, BACKLOG)
    postbox.seconds = 0.05
    environ = place.environ | ({"LEEWARD_WORKERS": "2"} if backend == "postgresql" else {})
    with running(environ, tmp_path, workers=backend == "postgresql") as ensemble:
        with Crowd(ensemble.ports, seed, texts=True).run() as crowd:
            deaths = 0
            for victim in chance.sample(VICTIMS, len(VICTIMS)):
                crowd.wait_for_more(2)
                time.sleep(chance.uniform(0, 0.4))
                deaths += hurt(ensemble, victim, chance)
        let_leases_run_out(place.runtime)
        postbox.seconds = 0
        wait_for(lambda: not waiting(place.runtime), ensemble.told)
        ensemble.end()
    assert crowd.unanswered
    assert any(told.sends > 1 for told in crowd.told)
    check_everything_is_there_once(place.network, crowd)
    check_notices_left(crowd, postbox, address, deaths)


def check_notices_left(crowd: Crowd, postbox: Postbox, address: str, deaths: int) -> None:
    """Every batch left, and again only where its worker died with it in hand; nobody missed an emergency."""
    arrived = Counter(mail.address for mail in postbox.received)
    assert BACKLOG <= arrived[address] <= BACKLOG + deaths
    last = max(told.began for told in crowd.told if told.is_emergency)
    for emergency in EMERGENCIES_GO_TO:
        # A mail on its way tells of what comes in the next moment too: nobody opens the desk faster than that.
        assert max(mail.arrived for mail in postbox.received if mail.address == emergency) > last - 1
