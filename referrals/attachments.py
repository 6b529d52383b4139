"""Sealed files as they rest: their bodies in pieces beside their messages, so that none is in memory as a whole.

Intake writes them through this module and the desk reads them. Nothing here can open a file.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from crypto import casekey, stream
from crypto.envelope import Header, MessageType, WrapRole
from referrals.case import CaseKeys, CaseNotFound, Reader, keys_of, wrap_rows
from referrals.models import AttachmentPart, Message, Referral, Wrap
from service.database import Database
from service.keystore import KeyStore
from service.rows import Rows, insert_all

# Sixteen chunks of the stream: about a mebibyte in memory at a time.
PIECE_SIZE: Final = 16 * stream.SEALED_CHUNK_SIZE


class AttachmentNotFound(Exception):
    """No such file for the organization that asked: of another case, another organization, or none at all."""


@dataclass(frozen=True, slots=True, repr=False)
class SealedFile:
    """A sealed file before it is stored: its header, its wraps, and where its body waits, already sealed."""

    header: bytes
    wraps: tuple[bytes, ...]
    body: IO[bytes]

    def close(self) -> None:
        """Let go of the body."""
        self.body.close()


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A stored file as one organization gets it: `size` is the body's, which `pieces` reads."""

    message_id: bytes
    header: bytes
    wraps: tuple[bytes, ...]
    size: int


def store_files(
    session: Session,
    files: Sequence[SealedFile],
    readers: Sequence[Reader],
    keys: CaseKeys,
    *,
    position: int,
    day: date,
    random: Callable[[int], bytes],
) -> None:
    """Write sealed files at `position` and after it. `readers` stand in the order of each file's wraps."""
    for place, file in enumerate(files, position):
        header = Header.parse(file.header)
        message = {
            "id": header.message_id,
            "case_id": header.case_id,
            "position": place,
            "type": int(header.type),
            "origin": int(header.origin),
            "day": day,
            "header": file.header,
            "body": b"",
        }
        wraps = wrap_rows(header, file.wraps, readers, keys, random=random)
        insert_all(session, [Rows(Message, [message]), wraps])
        file.body.seek(0)
        for number, piece in enumerate(iter(lambda file=file: file.body.read(PIECE_SIZE), b"")):  # type: ignore[misc]
            insert_all(
                session, [Rows(AttachmentPart, [{"message_id": header.message_id, "number": number, "body": piece}])]
            )


def stored_file(
    session: Session, keystore: KeyStore, *, organization_id: bytes, case_id: bytes, message_id: bytes
) -> StoredFile:
    """Find a file of a case with the wraps that were given to an organization. Raises AttachmentNotFound, KeyDestroyed.

    An organization that only stands by finds nothing, as with the messages of the case.
    """
    row = session.execute(
        select(Message.header)
        .join(Referral, Referral.case_id == Message.case_id)
        .where(
            Message.id == message_id,
            Message.case_id == case_id,
            Message.type == int(MessageType.ATTACHMENT),
            Referral.organization_id == organization_id,
            Referral.view.is_not(None),
        )
        .limit(1)
    ).one_or_none()
    sealed = session.scalars(
        select(Wrap.sealed_wrap)
        .where(
            Wrap.message_id == message_id, Wrap.organization_id == organization_id, Wrap.under_standby_key.is_(False)
        )
        .order_by(Wrap.id)
    ).all()
    if row is None or not sealed:
        raise AttachmentNotFound
    try:
        key = keys_of(session, keystore, case_id).case.key
    except CaseNotFound as error:
        raise AttachmentNotFound from error
    wraps = tuple(casekey.open_wrap(key, wrap, case_id=case_id, message_id=message_id) for wrap in sealed)
    size = session.scalar(
        select(func.sum(func.length(AttachmentPart.body))).where(AttachmentPart.message_id == message_id)
    )
    return StoredFile(message_id, row.header, wraps, int(size or 0))


def held_files(session: Session, keystore: KeyStore, case_id: bytes) -> tuple[tuple[bytes, tuple[bytes, ...]], ...]:
    """Give header and wraps of each file that is sealed for its case's holding key, for `crypto.envelope.rewrap_key`.

    Raises KeyDestroyed.
    """
    key = keys_of(session, keystore, case_id).case.key
    rows = session.execute(
        select(Message.id, Message.header, Wrap.sealed_wrap)
        .join(Wrap, Wrap.message_id == Message.id)
        .where(
            Message.case_id == case_id,
            Message.type == int(MessageType.ATTACHMENT),
            Wrap.role == int(WrapRole.HOLDING),
        )
        .order_by(Message.position)
    )
    return tuple(
        (row.header, (casekey.open_wrap(key, row.sealed_wrap, case_id=case_id, message_id=row.id),)) for row in rows
    )


def delete_bodies(session: Session, case_id: bytes) -> None:
    """Delete the bodies of a case's files, which are large and which nobody can open once its wraps are gone."""
    of_case = select(Message.id).where(Message.case_id == case_id)
    session.execute(delete(AttachmentPart).where(AttachmentPart.message_id.in_(of_case)))


def pieces(database: Database, message_id: bytes) -> Iterator[bytes]:
    """Read a file's body piece by piece, each in a session of its own, so that a slow reader holds no connection."""
    number = 0
    while True:
        query = select(AttachmentPart.body).where(
            AttachmentPart.message_id == message_id, AttachmentPart.number == number
        )
        with database.session(one_statement=True) as session:
            piece = session.scalar(query)
        if piece is None:
            return
        yield piece
        number += 1
