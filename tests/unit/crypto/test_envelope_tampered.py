"""An envelope opens for nobody once a byte of it has changed, or its place."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto import envelope, stream, suite
from crypto.envelope import (
    HEADER_SIZE,
    WRAP_SIZE,
    Envelope,
    Header,
    MessageType,
    WrapRole,
)
from crypto.padding import PaddingScheme, unpad
from crypto.rejected import EnvelopeRejected
from tests.unit.crypto.messages import (
    ALICE,
    BOB,
    CASE,
    CHUNK,
    FOR_BOB,
    LONG,
    MAILBOX,
    MESSAGE,
    OTHER,
    REPLY,
    crafted,
    flipped,
    refuse,
    sealed,
    with_header,
)
from tests.vectors import craft
from tests.vectors.craft import Draft
from tests.vectors.tampers import body_keys, second_key, two_text_body


def test_wrong_key() -> None:
    refuse(REPLY, BOB)


def test_wrong_receipt() -> None:
    refuse(replace(REPLY, wraps=REPLY.wraps[1:]), BOB)


def test_wrong_key_under_the_right_kid() -> None:
    refuse(REPLY, suite.KeyPair(BOB.seed, BOB.public_key, ALICE.kid))


@pytest.mark.parametrize("role", [2, 4, 6])
def test_role_of_a_wrap_changed(role: int) -> None:
    refuse(replace(REPLY, wraps=(REPLY.wraps[0][:8] + bytes([role]) + REPLY.wraps[0][9:],)))


def test_standby_wrap_turned_into_a_recipients() -> None:
    wrap = FOR_BOB.wraps[0]
    refuse(replace(FOR_BOB, wraps=(wrap[:8] + b"\x01" + wrap[9:],)), BOB)


def test_mailbox_wrap_turned_into_a_recipients() -> None:
    refuse(replace(REPLY, wraps=(MAILBOX.kid + b"\x01" + REPLY.wraps[1][9:],)), MAILBOX)


def test_recipients_wrap_turned_into_a_mailboxs() -> None:
    refuse(replace(REPLY, wraps=(bytes(8) + b"\x03" + REPLY.wraps[0][9:],)))


@pytest.mark.parametrize("role", [0, 5, 7, 255])
def test_role_unknown(role: int) -> None:
    refuse(replace(REPLY, wraps=(REPLY.wraps[0][:8] + bytes([role]) + REPLY.wraps[0][9:],)))


@pytest.mark.parametrize("at", range(8))
def test_kid_changed(at: int) -> None:
    refuse(replace(REPLY, wraps=(flipped(REPLY.wraps[0], at),)))


def test_kid_of_another_reader() -> None:
    renamed = BOB.kid + REPLY.wraps[0][8:]
    refuse(replace(REPLY, wraps=(renamed,)), ALICE)
    refuse(replace(REPLY, wraps=(renamed,)), BOB)


def test_mailbox_named() -> None:
    refuse(replace(REPLY, wraps=(MAILBOX.kid + REPLY.wraps[1][8:],)), MAILBOX)


@pytest.mark.parametrize("at", [9, 9 + 1087, 9 + 1088, 9 + 1119, 9 + 1120, 9 + 1151, 9 + 1152, WRAP_SIZE - 1])
def test_wrap_changed(at: int) -> None:
    refuse(replace(REPLY, wraps=(flipped(REPLY.wraps[0], at),)))


@pytest.mark.parametrize("size", [0, 8, 9, WRAP_SIZE - 1])
def test_wrap_cut(size: int) -> None:
    refuse(replace(REPLY, wraps=(REPLY.wraps[0][:size],)))


def test_wrap_lengthened() -> None:
    refuse(replace(REPLY, wraps=(REPLY.wraps[0] + b"\0",)))


def test_wrap_moved_to_another_message() -> None:
    refuse(replace(REPLY, wraps=OTHER.wraps))


def test_mailbox_wrap_on_what_was_told() -> None:
    note = sealed(message_type=MessageType.NOTE, readers=((ALICE, WrapRole.RECIPIENT),))
    refuse(replace(note, wraps=(*note.wraps, REPLY.wraps[1])))


def test_no_wraps() -> None:
    refuse(replace(REPLY, wraps=()))


def test_seventeen_wraps() -> None:
    refuse(replace(REPLY, wraps=REPLY.wraps[:1] * 17))


def test_wraps_key_is_not_the_one_committed_to() -> None:
    draft = Draft(type=3, origin=3, case_id=CASE, message_id=MESSAGE, dek=b"k" * 32)
    refuse(Envelope(draft.header, (draft.wrap(ALICE.public_key, 1, b"x" * 32),), draft.body))


@pytest.mark.parametrize("at", range(HEADER_SIZE))
def test_any_byte_of_the_header_changed(at: int) -> None:
    for bit in (1, 0x80):
        refuse(replace(REPLY, header=flipped(REPLY.header, at, bit)))


@pytest.mark.parametrize("size", [0, HEADER_SIZE - 1])
def test_header_cut(size: int) -> None:
    refuse(replace(REPLY, header=REPLY.header[:size]))


def test_header_lengthened() -> None:
    refuse(replace(REPLY, header=REPLY.header + b"\0"))


@pytest.mark.parametrize("magic", [b"LWE2", b"lwe1", b"\0\0\0\0"])
def test_magic_unknown(magic: bytes) -> None:
    refuse(replace(REPLY, header=magic + REPLY.header[4:]))


@pytest.mark.parametrize("value", [0, 7, 255])
def test_type_unknown(value: int) -> None:
    refuse(with_header(4, value))


@pytest.mark.parametrize("value", [1, 2, 5, 6])
def test_type_changed_to_another(value: int) -> None:
    refuse(with_header(4, value))


@pytest.mark.parametrize("value", [4, 255])
def test_origin_unknown(value: int) -> None:
    refuse(with_header(5, value))


@pytest.mark.parametrize("value", [0, 1, 2])
def test_origin_changed_to_another(value: int) -> None:
    refuse(with_header(5, value))


@pytest.mark.parametrize(("at", "value"), [(6, 1), (7, 0), (7, 2), (7, 255)])
def test_suite_unknown(at: int, value: int) -> None:
    refuse(with_header(at, value))


@pytest.mark.parametrize("value", [0, 3, 255])
def test_padding_scheme_unknown(value: int) -> None:
    refuse(with_header(40, value))


def test_padding_scheme_of_another_type() -> None:
    with pytest.raises(EnvelopeRejected):
        Header.parse(with_header(40, 2).header)
    refuse(with_header(40, 2))


def test_header_of_another_message() -> None:
    refuse(replace(REPLY, header=OTHER.header))


@pytest.mark.parametrize("commit", [bytes(32), b"\xff" * 32, OTHER.header[41:]])
def test_wrong_commit(commit: bytes) -> None:
    refuse(replace(REPLY, header=REPLY.header[:41] + commit))
    refuse(crafted(commit=commit))


def test_two_texts_under_two_keys() -> None:
    """The attack works against AES-GCM alone; the commitment is what refuses the second reader."""
    made = Draft(type=4, origin=3, case_id=CASE, message_id=MESSAGE, dek=b"k" * 32)
    second = second_key(made)
    body = two_text_body(made, second)
    texts = [
        unpad(AESGCM(key).decrypt(bytes(11) + b"\x01", body, craft.sha256(made.header)), PaddingScheme.ATTACHMENT)
        for key in body_keys(made, second)
    ]
    assert b"meet me at nine" in texts[0]
    assert b"do not come here" in texts[1]
    message = Envelope(made.header, (made.wrap(ALICE.public_key, 1), made.wrap(BOB.public_key, 1, second)), body)
    assert envelope.open_(message, ALICE).document == texts[0]
    refuse(message, BOB)


@pytest.mark.parametrize("at", [0, 1, 64, 65, 9_000, 16_383, 16_384, 16_399])
def test_body_changed(at: int) -> None:
    refuse(replace(REPLY, body=flipped(REPLY.body, at)))


@pytest.mark.parametrize("size", [0, 1, 16, 17, 16_384, 16_399])
def test_body_cut(size: int) -> None:
    refuse(replace(REPLY, body=REPLY.body[:size]))


def test_body_lengthened() -> None:
    refuse(replace(REPLY, body=REPLY.body + b"\0"))


def test_body_of_another_message() -> None:
    refuse(replace(REPLY, body=OTHER.body))


@pytest.mark.parametrize("size", [16_383, 16_385, 20_000, 65_535, 65_537, 66_000])
def test_body_of_a_length_outside_its_scheme(size: int) -> None:
    tampered = replace(REPLY, body=bytes(stream.sealed_size(size)))
    with pytest.raises(EnvelopeRejected):
        tampered.check()
    refuse(tampered)


def test_text_body_under_an_attachment_is_outside_its_scheme() -> None:
    refuse(replace(LONG, body=bytes(stream.sealed_size(16_384))))


def test_chunk_changed() -> None:
    refuse(replace(LONG, body=flipped(LONG.body, CHUNK + 7)))


def test_chunk_cut() -> None:
    refuse(replace(LONG, body=LONG.body[: CHUNK - 1] + LONG.body[CHUNK:]))


def test_last_chunk_dropped() -> None:
    refuse(replace(LONG, body=LONG.body[: CHUNK * (len(LONG.body) // CHUNK)]))


def test_all_chunks_but_the_first_dropped() -> None:
    tampered = replace(LONG, body=LONG.body[:CHUNK])
    tampered.check()
    refuse(tampered)


def test_chunks_swapped() -> None:
    tampered = replace(LONG, body=LONG.body[CHUNK : 2 * CHUNK] + LONG.body[:CHUNK] + LONG.body[2 * CHUNK :])
    tampered.check()
    refuse(tampered)


def test_chunk_repeated() -> None:
    tampered = replace(LONG, body=LONG.body[:CHUNK] * 2 + LONG.body[2 * CHUNK :])
    tampered.check()
    refuse(tampered)


def test_chunk_appended() -> None:
    refuse(replace(LONG, body=LONG.body + LONG.body[-CHUNK:]))


def test_chunk_of_another_message() -> None:
    other = sealed(
        bytes(200_000), message_type=MessageType.ATTACHMENT, readers=((ALICE, WrapRole.RECIPIENT),), signer=None
    )
    tampered = replace(LONG, body=LONG.body[:CHUNK] + other.body[CHUNK : 2 * CHUNK] + LONG.body[2 * CHUNK :])
    tampered.check()
    refuse(tampered)
