"""The directory's serial number: it grows with every change, so that whoever keeps a copy knows when it is old."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from referrals.directory.models import DirectoryState
from service.rows import Guard, Rows, insert_all

STATE_ID: Final = 1
# Asked for every report, so it is made once, and of the table: as a question to the model it costs twice the time.
_TABLE: Final = DirectoryState.metadata.tables[DirectoryState.__tablename__]
_SERIAL: Final = select(_TABLE.c.serial).where(_TABLE.c.id == STATE_ID)


def serial(session: Session) -> int:
    """Read the serial; 0 where no directory was ever imported."""
    return session.scalar(_SERIAL) or 0


def unchanged(serial: int) -> Guard:
    """Give the guard of a row that must not be inserted once the directory has changed since this serial."""
    return Guard(DirectoryState, {"id": STATE_ID, "serial": serial})


def bump(session: Session, now: datetime) -> None:
    """Let the serial grow with the change that this session makes, and commit with it.

    Until the session ends, a second change of the directory waits here.
    """
    grown = update(DirectoryState).where(DirectoryState.id == STATE_ID)
    grown = grown.values(serial=DirectoryState.serial + 1, updated_at=now)
    if session.scalar(grown.returning(DirectoryState.serial)) is None:
        _start(session, now)
        session.execute(grown)


def keep_metadata(session: Session, metadata: Mapping[str, Any], now: datetime) -> bool:
    """Keep what a directory file says besides its organizations; say whether that is something new."""
    _start(session, now)
    row = session.scalars(select(DirectoryState).where(DirectoryState.id == STATE_ID)).one()
    if row.metadata_document == metadata:
        return False
    row.metadata_document = dict(metadata)
    return True


def _start(session: Session, now: datetime) -> None:
    """Make the row. Of two first changes at once, one finds the other's."""
    row = {"id": STATE_ID, "serial": 0, "updated_at": now, "metadata_document": {}}
    insert_all(session, [Rows(DirectoryState, [row], once=True)])
