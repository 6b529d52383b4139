"""Real processes of Leeward for the fault tests: each in a group of its own, to be killed at once, and always ended."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.guards.tree import ROOT

HOST = "leeward.example"
PATIENCE_SECONDS = 90
LEEWARD = Path(sys.executable).with_name("leeward")


class Process:
    """One running command, and what it writes to standard error and output."""

    def __init__(self, environ: Mapping[str, str], command: Sequence[str | Path], log: Path) -> None:
        self.log = log
        with log.open("wb") as file:
            self._popen = subprocess.Popen(
                command, env=dict(environ), cwd=ROOT, stdout=file, stderr=file, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """Its process id, which is its group's id too."""
        return self._popen.pid

    def children(self) -> list[int]:
        """The processes that answer, of a server."""
        with suppress(FileNotFoundError):
            told = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii")
            return [int(child) for child in told.split()]
        return []

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._popen.send_signal(number)

    def is_ready(self) -> bool:
        """Say whether it does its work, and so knows how to end."""
        return "worker.ready" in self.told()

    def wait(self) -> None:
        """Wait until it is ready."""
        wait_for(lambda: self.is_ready() or self.ended() is not None, self.told)
        assert self.ended() is None, self.told()

    def told(self) -> str:
        """Give what it wrote."""
        return self.log.read_text(encoding="utf-8")

    def kill(self) -> None:
        """Kill it and all that it started, at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait(PATIENCE_SECONDS)

    def ask_to_end(self) -> None:
        """Send it the signal to end."""
        self.signal(signal.SIGTERM)

    def status(self) -> int:
        """Wait for its end and give its status."""
        return self._popen.wait(PATIENCE_SECONDS)

    def ended(self) -> int | None:
        """Give its status; None while it runs."""
        return self._popen.poll()


class Server(Process):
    """A running `leeward serve`."""

    def __init__(self, environ: Mapping[str, str], port: int, log: Path) -> None:
        self.port = port
        super().__init__({**environ, "PORT": str(port)}, [LEEWARD, "serve"], log)

    def get(self, path: str) -> tuple[int, bytes]:
        """Ask for a path and give the status and the body."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)) as connection:
            connection.request("GET", path, headers={"Host": HOST})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def is_ready(self) -> bool:
        """Say whether it answers."""
        try:
            return self.get("/healthz")[0] == 200
        except (OSError, HTTPException):
            return False


class Ensemble:
    """The processes that serve one instance: servers and workers, which can be killed and come back."""

    def __init__(self, environ: Mapping[str, str], folder: Path, *, servers: int = 1, workers: int = 0) -> None:
        self.environ = dict(environ)
        self._folder = folder
        self._logs = 0
        self.servers = [self._server(free_port()) for _ in range(servers)]
        self.workers = [self._worker() for _ in range(workers)]

    @property
    def ports(self) -> list[int]:
        """Where the servers answer."""
        return [server.port for server in self.servers]

    def wait(self) -> None:
        """Wait until everything is ready."""
        for process in (*self.servers, *self.workers):
            process.wait()

    def replace_server(self, index: int) -> None:
        """Start a server where one has ended, on its port, and wait until it answers."""
        self.servers[index] = self._server(self.servers[index].port)
        self.servers[index].wait()

    def replace_worker(self, index: int) -> None:
        """Start a worker where one has ended."""
        self.workers[index] = self._worker()

    def end(self) -> None:
        """Ask everything to end, and check that it ends well."""
        processes = (*self.servers, *self.workers)
        self.wait()
        for process in processes:
            process.ask_to_end()
        statuses = [process.status() for process in processes]
        assert not any(statuses), f"{statuses}\n{self.told()}"

    def kill(self) -> None:
        """Leave nothing running."""
        for process in (*self.servers, *self.workers):
            process.kill()

    def told(self) -> str:
        """Give what all of them wrote, also those that have ended."""
        return "".join(log.read_text(encoding="utf-8") for log in sorted(self._folder.glob("*.log")))

    def _server(self, port: int) -> Server:
        return Server(self.environ, port, self._log())

    def _worker(self) -> Process:
        return Process(self.environ, [LEEWARD, "worker"], self._log())

    def _log(self) -> Path:
        self._logs += 1
        return self._folder / f"{self._logs:03}.log"


@contextmanager
def running(environ: Mapping[str, str], folder: Path, *, servers: int = 1, workers: int = 0) -> Iterator[Ensemble]:
    """Run an instance's processes for a block; afterwards none of them is left."""
    ensemble = Ensemble(environ, folder, servers=servers, workers=workers)
    try:
        ensemble.wait()
        yield ensemble
    finally:
        ensemble.kill()


def free_port() -> int:
    """Find a port of this machine that nobody listens on."""
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(happened: Callable[[], bool], told: Callable[[], str] = lambda: "it did not happen") -> None:
    """Wait until something has happened; fail with what the processes told where it does not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, told()
        time.sleep(0.05)
