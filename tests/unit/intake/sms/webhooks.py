"""Webhooks as Twilio posts them, signed by a few lines of our own that share nothing with the provider's package."""

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from service.settings import Settings

ACCOUNT = "AC" + "0f" * 16
TOKEN = "5e" * 16
NUMBER = "+16045550100"
SITE = "https://leeward.example"
FORM = "application/x-www-form-urlencoded"
Fields = Sequence[tuple[str, str]]


def text_fields(body: str, *, sender: str = "+16045550123", to: str = NUMBER, number: int = 1) -> list[tuple[str, str]]:
    """Give the fields of a text as Twilio sends them; `number` makes its id."""
    message = f"SM{number:032x}"
    return [
        ("ToCountry", "CA"),
        ("SmsMessageSid", message),
        ("NumMedia", "0"),
        ("FromZip", "V1Y 1A1"),
        ("SmsSid", message),
        ("FromState", "BC"),
        ("SmsStatus", "received"),
        ("FromCity", "KELOWNA"),
        ("Body", body),
        ("FromCountry", "CA"),
        ("To", to),
        ("NumSegments", "1"),
        ("MessageSid", message),
        ("AccountSid", ACCOUNT),
        ("From", sender),
        ("ApiVersion", "2010-04-01"),
    ]


def status_fields(message: str, state: str, code: str | None = None) -> list[tuple[str, str]]:
    """Give the fields of a report on a text that we sent."""
    fields = [
        ("SmsSid", message),
        ("SmsStatus", state),
        ("MessageStatus", state),
        ("To", "+16045550123"),
        ("MessageSid", message),
        ("AccountSid", ACCOUNT),
        ("From", NUMBER),
        ("ApiVersion", "2010-04-01"),
    ]
    return fields if code is None else [*fields, ("ErrorCode", code)]


def sign(url: str, fields: Fields, *, token: str = TOKEN, algorithm: str = "sha1") -> str:
    """Sign a post as "Validating Requests are coming from Twilio" says: the address, then names and values in order."""
    told = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(token.encode(), told.encode(), algorithm)).decode()


def body_of(fields: Fields) -> bytes:
    """Encode fields as a form's body."""
    return urlencode(fields).encode()


def with_hotline(settings: Settings) -> Settings:
    """Give settings a hotline at Twilio."""
    return replace(settings, twilio_account_sid=ACCOUNT, twilio_auth_token=(TOKEN,), twilio_numbers=(NUMBER,))


PHONE_NUMBER = "+17785550100"
PHONE_LOGIN = "leeward:a-password"
PHONE_KEY = "signing-key-of-a-test"


def with_phone(settings: Settings, url: str = "https://phone.example/api/3rdparty/v1") -> Settings:
    """Give settings a telephone of our own."""
    return replace(
        settings,
        smsgate_url=url,
        smsgate_login=PHONE_LOGIN,
        smsgate_signing_key=(PHONE_KEY,),
        smsgate_number=PHONE_NUMBER,
    )


def event(kind: str, payload: dict[str, object], *, number: int = 1) -> bytes:
    """Write an event as the phone posts it; `number` makes its id."""
    told = {"deviceId": "phone", "event": kind, "id": f"event{number}", "payload": payload, "webhookId": "hook"}
    return json.dumps(told).encode()


def received(text: str, sender: str = "+16045550142", *, number: int = 1) -> bytes:
    """Write the event of a text that came."""
    payload = {"messageId": "m", "message": text, "sender": sender, "recipient": PHONE_NUMBER, "simNumber": 1}
    return event("sms:received", payload, number=number)


def sign_event(body: bytes, at: datetime, *, key: str = PHONE_KEY) -> dict[str, str]:
    """Sign an event as the phone does: HMAC-SHA256 over the body and the time."""
    timestamp = str(int(at.timestamp()))
    return {
        "X-Timestamp": timestamp,
        "X-Signature": hmac.new(key.encode(), body + timestamp.encode(), "sha256").hexdigest(),
    }
