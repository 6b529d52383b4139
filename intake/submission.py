"""The submission id of a form: one Send makes one report, however often it arrives.

The server never keeps the id: only its HMAC, a keyed digest of the answers, and the receipt sealed under a key from the
id (protocol.md, "Reporter's receipt").
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crypto import symmetric
from intake.answers import Answers, Submitted

KEPT_FOR = timedelta(minutes=10)
_VALID_HOURS = 24
_RANDOM, _HOUR, _MAC = 16, 4, 16


@dataclass(frozen=True, slots=True)
class Sent:
    """What identifies one Send of one form, without the form: primary key and sealing key of its `submission` row."""

    id_hmac: bytes
    digest: bytes
    key: bytes


def issue(secret: bytes, now: datetime, random: Callable[[int], bytes]) -> str:
    """Make the id that a form carries: 16 random bytes, the hour, and a MAC, as URL-safe text."""
    told = random(_RANDOM) + _hour(now).to_bytes(_HOUR)
    return base64.urlsafe_b64encode(told + _mac(secret, told)).decode()


def recognize(secret: bytes, text: str, now: datetime) -> bytes | None:
    """Give the bytes of an id that was issued here within a day; None for any other text.

    An id of a later hour is ours too: it comes from a host whose clock is ahead, or from before our clock went back.
    """
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii"))
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return None
    told, mac = raw[: _RANDOM + _HOUR], raw[_RANDOM + _HOUR :]
    if len(raw) != _RANDOM + _HOUR + _MAC or not hmac.compare_digest(mac, _mac(secret, told)):
        return None
    age = _hour(now) - int.from_bytes(told[_RANDOM:])
    return raw if abs(age) <= _VALID_HOURS else None


def identify(pepper: bytes, raw_id: bytes, answers: Answers, files: Sequence[str] = ()) -> Sent:
    """Tell one Send from another: the same id with other answers is another one (pages get cached and shared).

    `files` are digests of the files that came with it.
    """
    told = answers.document() | ({"files": list(files)} if files else {})
    canonical = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return Sent(
        id_hmac=hmac.digest(pepper, b"leeward/1/submission-id\0" + raw_id, "sha256"),
        digest=hmac.digest(symmetric.derive(raw_id, b"leeward/1/submission-digest\0"), canonical, "sha256"),
        key=symmetric.derive(raw_id, b"leeward/1/submission-receipt\0"),
    )


def seal_submitted(sent: Sent, submitted: Submitted, random: Callable[[int], bytes]) -> bytes:
    """Seal what the worker is shown after Send, for whoever still has the form's id."""
    return symmetric.seal(sent.key, json.dumps(submitted.document()).encode(), aad=sent.digest, random=random)


def open_submitted(sent: Sent, sealed: bytes) -> Submitted:
    """Open what `seal_submitted` sealed. Raises EnvelopeRejected."""
    return Submitted.of(json.loads(symmetric.open_(sent.key, sealed, aad=sent.digest)))


def _hour(now: datetime) -> int:
    return int(now.timestamp()) // 3600


def _mac(secret: bytes, told: bytes) -> bytes:
    return hmac.digest(secret, b"leeward/1/submission\0" + told, hashlib.sha256)[:_MAC]
