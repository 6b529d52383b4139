"""A message as it is stored and sent: a header, wraps of its key for each reader, and a padded, chunked body. A key
that sealed one body never seals another.
"""

import hashlib
import hmac
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from crypto import stream, suite
from crypto.padding import PaddingScheme, is_padded_size, pad, unpad
from crypto.rejected import EnvelopeRejected, SignatureRejected
from crypto.suite import KeyPair
from crypto.symmetric import KEY_SIZE, Random, derive

HEADER_SIZE: Final = 73
WRAP_SIZE: Final = suite.KID_SIZE + 1 + suite.SEALED_OVERHEAD + KEY_SIZE
MAX_WRAPS: Final = 16
ID_SIZE: Final = 16
COMMIT_SIZE: Final = 32
_COMMITTED_SIZE = HEADER_SIZE - COMMIT_SIZE
_MAGIC = b"LWE1"
_NO_KID = bytes(suite.KID_SIZE)
_NO_SIGNATURE = bytes(suite.SIGNATURE_SIZE)


class MessageType(IntEnum):
    """What a message is."""

    REPORT = 1
    FOLLOW_UP = 2
    REPLY = 3
    ATTACHMENT = 4
    NOTE = 5
    TESTIMONY = 6


class Origin(IntEnum):
    """Where a message was sealed: the server's claim, never proof."""

    BROWSER = 0
    FORM = 1
    SMS = 2
    DESK = 3


class WrapRole(IntEnum):
    """Why a reader has a wrap. 5 is reserved."""

    RECIPIENT = 1
    STANDBY = 2
    MAILBOX = 3
    TRANSFER = 4
    HOLDING = 6


class SignerKind(IntEnum):
    """Whose signature stands inside a message."""

    NONE = 0
    REPORTER = 1
    ORGANIZATION = 2


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is to read a message: an X-Wing public key, and why."""

    public_key: bytes
    role: WrapRole


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """Who signs a message: an Ed25519 seed of 32 bytes."""

    kind: SignerKind
    seed: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """What stands in clear in front of a message: 73 bytes. Ids have 16 bytes, the commitment to the key has 32."""

    type: MessageType
    origin: Origin
    case_id: bytes
    message_id: bytes
    padding_scheme: PaddingScheme
    commit: bytes

    def __post_init__(self) -> None:
        if (len(self.case_id), len(self.message_id), len(self.commit)) != (ID_SIZE, ID_SIZE, COMMIT_SIZE):
            raise ValueError("ids have 16 bytes and a commitment has 32")

    @classmethod
    def parse(cls, raw: bytes) -> "Header":
        """Read a header. Raises EnvelopeRejected for one that `to_bytes` would not write."""
        if len(raw) != HEADER_SIZE or raw[:4] != _MAGIC or int.from_bytes(raw[6:8]) != suite.SUITE:
            raise EnvelopeRejected
        try:
            kind, origin, scheme = MessageType(raw[4]), Origin(raw[5]), PaddingScheme(raw[40])
        except ValueError as error:
            raise EnvelopeRejected from error
        if scheme is not _scheme_of(kind):
            raise EnvelopeRejected
        return cls(kind, origin, raw[8:24], raw[24:40], scheme, raw[41:])

    def to_bytes(self) -> bytes:
        """Write the header."""
        return b"".join(
            (
                _MAGIC,
                bytes((self.type, self.origin)),
                suite.SUITE.to_bytes(2),
                self.case_id,
                self.message_id,
                bytes((self.padding_scheme,)),
                self.commit,
            )
        )


@dataclass(frozen=True, slots=True)
class Envelope:
    """The parts of a message, which are stored apart: wraps come and go, header and body stay."""

    header: bytes
    wraps: tuple[bytes, ...]
    body: bytes

    @classmethod
    def parse(cls, raw: bytes) -> "Envelope":
        """Take a message apart. Raises EnvelopeRejected for bytes that `to_bytes` would not write."""
        if len(raw) <= HEADER_SIZE:
            raise EnvelopeRejected
        start = HEADER_SIZE + 1
        end = start + raw[HEADER_SIZE] * WRAP_SIZE
        wraps = tuple(raw[at : at + WRAP_SIZE] for at in range(start, end, WRAP_SIZE))
        parsed = cls(raw[:HEADER_SIZE], wraps, raw[end:])
        parsed.check()
        return parsed

    def to_bytes(self) -> bytes:
        """Put a message together."""
        return b"".join((self.header, bytes((len(self.wraps),)), *self.wraps, self.body))

    def check(self) -> Header:
        """Check all that can be checked without a key, and give the header. Raises EnvelopeRejected."""
        header = Header.parse(self.header)
        if not 1 <= len(self.wraps) <= MAX_WRAPS:
            raise EnvelopeRejected
        for wrap in self.wraps:
            if not _may_read(wrap_role(wrap), header.type):
                raise EnvelopeRejected
        if not is_padded_size(stream.plaintext_size(len(self.body)), header.padding_scheme):
            raise EnvelopeRejected
        return header


@dataclass(frozen=True, slots=True, repr=False)
class SealedInPieces:
    """A message whose body comes piece by piece, once, and in order."""

    header: bytes
    wraps: tuple[bytes, ...]
    body: Iterator[bytes]


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A message that opened. Its signature is not checked yet, since the key to check it with may stand inside."""

    header: Header
    signer: SignerKind
    document: bytes
    signature: bytes

    def check_signature(self, key: bytes) -> None:
        """Return quietly if the holder of this Ed25519 key signed this message; raise SignatureRejected otherwise."""
        if self.signer is SignerKind.NONE:
            raise SignatureRejected
        suite.verify(key, self.signature, _signed_bytes(self.signer, self.header.to_bytes(), self.document))


def seal(
    document: bytes,
    *,
    message_type: MessageType,
    origin: Origin,
    case_id: bytes,
    message_id: bytes,
    recipients: Sequence[Recipient],
    signer: Signer | None = None,
    random: Random = os.urandom,
) -> Envelope:
    """Seal a document, JSON or an attachment's bytes; wraps stand in the order of the recipients (1 to 16).

    `random` makes the message's key only; HPKE takes its own. Raises ValueError for what cannot be sealed.
    """
    dek, header, wraps = _begin(message_type, origin, case_id, message_id, recipients, random)
    padded = pad(_content(message_type, header, document, signer), _scheme_of(message_type))
    body = stream.seal(_body_key(dek, header), padded, aad=hashlib.sha256(header).digest())
    return Envelope(header, wraps, body)


def seal_attachment(
    content: bytes | bytearray,
    *,
    origin: Origin,
    case_id: bytes,
    message_id: bytes,
    recipients: Sequence[Recipient],
    random: Random = os.urandom,
) -> SealedInPieces:
    """Seal a file's bytes like `seal`, and give the body piece by piece: the whole is in memory padded, and once."""
    kind = MessageType.ATTACHMENT
    dek, header, wraps = _begin(kind, origin, case_id, message_id, recipients, random)
    padded = pad(content, _scheme_of(kind))
    body = stream.seal_chunks(_body_key(dek, header), padded, aad=hashlib.sha256(header).digest())
    return SealedInPieces(header, wraps, body)


def open_(envelope: Envelope, key_pair: KeyPair) -> Opened:
    """Open a message with a key pair, trying each wrap that may be its own. Raises EnvelopeRejected."""
    header = envelope.check()
    body_key = _body_key(_unwrap(envelope.header, envelope.wraps, key_pair), envelope.header)
    padded = stream.open_(body_key, envelope.body, aad=hashlib.sha256(envelope.header).digest())
    content = unpad(padded, header.padding_scheme)
    if header.type is MessageType.ATTACHMENT:
        return Opened(header, SignerKind.NONE, content, _NO_SIGNATURE)
    return _signed(header, content)


def rewrap(envelope: Envelope, key_pair: KeyPair, recipients: Sequence[Recipient]) -> tuple[bytes, ...]:
    """Give wraps of an envelope's key for further readers, in their order; header and body stay as they are.

    What the message says is not opened. Raises EnvelopeRejected, and ValueError for a reader that it cannot have.
    """
    envelope.check()
    return rewrap_key(envelope.header, envelope.wraps, key_pair, recipients)


def rewrap_key(
    header: bytes, wraps: Sequence[bytes], key_pair: KeyPair, recipients: Sequence[Recipient]
) -> tuple[bytes, ...]:
    """Do what `rewrap` does without the body, which may be large and lie elsewhere; only it is not looked at."""
    _check_readers(recipients, Header.parse(header).type)
    dek = _unwrap(header, wraps, key_pair)
    return tuple(_wrap(recipient, dek, header) for recipient in recipients)


def wrap_kid(wrap: bytes) -> bytes:
    """Give the key id that a wrap names: where to look for its reader, never who that is. Eight zeros for a mailbox."""
    return wrap[: suite.KID_SIZE]


def wrap_role(wrap: bytes) -> WrapRole:
    """Give the role of a wrap. Raises EnvelopeRejected for what is no wrap, and for a mailbox that is named."""
    if len(wrap) != WRAP_SIZE:
        raise EnvelopeRejected
    try:
        role = WrapRole(wrap[suite.KID_SIZE])
    except ValueError as error:
        raise EnvelopeRejected from error
    # A named mailbox would let a thief of the database test guessed receipts.
    if role is WrapRole.MAILBOX and wrap_kid(wrap) != _NO_KID:
        raise EnvelopeRejected
    return role


def digest(header: bytes, body: bytes) -> bytes:
    """Name a message for good, whoever can read it: the `prev` of its author's next message."""
    return hashlib.sha256(header + body).digest()


def _begin(
    message_type: MessageType,
    origin: Origin,
    case_id: bytes,
    message_id: bytes,
    recipients: Sequence[Recipient],
    random: Random,
) -> tuple[bytes, bytes, tuple[bytes, ...]]:
    """Make a message's key, its header and its wraps."""
    if not 1 <= len(recipients) <= MAX_WRAPS:
        raise ValueError("a message has 1 to 16 readers")
    _check_readers(recipients, message_type)
    dek = random(KEY_SIZE)
    blank = Header(message_type, origin, case_id, message_id, _scheme_of(message_type), bytes(COMMIT_SIZE))
    header = replace(blank, commit=_commitment(dek, blank.to_bytes())).to_bytes()
    return dek, header, tuple(_wrap(recipient, dek, header) for recipient in recipients)


def _check_readers(recipients: Sequence[Recipient], message_type: MessageType) -> None:
    if not all(_may_read(recipient.role, message_type) for recipient in recipients):
        raise ValueError("only answers and their files are sealed for a mailbox")


def _scheme_of(message_type: MessageType) -> PaddingScheme:
    return PaddingScheme.ATTACHMENT if message_type is MessageType.ATTACHMENT else PaddingScheme.TEXT


def _may_read(role: WrapRole, message_type: MessageType) -> bool:
    """Keep what was told out of the mailbox: whoever finds a receipt sees the answers and no more."""
    return role is not WrapRole.MAILBOX or message_type in (MessageType.REPLY, MessageType.ATTACHMENT)


def _commitment(dek: bytes, header: bytes) -> bytes:
    return derive(dek, b"leeward/1/commit\0" + header[:_COMMITTED_SIZE])


def _body_key(dek: bytes, header: bytes) -> bytes:
    return derive(dek, b"leeward/1/body\0" + header)


def _content(message_type: MessageType, header: bytes, document: bytes, signer: Signer | None) -> bytes:
    """Put signer and signature in front of a text; an attachment is vouched for by the message that names its hash."""
    if message_type is MessageType.ATTACHMENT:
        if signer is not None:
            raise ValueError("an attachment carries no signature of its own")
        return document
    if signer is None:
        return bytes((SignerKind.NONE,)) + _NO_SIGNATURE + document
    if signer.kind is SignerKind.NONE:
        raise ValueError("nobody has no key to sign with")
    signature = suite.sign(signer.seed, _signed_bytes(signer.kind, header, document))
    return bytes((signer.kind,)) + signature + document


def _signed(header: Header, content: bytes) -> Opened:
    if len(content) < 1 + suite.SIGNATURE_SIZE:
        raise EnvelopeRejected
    try:
        kind = SignerKind(content[0])
    except ValueError as error:
        raise EnvelopeRejected from error
    signature = content[1 : 1 + suite.SIGNATURE_SIZE]
    if kind is SignerKind.NONE and signature != _NO_SIGNATURE:
        raise EnvelopeRejected
    return Opened(header, kind, content[1 + suite.SIGNATURE_SIZE :], signature)


def _signed_bytes(kind: SignerKind, header: bytes, document: bytes) -> bytes:
    return b"leeward/1/sign\0" + bytes((kind,)) + header + hashlib.sha256(document).digest()


def _wrap(recipient: Recipient, dek: bytes, header: bytes) -> bytes:
    kid = _NO_KID if recipient.role is WrapRole.MAILBOX else suite.key_id(recipient.public_key)
    info = _wrap_info(recipient.role, kid, header)
    return kid + bytes((recipient.role,)) + suite.seal(recipient.public_key, dek, info=info)


def _wrap_info(role: WrapRole, kid: bytes, header: bytes) -> bytes:
    return b"leeward/1/wrap\0" + bytes((role,)) + kid + hashlib.sha256(header).digest()


def _unwrap(header: bytes, wraps: Sequence[bytes], pair: KeyPair) -> bytes:
    """Find the message's key. A wrap that opens to another key is passed over: anyone can wrap anything for anyone."""
    for wrap in wraps:
        role, kid = wrap_role(wrap), wrap_kid(wrap)
        if kid != (_NO_KID if role is WrapRole.MAILBOX else pair.kid):
            continue
        try:
            dek = suite.open_(pair, wrap[suite.KID_SIZE + 1 :], info=_wrap_info(role, kid, header))
        except EnvelopeRejected:
            continue
        # AES-GCM alone lets one ciphertext open to two texts under two keys.
        if hmac.compare_digest(_commitment(dek, header), header[_COMMITTED_SIZE:]):
            return dek
    raise EnvelopeRejected
