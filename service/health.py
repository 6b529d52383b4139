"""Two questions that whoever runs the service asks all the time: is the process up, and can it take in reports?

The answers hold codes and no secrets. /healthz asks nobody else; /readyz asks both databases.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Flask, Response, current_app, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service import logging, outbox
from service.migrate import DatabaseNotMigrated, check_revision
from service.runtime import Runtime, runtime

health = Blueprint("health", __name__)


@dataclass(frozen=True, slots=True)
class Check:
    """A question to the main database, asked for a surface: its codes close intake, or are alarms only."""

    ask: Callable[[Session, Runtime], Iterable[str]]
    closes_intake: bool


@dataclass(frozen=True, slots=True)
class Readiness:
    """What stands in the way of taking in reports, and what somebody should look at."""

    closed_because: tuple[str, ...]
    alarms: tuple[str, ...]


def install(app: Flask, checks: Sequence[Check], alarms: Callable[[], Iterable[str]]) -> None:
    """Answer both questions. `checks` ask the database, `alarms` what this process knows by itself."""
    app.extensions["leeward.health"] = (tuple(checks), alarms)
    app.register_blueprint(health)


@health.get("/healthz")
def healthz() -> Response:
    """Say that the process answers."""
    return jsonify(up=True)


@health.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Say whether reports can be taken in (200) or not (503), why not, and what else needs a look."""
    checks, alarms = current_app.extensions["leeward.health"]
    found = readiness(runtime(), checks)
    answer = jsonify(
        ready=not found.closed_because,
        closed_because=list(found.closed_because),
        alarms=sorted({*found.alarms, *alarms()}),
    )
    return answer, 503 if found.closed_because else 200


def readiness(of: Runtime, checks: Sequence[Check]) -> Readiness:
    """Ask everything that has an answer; a database that is away is one answer and stops the questions to it."""
    closed: list[str] = []
    alarms: list[str] = []
    try:
        with of.keystore.database.session() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        logging.get_logger().warning("request.failed", error=error)
        closed.append("keys_database_away")
    try:
        check_revision(of.database)
        with of.database.session() as session:
            alarms += outbox.alarms(session, now=of.clock.now())
            for check in checks:
                (closed if check.closes_intake else alarms).extend(check.ask(session, of))
    except DatabaseNotMigrated:
        closed.append("database_not_migrated")
    except SQLAlchemyError as error:
        logging.get_logger().warning("request.failed", error=error)
        closed.append("database_away")
    full = {"database_full": of.database, "keys_database_full": of.keystore.database}
    closed += [code for code, database in full.items() if database.is_full]
    return Readiness(tuple(closed), tuple(alarms))
