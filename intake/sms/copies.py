"""What lies of a text at its provider, as the outbox holds it: media to be taken in, and copies to be erased."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from intake.sms import numbers
from intake.sms.port import Inbound
from service import outbox
from service.rows import Rows
from service.runtime import Runtime

ERASE_TOPIC: Final = "sms.erase"
MEDIA_TOPIC: Final = "sms.media"
_AT_FIRST: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Batch:
    """What came with one text, by the provider's ids."""

    conversation_id: bytes
    provider: str
    provider_id: str
    refs: tuple[str, ...]
    kept: bool

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> "Batch":
        """Read a payload of MEDIA_TOPIC."""
        return cls(
            bytes.fromhex(payload["conversation"]),
            payload["provider"],
            payload["id"],
            tuple(payload["media"]),
            payload["kept"],
        )

    def row(self, runtime: Runtime, due_at: datetime) -> Rows:
        """Give its outbox row."""
        payload = {
            "conversation": self.conversation_id.hex(),
            "provider": self.provider,
            "id": self.provider_id,
            "media": list(self.refs),
            "kept": self.kept,
        }
        return outbox.rows(MEDIA_TOPIC, [payload], due_at=due_at, key=runtime.secret("outbox"), random=runtime.random)

    def erasing(self, runtime: Runtime, now: datetime) -> list[Rows]:
        """Give the outbox row that has the provider erase all of it."""
        if not self.kept:
            return []
        refs = [ref for ref in self.refs if ref]
        return [erase_row(runtime, self.conversation_id, self.provider, self.provider_id, refs, due_at=now)]

    def id_hmac(self, runtime: Runtime) -> bytes:
        """Give the name under which its taking in is known again."""
        return numbers.inbound_hmac(runtime, self.provider, f"{self.provider_id} media")


def rows_of(runtime: Runtime, conversation_id: bytes, inbound: Inbound, now: datetime) -> list[Rows]:
    """Give the outbox row that sees to what lies of a text at its provider: media first, then its erasure."""
    if inbound.media:
        refs = tuple(one.ref for one in inbound.media)
        return [Batch(conversation_id, inbound.provider, inbound.provider_id, refs, inbound.kept).row(runtime, now)]
    if not inbound.kept:
        return []
    return [erase_row(runtime, conversation_id, inbound.provider, inbound.provider_id, [], due_at=now + _AT_FIRST)]


def erase_row(
    runtime: Runtime,
    conversation_id: bytes,
    provider: str,
    provider_id: str,
    media: Sequence[str],
    *,
    due_at: datetime,
    row_id: bytes | None = None,
) -> Rows:
    """Give the outbox row that has a provider erase its copy of a text and of what came with it.

    With `row_id` the caller names it, so that it waits once.
    """
    payload = {"conversation": conversation_id.hex(), "provider": provider, "id": provider_id, "media": list(media)}
    return outbox.rows(
        ERASE_TOPIC,
        [payload],
        due_at=due_at,
        key=runtime.secret("outbox"),
        random=runtime.random,
        ids=[row_id] if row_id is not None else None,
    )
