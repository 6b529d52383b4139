"""The organizations that a report could go to, by name, for a worker who wants one of them left out.

They are read from the directory in memory: opening the form asks nothing of a database. What is older than a few
minutes is brought up to date beside the request. A name that is missing or too much does no harm: Send looks again.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from intake.report import Intake
from referrals.candidates import SUPPORT_ROLES, Candidate
from referrals.directory.snapshot import Snapshot
from referrals.geography.provinces import DISTRICTS, REGIONS
from service.throttle import TooBusy

# The name of a region, or nothing for those of several, and there the keys and names of organizations.
Groups = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

FRESH_FOR: Final = timedelta(minutes=5)


@dataclass(slots=True)
class GroupList:
    """The list that forms show; one for a process, safe to share between its threads."""

    intake: Intake
    _shown: Groups = ()
    _read_at: datetime | None = None
    _reading: threading.Lock = field(default_factory=threading.Lock)

    def current(self) -> Groups:
        """Give the list at once, as it was a few minutes ago at the latest; only the first one may wait for it."""
        if self._read_at is None:
            self.refresh()
        elif self.intake.runtime.clock.now() - self._read_at > FRESH_FOR and self._reading.acquire(blocking=False):
            # No daemon: ended in the middle of a statement, it would take the process down with it.
            threading.Thread(target=self._refresh_beside, name="groups").start()
        return self._shown

    def refresh(self) -> None:
        """Read the directory. Where its database is away the form goes without a list."""
        try:
            with self.intake.runtime.database.session(one_statement=True) as session:
                self._shown = grouped(self.intake.directory.current(session))
        except (SQLAlchemyError, TooBusy):
            return
        self._read_at = self.intake.runtime.clock.now()

    def _refresh_beside(self) -> None:
        try:
            self.refresh()
        finally:
            self._reading.release()


def grouped(snapshot: Snapshot) -> Groups:
    """Sort the organizations that could lead a case by their region and name. The helper desk has its own question."""
    by_region: dict[str, list[tuple[str, str]]] = {}
    for member in snapshot.members.values():
        if member.role in SUPPORT_ROLES and member.epoch is not None and not member.candidate.inactive:
            by_region.setdefault(_region(member.candidate), []).append((member.key, member.name))
    names = {"": ""} | {code: region.name for code, region in REGIONS.items()}
    return tuple(
        (name, tuple(sorted(by_region[code], key=lambda one: one[1].casefold())))
        for code, name in names.items()
        if code in by_region
    )


def _region(candidate: Candidate) -> str:
    """Give the one region that an organization works in; nothing where there are several."""
    covered = {
        DISTRICTS[code].region for service in candidate.services for code, points in service.coverage.items() if points
    }
    return covered.pop() if len(covered) == 1 else ""
