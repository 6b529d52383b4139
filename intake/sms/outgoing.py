"""Putting texts for a worker's phone into the outbox, in the transaction of what they answer.

The number is not in the payload: whoever sends it asks `intake.sms.numbers` for it at that moment, so that a worker who
wants no more texts gets none of those that wait either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from intake.sms.conversation import Effect, Turn
from intake.sms.texts import Kind as Said
from service import outbox
from service.rows import Rows
from service.runtime import Runtime

SEND_TOPIC: Final = "sms.send"
# The answer to a number's first text. It has a topic of its own, since it goes before whatever a flood has filled the
# outbox with (`wsgi.make_worker`).
FIRST_TOPIC: Final = "sms.first"
TOPICS: Final = (FIRST_TOPIC, SEND_TOPIC)
# So that several texts of one turn leave in their order.
_APART: Final = timedelta(seconds=2)


class Kind(StrEnum):
    """What a text is: what the conversation says to a worker's text, that there is news, what a caseworker wrote, or
    the confirmation of an opt-out.
    """

    PROMPT = "prompt"
    NEWS = "news"
    CONTENT = "content"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Text:
    """One text for a conversation's phone. `reference` (16 bytes) is its id at the provider and in `sms_outgoing`.

    `answer_id` is the caseworker's message that it is a part of, or asks about; `ends_answer` says whether it is the
    last part, and is None for the question. `again` says that it was handed over once and never got there.
    """

    conversation_id: bytes
    reference: bytes
    text: str = field(repr=False)
    kind: Kind
    due_at: datetime
    answer_id: bytes | None = None
    ends_answer: bool | None = None
    again: bool = False

    def payload(self) -> dict[str, object]:
        """Give what its outbox row holds, ids in hex. `due` is when it was to leave."""
        return {
            "conversation": self.conversation_id.hex(),
            "reference": self.reference.hex(),
            "text": self.text,
            "kind": str(self.kind),
            "due": self.due_at.isoformat(),
            "answer": self.answer_id.hex() if self.answer_id else None,
            "ends_answer": self.ends_answer,
            "again": self.again,
        }

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> "Text":
        """Read a payload. Raises KeyError, TypeError and ValueError."""
        return cls(
            bytes.fromhex(payload["conversation"]),
            bytes.fromhex(payload["reference"]),
            payload["text"],
            Kind(payload["kind"]),
            datetime.fromisoformat(payload["due"]),
            bytes.fromhex(payload["answer"]) if payload["answer"] else None,
            payload["ends_answer"],
            payload["again"],
        )


def rows(runtime: Runtime, texts: Sequence[Text], *, topic: str = SEND_TOPIC) -> list[Rows]:
    """Give the outbox rows of some texts.

    A row is named by its reference, so that one which waits already is not put in again.
    """
    return [
        outbox.rows(
            topic,
            [one.payload()],
            due_at=one.due_at,
            key=runtime.secret("outbox"),
            random=runtime.random,
            ids=[one.reference],
        )
        for one in texts
    ]


def of_turn(
    runtime: Runtime,
    conversation_id: bytes,
    turn: Turn,
    now: datetime,
    *,
    answer_id: bytes | None = None,
    is_first: bool = False,
    is_news: bool = False,
) -> list[Rows]:
    """Give the outbox rows of what the conversation says in a turn, at the hours that it names.

    `answer_id` is the answer that it asks about, if it does. `is_first` says that a number's first text is answered,
    `is_news` that the phone did not just write, as where a turn waits for an hour: then nothing leaves once its worker
    wants no contact, and no question whether they can talk in any case.
    """
    is_last = turn.effects & {Effect.OPT_OUT, Effect.ERASE}
    is_unasked = is_news or turn.not_before or Said.CAN_TALK in turn.said
    kind = Kind.STOP if is_last else Kind.NEWS if is_unasked else Kind.PROMPT
    due_at = turn.not_before or now
    texts = [
        Text(conversation_id, runtime.random(16), reply, kind, due_at + place * _APART, answer_id)
        for place, reply in enumerate(turn.replies)
    ]
    return rows(runtime, texts, topic=FIRST_TOPIC if is_first else SEND_TOPIC)
