"""Real servers as processes of their own, what they cost, and loads on them from another process.

A server counts as there when it has answered a page with 200: gunicorn listens long before its processes can answer.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

from tests.load.clients import write_requests
from tests.load.figures import percentile
from tests.load.instances import HOST, LoadedInstance

LEEWARD: Final = (str(Path(sys.executable).with_name("leeward")), "serve")
NULL_STORE: Final = (sys.executable, "-m", "tests.load.app", "--ready", "--null")
READY_RECEIPTS: Final = (sys.executable, "-m", "tests.load.app", "--ready")
AT_PROVIDER: Final = (sys.executable, "-m", "tests.load.app", "--provider")
CONNECTIONS: Final = 8
START_SECONDS: Final = 60.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_ROOT: Final = Path(__file__).resolve().parents[2]


class ServerBroken(Exception):
    """A server did not come up, or did not answer as it should under load; the message says what was seen."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory of one process in MiB: resident, and its own share of what it has in common with others."""

    resident: float
    share: float


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a load. Times are milliseconds; `cpu` are the server's seconds of processor meanwhile."""

    accepted: int
    seconds: float
    milliseconds: tuple[float, ...]
    cpu: float

    @property
    def rate(self) -> float:
        """Give how many were accepted in a second."""
        return self.accepted / self.seconds

    def percentile(self, share: float) -> float:
        """Give the time that a share of the requests did not exceed."""
        return percentile(self.milliseconds, share)


def together(loads: Sequence[Loaded]) -> Loaded:
    """Join several loads of one server."""
    return Loaded(
        sum(load.accepted for load in loads),
        sum(load.seconds for load in loads),
        tuple(taken for load in loads for taken in load.milliseconds),
        sum(load.cpu for load in loads),
    )


class Server:
    """A running server."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self._log = log

    def status(self, path: str) -> int:
        """Ask for a page and give the answer's status; 0 where nobody answers."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
            try:
                connection.request("GET", path, headers={"Host": HOST})
                return connection.getresponse().status
            except (OSError, HTTPException):
                return 0

    def wait_for(self, path: str) -> None:
        """Wait until a page is answered with 200. Raises ServerBroken."""
        give_up = time.monotonic() + START_SECONDS
        while self.status(path) != 200:
            if self.process.poll() is not None or time.monotonic() > give_up:
                raise ServerBroken(f"no 200 from the server; its log ends with {self.log_end()!r}")
            time.sleep(0.005)

    def log_end(self) -> str:
        """Give the end of what it wrote to standard error."""
        return self._log.read_text(encoding="utf-8")[-1000:]

    def processes(self) -> list[int]:
        """List the processes that answer: the children of the one that was started."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]

    def cpu(self) -> float:
        """Give the seconds of processor that the answering processes have used, in all their threads."""
        return sum(_cpu_of(pid) for pid in self.processes())

    def memory(self) -> list[Memory]:
        """Give the memory of each answering process."""
        return [_memory_of(pid) for pid in self.processes()]

    def load(self, requests: Sequence[bytes], seconds: float, *, expect: str, connections: int = CONNECTIONS) -> Loaded:
        """Load it from some connections in another process. Raises ServerBroken for any other answer."""
        path = self._log.with_name(f"requests-{secrets.token_hex(4)}")
        write_requests(path, requests)
        command = [sys.executable, "-m", "tests.load.clients", str(path), "--port", str(self.port)]
        command += ["--connections", str(connections), "--seconds", str(seconds)]
        before = self.cpu()
        try:
            done = subprocess.run(command, cwd=_ROOT, capture_output=True, timeout=seconds + 120, check=True)
        finally:
            path.unlink()
        told = json.loads(done.stdout)
        statuses = Counter(told["statuses"])
        if told["faults"] or set(statuses) - {expect} or not statuses[expect]:
            raise ServerBroken(f"answers {dict(statuses)}, faults {told['faults']}; log: {self.log_end()!r}")
        return Loaded(statuses[expect], told["seconds"], tuple(told["milliseconds"]), self.cpu() - before)


@contextmanager
def serving(command: Sequence[str], instance: LoadedInstance, **more: str) -> Iterator[Server]:
    """Start a server of an instance for a block, in a process group of its own, and wait for nothing."""
    port = free_port()
    log = instance.settings.data / f"log-{secrets.token_hex(4)}"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command,
            cwd=_ROOT,
            env=instance.environment(port) | more,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            # Ctrl-C is ours to hear; the servers are then ended from here, each by its number.
            start_new_session=True,
        )
    try:
        yield Server(process, port, log)
    finally:
        end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a server with everything that it started."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """Find a port that nobody listens on."""
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory_of(pid: int) -> Memory:
    sizes: dict[str, int] = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]:
        name, _, rest = line.partition(":")
        sizes[name] = int(rest.split()[0])
    return Memory(sizes["Rss"] / 1024, sizes["Pss"] / 1024)
