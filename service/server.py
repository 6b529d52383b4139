"""Serving the app: gunicorn with threads, started from settings and not from a configuration file.

On SQLite one process does everything and the worker is a thread inside it; on PostgreSQL there may be many, and
`leeward worker` runs beside them. Nothing is kept of requests: no access log, no core dump.
"""

import gc
import os
import pkgutil
import resource
import socket
import struct
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import click
import gunicorn  # type: ignore[import-untyped]
from werkzeug.exceptions import BadRequest

from service import logging, memory
from service.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

    from service.runtime import Runtime
    from service.worker import Worker

# A client that sends or takes nothing for this long loses its connection: it would hold one of few threads for ever.
STALLED_SECONDS: Final = 20
STOP_SECONDS: Final = 30
BACKLOG: Final = 1024
# The composition root stands above this package, so it is named as WSGI servers name an app, and not imported.
_ROOT: Final = "wsgi"


class PortUnavailable(Exception):
    """The address cannot be listened on; the message says why and what to change."""


@click.command("serve")
def serve_command() -> None:
    """Serve the form and the desk until SIGTERM or Ctrl-C; requests in hand are finished first."""
    serve(Settings.from_env(os.environ))


def serve(settings: Settings, create_app: "Callable[[Settings], Flask] | None" = None) -> None:
    """Serve until this process is told to stop; it ends with SystemExit.

    `create_app` builds what is served; None is the composition root's. Raises PortUnavailable and what `build_runtime`
    raises, before anything answers.
    """
    # A core dump would hold what workers told and typed.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    memory.keep_little()
    logging.configure_process()
    # gunicorn announces itself by this name; which version runs is nobody's business.
    gunicorn.SERVER = "leeward"
    processes = process_count(settings)
    listener = listen(settings.host, settings.port)
    if settings.metrics_port is not None:
        listen("127.0.0.1", settings.metrics_port, "LEEWARD_METRICS_PORT").close()
        if processes > 1:
            _share_counts(settings)
    app: Flask = (create_app or pkgutil.resolve_name(f"{_ROOT}:create_app"))(settings)
    runtime: Runtime = app.extensions["leeward"]
    # The children open connections of their own, and share the memory of what is loaded by now.
    runtime.dispose()
    gc.collect()
    gc.freeze()
    _run(app, settings, listener, processes)


def process_count(settings: Settings) -> int:
    """Give how many processes answer: SQLite has one writer, so a second process would only wait for it."""
    return 1 if is_embedded(settings) else settings.workers


def is_embedded(settings: Settings) -> bool:
    """Say whether the worker runs inside the server's process."""
    return settings.database_url.startswith("sqlite") or settings.demo


def listen(host: str, port: int, setting: str = "LEEWARD_PORT") -> socket.socket:
    """Open the address to answer on. Raises PortUnavailable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = error.strerror or "it has no address"
        raise PortUnavailable(f"Cannot listen on {host}, port {port} ({reason}): choose another {setting}.") from error
    # Sockets that it accepts take these over. A timeout of Python's own would be undone by gunicorn.
    stalled = struct.pack("ll", STALLED_SECONDS, 0)
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        listener.setsockopt(socket.SOL_SOCKET, option, stalled)
    return listener


def address_of(listener: socket.socket) -> str:
    """Give the address that a browser on this machine would open."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def refusal(status: int) -> bytes:
    """Write a whole answer, with every header, for bytes that the app never gets to see."""
    from service.hardening import EVERY_ANSWER, header_values

    body = f"{status} {HTTPStatus(status).phrase}\n".encode()
    headers = {
        "Connection": "close",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(body)),
        **EVERY_ANSWER,
        **dict(header_values("nothing")),
    }
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _share_counts(settings: Settings) -> None:
    # prometheus-client looks for the folder when it is imported, so this comes before the app.
    folder = settings.data / "metrics"
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    from service import metrics

    metrics.clean_folder(folder)


def _run(app: "Flask", settings: Settings, listener: socket.socket, processes: int) -> None:
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
    from gunicorn.glogging import Logger  # type: ignore[import-untyped]
    from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
    from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

    # A chunked body is parsed while a view reads it; one that is broken or cut off is its sender's fault.
    app.register_error_handler(ParseException, lambda _: app.handle_http_exception(BadRequest()))

    class Quiet(Logger):  # type: ignore[misc]
        """Hands gunicorn's warnings to our logs, which keep their place and not their text. No access log at all."""

        def setup(self, cfg: Any) -> None:
            self.cfg = cfg
            self._access_log_enabled = False
            for log in (self.error_log, self.access_log):
                log.handlers.clear()
                log.propagate = True

        def access(self, *args: Any) -> None:
            return

    class Threads(ThreadWorker):  # type: ignore[misc]
        """Refuses what is no HTTP in our words: gunicorn's own would repeat what was sent, without our headers."""

        def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
            client_s_fault = type(exc).__module__ == "gunicorn.http.errors"
            logging.get_logger().warning("request.failed", error=exc)
            with suppress(OSError):
                client.sendall(refusal(400 if client_s_fault else 500))

    options = _options(app, settings, listener, processes)

    class Server(BaseApplication):  # type: ignore[misc]
        """gunicorn's application object around an app that is built already."""

        def load_config(self) -> None:
            # Read anew at SIGHUP: the same socket stays open, and new processes take over from the old ones.
            for name, value in options.items():
                self.cfg.set(name, value)
            self.cfg.set("logger_class", Quiet)
            self.cfg.set("worker_class", Threads)

        def load(self) -> Any:
            return app

    Server().run()


def _options(app: "Flask", settings: Settings, listener: socket.socket, processes: int) -> dict[str, Any]:
    process = _Process(app, settings, address_of(listener))
    return {
        # From here on the socket is gunicorn's.
        "bind": f"fd://{listener.detach()}",
        "workers": processes,
        "threads": settings.threads,
        "graceful_timeout": STOP_SECONDS,
        "proc_name": "leeward",
        # Forwarded headers are read by ProxyFix, for the configured hops only; gunicorn would believe this machine.
        "forwarded_allow_ips": "",
        "control_socket_disable": True,
        "post_worker_init": process.start,
        "worker_exit": process.stop,
        "child_exit": _child_exit,
    }


class _Process:
    """What runs in a server process besides its requests."""

    def __init__(self, app: "Flask", settings: Settings, address: str) -> None:
        self._app = app
        self._settings = settings
        self._address = address
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, worker: Any) -> None:
        """Start the worker thread and the port of numbers, and say that requests are answered."""
        if is_embedded(self._settings):
            inside: Worker = pkgutil.resolve_name(f"{_ROOT}:worker_beside")(self._app)
            self._app.extensions["leeward.worker"] = inside
            self._thread = threading.Thread(target=inside.run_until, args=(self._stop,), name="worker")
            self._thread.start()
        if self._settings.metrics_port is not None:
            from service import metrics

            metrics.serve(self._app.extensions["leeward.metrics"].page(), self._settings.metrics_port)
        logging.get_logger().info("server.ready")
        if worker.age == 1:
            click.echo(f"Leeward answers on {self._address}/ (Ctrl-C stops it)")
            sys.stdout.flush()

    def stop(self, _arbiter: Any, _worker: Any) -> None:
        """Let the worker thread finish what it has in hand."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
        logging.get_logger().info("server.stopping")


def _child_exit(_arbiter: Any, worker: Any) -> None:
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from service import metrics

        metrics.forget_process(worker.pid)
