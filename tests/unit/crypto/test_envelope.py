"""An envelope opens for its readers as it was sealed, and random bytes are none."""

import os
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto import envelope, suite
from crypto.envelope import (
    HEADER_SIZE,
    WRAP_SIZE,
    Envelope,
    Header,
    MessageType,
    Origin,
    Recipient,
    Signer,
    SignerKind,
    WrapRole,
)
from crypto.padding import PaddingScheme
from crypto.rejected import EnvelopeRejected
from tests.unit.crypto.messages import (
    ALICE,
    BOB,
    CASE,
    FOR_BOB,
    LONG,
    MAILBOX,
    MESSAGE,
    REPLY,
    SIGNER,
    TEXTS,
    flipped,
    sealed,
)
from tests.vectors import craft
from tests.vectors.craft import Draft


@pytest.mark.parametrize("message_type", TEXTS)
@pytest.mark.parametrize("signer", [None, SIGNER, Signer(SignerKind.REPORTER, b"r" * 32)])
def test_a_text_of_each_type_opens_as_it_was_sealed(message_type: MessageType, signer: Signer | None) -> None:
    message = sealed(b"{}", message_type=message_type, readers=((ALICE, WrapRole.RECIPIENT),), signer=signer)
    opened = envelope.open_(Envelope.parse(message.to_bytes()), ALICE)
    assert opened.document == b"{}"
    assert opened.header == Header(message_type, Origin.DESK, CASE, MESSAGE, PaddingScheme.TEXT, message.header[41:])
    assert opened.signer is (SignerKind.NONE if signer is None else signer.kind)
    if signer is not None:
        opened.check_signature(suite.verify_key(signer.seed))


def test_an_attachment_opens_as_it_was_sealed() -> None:
    opened = envelope.open_(Envelope.parse(LONG.to_bytes()), ALICE)
    assert opened.document == bytes(200_000)
    assert (opened.signer, opened.header.padding_scheme) == (SignerKind.NONE, PaddingScheme.ATTACHMENT)


@pytest.mark.parametrize("role", list(WrapRole))
def test_a_wrap_of_each_role_opens(role: WrapRole) -> None:
    message = sealed(readers=((ALICE, role),))
    assert envelope.wrap_role(message.wraps[0]) is role
    assert envelope.open_(message, ALICE).document == b'{"v":1}'


@pytest.mark.parametrize("origin", list(Origin))
def test_each_origin_is_kept(origin: Origin) -> None:
    draft = Draft(type=5, origin=origin, case_id=CASE, message_id=MESSAGE, dek=b"k" * 32)
    message = Envelope(draft.header, (draft.wrap(ALICE.public_key, 1),), draft.body)
    assert envelope.open_(message, ALICE).header.origin is origin


def test_sixteen_readers_open_the_same_text() -> None:
    pairs = [suite.key_pair(bytes([label]) * 32) for label in range(16)]
    message = Envelope.parse(sealed(readers=tuple((pair, WrapRole.RECIPIENT) for pair in pairs)).to_bytes())
    assert {envelope.open_(message, pair).document for pair in pairs} == {b'{"v":1}'}


def test_wraps_name_their_readers_in_order_and_the_mailbox_not_at_all() -> None:
    assert [envelope.wrap_kid(wrap) for wrap in REPLY.wraps] == [ALICE.kid, bytes(8)]
    assert MAILBOX.kid not in REPLY.to_bytes()


def test_a_wrap_can_be_taken_out_without_the_others_noticing() -> None:
    assert envelope.open_(replace(REPLY, wraps=REPLY.wraps[1:]), MAILBOX).document == b'{"v":1}'


def test_a_reader_can_let_others_read_without_touching_header_and_body() -> None:
    wraps = envelope.rewrap(FOR_BOB, BOB, [Recipient(MAILBOX.public_key, WrapRole.TRANSFER)])
    assert [envelope.wrap_role(wrap) for wrap in wraps] == [WrapRole.TRANSFER]
    assert envelope.open_(replace(FOR_BOB, wraps=wraps), MAILBOX).document == b'{"v":1}'


def test_who_cannot_read_a_message_lets_nobody_read_it() -> None:
    with pytest.raises(EnvelopeRejected):
        envelope.rewrap(FOR_BOB, MAILBOX, [Recipient(BOB.public_key, WrapRole.RECIPIENT)])


def test_a_report_is_never_wrapped_for_a_mailbox() -> None:
    report = sealed(message_type=MessageType.REPORT, readers=((ALICE, WrapRole.HOLDING),))
    with pytest.raises(ValueError, match="mailbox"):
        envelope.rewrap(report, ALICE, [Recipient(MAILBOX.public_key, WrapRole.MAILBOX)])


def test_true_wraps_are_found_behind_false_ones() -> None:
    draft = Draft(type=3, origin=3, case_id=CASE, message_id=MESSAGE, dek=b"k" * 32)
    false = draft.wrap(ALICE.public_key, 1, b"x" * 32)
    garbage = ALICE.kid + b"\x01" + bytes(WRAP_SIZE - 9)
    mailbox = bytes(8) + b"\x03" + bytes(WRAP_SIZE - 9)
    message = Envelope(draft.header, (mailbox, garbage, false, draft.wrap(ALICE.public_key, 1)), draft.body)
    assert envelope.open_(message, ALICE).document == b"{}"


def test_two_seals_of_one_text_share_no_bytes_but_header_fields() -> None:
    one, other = sealed(), sealed()
    assert one.header[:41] == other.header[:41]
    assert one.header[41:] != other.header[41:]
    assert one.body != other.body
    assert one.wraps[0][9:] != other.wraps[0][9:]


def test_the_digest_names_header_and_body_and_no_wraps() -> None:
    named = envelope.digest(REPLY.header, REPLY.body)
    assert named == craft.sha256(REPLY.header + REPLY.body)
    assert named != envelope.digest(flipped(REPLY.header, 0), REPLY.body)


def test_nothing_secret_stands_in_a_repr() -> None:
    opened = envelope.open_(REPLY, ALICE)
    for holder, secret in ((opened, opened.document), (SIGNER, SIGNER.seed), (ALICE, ALICE.seed)):
        assert str(secret)[2:-1] not in repr(holder)


@pytest.mark.parametrize("count", [0, 17])
def test_a_message_for_nobody_or_too_many_cannot_be_sealed(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 16 readers"):
        sealed(readers=((ALICE, WrapRole.RECIPIENT),) * count)


@pytest.mark.parametrize("size", [0, 15, 17])
def test_an_id_of_another_size_cannot_be_sealed(size: int) -> None:
    with pytest.raises(ValueError, match="ids have 16 bytes"):
        sealed(message_id=bytes(size))


@pytest.mark.parametrize("kind", [kind for kind in TEXTS if kind is not MessageType.REPLY])
def test_what_was_told_cannot_be_sealed_for_the_mailbox(kind: MessageType) -> None:
    with pytest.raises(ValueError, match="sealed for a mailbox"):
        sealed(message_type=kind, readers=((MAILBOX, WrapRole.MAILBOX),))


def test_an_attachment_cannot_be_signed() -> None:
    with pytest.raises(ValueError, match="no signature of its own"):
        sealed(message_type=MessageType.ATTACHMENT)


def test_nobody_cannot_sign() -> None:
    with pytest.raises(ValueError, match="no key to sign with"):
        sealed(signer=Signer(SignerKind.NONE, bytes(32)))


@pytest.mark.parametrize("key", [b"", bytes(1215), ALICE.public_key[:1184] + bytes(32), b"\xff" * 1184 + bytes(32)])
def test_what_is_no_key_gets_nothing(key: bytes) -> None:
    with pytest.raises(ValueError, match="key"):
        envelope.seal(
            b"",
            message_type=MessageType.NOTE,
            origin=Origin.DESK,
            case_id=CASE,
            message_id=MESSAGE,
            recipients=[Recipient(key, WrapRole.RECIPIENT)],
        )


def test_parts_come_back_from_bytes() -> None:
    assert Envelope.parse(REPLY.to_bytes()) == REPLY
    assert Header.parse(REPLY.header).to_bytes() == REPLY.header


@pytest.mark.parametrize(
    "cut",
    [
        lambda raw: b"",
        lambda raw: raw[: HEADER_SIZE - 1],
        lambda raw: raw[:HEADER_SIZE],
        lambda raw: raw[: HEADER_SIZE + 1],
        lambda raw: raw[: HEADER_SIZE + WRAP_SIZE],
        lambda raw: raw[: HEADER_SIZE + 1 + 2 * WRAP_SIZE],
        lambda raw: raw[:-1],
        lambda raw: raw + b"\0",
        lambda raw: raw + raw,
        lambda raw: raw[:HEADER_SIZE] + b"\0" + raw[HEADER_SIZE + 1 + 2 * WRAP_SIZE :],
        lambda raw: raw[:HEADER_SIZE] + b"\0" + raw[HEADER_SIZE + 1 :],
        lambda raw: raw[:HEADER_SIZE] + b"\x01" + raw[HEADER_SIZE + 1 :],
        lambda raw: raw[:HEADER_SIZE] + b"\x03" + raw[HEADER_SIZE + 1 :],
        lambda raw: raw[:HEADER_SIZE] + b"\xff" + raw[HEADER_SIZE + 1 :],
        lambda raw: b"\0" + raw,
    ],
)
def test_bytes_that_are_no_message(cut: Callable[[bytes], bytes]) -> None:
    with pytest.raises(EnvelopeRejected):
        Envelope.parse(cut(REPLY.to_bytes()))


@given(st.binary(max_size=4000))
def test_random_bytes_raise_nothing_but_rejected(raw: bytes) -> None:
    with pytest.raises(EnvelopeRejected):
        Envelope.parse(raw)


@given(st.binary(max_size=HEADER_SIZE + 2))
def test_random_bytes_are_a_header_only_if_they_come_back_the_same(raw: bytes) -> None:
    for candidate in (raw, REPLY.header[:4] + raw[4:]):
        try:
            assert Header.parse(candidate).to_bytes() == candidate
        except EnvelopeRejected:
            continue


@given(at=st.integers(0, len(REPLY.to_bytes()) - 1), value=st.integers(1, 255))
@settings(deadline=None)
def test_any_byte_changed_anywhere(at: int, value: int) -> None:
    raw = flipped(REPLY.to_bytes(), at, value)
    second_wrap = range(HEADER_SIZE + 1 + WRAP_SIZE, HEADER_SIZE + 1 + 2 * WRAP_SIZE)
    try:
        opened = envelope.open_(Envelope.parse(raw), ALICE)
    except EnvelopeRejected:
        return
    assert at in second_wrap, "only a wrap that is somebody else's may change"
    assert opened.document == b'{"v":1}'


@given(
    size=st.one_of(
        st.integers(0, 200),
        *(st.integers(edge - 70, edge + 5) for edge in (16_384, 65_536, 71_680, 131_072)),
        st.integers(0, 300_000),
    ),
    kind=st.sampled_from(MessageType),
)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_every_size_opens_as_it_was_sealed(size: int, kind: MessageType) -> None:
    document = os.urandom(size)
    message = sealed(document, message_type=kind, readers=((ALICE, WrapRole.RECIPIENT),), signer=None)
    assert envelope.open_(Envelope.parse(message.to_bytes()), ALICE).document == document


@given(size=st.one_of(st.integers(0, 70_000), st.integers(65_530, 65_540), st.integers(131_060, 131_080)))
@settings(deadline=None, max_examples=20)
def test_an_attachment_that_was_sealed_piece_by_piece_opens_as_one(size: int) -> None:
    content = os.urandom(size)
    made = envelope.seal_attachment(
        bytearray(content),
        origin=Origin.FORM,
        case_id=CASE,
        message_id=MESSAGE,
        recipients=[Recipient(ALICE.public_key, WrapRole.RECIPIENT)],
    )
    whole = Envelope(made.header, made.wraps, b"".join(made.body))
    opened = envelope.open_(Envelope.parse(whole.to_bytes()), ALICE)
    assert (opened.header.type, opened.document) == (MessageType.ATTACHMENT, content)


def test_an_attachment_of_the_worker_is_sealed_for_no_role_but_those_that_read_it() -> None:
    with pytest.raises(ValueError, match="1 to 16"):
        envelope.seal_attachment(b"x", origin=Origin.FORM, case_id=CASE, message_id=MESSAGE, recipients=[])


def test_a_key_is_wrapped_anew_without_the_body() -> None:
    wraps = envelope.rewrap_key(LONG.header, LONG.wraps, ALICE, [Recipient(BOB.public_key, WrapRole.TRANSFER)])
    assert envelope.open_(Envelope(LONG.header, wraps, LONG.body), BOB).document == bytes(200_000)
    with pytest.raises(EnvelopeRejected):
        envelope.rewrap_key(LONG.header, LONG.wraps, BOB, [Recipient(BOB.public_key, WrapRole.TRANSFER)])
    with pytest.raises(EnvelopeRejected):
        envelope.rewrap_key(LONG.header[:-1], LONG.wraps, ALICE, [])
    report = sealed(message_type=MessageType.REPORT, readers=((ALICE, WrapRole.RECIPIENT),))
    with pytest.raises(ValueError, match="mailbox"):
        envelope.rewrap_key(report.header, report.wraps, ALICE, [Recipient(MAILBOX.public_key, WrapRole.MAILBOX)])
