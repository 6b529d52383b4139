"""Numbers for whoever runs the service, on a port of their own: how much, how fast, what waits. Never who, never when.

A scraper that asks every second would learn the second of each report. So a number moves in fives: five of a kind are
kept back until they are together, in each process, and there is no label that divides them further than by channel.
"""

import os
import socketserver
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from flask import current_app
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CHANNELS: Final = ("web", "sms")
TOGETHER: Final = 5
FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_KINDS: Final = ("page", "post", "desk", "api", "health")

# A counter's birth would tell when its first five came.
disable_created_metrics()  # type: ignore[no-untyped-call]


class _InFives:
    """Keeps values back until there are five, and then publishes them at once."""

    def __init__(self, publish: Callable[[float], None]) -> None:
        self._publish = publish
        self._kept: list[float] = []
        self._lock = threading.Lock()

    def add(self, value: float) -> None:
        with self._lock:
            self._kept.append(value)
            if len(self._kept) < TOGETHER:
                return
            ready, self._kept = self._kept, []
        for each in ready:
            self._publish(each)


@dataclass(frozen=True, slots=True)
class _Rows(Collector):
    """Asks the database how many rows of each state the outbox has, when somebody asks for the numbers."""

    counts: Callable[[], Mapping[str, int]]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        rows = GaugeMetricFamily("leeward_outbox_rows", "Side effects that wait, run or failed.", labels=["state"])
        try:
            counts = self.counts()
        except SQLAlchemyError:
            # A database that is away is /readyz's to tell; the other numbers are still true.
            return
        for state, count in counts.items():
            rows.add_metric([state], count)
        yield rows


class Metrics(Collector):
    """The numbers of one process; `page` also answers for its siblings where several share a folder."""

    def __init__(self, outbox_counts: Callable[[], Mapping[str, int]]) -> None:
        """Start at zero. With FOLDER_VARIABLE in the environment, every process counts in files of that folder."""
        self._folder = os.environ.get(FOLDER_VARIABLE)
        self._registry = CollectorRegistry()
        reports = Counter("leeward_reports", "Reports taken in, in fives.", ["channel"], registry=self._registry)
        messages = Counter("leeward_messages", "Messages that workers added, in fives.", registry=self._registry)
        seconds = Histogram(
            "leeward_request_seconds",
            "How long requests of a kind took, in fives.",
            ["kind"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        faults = Counter("leeward_faults", "Answers that say a fault of ours.", ["status"], registry=self._registry)
        self._faults = {status: faults.labels(str(status)) for status in (500, 503)}
        self._reports = {channel: _InFives(reports.labels(channel).inc) for channel in CHANNELS}
        self._message = _InFives(messages.inc)
        self._seconds = {kind: _InFives(seconds.labels(kind).observe) for kind in _KINDS}
        self._rows = _Rows(outbox_counts)

    def report_accepted(self, channel: str) -> None:
        """Count a report that was stored."""
        self._reports[channel].add(1)

    def message_accepted(self) -> None:
        """Count a message that a worker added to a report."""
        self._message.add(1)

    def timed(self, app: "WSGIApplication") -> "WSGIApplication":
        """Wrap an app so that its requests are timed by kind."""

        def timing(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            began = time.perf_counter()

            def started(status: str, *rest: Any) -> Any:
                fault = self._faults.get(int(status[:3]))
                if fault is not None:
                    fault.inc()
                return start_response(status, *rest)

            try:
                return app(environ, started)
            finally:
                kind = kind_of(environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD", ""))
                self._seconds[kind].add(time.perf_counter() - began)

        return timing

    def page(self) -> "WSGIApplication":
        """Give the app that shows the numbers."""
        shown = CollectorRegistry()
        shown.register(self)
        app: WSGIApplication = make_wsgi_app(shown)
        return app

    def collect(self) -> Iterator[Metric]:
        """Give every number as it is now: this process's, or those of all that share the folder."""
        counted: Collector = self._registry
        if self._folder is not None:
            counted = MultiProcessCollector(None, self._folder)  # type: ignore[no-untyped-call]
        yield from counted.collect()
        yield from self._rows.collect()


def kind_of(path: str, method: str) -> str:
    """Name the kind of a request: coarse, so that no page is told from another."""
    if path.startswith("/desk"):
        return "api" if path.startswith("/desk/api") else "desk"
    if path in ("/healthz", "/readyz"):
        return "health"
    return "post" if method == "POST" else "page"


def metrics() -> Metrics:
    """Give the numbers of the app that handles this request."""
    found: Metrics = current_app.extensions["leeward.metrics"]
    return found


def clean_folder(folder: Path) -> None:
    """Make the folder that processes share for counting, and remove what an earlier start left in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.db"):
        left.unlink()


def forget_process(pid: int) -> None:
    """Take a process that ended out of what is shown as alive."""
    mark_process_dead(pid)  # type: ignore[no-untyped-call]


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    """Serves the numbers; every process of a machine listens on the same port, and whichever answers tells for all."""

    daemon_threads = True
    allow_reuse_port = True

    def server_bind(self) -> None:
        """Bind without asking the name service what our own name is."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", int(self.server_address[1])
        self.setup_environ()


class _Handler(WSGIRequestHandler):
    """Answers and writes no log."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the line would hold the caller's address."""


def serve(page: "WSGIApplication", port: int) -> _Server:
    """Serve the numbers on this machine only, from a thread that ends with the process. Raises OSError."""
    server = _Server(("127.0.0.1", port), _Handler)
    server.set_app(page)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
