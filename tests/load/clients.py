"""`python -m tests.load.clients`: many clients at once in a process of their own, each on a connection that it keeps.

It sends requests that lie ready in a file, each once, for so many seconds, and prints as JSON what came of them.
"""

import argparse
import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

_PATIENCE = 30.0
_CHUNK = 65_536


class ServerGone(Exception):
    """The server closed a connection in the middle of an answer."""


def write_requests(path: Path, requests: Sequence[bytes]) -> None:
    """Put requests into a file, each after its length in four bytes."""
    with path.open("wb") as file:
        for request in requests:
            file.write(struct.pack(">I", len(request)) + request)


def read_requests(path: Path) -> list[bytes]:
    """Read the file back."""
    return list(_split(path.read_bytes()))


def _split(raw: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(raw):
        (length,) = struct.unpack_from(">I", raw, at)
        yield raw[at + 4 : at + 4 + length]
        at += 4 + length


class Load:
    """One load: what is left to send, and what came of what was sent."""

    def __init__(self, port: int, requests: Sequence[bytes], seconds: float) -> None:
        self._port = port
        self._requests = requests
        self._seconds = seconds
        self._next = count()
        self._start = threading.Barrier(2)
        self._lock = threading.Lock()
        self.statuses: Counter[str] = Counter()
        self.milliseconds: list[float] = []
        self.faults: list[str] = []
        self.seconds = 0.0

    def run(self, connections: int) -> None:
        """Load from so many connections until the time is over or nothing is left to send."""
        self._start = threading.Barrier(connections + 1)
        clients = [threading.Thread(target=self._client) for _ in range(connections)]
        for client in clients:
            client.start()
        self._start.wait(_PATIENCE)
        began = time.perf_counter()
        for client in clients:
            client.join()
        self.seconds = time.perf_counter() - began

    def _client(self) -> None:
        statuses: Counter[str] = Counter()
        taken: list[float] = []
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=_PATIENCE) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._start.wait(_PATIENCE)
                end = time.perf_counter() + self._seconds
                while (began := time.perf_counter()) < end and (turn := next(self._next)) < len(self._requests):
                    connection.sendall(self._requests[turn])
                    status = answer(connection)
                    taken.append((time.perf_counter() - began) * 1000)
                    statuses[status] += 1
        except (OSError, ServerGone, threading.BrokenBarrierError) as error:
            self.faults.append(type(error).__name__)
        with self._lock:
            self.statuses.update(statuses)
            self.milliseconds += taken


def answer(connection: socket.socket) -> str:
    """Read one whole answer and give its status. Raises ServerGone."""
    raw = b""
    while (end := raw.find(b"\r\n\r\n")) < 0:
        raw += _received(connection)
    head = raw[:end].lower()
    at = head.find(b"\r\ncontent-length:")
    length = int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    missing = end + 4 + length - len(raw)
    while missing > 0:
        missing -= len(_received(connection))
    return raw[9:12].decode("ascii")


def _received(connection: socket.socket) -> bytes:
    piece = connection.recv(_CHUNK)
    if not piece:
        raise ServerGone
    return piece


def main() -> None:
    """Load a server and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("requests", type=Path, help="the file of requests")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=4.0)
    given = parser.parse_args()
    load = Load(given.port, read_requests(given.requests), given.seconds)
    load.run(given.connections)
    told = {
        "statuses": dict(load.statuses),
        "seconds": load.seconds,
        "milliseconds": [round(taken, 3) for taken in load.milliseconds],
        "faults": load.faults,
    }
    print(json.dumps(told))  # noqa: T201 - it is what the parent reads


if __name__ == "__main__":
    main()
