"""What the desk's JSON API takes and gives. Every fault of a request has a name; nothing here touches the database.

Bytes travel as base64url without padding, ids as hexadecimal, times as ISO 8601 in UTC.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crypto.envelope import Envelope
from crypto.rejected import EnvelopeRejected
from referrals.case import VIEWS, CaseFile, QueueRow, SealedMessage
from referrals.caseworkers.accounts import Enrolment, HandedOut
from referrals.caseworkers.epochs import HeldEpoch, NewEpoch, Waiting
from referrals.caseworkers.invitations import EMAIL_LIMIT

BODY_LIMIT = 64 * 1024
ENVELOPE_LIMIT = 256 * 1024
KEY_LIMIT = 16 * 1024
CODE_LIMIT = 32
ID_SIZE = 16
_RANK_LIMIT = 2**62
# Python's decoder takes the other alphabet's letters too, and skips what is of neither.
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class RequestMalformed(Exception):
    """A request is not what the API takes; `code` and `field` name the fault."""

    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(code, field)
        self.code = code
        self.field = field


class Fields:
    """One JSON object of a request, read field by field. Unknown fields are ignored; malformed ones are named."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    @classmethod
    def parse(cls, raw: bytes) -> "Fields":
        """Read a request's body. Raises RequestMalformed."""
        try:
            values = json.loads(raw.decode())
        except (ValueError, RecursionError) as error:
            raise RequestMalformed("not_json") from error
        if not isinstance(values, dict):
            raise RequestMalformed("not_an_object")
        return cls(values)

    def text(self, name: str, *, longest: int = CODE_LIMIT) -> str:
        """Read a short text without control characters."""
        value = self._values.get(name)
        if not isinstance(value, str) or len(value) > longest or not value.isprintable():
            raise RequestMalformed("field_malformed", name)
        return value

    def raw(self, name: str, *, longest: int = KEY_LIMIT) -> bytes:
        """Read bytes."""
        value = self._values.get(name)
        if not isinstance(value, str) or len(value) > longest * 4 // 3 + 3 or not _BASE64URL.fullmatch(value):
            raise RequestMalformed("field_malformed", name)
        try:
            return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except binascii.Error as error:
            raise RequestMalformed("field_malformed", name) from error

    def id(self, name: str) -> bytes:
        """Read one of our ids."""
        return parse_id(self.text(name), name)

    def optional(self, name: str) -> "Fields | None":
        """Read an object that may be absent or null."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise RequestMalformed("field_malformed", name)
        return Fields(value)


def parse_id(text: str, name: str = "id") -> bytes:
    """Read an id of 32 hexadecimal digits. Raises RequestMalformed."""
    try:
        value = bytes.fromhex(text)
    except ValueError as error:
        raise RequestMalformed("field_malformed", name) from error
    if len(value) != ID_SIZE or len(text) != 2 * ID_SIZE:
        raise RequestMalformed("field_malformed", name)
    return value


def parse_view(text: str) -> str:
    """Read the name of a queue's view. Raises RequestMalformed."""
    if text not in VIEWS:
        raise RequestMalformed("field_malformed", "view")
    return text


def parse_rank(text: str) -> int | None:
    """Read where a page of the queue starts; nothing is the start. Raises RequestMalformed."""
    if not text:
        return None
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 20 and int(digits) < _RANK_LIMIT):
        raise RequestMalformed("field_malformed", "after")
    return int(text)


def parse_email(fields: Fields) -> str:
    """Read an address."""
    return fields.text("email", longest=EMAIL_LIMIT)


def parse_enrolment(fields: Fields) -> Enrolment:
    """Read what an enrolling browser sends. Raises RequestMalformed; sizes are the use-case's to check."""
    epoch = fields.optional("epoch")
    return Enrolment(
        language=fields.text("language", longest=16),
        code=fields.text("code"),
        salt=fields.raw("salt"),
        login_secret=fields.raw("login_secret"),
        sealed_bag=fields.raw("sealed_bag"),
        sealed_bag_key=fields.raw("sealed_bag_key"),
        kid=fields.raw("kid"),
        public_key=fields.raw("public_key"),
        verify_key=fields.raw("verify_key"),
        epoch=None if epoch is None else parse_epoch(epoch),
    )


def parse_epoch(fields: Fields) -> NewEpoch:
    """Read an organization's new epoch."""
    return NewEpoch(
        kid=fields.raw("kid"),
        public_key=fields.raw("public_key"),
        verify_key=fields.raw("verify_key"),
        sealed_seed=fields.raw("sealed_seed"),
    )


def parse_envelope(fields: Fields) -> Envelope:
    """Read a sealed message. Raises RequestMalformed."""
    try:
        return Envelope.parse(fields.raw("envelope", longest=ENVELOPE_LIMIT))
    except EnvelopeRejected as error:
        raise RequestMalformed("envelope_malformed", "envelope") from error


def base64url(raw: bytes) -> str:
    """Write bytes as the API does."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def moment(value: datetime | None) -> str | None:
    """Write a time as the API does."""
    return None if value is None else value.isoformat()


def keys_json(keys: HandedOut, waiting: tuple[Waiting, ...], organization_names: tuple[str, ...]) -> dict[str, Any]:
    """Lay out a caseworker's sealed keys, and what else an open desk needs to know."""
    return {
        "caseworker": keys.caseworker_id.hex(),
        "email": keys.email,
        "role": keys.role,
        "organization": keys.organization_id.hex(),
        "organization_name": keys.organization_name,
        "organization_names": list(organization_names),
        "salt": base64url(keys.salt),
        "sealed_bag": base64url(keys.sealed_bag),
        "kid": base64url(keys.kid),
        "slots": [
            {"slot": slot.slot, "version": slot.version, "sealed_bag_key": base64url(slot.sealed_bag_key)}
            for slot in keys.slots
        ],
        "epochs": [_epoch_json(epoch) for epoch in keys.epochs],
        "waiting": [
            {
                "caseworker": person.caseworker_id.hex(),
                "email": person.email,
                "kid": base64url(person.kid),
                "public_key": base64url(person.public_key),
                "epoch": person.epoch_id.hex(),
            }
            for person in waiting
        ],
    }


def _epoch_json(epoch: HeldEpoch) -> dict[str, Any]:
    return {
        "id": epoch.id.hex(),
        "number": epoch.number,
        "kid": base64url(epoch.kid),
        "public_key": base64url(epoch.public_key),
        "verify_key": base64url(epoch.verify_key),
        "revoked": epoch.revoked,
        "ends_at": moment(epoch.ends_at),
        "sealed_seed": None if epoch.sealed_seed is None else base64url(epoch.sealed_seed),
    }


def row_json(
    row: QueueRow, *, holders: Mapping[bytes, str], leaders: Mapping[bytes, str], me: bytes, area_name: str
) -> dict[str, Any]:
    """Lay out one line of the queue; `leaders` names who leads a case that was not passed to this organization."""
    return {
        "case": row.case_id.hex(),
        "rank": row.rank,
        "due_at": moment(row.due_at),
        "language": row.language,
        "area": row.area,
        "area_name": area_name,
        "urgency": row.urgency,
        "state": row.state,
        "status": row.status,
        "kind": row.kind,
        "view": row.view,
        "unread": row.unread,
        "holder": holders.get(row.holder_id, "") if row.holder_id else None,
        "mine": row.holder_id == me,
        "received_on": row.received_on.isoformat(),
        "channel": row.channel,
        "closing_reason": row.closing_reason,
        "may_answer": row.may_answer,
        "erase_on": row.erase_on.isoformat() if row.erase_on else None,
        "leader": leaders.get(row.case_id, ""),
    }


def case_json(file: CaseFile, row: dict[str, Any], delivered: Mapping[bytes, str]) -> dict[str, Any]:
    """Lay out a case: its line of the queue and its sealed messages, in order, those to a phone with where they are."""
    messages = [_message_json(message, delivered.get(message.message_id)) for message in file.messages]
    return {"row": row, "messages": messages}


def _message_json(message: SealedMessage, delivered: str | None) -> dict[str, Any]:
    return {
        "id": message.message_id.hex(),
        "position": message.position,
        "type": message.type,
        "origin": message.origin,
        "day": message.day.isoformat(),
        "header": base64url(message.header),
        "wraps": [base64url(wrap) for wrap in message.wraps],
        "body": base64url(message.body),
        "delivery": delivered,
    }
