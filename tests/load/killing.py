"""kill -9 of servers and of their processes under load: what was answered 303 is counted in the database afterwards."""

import os
import signal
from collections.abc import Iterator

from referrals.models import Mailbox
from tests.faults.crowd import Crowd
from tests.faults.processes import Ensemble, running
from tests.load import disk
from tests.load.bench import DATABASES, Bench
from tests.load.figures import Figure, Target

_BETWEEN_DEATHS = 10
_SEED = 1


def measure(bench: Bench) -> Iterator[Figure]:
    """Let people send reports while their servers die, on both databases."""
    for name in DATABASES:
        instance = bench.another(name)
        bench.tell(f"killing servers, {name}")
        logs = bench.folder / f"killed-{name}"
        logs.mkdir()
        with (
            running(instance.environment(0), logs) as ensemble,
            Crowd(ensemble.ports, _SEED, emergencies=0).run() as crowd,
        ):
            for death in range(bench.size.starts):
                crowd.wait_for_more(_BETWEEN_DEATHS)
                _kill(ensemble, whole=death % 2 == 1)
        answered, stored, key = len(crowd.told), disk.count(instance, Mailbox), name.lower()
        yield Figure(f"killing.{key}.answered", f"{name}: answered 303 while servers were killed", answered, "")
        what = f"{name}: of these missing, or there twice"
        yield Figure(f"killing.{key}.lost", what, abs(answered - stored), "", Target(at_most=0))


def _kill(ensemble: Ensemble, *, whole: bool) -> None:
    """Kill a whole server and start it again, or one of its processes, which it replaces by itself."""
    (server,) = ensemble.servers
    if whole:
        server.kill()
        ensemble.replace_server(0)
    else:
        os.kill(server.children()[0], signal.SIGKILL)
