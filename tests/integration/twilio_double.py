"""Twilio's side on this machine: it keeps messages, and can refuse, fall silent, break off or still be at work.

It answers as the "Message Resource" and "Media subresource" pages describe; tests/integration/test_twilio_described.py
holds what it is asked against Twilio's own description. What it does with the next texts is set by `then`; after those
it takes every text over.
"""

import base64
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message as Headers
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from tests.integration.double import TAKES, Answer, Asked, Behaviour, serving
from tests.unit.intake.sms.webhooks import ACCOUNT, NUMBER, TOKEN

_KINDS: Final = "Messages|Recordings|Calls"
_PLACE: Final = re.compile(rf"/2010-04-01/Accounts/{ACCOUNT}/({_KINDS})(?:/(\w+))?(?:/Media(?:/(\w+))?)?\.json")
AT_WORK: Final = ("queued", "sending", "accepted")


@dataclass
class Message:
    """A text that the double has: one of ours that it took over, or one that a phone sent."""

    sid: str
    to: str
    sender: str
    body: str
    callback: str = ""
    validity: int = 0
    smart_encoded: str = ""
    status: str = "queued"
    code: int | None = None
    direction: str = "outbound-api"
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    media: dict[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """Lay it out as Twilio does."""
        at = format_datetime(self.at)
        return {
            "sid": self.sid,
            "account_sid": ACCOUNT,
            "to": self.to,
            "from": self.sender,
            "body": self.body,
            "status": self.status,
            "direction": self.direction,
            "error_code": self.code,
            "num_media": str(len(self.media)),
            "date_created": at,
            "date_sent": at,
            "date_updated": at,
        }


def refuses(code: int, status: int = 400) -> Behaviour:
    """Make a refusal with one of Twilio's codes."""
    return Behaviour(keeps=False, status=status, code=code)


@dataclass(frozen=True)
class Request:
    """What the double was asked."""

    method: str
    path: str
    query: Mapping[str, str]
    fields: Mapping[str, str]
    headers: Headers


class TwilioDouble:
    """The messages of one account, and what happens to the next. `is_away` makes it answer nothing but a fault."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.inbound: list[Message] = []
        self.recordings: set[str] = set()
        self.spoken: list[dict[str, object]] = []
        self.calls: dict[str, dict[str, str]] = {}
        self.account: dict[str, str] = {"sid": ACCOUNT, "status": "active", "type": "Full"}
        self.numbers: list[dict[str, object]] = []
        self.services: dict[str, dict[str, Any]] = {}
        self.erased: list[str] = []
        self.log: list[str] = []
        self.asked = 0
        self.is_away = False
        self.status_of_new = "queued"
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.address = ""
        # Told of each text that is taken over ("taken PHONE ID") and erased ("erased ID").
        self.heard: Callable[[str], object] = lambda line: None
        self._next: deque[Behaviour] = deque()
        self._taken = 0
        self._lock = threading.Lock()

    def then(self, *behaviours: Behaviour) -> None:
        """Say what happens to the next texts, in order."""
        self._next.extend(behaviours)

    def came(self, body: str, sender: str, *, number: int, media: Mapping[str, str] | None = None) -> Message:
        """Keep a text that a phone sent to our number; `number` makes its id."""
        kind = "MM" if media else "SM"
        sid = f"{kind}{(1 << 64) + number:032x}"
        message = Message(sid, NUMBER, sender, body, direction="inbound", status="received")
        message.at, message.media = self.now(), dict(media or {})
        self.inbound.append(message)
        return message

    def spoke(self, recording: str, call: str, sender: str, to: str = NUMBER, duration: str = "7") -> None:
        """Keep what a caller said, and their call."""
        self.recordings.add(recording)
        self.calls[call] = {"sid": call, "from": sender, "to": to}
        said = {"sid": recording, "call_sid": call, "status": "completed", "duration": duration}
        self.spoken.append({**said, "date_created": self.now().strftime("%a, %d %b %Y %H:%M:%S +0000")})

    def answer(self, request: Request) -> Answer:
        """Do what is asked and give the answer."""
        with self._lock:
            place = _PLACE.fullmatch(request.path)
            if not _may(request.headers):
                return _fault(20003, 401)
            if request.method == "GET" and not self.is_away and (told := self._set_up(request)) is not None:
                return TAKES_STOCK, told
            if place is None:
                return _fault(20404, 404)
            if self.is_away and not (request.method == "POST" and place.group(2) is None):
                return Behaviour(status=503, body=""), None
            kind, sid, media = place.groups()
            if kind == "Messages" and sid is None:
                return self._create(request) if request.method == "POST" else (TAKES_STOCK, self._list(request))
            self.log.append(f"{request.method} {'/'.join(part for part in (sid, media) if part)}")
            if kind == "Calls" and request.method == "GET":
                return (TAKES_STOCK, dict(self.calls[sid])) if sid in self.calls else _fault(20404, 404)
            if kind == "Calls":
                self.calls.pop(sid, None)
                return ERASES, None
            if kind == "Recordings":
                return self._erase_recording(sid)
            return self._one(request, sid, media)

    def _recorded(self, request: Request) -> dict[str, object]:
        """List the recordings of a time that were not erased."""
        until = datetime.fromisoformat(request.query["DateCreated<"])
        listed = [one for one in self.spoken if one["sid"] in self.recordings]
        kept = [one for one in listed if parsedate_to_datetime(str(one["date_created"])) < until]
        return {"recordings": kept, "next_page_uri": None}

    def _set_up(self, request: Request) -> dict[str, object] | None:
        """Tell how the account is set up, and what was recorded."""
        path = request.path
        if path == f"/2010-04-01/Accounts/{ACCOUNT}.json":
            return dict(self.account)
        if path == f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json":
            return {"incoming_phone_numbers": self.numbers, "next_page_uri": None}
        if path == f"/2010-04-01/Accounts/{ACCOUNT}/Recordings.json":
            return self._recorded(request)
        meta = {"key": "services", "next_page_url": None, "url": path}
        if path == "/v1/Services":
            listed = [{"sid": sid} | service for sid, service in self.services.items()]
            return {"services": listed, "meta": meta}
        held = re.fullmatch(r"/v1/Services/(\w+)/PhoneNumbers", path)
        if held is not None:
            numbers = self.services[held.group(1)]["numbers"]
            return {
                "phone_numbers": [{"phone_number": one} for one in numbers],
                "meta": meta | {"key": "phone_numbers"},
            }
        return None

    def _create(self, request: Request) -> Answer:
        self.asked += 1
        fields = request.fields
        behaviour = self._next.popleft() if self._next else TAKES
        if not all(fields.get(name) for name in ("To", "From", "Body")):
            behaviour = refuses(21602)
        if behaviour.keeps:
            self._taken += 1
        message = Message(
            f"SM{self._taken:032x}",
            fields.get("To", ""),
            fields.get("From", ""),
            fields.get("Body", ""),
            fields.get("StatusCallback", ""),
            int(fields.get("ValidityPeriod", "0")),
            fields.get("SmartEncoded", ""),
            at=self.now(),
            status=self.status_of_new,
        )
        if behaviour.keeps:
            self.messages.append(message)
            self.heard(f"taken {message.to} {message.sid}")
        if behaviour.code is not None:
            return behaviour, {"code": behaviour.code, "message": "refused", "status": behaviour.status}
        return behaviour, message.document()

    def _list(self, request: Request) -> dict[str, object]:
        """List what fits, the newest first."""
        to, since = request.query.get("To"), request.query.get("DateSent>")
        known = [one for one in [*self.messages, *self.inbound] if one.sid not in self.erased and to in (None, one.to)]
        if since is not None:
            known = [one for one in known if one.at >= datetime.fromisoformat(since)]
        listed = [one.document() for one in sorted(known, key=lambda one: one.at, reverse=True)]
        return {"messages": listed, "next_page_uri": None, "page": 0, "page_size": 50, "uri": request.path}

    def _one(self, request: Request, sid: str, media: str | None) -> Answer:
        found = [one for one in [*self.messages, *self.inbound] if one.sid == sid and sid not in self.erased]
        if not found:
            return _fault(20404, 404)
        (message,) = found
        if request.path.endswith("/Media.json"):
            listed = [{"sid": ref, "content_type": kind, "parent_sid": sid} for ref, kind in message.media.items()]
            return TAKES_STOCK, {"media_list": listed, "next_page_uri": None}
        if request.method == "GET":
            return TAKES_STOCK, message.document()
        if media is not None:
            return (ERASES, None) if message.media.pop(media, None) else _fault(20404, 404)
        if message.status in AT_WORK:
            return _fault(20009, 409)
        if request.method == "POST":
            message.body = request.fields["Body"]
            return TAKES_STOCK, message.document()
        self.erased.append(sid)
        self.heard(f"erased {sid}")
        return ERASES, None

    def _erase_recording(self, sid: str) -> Answer:
        if sid not in self.recordings:
            return _fault(20404, 404)
        self.recordings.remove(sid)
        return ERASES, None


TAKES_STOCK = Behaviour(status=200)
ERASES = Behaviour(status=204, body="")


def _may(headers: Headers) -> bool:
    login = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    return headers.get("Authorization") == f"Basic {login}"


def _fault(code: int, status: int) -> Answer:
    return refuses(code, status), {"code": code, "message": "refused", "status": status}


@contextmanager
def twilio_double() -> Iterator[TwilioDouble]:
    """Serve a double on 127.0.0.1 for a block."""
    double = TwilioDouble()

    def answer(asked: Asked) -> Answer:
        place = urlsplit(asked.path)
        fields = _firsts(asked.body.decode())
        return double.answer(Request(asked.method, place.path, _firsts(place.query), fields, asked.headers))

    with serving(answer) as double.address:
        yield double


def _firsts(encoded: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(encoded, keep_blank_values=True).items()}
