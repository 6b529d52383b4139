"""A worker's phone and the hotline that it texts, without a provider, for tests."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from crypto import envelope
from crypto.envelope import Envelope, SignerKind
from crypto.suite import KeyPair
from intake.sms.conversations import of_case
from intake.sms.models import Conversation
from intake.sms.outgoing import TOPICS
from intake.sms.port import Inbound, Media
from intake.sms.receiving import Hotline, receive
from referrals.case import SealedMessage, held_messages
from referrals.directory.snapshot import Directory
from referrals.models import Case
from service import outbox
from service.models import OutboxMessage
from service.outbox import Lease
from service.runtime import Runtime
from tests.integration.office import Office

OURS = "+16045550100"
NUMBER = "+16045550142"
CANARY = "CANARYsms"


def hotline_of(runtime: Runtime) -> Hotline:
    """Make a hotline as an app has it."""
    return Hotline(runtime, Directory(runtime.clock))


@dataclass(frozen=True)
class OpenedText:
    """A text that the holding key opened, with the parts of its envelope."""

    document: dict[str, Any]
    signer: SignerKind
    header: bytes
    wraps: tuple[bytes, ...]
    body: bytes


@dataclass
class Phone:
    """One phone: it texts, and its texts have ids of their own."""

    hotline: Hotline
    number: str = NUMBER
    sent: int = 0
    provider: str = "console"
    media: tuple[Media, ...] = field(default=())

    def inbound(self, text: str, provider_id: str | None = None) -> Inbound:
        """Write a text, without sending it."""
        self.sent += 1
        return Inbound(
            provider=self.provider,
            provider_id=provider_id or f"{self.number}/{self.sent}",
            account="demo",
            sender=self.number,
            to=OURS,
            text=text,
            media=self.media,
            received_at=self.hotline.runtime.clock.now(),
        )

    def text(self, *texts: str) -> None:
        """Send texts, one after the other."""
        for text in texts:
            receive(self.hotline, self.inbound(text))


def waiting(runtime: Runtime, *topics: str) -> list[dict[str, Any]]:
    """Open what waits in the outbox under some topics, texts unless others are named, in the order of its due times."""
    with runtime.database.session() as session:
        rows = session.scalars(
            select(OutboxMessage)
            .where(OutboxMessage.topic.in_(topics or TOPICS))
            .order_by(OutboxMessage.due_at, OutboxMessage.id)
        ).all()
    return [outbox.open_payload(runtime.secret("outbox"), _lease(row)) for row in rows]


def _lease(row: OutboxMessage) -> Lease:
    return Lease(row.id, row.topic, row.fencing_token, row.attempts, row.sealed_payload or b"")


def said(runtime: Runtime) -> list[str]:
    """List the texts that wait to go out."""
    return [payload["text"] for payload in waiting(runtime)]


def conversations(runtime: Runtime) -> Sequence[Conversation]:
    """List the conversations as they lie in the database."""
    with runtime.database.session() as session:
        return session.scalars(select(Conversation)).all()


def opened(runtime: Runtime, case_id: bytes) -> list[OpenedText]:
    """Open the texts of a case that is held, with its holding key, in order."""
    with runtime.database.session() as session:
        known = of_case(session, runtime, case_id)
        assert known is not None
        assert known.holding is not None
        messages = held_messages(session, runtime.keystore, case_id)
    return [_opened(message, known.holding) for message in messages]


def opened_by(office: Office, case_id: bytes) -> list[OpenedText]:
    """Open the texts of a case that was routed, with an organization's key, in order."""
    return [_opened(message, office.pair) for message in office.file(case_id).messages]


def _opened(message: SealedMessage, pair: KeyPair) -> OpenedText:
    sealed = Envelope(message.header, message.wraps, message.body)
    text = envelope.open_(sealed, pair)
    return OpenedText(json.loads(text.document), text.signer, sealed.header, sealed.wraps, sealed.body)


def cases(runtime: Runtime) -> Sequence[Case]:
    """List the cases as they lie in the database."""
    with runtime.database.session() as session:
        return session.scalars(select(Case)).all()
