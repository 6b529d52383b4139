"""kill -9 of servers and of their processes under load: what was answered 303 is looked for in the database afterwards,
receipt by receipt."""

import os
import signal
from collections.abc import Iterator, Sequence

from sqlalchemy import select

from crypto.receipt import derive
from referrals.models import Mailbox
from tests.faults.crowd import Crowd, Told
from tests.faults.processes import Ensemble, running
from tests.load.bench import DATABASES, Bench
from tests.load.figures import Figure, Target
from tests.load.instances import LoadedInstance

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
        answered, key = len(crowd.told), name.lower()
        missing, surplus = _missing_and_surplus(instance, crowd.told)
        yield Figure(f"killing.{key}.answered", f"{name}: answered 303 while servers were killed", answered, "")
        yield Figure(f"killing.{key}.lost", f"{name}: of these missing", missing, "", Target(at_most=0))
        yield Figure(f"killing.{key}.doubled", f"{name}: there twice", surplus, "", Target(at_most=0))


def _missing_and_surplus(instance: LoadedInstance, told: Sequence[Told]) -> tuple[int, int]:
    """Count the reports that their receipts do not lead to, and those that nobody was given a receipt for.

    The same form stored a second time has a receipt of its own, which was never shown.
    """
    with instance.runtime() as runtime:
        shown = {runtime.lookup_hmac(derive(one.receipt, runtime.instance_id).lookup) for one in told}
        with runtime.database.session() as session:
            stored = set(session.scalars(select(Mailbox.lookup_hmac)))
    return len(told) - len(shown & stored), len(stored - shown)


def _kill(ensemble: Ensemble, *, whole: bool) -> None:
    """Kill a whole server and start it again, or one of its processes, which it replaces by itself."""
    (server,) = ensemble.servers
    if whole:
        server.kill()
        ensemble.replace_server(0)
    else:
        os.kill(server.children()[0], signal.SIGKILL)
