"""Putting a text for a worker's phone into the outbox, in the transaction of what it answers.

Its number is not in the payload: whoever sends it asks `intake.sms.numbers` for it at that moment, so that a worker who
wants no more texts gets none of those that wait either.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from service import outbox
from service.rows import Rows

SEND_TOPIC: Final = "sms.send"


class Kind(StrEnum):
    """What a text is: a question of the conversation, what a caseworker wrote, or the confirmation of an opt-out."""

    PROMPT = "prompt"
    CONTENT = "content"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Text:
    """One text for a conversation's phone. `reference` (16 bytes) is its id at the provider and in `sms_outgoing`."""

    conversation_id: bytes
    reference: bytes
    text: str
    kind: Kind = Kind.PROMPT


def rows(texts: Sequence[Text], *, due_at: datetime, key: bytes, random: Callable[[int], bytes]) -> Rows:
    """Give the outbox rows of some texts: {"conversation", "reference", "text", "kind"}, ids in hex.

    A row is named by its reference, so that one which waits already is not put in again.
    """
    payloads = [
        {
            "conversation": one.conversation_id.hex(),
            "reference": one.reference.hex(),
            "text": one.text,
            "kind": str(one.kind),
        }
        for one in texts
    ]
    return outbox.rows(
        SEND_TOPIC, payloads, due_at=due_at, key=key, random=random, ids=[one.reference for one in texts]
    )
