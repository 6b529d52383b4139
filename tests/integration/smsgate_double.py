"""The server of a telephone of our own on this machine, answering as its source does (android-sms-gateway/server)."""

import base64
import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.integration.twilio_double import TAKES, Behaviour
from tests.unit.intake.sms.webhooks import PHONE_LOGIN

_PLACE = "/api/3rdparty/v1"


class SmsGateDouble:
    """The messages of one telephone, and what happens to the next."""

    def __init__(self) -> None:
        self.messages: dict[str, dict[str, Any]] = {}
        self.asked = 0
        self.is_away = False
        self.webhooks: list[dict[str, str]] = []
        self.devices: list[dict[str, str]] = [{"id": "phone", "lastSeen": "2026-07-08T17:00:00Z"}]
        self.address = ""
        self._next: deque[Behaviour] = deque()
        self._lock = threading.Lock()

    def then(self, *behaviours: Behaviour) -> None:
        """Say what happens to the next texts, in order."""
        self._next.extend(behaviours)

    def answer(self, method: str, path: str, login: str | None, body: bytes) -> tuple[Behaviour, object]:
        """Do what is asked and give the answer."""
        with self._lock:
            if login != f"Basic {base64.b64encode(PHONE_LOGIN.encode()).decode()}":
                return Behaviour(status=401), {"message": "Unauthorized"}
            if method == "POST" and path == f"{_PLACE}/messages":
                return self._create(json.loads(body))
            if self.is_away:
                return Behaviour(status=502, body=""), None
            if path == f"{_PLACE}/webhooks":
                return Behaviour(status=200), self.webhooks
            if path == f"{_PLACE}/devices":
                return Behaviour(status=200), self.devices
            known = self.messages.get(path.rpartition("/")[2])
            return (Behaviour(status=200), known) if known else (Behaviour(status=404), {"message": "not found"})

    def _create(self, told: dict[str, Any]) -> tuple[Behaviour, object]:
        self.asked += 1
        behaviour = self._next.popleft() if self._next else TAKES
        if told["id"] in self.messages:
            return Behaviour(status=409), {"message": "message already exists"}
        if behaviour.keeps:
            self.messages[told["id"]] = {"id": told["id"], "state": "Pending", "isHashed": False, "sent": told}
        if behaviour is TAKES:
            behaviour = Behaviour(status=202)
        return behaviour, {"id": told["id"], "state": "Pending"}


@contextmanager
def smsgate_double() -> Iterator[SmsGateDouble]:
    """Serve a double on 127.0.0.1 for a block."""
    double = SmsGateDouble()

    class Handler(BaseHTTPRequestHandler):
        """Answers for the double."""

        timeout = 10

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or "0"))
            behaviour, document = double.answer(self.command, self.path, self.headers.get("Authorization"), body)
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

        do_POST = do_GET = handle_one

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    double.address = f"http://127.0.0.1:{server.server_port}{_PLACE}"
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
