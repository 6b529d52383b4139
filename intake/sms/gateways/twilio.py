"""Twilio: reading what it posts to us, once its signature holds.

A server that only takes texts in needs the signature and nothing else of the provider's package; the REST client
(twilio_rest.py) is loaded by whoever sends (26 MiB). Where a rule comes from a page of Twilio's documentation, its name
stands beside it.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator  # type: ignore[import-untyped]
from werkzeug.datastructures import MultiDict

from intake.sms.conversation import SILENCE
from intake.sms.gateways.twilio_codes import CODE, NEVER
from intake.sms.port import Inbound, Malformed, Media, NoPhone, NotOurs, SignatureInvalid, State, Status
from service.settings import SHARED_KEY, Settings

NAME: Final = "twilio"
SIGNATURE: Final = "X-Twilio-Signature"
STATUS_PATH: Final = "/sms/twilio/status"
# The name under which our reference stands in the address that a text's statuses are posted to.
REFERENCE: Final = "r"
MESSAGE: Final = re.compile(r"(SM|MM)[0-9a-f]{32}")
_MEDIA: Final = re.compile(r"https://[^/?#]+/[^?#]*/Media/(ME[0-9a-f]{32})")
MIME: Final = re.compile(r"[a-z]+/[a-z0-9.+-]{1,64}")
E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
# Where a number is withheld Twilio may post the word for that as a keypad spells it: ANONYMOUS, RESTRICTED, BLOCKED,
# UNKNOWN, UNAVAILABLE ("Upcoming changes to withheld caller ID behavior", changelog of 16 November 2022). Whoever hides
# their number shares it with everybody else who does, so it is nobody's.
_WITHHELD: Final = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
CALL: Final = re.compile(r"CA[0-9a-f]{32}")
RECORDING: Final = re.compile(r"RE[0-9a-f]{32}")
_REFERENCE: Final = re.compile(r"[0-9a-f]{32}")
# The most that one message carries ("Accepted Content Types for Media").
_MOST_MEDIA: Final = 10
STATES: Final = {
    "accepted": State.ACCEPTED,
    "queued": State.QUEUED,
    "sending": State.LEAVING,
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "undelivered": State.UNDELIVERED,
    "failed": State.FAILED,
    "canceled": State.CANCELED,
    "read": State.READ,
}


@dataclass(frozen=True, slots=True)
class Call:
    """A call to one of our numbers; `sender` is None where the number is withheld, `digits` what was pressed."""

    id: str
    sender: str | None = field(repr=False)
    digits: str


@dataclass(frozen=True, slots=True)
class WebhookKey:
    """A secret that signs webhooks, with the one algorithm that it signs with."""

    secret: str = field(repr=False)
    algorithm: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """Reads what Twilio posts. Every failure is an exception of the port."""

    account: str
    keys: tuple[WebhookKey, ...]
    numbers: frozenset[str]
    public_url: str

    def verify(self, path: str, query: bytes, form: MultiDict[str, str], signature: str | None) -> None:
        """Check a signature over the address that we are known by, never over what a request says that it is.

        `query` is the raw one and `form` has every field as it came: nothing is dropped or stripped before. Raises
        SignatureInvalid.
        """
        try:
            url = self.public_url + path + (f"?{query.decode('ascii')}" if query else "")
            for key in self.keys:
                if RequestValidator(key.secret).validate(url, form, signature, key.algorithm):
                    return
        except (TypeError, ValueError) as error:
            # The library fails so where the header is missing, or an address has no port that could be.
            raise SignatureInvalid from error
        raise SignatureInvalid

    def inbound(self, form: MultiDict[str, str], received_at: datetime) -> Inbound:
        """Read a text. Raises NotOurs, Malformed, NoPhone. Where a phone seems to be (`FromCity`) is not read."""
        message = self._message(form)
        sender, to = _one(form, "From"), _one(form, "To")
        if not E164.fullmatch(to) or to not in self.numbers:
            raise NotOurs
        if not is_phone(sender):
            raise NoPhone
        media = _media(form)
        return Inbound(NAME, message, self.account, sender, to, _one(form, "Body", ""), media, received_at, kept=True)

    def status(self, form: MultiDict[str, str], arguments: MultiDict[str, str]) -> Status | None:
        """Read a report on a text of ours; None for a state that is none of ours. Raises NotOurs, Malformed."""
        message = self._message(form)
        reference = arguments.get(REFERENCE)
        if reference is not None and not _REFERENCE.fullmatch(reference):
            raise Malformed
        state = STATES.get(_one(form, "MessageStatus"))
        code = _one(form, "ErrorCode", "")
        if state is None:
            return None
        known = code if CODE.fullmatch(code) else None
        return Status(reference, message, state, known, permanent=known in NEVER)

    def call(self, form: MultiDict[str, str]) -> Call:
        """Read what Twilio posts while somebody calls. Raises NotOurs, Malformed."""
        if _one(form, "AccountSid") != self.account or _one(form, "To") not in self.numbers:
            raise NotOurs
        call, sender = _one(form, "CallSid"), _one(form, "From", "")
        if not CALL.fullmatch(call):
            raise Malformed
        return Call(call, sender if is_phone(sender) else None, _one(form, "Digits", ""))

    def recording(
        self, form: MultiDict[str, str], received_at: datetime, *, language: str, wants_silence: bool
    ) -> Inbound | None:
        """Read a spoken message as a text that brings a recording; None where nothing was said.

        Who withholds their number is heard all the same, and nobody can answer them. Raises NotOurs, Malformed.
        """
        call, ref = self.call(form), _one(form, "RecordingSid", "")
        if not ref or _one(form, "RecordingDuration", "") in ("", "0"):
            return None
        if not RECORDING.fullmatch(ref):
            raise Malformed
        spoken = spoken_message(self.account, call.id, ref, call.sender, _one(form, "To"), received_at)
        return replace(spoken, text=SILENCE if wants_silence else "", language=language, unasked=call.sender is None)

    def _message(self, form: MultiDict[str, str]) -> str:
        if _one(form, "AccountSid") != self.account:
            raise NotOurs
        message = _one(form, "MessageSid")
        if not MESSAGE.fullmatch(message):
            raise Malformed
        return message


def is_phone(sender: str) -> bool:
    """Say whether a sender is a phone's number, and no name, short code or word for a withheld one."""
    return bool(E164.fullmatch(sender)) and sender not in _WITHHELD


def spoken_message(
    account: str, call: str, recording: str, sender: str | None, to: str, received_at: datetime
) -> Inbound:
    """Give a spoken message as a text that brings a recording, by ids alone; nobody knows yet if texts are welcome."""
    media = (Media(recording, "audio/wav"),)
    return Inbound(NAME, call, account, sender or "", to, "", media, received_at, kept=True, unasked=True)


def webhook_of(settings: Settings) -> Webhook | None:
    """Give what reads Twilio's posts with these settings; None where there is no hotline at Twilio."""
    if settings.twilio_account_sid is None:
        return None
    keys = tuple(_webhook_key(token) for token in settings.twilio_auth_token)
    return Webhook(settings.twilio_account_sid, keys, frozenset(settings.twilio_numbers), settings.public_url)


def _webhook_key(token: str) -> WebhookKey:
    shared = token.removeprefix(SHARED_KEY)
    return WebhookKey(shared, HMAC_SHA1 if shared == token else HMAC_SHA256)


def _one(form: MultiDict[str, str], name: str, default: str | None = None) -> str:
    """Give a field's only value. Raises Malformed where it stands twice, or is missing and has no default."""
    values = form.getlist(name)
    if len(values) > 1 or (not values and default is None):
        raise Malformed
    return values[0] if values else default or ""


def _media(form: MultiDict[str, str]) -> tuple[Media, ...]:
    """List what came with a text, by its id: an address that somebody sent is never opened."""
    count = _one(form, "NumMedia", "0")
    if not re.fullmatch(r"[0-9]{1,2}", count):
        raise Malformed
    found = []
    for index in range(min(int(count), _MOST_MEDIA)):
        place = _MEDIA.fullmatch(_one(form, f"MediaUrl{index}", ""))
        mime = _one(form, f"MediaContentType{index}", "").lower()
        kind = mime if MIME.fullmatch(mime) else "application/octet-stream"
        found.append(Media(place.group(1) if place else "", kind))
    return tuple(found)
