"""Log lines hold names from our code and small numbers, and nothing else, whatever a caller hands in."""

import io
import json
import logging as stdlib_logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import logging

CANARY = "kept-my-passport-604-555-0123"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Configure the logs to go to a stream, and back to standard error afterwards."""
    captured = io.StringIO()
    logging.configure(captured)
    yield captured
    logging.configure()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_its_time_level_and_event(stream: io.StringIO) -> None:
    logging.allow({"mail"})
    logging.get_logger().warning("outbox.dead", topic="mail", attempts=12)
    (line,) = lines(stream)
    assert line.pop("at").endswith("+00:00")
    assert line == {"level": "warning", "event": "outbox.dead", "topic": "mail", "attempts": 12}


@pytest.mark.parametrize(
    "given_values",
    [
        {"story": CANARY},
        {"topic": CANARY},
        {"code": [CANARY]},
        {"error": CANARY},
        {"library": CANARY},
        {"count": 6045550123},
        {"count": -1},
        {"seconds": CANARY},
        {"seconds": float("nan")},
        {CANARY: 1},
        {"at": CANARY},
        {"level": CANARY},
        {"where": CANARY},
        {"at_line": (CANARY, 1)},
        {"exc_info": CANARY},
    ],
)
def test_what_is_not_listed_is_dropped(stream: io.StringIO, given_values: dict[str, Any]) -> None:
    logging.get_logger().info("server.ready", **given_values)
    assert CANARY not in stream.getvalue()
    assert "604" not in stream.getvalue()
    assert json.loads(stream.getvalue())["event"] == "server.ready"


def test_what_is_dropped_is_counted(stream: io.StringIO) -> None:
    before = logging.dropped()
    logging.get_logger().info(CANARY, story=CANARY, address="192.0.2.7")
    (line,) = lines(stream)
    assert line["event"] == "unlisted"
    assert line["dropped"] == logging.dropped() - before == 3


def test_a_subclass_of_text_cannot_smuggle_a_value_in(stream: io.StringIO) -> None:
    class Chameleon(str):
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return hash("mail")

    logging.allow({"mail"})
    logging.get_logger().info(Chameleon(CANARY), topic=Chameleon(CANARY))
    assert CANARY not in stream.getvalue()


def test_of_an_exception_only_class_and_line_are_written(stream: io.StringIO) -> None:
    try:
        int(CANARY)
    except ValueError as error:
        logging.get_logger().error("request.failed", error=error)
        logging.get_logger().exception("request.failed")
        logging.get_logger().error("request.failed", exc_info=error)
        logging.get_logger().error("request.failed", exc_info=(type(error), error, error.__traceback__))
    assert CANARY not in stream.getvalue()
    for line in lines(stream):
        assert line["error"] == "ValueError"
        assert line["where"].startswith("tests.unit.service.test_logging:")
    assert len(lines(stream)) == 4


def test_the_line_named_is_ours_where_a_library_raised_further_down(stream: io.StringIO) -> None:
    try:
        logging.allow(json.loads(word) for word in ["{" + CANARY])
    except ValueError as error:
        logging.get_logger().error("request.failed", error=error)
    assert lines(stream)[0]["where"].startswith("service.logging:")


def test_a_code_that_is_the_exception_s_class_is_said_once(stream: io.StringIO) -> None:
    logging.get_logger().warning("outbox.retry", code="LookupError", error=LookupError(CANARY))
    (line,) = lines(stream)
    assert (line["error"], "code" in line, "dropped" in line) == ("LookupError", False, False)


def test_an_exception_class_made_up_on_the_way_is_not_named(stream: io.StringIO) -> None:
    made_up = type(CANARY, (Exception,), {})
    logging.get_logger().error("request.failed", error=made_up())
    assert lines(stream)[0]["error"] == "Exception"


def test_a_library_s_words_are_not_passed_on(stream: io.StringIO) -> None:
    stdlib_logging.getLogger("sqlalchemy.engine").warning("parameters: %s", CANARY)
    stdlib_logging.getLogger(CANARY).error(CANARY)
    stdlib_logging.getLogger("werkzeug").info(CANARY)
    assert CANARY not in stream.getvalue()
    said = [(line["library"], line["level"]) for line in lines(stream)]
    assert said == [("sqlalchemy", "warning"), ("unlisted", "error")]
    assert all(":" in line["where"] for line in lines(stream))


def test_configuring_twice_says_everything_once(stream: io.StringIO) -> None:
    logging.configure(stream)
    stdlib_logging.getLogger("alembic").warning(CANARY)
    assert len(lines(stream)) == 1


PROCESS = """
import sys, threading, warnings
from service import logging

canary = sys.stdin.read()
logging.configure_process()
warnings.warn(canary)
thread = threading.Thread(target=int, args=(canary,))
thread.start()
thread.join()

class Unraisable:
    def __del__(self):
        raise LookupError(canary)

Unraisable()
raise KeyError(canary)
"""


def test_what_nobody_caught_in_a_process_is_logged_without_its_text() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROCESS], input=CANARY, capture_output=True, text=True, timeout=60, check=False
    )
    assert CANARY not in done.stdout + done.stderr
    said = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in said] == ["library", "thread.failed", "thread.failed", "thread.failed"]
    assert [line.get("error") for line in said] == [None, "ValueError", "LookupError", "KeyError"]
    assert done.returncode == 1


@given(st.text(), st.dictionaries(st.text(), st.text() | st.integers() | st.floats() | st.binary() | st.none()))
def test_nothing_of_any_text_gets_into_a_line(event: str, values: dict[str, Any]) -> None:
    stream = io.StringIO()
    logging.configure(stream)
    try:
        logging.get_logger().warning(event.replace("%", ""), **{f"{key}_": value for key, value in values.items()})
    finally:
        logging.configure()
    (line,) = lines(stream)
    assert set(line) <= {"at", "level", "event", "dropped"}
    assert line["event"] == "unlisted" or line["event"] in logging.EVENTS
