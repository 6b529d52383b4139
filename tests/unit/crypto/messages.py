"""Messages that the tests of envelopes share: a reply to Alice and a mailbox, and ways to spoil it."""

from dataclasses import replace

import pytest

from crypto import envelope, stream, suite
from crypto.envelope import (
    Envelope,
    MessageType,
    Origin,
    Recipient,
    Signer,
    SignerKind,
    WrapRole,
)
from crypto.rejected import EnvelopeRejected
from tests.vectors.craft import Draft

ALICE, BOB, MAILBOX = (suite.key_pair(bytes([label]) * 32) for label in (1, 2, 3))
SIGNER = Signer(SignerKind.ORGANIZATION, b"s" * 32)
VERIFY_KEY = suite.verify_key(SIGNER.seed)
CASE, MESSAGE = b"c" * 16, b"m" * 16
TEXTS = [kind for kind in MessageType if kind is not MessageType.ATTACHMENT]


def sealed(
    document: bytes = b'{"v":1}',
    *,
    message_type: MessageType = MessageType.REPLY,
    readers: tuple[tuple[suite.KeyPair, WrapRole], ...] = ((ALICE, WrapRole.RECIPIENT), (MAILBOX, WrapRole.MAILBOX)),
    signer: Signer | None = SIGNER,
    message_id: bytes = MESSAGE,
) -> Envelope:
    """Seal a reply to Alice and the mailbox, or what is asked for."""
    return envelope.seal(
        document,
        message_type=message_type,
        origin=Origin.DESK,
        case_id=CASE,
        message_id=message_id,
        recipients=[Recipient(pair.public_key, role) for pair, role in readers],
        signer=signer,
    )


REPLY = sealed()
OTHER = sealed(b'{"v":1}', message_id=b"o" * 16)
FOR_BOB = sealed(readers=((BOB, WrapRole.STANDBY), (ALICE, WrapRole.RECIPIENT)))
LONG = sealed(bytes(200_000), message_type=MessageType.ATTACHMENT, readers=((ALICE, WrapRole.RECIPIENT),), signer=None)
CHUNK = stream.CHUNK_SIZE + stream.TAG_SIZE


def refuse(tampered: Envelope, pair: suite.KeyPair = ALICE) -> None:
    """Say that a message does not open."""
    with pytest.raises(EnvelopeRejected):
        envelope.open_(tampered, pair)


def flipped(raw: bytes, at: int, bit: int = 1) -> bytes:
    """Change one bit."""
    return raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1 :]


def with_header(at: int, value: int) -> Envelope:
    """Give the reply another byte in its header."""
    return replace(REPLY, header=REPLY.header[:at] + bytes([value]) + REPLY.header[at + 1 :])


def crafted(**wrong: object) -> Envelope:
    """Seal a message that is wrong in one way, as only its author can."""
    draft = Draft(type=3, origin=3, case_id=CASE, message_id=MESSAGE, dek=b"k" * 32)
    draft = replace(draft, **({"signer": 2, "signing_seed": SIGNER.seed} | wrong))  # type: ignore[arg-type]
    return Envelope(draft.header, (draft.wrap(ALICE.public_key, 1),), draft.body)
