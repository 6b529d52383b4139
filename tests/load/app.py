"""`python -m tests.load.app`: the real app behind the real server, but for one part that is exchanged in composing it.

With --null the scope in which a report is written is a session that executes nothing: all else, from parsing to sealing
to making the rows, is done. With --ready receipts cost no Argon2id, as if enough of them had been made ahead. Its texts
never leave this machine: they go to --provider, or to a port where nobody listens.
"""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

from flask import Flask
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

import wsgi
from crypto import receipt, suite
from crypto.receipt import ReceiptKeys
from intake.receipts import Receipt, ReceiptPool
from intake.report import Intake
from intake.sms.gateways import twilio
from intake.sms.gateways.twilio_rest import Twilio
from service.database import Database
from service.runtime import build_runtime, secret
from service.server import serve
from service.settings import Settings
from service.throttle import FairQueue

_READY = 64
_NOBODY = "http://127.0.0.1:9"


class NullConnection:
    """Takes statements and executes none."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def exec_driver_sql(self, *_: Any, **__: Any) -> None:
        """Do nothing."""


class NullSession(Session):
    """A session on such a connection."""

    def connection(self, *_: Any, **__: Any) -> Any:
        """Give the connection."""
        return NullConnection(self.get_bind().dialect)


class NullStore(Database):
    """A database in which what one statement writes, as a report is written, is not written. The rest is real."""

    @contextmanager
    def session(self, write: bool = False, one_statement: bool = False) -> Iterator[Session]:
        """Open a session that does nothing where a report is about to be written."""
        if write and one_statement:
            yield NullSession(self.engine)
            return
        with super().session(write, one_statement) as session:
            yield session


class ReadyReceipts(ReceiptPool):
    """Receipts whose keys are there already. Each is found under a number of its own, as real ones are."""

    def __init__(self, instance_id: bytes) -> None:
        super().__init__(instance_id, FairQueue(width=1, waiting=1, patience=1))
        self._keys = [_keys() for _ in range(_READY)]
        self._count = count()

    def take(self) -> Receipt:
        """Give one that nobody has."""
        keys = self._keys[next(self._count) % _READY]
        return Receipt(receipt.generate(), replace(keys, lookup=os.urandom(32)))


def _keys() -> ReceiptKeys:
    signing_seed = os.urandom(32)
    return ReceiptKeys(b"", suite.key_pair(os.urandom(32)), signing_seed, suite.verify_key(signing_seed))


def create_app(settings: Settings, *, null: bool, ready: bool, provider: str) -> Flask:
    """Compose the app as wsgi does, with another database, other receipts or another provider."""
    runtime = build_runtime(settings)
    if null:
        runtime.database.dispose()
        store = NullStore(settings.database_url, secret(settings, "outbox"), connections=settings.threads + 2)
        runtime = replace(runtime, database=store)
    app = wsgi.compose(runtime)
    if ready:
        intake: Intake = app.extensions["leeward.intake"]
        app.extensions["leeward.intake"] = replace(intake, receipts=ReadyReceipts(runtime.instance_id))
    if twilio.NAME in app.extensions["leeward.gateways"]:
        app.extensions["leeward.gateways"][twilio.NAME] = Twilio(settings, base_url=provider)
    return app


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--null", action="store_true", help="write no report")
    parser.add_argument("--ready", action="store_true", help="receipts that are made already")
    parser.add_argument("--provider", default=_NOBODY, metavar="URL", help="where texts go instead of to Twilio")
    given = parser.parse_args()
    serve(Settings.from_env(os.environ), partial(create_app, **vars(given)))


if __name__ == "__main__":
    main()
