"""Twilio: reading what it posts to us, once its signature holds, and handing it texts to send.

A server that only takes texts in needs the signature and nothing else of the provider's package; the REST client is
loaded by whoever sends (26 MiB). Where a rule comes from a page of Twilio's documentation, its name stands beside it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator  # type: ignore[import-untyped]
from werkzeug.datastructures import MultiDict

from intake.sms.port import Accepted, Inbound, Media, Rejected, Retry, State, Status, Unknown
from service.settings import SHARED_KEY, Settings

NAME: Final = "twilio"
SIGNATURE: Final = "X-Twilio-Signature"
STATUS_PATH: Final = "/sms/twilio/status"
# The name under which our reference stands in the address that a text's statuses are posted to.
REFERENCE: Final = "r"
_MESSAGE: Final = re.compile(r"(SM|MM)[0-9a-f]{32}")
_MEDIA: Final = re.compile(r"https://[^/?#]+/[^?#]*/Media/(ME[0-9a-f]{32})")
_MIME: Final = re.compile(r"[a-z]+/[a-z0-9.+-]{1,64}")
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_REFERENCE: Final = re.compile(r"[0-9a-f]{32}")
_CODE: Final = re.compile(r"[0-9]{5}")
# As much as `OutgoingText.code` holds.
_LONGEST_CODE: Final = 16
# The most that one message carries ("Accepted Content Types for Media").
_MOST_MEDIA: Final = 10
_CONNECT_SECONDS: Final = 5.0
_READ_SECONDS: Final = 20.0
_STATES: Final = {
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
# "Error and Warning Dictionary". This phone takes no text from us: invalid, opted out, no mobile, blocked, unknown.
NEVER: Final = frozenset({"21211", "21610", "21612", "21614", "30004", "30005", "30006"})
# Credentials, permissions, a number that is not ours, a text that is too long, filtering, missing registration.
OURS: Final = frozenset(
    {"20003", "21408", "21601", "21606", "21617", "21703", "21704", "30002", "30007", "30032", "30034"}
)
# The day's limit of a trial or of a carrier.
TOMORROW: Final = frozenset({"63038", "30023"})
# Too many at once, or out of reach for a while.
LATER: Final = frozenset({"20429", "20503", "21611", "30001", "30003", "30008", "30022", "30410", "63018"})
UNREACHABLE: Final = "unreachable"


class SignatureInvalid(Exception):
    """No key of ours made this signature for this address and these fields."""


class NotOurs(Exception):
    """It is signed, but for another account, or for a number that the settings do not name."""


class Malformed(Exception):
    """It is signed, but lacks something, has it twice, or has it in another form than Twilio's."""


class NoPhone(Exception):
    """It comes from a short code or a sender's name, which no worker has and nobody can answer."""


@dataclass(frozen=True, slots=True)
class WebhookKey:
    """A secret that signs webhooks, with the one algorithm that it signs with."""

    secret: str = field(repr=False)
    algorithm: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """Reads what Twilio posts. Every failure is an exception of this module."""

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
        if not _E164.fullmatch(to) or to not in self.numbers:
            raise NotOurs
        if not _E164.fullmatch(sender):
            raise NoPhone
        media = _media(form)
        return Inbound(NAME, message, self.account, sender, to, _one(form, "Body", ""), media, received_at)

    def status(self, form: MultiDict[str, str], arguments: MultiDict[str, str]) -> Status | None:
        """Read a report on a text of ours; None for a state that is none of ours. Raises NotOurs, Malformed."""
        message = self._message(form)
        reference = arguments.get(REFERENCE)
        if reference is not None and not _REFERENCE.fullmatch(reference):
            raise Malformed
        state = _STATES.get(_one(form, "MessageStatus"))
        code = _one(form, "ErrorCode", "")
        if state is None:
            return None
        known = code if _CODE.fullmatch(code) else None
        return Status(reference, message, state, known, permanent=known in NEVER)

    def _message(self, form: MultiDict[str, str]) -> str:
        if _one(form, "AccountSid") != self.account:
            raise NotOurs
        message = _one(form, "MessageSid")
        if not _MESSAGE.fullmatch(message):
            raise Malformed
        return message


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
        kind = mime if _MIME.fullmatch(mime) else "application/octet-stream"
        found.append(Media(place.group(1) if place else "", kind))
    return tuple(found)


class Twilio:
    """The way out through Twilio's REST interface. The client is made when the first text is sent."""

    name = NAME

    def __init__(
        self,
        settings: Settings,
        *,
        base_url: str | None = None,
        timeout: tuple[float, float] = (_CONNECT_SECONDS, _READ_SECONDS),
    ) -> None:
        """`base_url` is another place than Twilio's own, for tests; `timeout` to connect, and between two answers."""
        self._account = settings.twilio_account_sid or ""
        self._token = next(token for token in settings.twilio_auth_token if not token.startswith(SHARED_KEY))
        self._callback = settings.public_url + STATUS_PATH
        self._base_url = base_url
        self._timeout = timeout
        self._client: Any = None

    def send(
        self, *, text: str, to: str, sender: str, reference: str, expires_seconds: int
    ) -> Accepted | Rejected | Unknown:
        """Hand over one text. There is no idempotency key, so what nobody can be sure of is Unknown."""
        from requests import RequestException
        from twilio.base.exceptions import TwilioException, TwilioRestException  # type: ignore[import-untyped]

        if self._client is None:
            self._client = _client(self._account, self._token, self._base_url, self._timeout)
        try:
            message = self._client.messages.create(
                to=to,
                from_=sender,
                body=text,
                validity_period=expires_seconds,
                # What we wrote is what arrives: Twilio would replace characters to save a segment.
                smart_encoded=False,
                status_callback=f"{self._callback}?{urlencode({REFERENCE: reference})}",
            )
        except TwilioRestException as error:
            return refusal(error.status, error.code)
        except RequestException as error:
            return _unconnected(error) or Unknown()
        except (TwilioException, ValueError):
            # It answered, but with nothing that the client can read.
            return Unknown()
        return Accepted(message.sid) if _MESSAGE.fullmatch(message.sid or "") else Unknown()


def refusal(status: int, code: int | None) -> Rejected | Unknown:
    """Say what an answer that is no success means, by the lists above; a fault of the server's own leaves it open."""
    told = str(code) if code is not None and _CODE.fullmatch(str(code)) else f"http_{status}"[:_LONGEST_CODE]
    if told in NEVER:
        return Rejected(told, permanent=True, ours=False, retry=Retry.NEVER)
    if told in TOMORROW:
        return Rejected(told, permanent=False, ours=True, retry=Retry.TOMORROW)
    if told in LATER or status == 429:
        return Rejected(told, permanent=False, ours=False, retry=Retry.LATER)
    if told not in OURS and status >= 500:
        return Unknown()
    # It was refused, so nobody got it; for a reason that is not on a list, somebody should look.
    return Rejected(told, permanent=False, ours=True, retry=Retry.LATER)


def _unconnected(error: Exception) -> Rejected | None:
    """Give a refusal where no connection was made, so nothing was sent; None where that is not certain."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    causes: Sequence[object] = [error, *error.args, *(getattr(cause, "reason", None) for cause in error.args)]
    if any(isinstance(cause, NewConnectionError | ConnectTimeoutError) for cause in causes):
        return Rejected(UNREACHABLE, permanent=False, ours=False, retry=Retry.LATER)
    return None


def _client(account: str, token: str, base_url: str | None, timeout: tuple[float, float]) -> Any:
    from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
    from twilio.rest import Client  # type: ignore[import-untyped]

    class Bounded(TwilioHttpClient):  # type: ignore[misc]
        """Twilio's own client, which has no timeout by default and remembers the last text."""

        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            try:
                there = url if base_url is None else base_url + urlsplit(url).path
                return super().request(method, there, *args, **kwargs)
            finally:
                self._test_only_last_request = self._test_only_last_response = None

    bounded = Bounded()
    # Set here and not above, where the client takes one number only.
    bounded.timeout = timeout
    # A connection that was kept open may be closed by now, and nobody could say what became of a text on it. What
    # stands in the environment (a proxy, other credentials) is not for this.
    bounded.session.headers["Connection"] = "close"
    bounded.session.trust_env = False
    return Client(account, token, http_client=bounded, environment={"TWILIO_REGION": ""})
