"""A worker's text as an envelope: for the holding key until its case is routed, for whoever reads the case afterwards.

A text is sealed in memory before anything is written, and each one as it comes: the first is the report, those after
it are follow-ups in one chain.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from crypto import envelope
from crypto.envelope import Envelope, MessageType, Origin, Recipient
from intake.document import message_document, text_of
from service.runtime import Runtime

# Purposes in the keys database: the seed that opens what is held, and the seed that opens what is to be texted.
HOLDING_KEY: Final = "holding"
MAILBOX_KEY: Final = "relay"


@dataclass(frozen=True, slots=True)
class Told:
    """What a text says, which kinds of media came with it, and what is said of files that it names."""

    text: str = field(repr=False)
    media: tuple[str, ...]
    language: str
    day: date
    attachments: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """Where a text stands among those of its worker: how many came before, and the digest of the last."""

    seq: int = 0
    prev: bytes = bytes(32)


def seal_text(
    runtime: Runtime,
    told: Told,
    link: Link,
    *,
    case_id: bytes,
    recipients: Sequence[Recipient],
    mailbox: bytes | None = None,
) -> Envelope:
    """Seal one text. The first tells the public key that answers are sealed for. Nobody signs: a phone has no key."""
    fields: dict[str, object] = {"text": told.text}
    if told.media:
        fields["media"] = list(told.media)
    document = message_document(
        seq=link.seq,
        prev=link.prev,
        day=told.day,
        locale=told.language,
        fields=fields,
        attachments=told.attachments,
    )
    if mailbox is not None:
        document["mailbox"] = text_of(mailbox)
    return envelope.seal(
        # Half of a surrogate pair is no character; what is around it must not be lost for it.
        json.dumps(document, ensure_ascii=False).encode(errors="replace"),
        message_type=MessageType.FOLLOW_UP if link.seq else MessageType.REPORT,
        origin=Origin.SMS,
        case_id=case_id,
        message_id=runtime.random(16),
        recipients=recipients,
        random=runtime.random,
    )
