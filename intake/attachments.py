"""Files that a worker adds to what they tell: told by content, stripped of metadata, sealed, and only then stored.

The form and the hotline come through here alike. A file is in memory alone, one at a time, and on no disk in clear.
"""

import base64
import hashlib
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import chain
from types import TracebackType
from typing import Final, Protocol, Self

from sqlalchemy.orm import Session

from crypto import envelope
from crypto.envelope import Origin, Recipient
from intake.filetypes import FileType, FileTypeUnknown, type_of
from intake.metadata import PictureUnreadable, stripped
from referrals.attachments import SealedFile, store_files
from referrals.case import CaseKeys, Reader
from service.runtime import Runtime
from service.throttle import FairQueue

FILES_LIMIT: Final = 10
FILE_LIMIT: Final = 25 * 1024 * 1024
# All files of one form together: what a phone's connection carries in a few minutes, and a disk for many reports.
TOTAL_LIMIT: Final = 100 * 1024 * 1024
NAME_LIMIT: Final = 100
# A file costs up to three times its size while it is sealed, so a process does one after another; who waits is served.
_ONE_AT_A_TIME: Final = FairQueue(width=1, waiting=64, patience=60)


class Refusal(StrEnum):
    """Why files were not taken."""

    KIND = "file_kind"
    SIZE = "file_size"
    COUNT = "files_count"
    TOTAL = "files_total"
    UNREADABLE = "file_unreadable"


class FilesRefused(Exception):
    """Files that are not taken. Nothing of them was kept; `names` are those of the files that it is about."""

    def __init__(self, reason: Refusal, names: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.names = tuple(names)


class GivenFile(Protocol):
    """A file as it came: its name, its size in bytes, and its content, which can be read more than once."""

    @property
    def name(self) -> str:
        """The name that it came with, if any."""

    @property
    def size(self) -> int:
        """How many bytes it has."""

    def chunks(self) -> Iterator[bytes]:
        """Read it from its beginning."""


@dataclass(frozen=True, slots=True, repr=False)
class FileInMemory:
    """A file that is in memory already."""

    name: str
    content: bytes

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return len(self.content)

    def chunks(self) -> Iterator[bytes]:
        """Read it from its beginning."""
        yield self.content


@dataclass(frozen=True, slots=True)
class SealedAttachments:
    """Files that are sealed and not stored yet. To be closed, whether they are stored or not.

    `entries` is what the message that names them says of them (protocol.md, "Envelope").
    """

    entries: tuple[dict[str, object], ...] = ()
    files: tuple[SealedFile, ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the sealed bodies."""
        for file in self.files:
            file.close()

    def store(
        self,
        session: Session,
        readers: Sequence[Reader],
        keys: CaseKeys,
        *,
        position: int,
        day: date,
        random: Callable[[int], bytes],
    ) -> None:
        """Write them at `position` and after it, in the transaction of the message that names them.

        `readers` stand in the order of the recipients that they were sealed for.
        """
        store_files(session, self.files, readers, keys, position=position, day=day, random=random)


def seal_attachments(
    runtime: Runtime, case_id: bytes, files: Sequence[GivenFile], recipients: Sequence[Recipient], *, origin: Origin
) -> SealedAttachments:
    """Seal files for the readers of a case. Raises FilesRefused, and TooBusy where others' files take too long.

    Takes seconds and opens no session: call it before the transaction that stores what it gives.
    """
    check_sizes(files)
    entries, sealed = [], []
    with ExitStack() as if_refused:
        for file in files:
            with _ONE_AT_A_TIME.place():
                content, kind, is_stripped = _plain(file)
                size, digest = len(content), hashlib.sha256(content).digest()
                made = _seal(runtime, case_id, content, recipients, origin)
                # The largest thing in memory; the next file has room again.
                del content
            if_refused.callback(made.close)
            sealed.append(made)
            entries.append(
                {
                    "message": _base64url(envelope.Header.parse(made.header).message_id),
                    "sha256": _base64url(digest),
                    "bytes": size,
                    "mime": kind.mime,
                    "name": clean_name(file.name),
                    "stripped": is_stripped,
                }
            )
        if_refused.pop_all()
    return SealedAttachments(tuple(entries), tuple(sealed))


def check_sizes(files: Sequence[GivenFile]) -> None:
    """Refuse too many files, one that is too large, and too much of them together. Raises FilesRefused."""
    if len(files) > FILES_LIMIT:
        raise FilesRefused(Refusal.COUNT)
    large = [file.name for file in files if file.size > FILE_LIMIT]
    if large:
        raise FilesRefused(Refusal.SIZE, large)
    if sum(file.size for file in files) > TOTAL_LIMIT:
        raise FilesRefused(Refusal.TOTAL)


def digests_of(files: Sequence[GivenFile]) -> tuple[str, ...]:
    """Give what tells one Send's files from another's: the SHA-256 of each as it came, in hexadecimal."""
    found = []
    for file in files:
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        found.append(digest.hexdigest())
    return tuple(found)


def clean_name(name: str) -> str:
    """Give a file's name as it may be shown: its last part, without what is invisible or turns a line around."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    shown = "".join(letter for letter in last if letter.isprintable() and unicodedata.category(letter) != "Cf")
    return " ".join(shown.split())[:NAME_LIMIT]


def _plain(file: GivenFile) -> tuple[bytes | bytearray, FileType, bool]:
    """Give a file's content to be sealed, what it is, and whether its metadata was taken out. Raises FilesRefused."""
    chunks = file.chunks()
    first = next(chunks, b"")
    try:
        kind = type_of(first)
    except FileTypeUnknown as error:
        raise FilesRefused(Refusal.KIND, [file.name]) from error
    if not kind.is_picture:
        return _joined(file.size, chain([first], chunks)), kind, False
    try:
        return *stripped(chain([first], chunks)), True
    except PictureUnreadable as error:
        raise FilesRefused(Refusal.UNREADABLE, [file.name]) from error


def _joined(size: int, chunks: Iterator[bytes]) -> bytearray:
    """Put a file together in place: joining a list of its chunks would have it in memory twice."""
    content, at = bytearray(size), 0
    for chunk in chunks:
        content[at : at + len(chunk)] = chunk
        at += len(chunk)
    return content


def _seal(
    runtime: Runtime, case_id: bytes, content: bytes | bytearray, recipients: Sequence[Recipient], origin: Origin
) -> SealedFile:
    sealed = envelope.seal_attachment(
        content,
        origin=origin,
        case_id=case_id,
        message_id=runtime.random(16),
        recipients=recipients,
        random=runtime.random,
    )
    # Nameless, and sealed already; gone when it is closed, or with the process.
    body = tempfile.TemporaryFile()  # noqa: SIM115 - whoever stores it closes it
    try:
        for chunk in sealed.body:
            body.write(chunk)
        body.flush()
    except BaseException:
        body.close()
        raise
    return SealedFile(sealed.header, sealed.wraps, body)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
