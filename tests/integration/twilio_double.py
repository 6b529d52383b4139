"""Twilio's side of a send, on this machine: it keeps what it took over, and can refuse, fall silent or break off.

It answers as the "Message Resource" page describes. What it does with the next texts is set by `then`; after those it
takes every text over.
"""

import base64
import json
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message as Headers
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs

from tests.unit.intake.sms.webhooks import ACCOUNT, TOKEN

# Longer than a test's client waits, shorter than a test may take.
SILENCE_SECONDS: Final = 3.0


@dataclass(frozen=True)
class Message:
    """A text that the double took over."""

    sid: str
    to: str
    sender: str
    body: str
    callback: str
    validity: int
    smart_encoded: str


@dataclass(frozen=True)
class Behaviour:
    """What happens to one text: whether it is kept, and what is answered. No status stands for no answer at all."""

    keeps: bool = True
    status: int | None = 201
    code: int | None = None
    body: str | None = None
    silent_seconds: float = 0


TAKES = Behaviour()
SILENT_AFTER_TAKING = Behaviour(silent_seconds=SILENCE_SECONDS)
BREAKS_OFF_AFTER_TAKING = Behaviour(status=None)
FAILS_AFTER_TAKING = Behaviour(status=500, body="<html>Internal Server Error</html>")
ANSWERS_NONSENSE_AFTER_TAKING = Behaviour(body="<html>OK</html>")


def refuses(code: int, status: int = 400) -> Behaviour:
    """Make a refusal with one of Twilio's codes."""
    return Behaviour(keeps=False, status=status, code=code)


class TwilioDouble:
    """The messages of one account, and what happens to the next."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.asked = 0
        self.address = ""
        self._next: deque[Behaviour] = deque()
        self._lock = threading.Lock()

    def then(self, *behaviours: Behaviour) -> None:
        """Say what happens to the next texts, in order."""
        self._next.extend(behaviours)

    def post(self, path: str, headers: Headers, body: bytes) -> tuple[Behaviour, dict[str, object]]:
        """Take a request in and give what happens to it, and the answer's document."""
        with self._lock:
            self.asked += 1
            refusal = _refusal(path, headers)
            fields = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
            behaviour = refusal or (self._next.popleft() if self._next else TAKES)
            if not all(fields.get(name) for name in ("To", "From", "Body")):
                behaviour = refuses(21602)
            sid = f"SM{len(self.messages) + 1:032x}"
            if behaviour.keeps:
                self.messages.append(
                    Message(
                        sid,
                        fields["To"],
                        fields["From"],
                        fields["Body"],
                        fields.get("StatusCallback", ""),
                        int(fields.get("ValidityPeriod", "0")),
                        fields.get("SmartEncoded", ""),
                    )
                )
        if behaviour.code is not None:
            return behaviour, {"code": behaviour.code, "message": "refused", "status": behaviour.status}
        return behaviour, {"sid": sid, "account_sid": ACCOUNT, "status": "queued", "body": fields.get("Body", "")}


def _refusal(path: str, headers: Headers) -> Behaviour | None:
    login = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    if headers.get("Authorization") != f"Basic {login}":
        return refuses(20003, 401)
    if not re.fullmatch(rf"/2010-04-01/Accounts/{ACCOUNT}/Messages\.json", path):
        return refuses(20404, 404)
    return None


@contextmanager
def twilio_double() -> Iterator[TwilioDouble]:
    """Serve a double on 127.0.0.1 for a block."""
    double = TwilioDouble()

    class Handler(BaseHTTPRequestHandler):
        """Answers for the double."""

        timeout = 10

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            behaviour, document = double.post(self.path, self.headers, body)
            time.sleep(behaviour.silent_seconds)
            self.close_connection = True
            if behaviour.status is None:
                return
            told = (behaviour.body if behaviour.body is not None else json.dumps(document)).encode()
            with suppress(OSError):
                self.send_response(behaviour.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    double.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
