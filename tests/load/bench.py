"""What every measurement stands on: where to put things, how long to load, the databases, and how to tell."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.conftest import PostgresServer
from tests.load.instances import POSTGRESQL, SQLITE, LoadedInstance, instance, postgres

DATABASES: Final = (POSTGRESQL, SQLITE)


@dataclass(frozen=True, slots=True)
class Size:
    """How long and how much to measure. A load never lasts longer than `seconds`, and `rounds` are taken of it."""

    seconds: float = 4.0
    rounds: int = 3
    times: int = 300
    starts: int = 5
    referrals: int = 1_000_000
    conversations: int = 10_000


# Enough to see that every measurement runs from end to end; its figures mean nothing.
TINY: Final = Size(seconds=0.4, rounds=1, times=5, starts=1, referrals=2_000, conversations=100)


@dataclass(slots=True)
class Bench:
    """One run. Everything that it starts ends with its `stack`."""

    size: Size
    folder: Path
    tell: Callable[[str], None]
    stack: ExitStack
    _made: dict[str, LoadedInstance] = field(default_factory=dict)
    _postgres: list[PostgresServer] = field(default_factory=list)

    def instance(self, name: str) -> LoadedInstance:
        """Give the run's instance on SQLite or PostgreSQL, made when it is first asked for."""
        if name not in self._made:
            self._made[name] = self.another(name)
        return self._made[name]

    def another(self, name: str) -> LoadedInstance:
        """Make one that nothing was measured on yet."""
        self.tell(f"making a network on {name}")
        if name == POSTGRESQL and not self._postgres:
            self._postgres.append(self.stack.enter_context(postgres()))
        server = self._postgres[0] if name == POSTGRESQL else None
        return self.stack.enter_context(instance(name, self.folder, server))
