"""The server of a telephone of our own on this machine, answering as its source does (android-sms-gateway/server)."""

import base64
import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.integration.double import TAKES, Answer, Asked, Behaviour, serving
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

    def answer(self, asked: Asked) -> Answer:
        """Do what is asked and give the answer."""
        with self._lock:
            if asked.headers.get("Authorization") != f"Basic {base64.b64encode(PHONE_LOGIN.encode()).decode()}":
                return Behaviour(status=401), {"message": "Unauthorized"}
            if asked.method == "POST" and asked.path == f"{_PLACE}/messages":
                return self._create(json.loads(asked.body))
            if self.is_away:
                return Behaviour(status=502, body=""), None
            if asked.path == f"{_PLACE}/webhooks":
                return Behaviour(status=200), self.webhooks
            if asked.path == f"{_PLACE}/devices":
                return Behaviour(status=200), self.devices
            known = self.messages.get(asked.path.rpartition("/")[2])
            return (Behaviour(status=200), known) if known else (Behaviour(status=404), {"message": "not found"})

    def _create(self, told: dict[str, Any]) -> Answer:
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
    with serving(double.answer) as address:
        double.address = address + _PLACE
        yield double
