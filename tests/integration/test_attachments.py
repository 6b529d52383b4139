"""Files of a case, on both databases: sealed for its readers, stored in pieces, and given to nobody else."""

import hashlib
import os

import pytest
from sqlalchemy import func, select

from crypto import envelope, suite
from crypto.envelope import Envelope, Origin, Recipient, WrapRole
from crypto.rejected import EnvelopeRejected
from intake.attachments import (
    FILE_LIMIT,
    FILES_LIMIT,
    TOTAL_LIMIT,
    FileInMemory,
    FilesRefused,
    Refusal,
    check_sizes,
    clean_name,
    seal_attachments,
)
from intake.erasure import erase
from intake.line import readers_of
from referrals.attachments import PIECE_SIZE, AttachmentNotFound, held_files, pieces, stored_file
from referrals.case import Reader, keys_of, next_position
from referrals.directory.snapshot import Directory
from referrals.models import AttachmentPart
from referrals.referral import accept, decline
from service.keystore import KeyDestroyed
from service.runtime import Runtime
from tests import pictures
from tests.integration.casework import do
from tests.integration.desk_client import base64url, from_base64url
from tests.integration.office import Office, Town, town
from tests.integration.worker_client import stored
from tests.pictures import HIDDEN

PDF = FileInMemory("contract.pdf", pictures.OTHERS["application/pdf"])
PHOTO = FileInMemory("IMG_0001.jpg", pictures.jpeg())


def add(place: Town, *files: FileInMemory) -> list[dict[str, object]]:
    """Seal files for everyone who reads a case and store them; give what a message would say of them."""
    runtime = place.network.runtime
    with runtime.database.session() as session:
        snapshot = Directory(runtime.clock).current(session)
        keys = keys_of(session, runtime.keystore, place.case_id)
        readers = readers_of(session, snapshot, place.case_id, keys)
    recipients = [recipient for _, recipient in readers]
    with seal_attachments(runtime, place.case_id, files, recipients, origin=Origin.FORM) as sealed:
        with runtime.database.session(write=True) as session:
            sealed.store(
                session,
                [reader for reader, _ in readers],
                keys,
                position=next_position(session, place.case_id),
                day=runtime.clock.now().date(),
                random=runtime.random,
            )
        return list(sealed.entries)


def message_id(entry: dict[str, object]) -> bytes:
    return from_base64url(str(entry["message"]))


def read(office: Office, case_id: bytes, entry: dict[str, object]) -> bytes:
    """Open a file with an organization's key."""
    runtime = office.runtime
    with runtime.database.session() as session:
        found = stored_file(
            session, runtime.keystore, organization_id=office.id, case_id=case_id, message_id=message_id(entry)
        )
    body = b"".join(pieces(runtime.database, found.message_id))
    assert len(body) == found.size
    return envelope.open_(Envelope(found.header, found.wraps, body), office.pair).document


def test_files_are_read_by_who_has_the_case_and_say_what_they_are(runtime: Runtime) -> None:
    place = town(runtime)
    photo, pdf = add(place, PHOTO, PDF)
    office = place.office("org01")
    content = read(office, place.case_id, photo)
    assert HIDDEN not in content
    assert photo["sha256"] == _sha256_text(content)
    assert (photo["bytes"], photo["mime"], photo["name"], photo["stripped"]) == (
        len(content),
        "image/jpeg",
        "IMG_0001.jpg",
        True,
    )
    assert read(office, place.case_id, pdf) == PDF.content
    assert (pdf["mime"], pdf["stripped"]) == ("application/pdf", False)
    assert HIDDEN not in stored(runtime)
    assert office.reads(place.case_id) == ["No me pagan."]


def _sha256_text(content: bytes) -> str:
    return base64url(hashlib.sha256(content).digest())


def test_a_large_file_lies_in_pieces_and_comes_back_whole(runtime: Runtime) -> None:
    place = town(runtime)
    content = PDF.content + os.urandom(3 * PIECE_SIZE)
    (entry,) = add(place, FileInMemory("", content))
    with runtime.database.session() as session:
        assert session.scalar(select(func.count()).select_from(AttachmentPart)) == 4
    assert read(place.office("org01"), place.case_id, entry) == content


def test_who_stands_by_reads_it_once_the_case_is_theirs(runtime: Runtime) -> None:
    place = town(runtime)
    (entry,) = add(place, PDF)
    first, second = place.office("org01"), place.office("org06")
    with pytest.raises(AttachmentNotFound):
        read(second, place.case_id, entry)
    do(first, place.case_id, decline, "no_capacity")
    assert read(second, place.case_id, entry) == PDF.content


def test_once_a_case_is_taken_nobody_who_stood_by_can_ever_read_it(runtime: Runtime) -> None:
    place = town(runtime)
    (entry,) = add(place, PDF)
    do(place.office("org01"), place.case_id, accept)
    with pytest.raises(AttachmentNotFound):
        read(place.office("org06"), place.case_id, entry)


def test_a_file_of_another_case_another_organization_or_no_file_is_not_found(runtime: Runtime) -> None:
    place = town(runtime)
    (entry,) = add(place, PDF)
    report = place.office("org01").file(place.case_id).messages[0].message_id
    for office, case_id, wanted in (
        (place.office("org02"), place.case_id, message_id(entry)),
        (place.office("org01"), bytes(16), message_id(entry)),
        (place.office("org01"), place.case_id, bytes(16)),
        (place.office("org01"), place.case_id, report),
    ):
        with runtime.database.session() as session, pytest.raises(AttachmentNotFound):
            stored_file(session, runtime.keystore, organization_id=office.id, case_id=case_id, message_id=wanted)


def test_a_file_of_an_erased_case_cannot_be_opened(runtime: Runtime) -> None:
    place = town(runtime)
    (entry,) = add(place, PDF)
    runtime.keystore.destroy(place.case().key_id)
    with pytest.raises(KeyDestroyed):
        read(place.office("org01"), place.case_id, entry)


def test_another_key_opens_nothing(runtime: Runtime) -> None:
    place = town(runtime)
    (entry,) = add(place, PDF)
    office = place.office("org01")
    with runtime.database.session() as session:
        found = stored_file(
            session, runtime.keystore, organization_id=office.id, case_id=place.case_id, message_id=message_id(entry)
        )
    body = b"".join(pieces(runtime.database, found.message_id))
    with pytest.raises(EnvelopeRejected):
        envelope.open_(Envelope(found.header, found.wraps, body), place.office("org06").pair)


def test_a_file_that_is_held_is_wrapped_for_others_without_its_body(runtime: Runtime) -> None:
    place = town(runtime)
    holding = suite.key_pair(bytes(range(32)))
    held = Recipient(holding.public_key, WrapRole.HOLDING)
    with seal_attachments(runtime, place.case_id, [PDF], [held], origin=Origin.SMS) as sealed:
        with runtime.database.session(write=True) as session:
            keys = keys_of(session, runtime.keystore, place.case_id)
            sealed.store(
                session,
                [Reader(None, WrapRole.HOLDING)],
                keys,
                position=1,
                day=runtime.clock.now().date(),
                random=runtime.random,
            )
        (entry,) = sealed.entries
    office = place.office("org01")
    with runtime.database.session() as session:
        ((header, wraps),) = held_files(session, runtime.keystore, place.case_id)
    given = envelope.rewrap_key(header, wraps, holding, [Recipient(office.pair.public_key, WrapRole.RECIPIENT)])
    body = b"".join(pieces(runtime.database, message_id(entry)))
    assert envelope.open_(Envelope(header, given, body), office.pair).document == PDF.content


def test_an_erased_case_keeps_no_file_of_any_size(runtime: Runtime) -> None:
    place = town(runtime)
    add(place, PHOTO, PDF)
    erase(place.network.intake, place.submitted.receipt)
    with runtime.database.session() as session:
        assert session.scalar(select(func.count()).select_from(AttachmentPart)) == 0


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (FileInMemory("a.docx", b"PK\x03\x04"), Refusal.KIND),
        (FileInMemory("photo.jpg", b"MZ program"), Refusal.KIND),
        (FileInMemory("empty.jpg", b""), Refusal.KIND),
        (FileInMemory("broken.jpg", b"\xff\xd8\xff" + bytes(100)), Refusal.UNREADABLE),
        (FileInMemory("bomb.png", pictures.bomb()), Refusal.UNREADABLE),
    ],
    ids=lambda value: value.name if isinstance(value, FileInMemory) else str(value),
)
def test_one_file_that_is_not_taken_means_that_none_is_kept(
    sqlite_runtime: Runtime, file: FileInMemory, reason: Refusal
) -> None:
    place = town(sqlite_runtime)
    before = stored(sqlite_runtime)
    with pytest.raises(FilesRefused) as refused:
        add(place, PHOTO, file)
    assert (refused.value.reason, refused.value.names) == (reason, (file.name,))
    assert stored(sqlite_runtime) == before


class Sized(FileInMemory):
    """A file of a size that nobody has to hold."""

    @property
    def size(self) -> int:
        """The size that its content says in digits."""
        return int(self.content)


def test_files_are_counted_and_weighed_before_any_is_opened() -> None:
    def sized(size: int, name: str = "") -> Sized:
        return Sized(name, str(size).encode())

    check_sizes([sized(FILE_LIMIT)] * (TOTAL_LIMIT // FILE_LIMIT))
    check_sizes([sized(1)] * FILES_LIMIT)
    for files, reason in (
        ([sized(1)] * (FILES_LIMIT + 1), Refusal.COUNT),
        ([sized(1), sized(FILE_LIMIT + 1, "long.mp4")], Refusal.SIZE),
        ([sized(FILE_LIMIT)] * (TOTAL_LIMIT // FILE_LIMIT) + [sized(1)], Refusal.TOTAL),
    ):
        with pytest.raises(FilesRefused) as refused:
            check_sizes(files)
        assert refused.value.reason == reason
        assert refused.value.names == (("long.mp4",) if reason is Refusal.SIZE else ())


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("IMG_0001.jpg", "IMG_0001.jpg"),
        ("C:\\photos\\a.jpg", "a.jpg"),
        ("../../etc/passwd", "passwd"),
        ("ਫੋਟੋ ੧.jpg", "ਫੋਟੋ ੧.jpg"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\r\nb\0c", "abc"),
        ("x" * 300, "x" * 100),
        ("", ""),
    ],
)
def test_a_name_is_shown_without_folders_and_without_tricks(given: str, shown: str) -> None:
    assert clean_name(given) == shown
