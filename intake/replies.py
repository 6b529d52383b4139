"""What organizations answer, opened with a mailbox's key: by a worker's receipt, or on its way to their phone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto import envelope
from crypto.envelope import Envelope, Header, MessageType, Opened, SignerKind
from crypto.rejected import EnvelopeRejected
from crypto.suite import KeyPair
from referrals.case import SealedMessage
from referrals.directory.models import Organization, OrganizationEpoch
from referrals.models import Referral

# The name of an organization of the case, and the verify key of one of its epochs.
Signers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer to a worker. `genuine` says that the organization's own key signed it."""

    day: date
    text: str
    lang: str
    organization_name: str
    genuine: bool


def signers_of(session: Session, case_id: bytes) -> Signers:
    """List who may have signed an answer: every organization that a case was ever referred to."""
    return [
        (row.name, row.verify_key)
        for row in session.execute(
            select(Organization.name, OrganizationEpoch.verify_key)
            .join(OrganizationEpoch, OrganizationEpoch.organization_id == Organization.id)
            .join(Referral, Referral.organization_id == Organization.id)
            .where(Referral.case_id == case_id)
        )
    ]


def open_reply(message: SealedMessage, case_id: bytes, mailbox: KeyPair, signers: Signers) -> Reply | None:
    """Open one answer; None where it does not open or was sealed as another, which must be said instead of a gap."""
    try:
        header = Header.parse(message.header)
        if (header.type, header.case_id, header.message_id) != (MessageType.REPLY, case_id, message.message_id):
            return None
        opened = envelope.open_(Envelope(message.header, message.wraps, message.body), mailbox)
        document = json.loads(opened.document)
        signer = _signer_name(opened, signers)
        return Reply(
            day=date.fromisoformat(document["day"]),
            text=str(document["fields"]["text"]),
            lang=str(document["lang"]),
            organization_name=signer or "",
            genuine=signer is not None,
        )
    except (EnvelopeRejected, ValueError, KeyError, TypeError):
        return None


def _signer_name(opened: Opened, signers: Signers) -> str | None:
    if opened.signer is not SignerKind.ORGANIZATION:
        return None
    for name, verify_key in signers:
        try:
            opened.check_signature(verify_key)
        except EnvelopeRejected:
            continue
        return name
    return None
