"""A telephone of our own as the provider: SMSGate, the self-hosted "SMS Gateway for Android" (docs.sms-gate.app).

The phone posts what comes to us itself, signed; what we send goes through its server, which we run. Our reference is
the message's id there, so a text that may have left can be asked for by it. There is no copy to erase: phone and server
forget by their own settings (docs/operations.md).
"""

import base64
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlsplit

from intake.sms.port import (
    Accepted,
    Inbound,
    Malformed,
    Media,
    MediaGone,
    NoPhone,
    NotOurs,
    ProviderAway,
    Rejected,
    Retry,
    SignatureInvalid,
    Sought,
    State,
    Status,
    Unknown,
)
from service.settings import Settings

NAME: Final = "smsgate"
SIGNATURE: Final = "X-Signature"
TIMESTAMP: Final = "X-Timestamp"
# The phone signs each try anew, so an old post is somebody's copy ("Payload Signing").
FRESH: Final = timedelta(minutes=5)
UNREACHABLE: Final = "unreachable"
_TIMEOUT_SECONDS: Final = 20.0
_LONGEST_ANSWER: Final = 1024 * 1024
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
# A carrier may write a number of its own country without the country's.
_AT_HOME: Final = re.compile(r"1?([2-9][0-9]{9})")
_REFERENCE: Final = re.compile(r"[0-9a-f]{32}")
_SENT_EVENTS: Final = {
    "sms:sent": State.SENT,
    "sms:delivered": State.DELIVERED,
    "sms:failed": State.FAILED,
    "sms:cancelled": State.CANCELED,
}
_STATES: Final = {
    "Pending": State.QUEUED,
    "Cancelling": State.QUEUED,
    "Processed": State.LEAVING,
    "Sent": State.SENT,
    "Delivered": State.DELIVERED,
    "Failed": State.FAILED,
    "Cancelled": State.CANCELED,
}


@dataclass(frozen=True, slots=True)
class Webhook:
    """Reads what the phone posts. Every failure is an exception of the port."""

    keys: tuple[str, ...] = field(repr=False)
    number: str

    def verify(self, body: bytes, timestamp: str | None, signature: str | None, now: datetime) -> None:
        """Check the signature over the raw body and its time. Raises SignatureInvalid."""
        if timestamp is None or signature is None or not re.fullmatch(r"[0-9]{1,12}", timestamp):
            raise SignatureInvalid
        if abs(now.timestamp() - int(timestamp)) > FRESH.total_seconds() or not signature.isascii():
            raise SignatureInvalid
        for key in self.keys:
            expected = hmac.digest(key.encode(), body + timestamp.encode(), "sha256").hex()
            if hmac.compare_digest(expected, signature):
                return
        raise SignatureInvalid

    def read(self, body: bytes, received_at: datetime) -> Inbound | Status | None:
        """Read an event: a text, a report on one of ours, or None for what is neither.

        Raises NotOurs, Malformed, NoPhone.
        """
        try:
            told = json.loads(body)
            event, payload = told["event"], told["payload"]
            if event in _SENT_EVENTS:
                return _report(_SENT_EVENTS[event], payload)
            if event in ("sms:received", "mms:received"):
                return self._inbound(event, f"{told['deviceId']}.{told['id']}", payload, received_at)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Malformed from error
        return None

    def _inbound(self, event: str, provider_id: str, payload: Mapping[str, Any], received_at: datetime) -> Inbound:
        recipient = payload.get("recipient")
        if recipient is not None and _e164(recipient) != self.number:
            raise NotOurs
        sender = _e164(payload["sender"])
        if sender is None:
            raise NoPhone
        text = payload["message"] if event == "sms:received" else payload.get("subject") or ""
        if not isinstance(text, str) or len(provider_id) > 160:
            raise Malformed
        # What comes by multimedia message stays on the phone; the worker is told that we cannot take it.
        media = (Media("", "application/octet-stream"),) if event == "mms:received" else ()
        return Inbound(NAME, provider_id, self.number, sender, self.number, text, media, received_at)


def webhook_of(settings: Settings) -> Webhook | None:
    """Give what reads the phone's posts with these settings; None where there is no such phone."""
    if settings.smsgate_number is None:
        return None
    return Webhook(settings.smsgate_signing_key, settings.smsgate_number)


def _report(state: State, payload: Mapping[str, Any]) -> Status | None:
    reference = payload["messageId"]
    if not isinstance(reference, str):
        raise Malformed
    return Status(reference, reference, state, None) if _REFERENCE.fullmatch(reference) else None


def _e164(number: Any) -> str | None:
    """Give a number with its country; None where it is none that a phone has."""
    if not isinstance(number, str):
        return None
    bare = re.sub(r"[ ().-]", "", number)
    if _E164.fullmatch(bare):
        return bare
    at_home = _AT_HOME.fullmatch(bare)
    return f"+1{at_home.group(1)}" if at_home else None


class SmsGate:
    """The way out through our telephone's server."""

    name = NAME
    keeps = True

    def __init__(self, settings: Settings, *, timeout: float = _TIMEOUT_SECONDS) -> None:
        """`timeout` is in seconds, to connect and between two answers."""
        self.numbers = (settings.smsgate_number or "",)
        self._place = urlsplit(settings.smsgate_url or "")
        login = base64.b64encode((settings.smsgate_login or "").encode()).decode()
        self._headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
        self._timeout = timeout

    def send(
        self, *, text: str, to: str, sender: str, reference: str, expires_seconds: int
    ) -> Accepted | Rejected | Unknown:
        """Hand over one text under our reference. A second one with the same reference is refused as known."""
        message = {
            "id": reference,
            "textMessage": {"text": text},
            "phoneNumbers": [to],
            "ttl": expires_seconds,
            "withDeliveryReport": True,
        }
        try:
            connection = self._connect()
        except OSError:
            return Rejected(UNREACHABLE, permanent=False, ours=False, retry=Retry.LATER)
        try:
            status, _ = self._ask(connection, "POST", "/messages", message)
        except (OSError, HTTPException):
            return Unknown()
        # 409: the server has a message of this id.
        if status in (202, 409):
            return Accepted(reference)
        # 503: the phone is away, or has too many to send.
        if status in (429, 503):
            return Rejected(f"http_{status}", permanent=False, ours=False, retry=Retry.LATER)
        if status >= 500 or status < 300:
            return Unknown()
        return Rejected(f"http_{status}", permanent=False, ours=True, retry=Retry.LATER)

    def look(self, sought: Sought) -> Status | None:
        """Ask the server for a text by our reference. Raises ProviderAway."""
        status, told = self.get(f"/messages/{sought.reference}")
        if status == 404:
            return None
        state = _STATES.get(told.get("state", "")) if isinstance(told, dict) else None
        if status != 200 or state is None:
            raise ProviderAway
        return Status(sought.reference, sought.reference, state, None)

    def arrived(self, since: datetime) -> tuple[Inbound, ...]:
        """List nothing: the phone itself posts again for two days what we did not take ("Retry Policy")."""
        return ()

    def recorded(self, since: datetime, until: datetime) -> tuple[Inbound, ...]:
        """List nothing: nobody can speak to it."""
        return ()

    def fetch(self, provider_id: str, ref: str, *, most: int) -> bytes:
        """Fetch nothing: nothing lies anywhere. Raises MediaGone."""
        raise MediaGone

    def erase(self, provider_id: str, media: Sequence[str] = ()) -> bool:
        """Erase nothing, and say so: phone and server forget by their own settings."""
        return False

    def get(self, path: str) -> tuple[int, Any]:
        """Ask the server for something and give the status and the document. Raises ProviderAway."""
        try:
            return self._ask(self._connect(), "GET", path)
        except (OSError, HTTPException) as error:
            raise ProviderAway from error

    def _connect(self) -> HTTPConnection:
        kind = HTTPSConnection if self._place.scheme == "https" else HTTPConnection
        connection = kind(self._place.hostname or "", self._place.port, timeout=self._timeout)
        connection.connect()
        return connection

    def _ask(self, connection: HTTPConnection, method: str, path: str, told: object = None) -> tuple[int, Any]:
        try:
            body = None if told is None else json.dumps(told).encode()
            connection.request(method, self._place.path + path, body, self._headers)
            answer = connection.getresponse()
            raw = answer.read(_LONGEST_ANSWER)
        finally:
            connection.close()
        try:
            return answer.status, json.loads(raw)
        except (ValueError, RecursionError):
            return answer.status, None
