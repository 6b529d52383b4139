"""Logs as JSON lines that cannot hold what somebody told, typed or came from: everything passes an allow-list.

An event, a key or a word that is not listed is dropped and counted, whatever a caller hands in. Of an exception only
its class and the line of code are written, never its text: errors quote what they choked on.
"""

import json
import logging
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, TextIO

import structlog

EVENTS: Final = frozenset(
    {
        "chore.failed",
        "library",
        "outbox.dead",
        "outbox.retry",
        "outbox.unknown_topic",
        "request.failed",
        "server.ready",
        "server.stopping",
        "thread.failed",
        "throttle.storage_away",
        "worker.failed",
        "worker.ready",
        "worker.stopping",
    }
)
# Where a library's message may come from: names of loggers, which a caller could make up too.
_LIBRARIES: Final = frozenset(
    {"alembic", "asyncio", "flask-limiter", "gunicorn", "py", "sqlalchemy", "werkzeug", "wsgi"}
)
OURS: Final = frozenset({"crypto", "demo", "intake", "referrals", "service", "translations", "wsgi"})
_UNLISTED: Final = "unlisted"
# Smaller than a phone number, a receipt or an address, whichever way they are written as a number.
_LARGEST: Final = 1_000_000
_LEVELS: Final = frozenset({"debug", "info", "warning", "error", "critical"})

_Check = Callable[[Any], Any]


class _Vocabulary:
    """The words that a line may hold besides numbers: names from our own code, listed when the app is put together."""

    def __init__(self) -> None:
        self.words: frozenset[str] = frozenset()
        self.dropped = 0
        self._lock = threading.Lock()

    def allow(self, words: Iterable[str]) -> None:
        with self._lock:
            self.words |= frozenset(words)

    def count(self, dropped: int) -> None:
        with self._lock:
            self.dropped += dropped


_vocabulary = _Vocabulary()


def allow(words: Iterable[str]) -> None:
    """Let these words (outbox topics, chores, codes: never anything of a request) stand in log lines."""
    _vocabulary.allow(words)


def dropped() -> int:
    """Give how many values were kept out of the logs since the start."""
    return _vocabulary.dropped


def configure(stream: TextIO | None = None) -> None:
    """Send every log line of this process, the libraries' too, through the allow-list to `stream` (standard error)."""
    structlog.configure(
        processors=[_allowed_only, _render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, LibraryHandler)]:
        root.removeHandler(handler)
    root.addHandler(LibraryHandler(logging.WARNING))
    logging.captureWarnings(True)


def configure_process() -> None:
    """Make this process say of an error that nobody caught only its class and place, instead of a traceback."""
    configure()
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
    sys.unraisablehook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def get_logger() -> structlog.typing.FilteringBoundLogger:
    """Give the logger: `get_logger().warning("outbox.dead", topic=…, error=exception)`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger


class LibraryHandler(logging.Handler):
    """Passes on that a library had something to say, and where; not what."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record's level, library, place and exception class."""
        library = record.name.partition(".")[0]
        error = record.exc_info[1] if record.exc_info else None
        get_logger().log(
            record.levelno,
            "library",
            library=library if library in _LIBRARIES else _UNLISTED,
            error=error,
            at_line=(record.pathname, record.lineno),
        )


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    get_logger().error("thread.failed", error=(error or kind()).with_traceback(trace))


def _word(value: Any) -> Any:
    # `type` and not `isinstance`: a subclass of str could show one thing to the check and another to the writer.
    return value if type(value) is str and value in _vocabulary.words else None


def _number(value: Any) -> Any:
    if type(value) is int or type(value) is bool:
        return value if 0 <= value < _LARGEST else None
    return round(value, 3) if type(value) is float and 0 <= value < _LARGEST else None


def _library(value: Any) -> Any:
    return value if value in _LIBRARIES or value == _UNLISTED else None


def _class_name(value: Any) -> Any:
    """Name an exception's class, or a class: a name that stands in a module, not one made up on the way."""
    kind = value if isinstance(value, type) else type(value)
    if not issubclass(kind, BaseException):
        return None
    module = sys.modules.get(kind.__module__)
    return kind.__name__ if getattr(module, kind.__name__, None) is kind else "Exception"


_KEYS: Final[Mapping[str, _Check]] = {
    "alarm": _word,
    "attempts": _number,
    "chore": _word,
    "code": _word,
    "count": _number,
    "error": _class_name,
    "library": _library,
    "port": _number,
    "seconds": _number,
    "status": _number,
    "topic": _word,
    "workers": _number,
}


def _allowed_only(_logger: object, method: str, given: MutableMapping[str, Any]) -> dict[str, Any]:
    event = given.pop("event", None)
    error = _error_of(given)
    place = given.pop("at_line", None)
    line: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "level": method if method in _LEVELS else "info",
        "event": event if type(event) is str and event in EVENTS else _UNLISTED,
    }
    lost = line["event"] == _UNLISTED
    if error is not None and given.get("code") == type(error).__name__:
        # Says only what `error` says.
        del given["code"]
    for key, value in given.items():
        check = _KEYS.get(key)
        kept = check(value) if check is not None and value is not None else None
        lost += value is not None and kept is None
        if kept is not None:
            line[key] = kept
    if where := _where(error, place):
        line["where"] = where
    if lost:
        _vocabulary.count(lost)
        line["dropped"] = int(lost)
    return line


def _error_of(given: MutableMapping[str, Any]) -> BaseException | None:
    """Find the exception of a line, however it was handed in (`error=`, `exc_info=`), and leave it under `error`."""
    info = given.pop("exc_info", None)
    if info and "error" not in given:
        error = info if isinstance(info, BaseException) else sys.exc_info()[1]
        given["error"] = info[1] if isinstance(info, tuple) and len(info) == 3 else error
    error = given.get("error")
    return error if isinstance(error, BaseException) else None


def place_of(error: BaseException) -> str:
    """Name the line of code in which an exception was raised: the last of ours."""
    frames = traceback.walk_tb(error.__traceback__)
    places = [_code_place(frame.f_code.co_filename, number) for frame, number in frames]
    ours = [place for place in places if place.partition(".")[0].partition(":")[0] in OURS]
    return (ours or places or [_UNLISTED])[-1]


def _where(error: BaseException | None, place: Any) -> str | None:
    """Give the line in which an exception was raised, or a library spoke: code, so never what was told."""
    if error is not None and error.__traceback__ is not None:
        return place_of(error)
    return _code_place(*place) if isinstance(place, tuple) else None


def _code_place(path: str, number: int) -> str:
    """Name a line by its module; a file that no module was loaded from is not named."""
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) == path:
            return f"{module.__name__}:{number}"
    return _UNLISTED


def _render(_logger: object, _method: str, line: MutableMapping[str, Any]) -> str:
    return json.dumps(line)
