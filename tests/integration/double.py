"""What the doubles of providers share: a server on this machine, and what can happen to what is asked of it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message as Headers
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

# Longer than a test's client waits, shorter than a test may take.
SILENCE_SECONDS: Final = 3.0


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


@dataclass(frozen=True)
class Asked:
    """One request, as it came: the path with its query, the body in bytes."""

    method: str
    path: str
    headers: Headers
    body: bytes


# How to answer: what happens, and the document that is told as JSON.
Answer = tuple[Behaviour, object]


@contextmanager
def serving(answer: Callable[[Asked], Answer]) -> Iterator[str]:
    """Serve on 127.0.0.1 for a block and give the address."""

    class Handler(BaseHTTPRequestHandler):
        """Asks for each answer."""

        timeout = 10

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or "0"))
            behaviour, document = answer(Asked(self.command, self.path, self.headers, body))
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

        do_POST = do_GET = do_DELETE = handle_one

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
