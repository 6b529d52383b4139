"""A case of text messages as the hotline leaves it at an organization's desk: real seals, rows as it stores them."""

import json
from dataclasses import dataclass

from crypto import envelope, suite
from crypto.envelope import MessageType, Origin, Recipient, WrapRole
from intake.document import message_document, text_of
from referrals.case import CaseKeys, Reader, message_rows, rank_of
from referrals.deadlines import Stage, due_at
from referrals.models import Case, Referral
from service.rows import Rows, insert_all
from tests.network import Network

TEXTS = ("CANARY no me pagan", "1", "Oliver")


@dataclass(frozen=True)
class Texted:
    """A case of texts: its id, and the seed of the mailbox that answers are sealed for."""

    case_id: bytes
    mailbox_seed: bytes


def plant_texts(
    network: Network,
    key: str,
    texts: tuple[str, ...] = TEXTS,
    *,
    language: str = "es",
    urgency: str = "standard",
    may_answer: bool = True,
    media: tuple[str, ...] = (),
) -> Texted:
    """Put a case of texts at one organization's desk, its first text the report and each later one a follow-up.

    `media` are the kinds of what came with the first one.
    """
    runtime = network.runtime
    now, random = runtime.clock.now(), runtime.random
    texted = Texted(random(16), random(32))
    organization_id = network.organization_id(key)
    keys = CaseKeys(runtime.keystore.take("case"))
    rows = [Rows(Case, [_case(texted, keys, now.date(), language, urgency, may_answer)])]
    prev = bytes(32)
    for seq, text in enumerate(texts):
        fields: dict[str, object] = {"text": text} | ({"media": list(media)} if media and seq == 0 else {})
        document = message_document(seq=seq, prev=prev, day=now.date(), locale=language, fields=fields)
        if seq == 0:
            document |= {"mailbox": text_of(suite.key_pair(texted.mailbox_seed).public_key)}
        sealed = envelope.seal(
            json.dumps(document, ensure_ascii=False).encode(),
            message_type=MessageType.FOLLOW_UP if seq else MessageType.REPORT,
            origin=Origin.SMS,
            case_id=texted.case_id,
            message_id=random(16),
            recipients=[Recipient(suite.key_pair(network.epoch_seed(key)).public_key, WrapRole.RECIPIENT)],
        )
        prev = envelope.digest(sealed.header, sealed.body)
        readers = [Reader(organization_id, WrapRole.RECIPIENT)]
        rows += message_rows(sealed, readers, keys, position=seq, day=now.date(), random=random)
    due = due_at(Stage.ACKNOWLEDGEMENT, urgency, now)
    rows.append(
        Rows(Referral, [_referral(texted, organization_id, rank_of(due, random), random(16)) | {"due_at": due}])
    )
    with runtime.database.session(write=True) as session:
        insert_all(session, rows)
    return texted


def _case(
    texted: Texted, keys: CaseKeys, today: object, language: str, urgency: str, may_answer: bool
) -> dict[str, object]:
    return {
        "id": texted.case_id,
        "channel": "sms",
        "language": language,
        "area": "rd:5907",
        "urgency": urgency,
        "state": "received",
        "received_on": today,
        "may_answer": may_answer,
        "closing_reason": None,
        "key_id": keys.case.id,
        "standby_key_id": None,
    }


def _referral(texted: Texted, organization_id: bytes, rank: int, row_id: bytes) -> dict[str, object]:
    return {
        "id": row_id,
        "case_id": texted.case_id,
        "organization_id": organization_id,
        "holder_id": None,
        "place": 0,
        "kind": "primary",
        "status": "offered",
        "view": "new",
        "rank": rank,
        "unread": True,
        "language_mode": "direct",
        "reason": None,
        "decided_on": None,
    }
