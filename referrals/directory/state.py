"""The directory's serial number: it grows with every change, so that whoever keeps a copy knows when it is old."""

from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from referrals.directory.models import DirectoryState
from service.rows import Rows, insert_all

STATE_ID: Final = 1


def serial(session: Session) -> int:
    """Read the serial; 0 where no directory was ever imported."""
    return session.scalar(select(DirectoryState.serial).where(DirectoryState.id == STATE_ID)) or 0


def bump(session: Session, now: datetime) -> None:
    """Let the serial grow with the change that this session makes, and commit with it.

    Until the session ends, a second change of the directory waits here.
    """
    grown = update(DirectoryState).where(DirectoryState.id == STATE_ID)
    grown = grown.values(serial=DirectoryState.serial + 1, updated_at=now)
    if session.connection().execute(grown).rowcount == 0:
        first = {"id": STATE_ID, "serial": 0, "updated_at": now, "metadata_document": {}}
        # Of two first changes at once, one finds the other's row here.
        insert_all(session, [Rows(DirectoryState, [first], once=True)])
        session.connection().execute(grown)
