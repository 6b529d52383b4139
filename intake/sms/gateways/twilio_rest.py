"""Twilio's REST interface: handing it texts, asking what became of them, and having its copies erased.

Only the worker loads this, and the package behind it when the first text is sent: the web tier never does.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from intake.sms.gateways import fetching
from intake.sms.gateways.fetching import Reach
from intake.sms.gateways.twilio import (
    CALL,
    MESSAGE,
    MIME,
    NAME,
    RECORDING,
    REFERENCE,
    STATES,
    STATUS_PATH,
    is_phone,
    spoken_message,
)
from intake.sms.gateways.twilio_codes import CODE, NEVER, UNREACHABLE, refusal
from intake.sms.port import (
    Accepted,
    Inbound,
    Media,
    MediaGone,
    ProviderAway,
    Rejected,
    Retry,
    Sought,
    Status,
    TooEarly,
    Unknown,
)
from service.settings import SHARED_KEY, Settings

_CONNECT_SECONDS: Final = 5.0
_READ_SECONDS: Final = 20.0
# A message that is still at work cannot be changed or deleted.
_AT_WORK: Final = 20009
_GONE: Final = 404
# The most texts that one look lists, and one phone's when one of ours is sought among them.
_LISTED: Final = 1000
_OF_ONE_PHONE: Final = 50
# Clocks differ, and Twilio's times are whole seconds.
_CLOCKS_DIFFER: Final = timedelta(minutes=2)
# What the package raises where an answer is not what it expects.
_UNREADABLE: Final = (ValueError, TypeError, AttributeError, KeyError, RecursionError)
# Where Twilio keeps media ("Media subresource"), and where it sends whoever asks with a login.
_REACH: Final = Reach("api.twilio.com", frozenset({"mms.twiliocdn.com", "media.twiliocdn.com"}))
_MEDIA: Final = re.compile(r"ME[0-9a-f]{32}")


class Twilio:
    """The way out through Twilio's REST interface. The client is made when it is first needed."""

    name = NAME
    keeps = True

    def __init__(
        self,
        settings: Settings,
        *,
        base_url: str | None = None,
        timeout: tuple[float, float] = (_CONNECT_SECONDS, _READ_SECONDS),
        reach: Reach = _REACH,
    ) -> None:
        """`base_url` and `reach` are other places than Twilio's own, for tests.

        `timeout` is in seconds: to connect, and between two answers.
        """
        self._reach = reach
        self.numbers = settings.twilio_numbers
        self.account = settings.twilio_account_sid or ""
        self._token = next(token for token in settings.twilio_auth_token if not token.startswith(SHARED_KEY))
        self._callback = settings.public_url + STATUS_PATH
        self._base_url = base_url
        self._timeout = timeout
        self._made: Any = None

    @property
    def client(self) -> Any:
        """The package's client, with a limit of time and without a memory."""
        if self._made is None:
            self._made = _client(self.account, self._token, self._base_url, self._timeout)
        return self._made

    def send(
        self, *, text: str, to: str, sender: str, reference: str, expires_seconds: int
    ) -> Accepted | Rejected | Unknown:
        """Hand over one text. There is no idempotency key, so what nobody can be sure of is Unknown."""
        from requests import RequestException
        from twilio.base.exceptions import TwilioException, TwilioRestException  # type: ignore[import-untyped]

        try:
            message = self.client.messages.create(
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
        except (TwilioException, *_UNREADABLE):
            return Unknown()
        return Accepted(message.sid) if MESSAGE.fullmatch(str(message.sid)) else Unknown()

    def look(self, sought: Sought) -> Status | None:
        """Ask for a text by its id, else find it among those to its phone. Raises ProviderAway."""
        if sought.provider_id is not None:
            found = self.asked(lambda: self.client.messages(sought.provider_id).fetch())
        else:
            listed = self.asked(lambda: self.client.messages.list(to=sought.to, limit=_OF_ONE_PHONE))
            found = next((one for one in reversed(listed or []) if _is(one, sought)), None)
        if found is None or found.status not in STATES:
            return None
        code = str(found.error_code) if found.error_code is not None else ""
        known = code if CODE.fullmatch(code) else None
        return Status(sought.reference, found.sid, STATES[found.status], known, permanent=known in NEVER)

    def arrived(self, since: datetime) -> Iterable[Inbound]:
        """List what came to our numbers and was not erased yet, oldest first. Raises ProviderAway."""
        found = []
        for number in self.numbers:
            query = {"to": number, "date_sent_after": since, "limit": _LISTED}
            found += [one for one in self.asked(lambda: self.client.messages.list(**query)) or [] if _came(one)]  # noqa: B023
        for message in sorted(found, key=lambda one: one.date_created):
            yield Inbound(
                NAME,
                message.sid,
                self.account,
                message.from_,
                message.to,
                message.body or "",
                tuple(self._media(message)),
                message.date_created,
                kept=True,
            )

    def recorded(self, since: datetime, until: datetime) -> Iterable[Inbound]:
        """List spoken messages that were not erased yet, oldest first. Raises ProviderAway.

        A recording does not say who spoke: its call does. Where that was erased already, the number counts as withheld.
        """
        query = {"date_created_after": since, "date_created_before": until, "limit": _LISTED}
        listed = self.asked(lambda: self.client.recordings.list(**query)) or []
        for one in sorted(filter(_is_spoken, listed), key=lambda one: one.date_created):
            call = self.asked(lambda: self.client.calls(one.call_sid).fetch())  # noqa: B023
            to = call.to if call is not None else self.numbers[0]
            if to in self.numbers:
                sender = call._from if call is not None and is_phone(call._from or "") else None
                yield spoken_message(self.account, one.call_sid, one.sid, sender, to, one.date_created)

    def fetch(self, provider_id: str, ref: str, *, most: int) -> bytes:
        """Fetch what came with a text, or the recording of a call, by ids alone.

        Raises MediaGone, MediaTooLarge, and ProviderAway.
        """
        if RECORDING.fullmatch(ref):
            path = f"/2010-04-01/Accounts/{self.account}/Recordings/{ref}.wav"
        elif MESSAGE.fullmatch(provider_id) and _MEDIA.fullmatch(ref):
            path = f"/2010-04-01/Accounts/{self.account}/Messages/{provider_id}/Media/{ref}"
        else:
            raise MediaGone
        return fetching.fetch(self._reach, path, f"{self.account}:{self._token}", most=most)

    def erase(self, provider_id: str, media: Sequence[str] = ()) -> bool:
        """Erase what came with a text, its words, and the text; a recording is what came with a call.

        Raises TooEarly and ProviderAway.
        """
        for ref in media:
            if RECORDING.fullmatch(ref):
                self._erased(lambda: self.client.recordings(ref).delete())  # noqa: B023
            else:
                self._erased(lambda: self.client.messages(provider_id).media(ref).delete())  # noqa: B023
        if MESSAGE.fullmatch(provider_id):
            self._erased(lambda: self.client.messages(provider_id).update(body=""))
            self._erased(lambda: self.client.messages(provider_id).delete())
        if CALL.fullmatch(provider_id):
            self._erased(lambda: self.client.calls(provider_id).delete())
        return True

    def _media(self, message: Any) -> Iterator[Media]:
        if str(message.num_media or "0") == "0":
            return
        for one in self.asked(lambda: self.client.messages(message.sid).media.list(limit=_OF_ONE_PHONE)) or []:
            kind = (one.content_type or "").lower()
            yield Media(one.sid, kind if MIME.fullmatch(kind) else "application/octet-stream")

    def asked(self, ask: Callable[[], Any]) -> Any:
        """Ask, and give None for what is not there. Raises TooEarly and ProviderAway."""
        from requests import RequestException
        from twilio.base.exceptions import TwilioException, TwilioRestException

        try:
            return ask()
        except TwilioRestException as error:
            if error.status == _GONE:
                return None
            if error.code == _AT_WORK:
                raise TooEarly from error
            raise ProviderAway from error
        except (RequestException, TwilioException, *_UNREADABLE) as error:
            raise ProviderAway from error

    def _erased(self, erase: Callable[[], object]) -> None:
        """Erase something; what is not there is erased. Raises TooEarly and ProviderAway."""
        self.asked(erase)


def _came(message: Any) -> bool:
    """Say whether a listed message is a text that a phone sent us; what Twilio has masked names no phone."""
    return bool(
        message.direction == "inbound" and MESSAGE.fullmatch(message.sid or "") and is_phone(message.from_ or "")
    )


def _is_spoken(recording: Any) -> bool:
    """Say whether a listed recording is a whole one of a call, with something in it."""
    is_one = RECORDING.fullmatch(recording.sid or "") and CALL.fullmatch(recording.call_sid or "")
    return bool(is_one and recording.status == "completed" and recording.duration not in (None, "", "0"))


def _is(message: Any, sought: Sought) -> bool:
    """Say whether a listed message is the one that is sought. Where Twilio keeps no words, its time must do."""
    return bool(
        str(message.direction).startswith("outbound")
        and message.sid not in sought.others
        and message.date_created is not None
        and message.date_created >= sought.since - _CLOCKS_DIFFER
        and message.body in (sought.text, "", None)
    )


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
                parts = urlsplit(url)
                there = url if base_url is None else base_url + parts.path + (f"?{parts.query}" if parts.query else "")
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
