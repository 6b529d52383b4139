"""A small network with real keys, for tests: made once for a session, then planted as rows into each test's database.

Its organizations are those of the demo's directory. Their caseworkers sign in with a passphrase and have no second
factor, so apps of it are demos: `Network.serve` gives one on a real socket.
"""

import json
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import insert, select, update
from werkzeug.serving import make_server

from crypto import envelope, keybag, suite
from crypto.envelope import Opened
from demo.dates import with_dates_near
from demo.network import DemoAccount, directory_document, intake_of, make_accounts
from intake.answers import Answers, Submitted
from intake.report import Intake, issue_submission_id, submit
from referrals.case import SealedMessage
from referrals.caseworkers.accounts import PASSPHRASE_SLOT, handed_out
from referrals.caseworkers.models import Caseworker
from referrals.directory.importing import import_directory
from referrals.directory.models import Organization
from service import migrate
from service.base import Base
from service.clock import FixedClock
from service.database import Database
from service.models import Instance
from service.runtime import Runtime, build_runtime, create_instance
from service.settings import Settings

# Who has a caseworker and so a key: three that a report can reach, the one that is open day and night, the coordinator.
KEYS = ("org01", "org02", "org06", "org09", "org16")


@dataclass(frozen=True)
class Network:
    """A planted network: sign-ins by organization, and the app that serves it."""

    runtime: Runtime
    accounts: Mapping[str, DemoAccount]

    @cached_property
    def app(self) -> Flask:
        """The whole app over this network's databases."""
        import wsgi

        return wsgi.compose(self.runtime)

    @cached_property
    def intake(self) -> Intake:
        """What takes in reports past the form."""
        return intake_of(self.runtime)

    def report(self, answers: Answers) -> Submitted:
        """Send one report past the form, as the form does."""
        return submit(self.intake, answers, issue_submission_id(self.runtime))

    def organization_id(self, key: str) -> bytes:
        """Give the id of an organization by its key."""
        with self.runtime.database.session() as session:
            return session.scalars(select(Organization.id).where(Organization.key == key)).one()

    def caseworker_id(self, key: str) -> bytes:
        """Give the id of an organization's caseworker."""
        with self.runtime.database.session() as session:
            return session.scalars(select(Caseworker.id).where(Caseworker.email == self.accounts[key].email)).one()

    def epoch_seed(self, key: str) -> bytes:
        """Unlock an organization's epoch from the passphrase and what the server hands out, as a browser does."""
        with self.runtime.database.session() as session:
            held = handed_out(session, self.caseworker_id(key))
        slot = next(slot for slot in held.slots if slot.slot == PASSPHRASE_SLOT)
        user_id = held.caseworker_id
        kek = keybag.derive_passphrase(self.accounts[key].passphrase, held.salt).kek
        bag_key = keybag.open_slot(kek, slot.sealed_bag_key, user_id=user_id, slot=slot.slot, version=slot.version)
        bag = keybag.open_bag(held.sealed_bag, bag_key, user_id=user_id)
        epoch = held.epochs[0]
        assert epoch.sealed_seed is not None
        return keybag.open_epoch_seed(
            epoch.sealed_seed,
            suite.key_pair(bag.member_seed),
            organization_id=held.organization_id,
            epoch=epoch.number,
        )

    def open(self, message: SealedMessage, key: str) -> Opened:
        """Open a message with an organization's key. Raises EnvelopeRejected."""
        pair = suite.key_pair(self.epoch_seed(key))
        return envelope.open_(envelope.Envelope(message.header, message.wraps, message.body), pair)

    def read(self, message: SealedMessage, key: str) -> Any:
        """Open a message with an organization's key and give its JSON."""
        return json.loads(self.open(message, key).document)

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Serve the app on 127.0.0.1 for a block and give its address."""
        server = make_server("127.0.0.1", 0, self.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(10)
            server.server_close()


def plant(runtime: Runtime) -> Network:
    """Put the network into an empty instance and give it, as a demo."""
    rows, accounts = _grown()
    with runtime.database.session(write=True) as session:
        for table in Base.metadata.sorted_tables:
            if rows.get(table.name):
                session.execute(insert(table), rows[table.name])
        session.execute(update(Instance).values(is_demo=True))
    demo = replace(runtime.settings, demo=True, public_url="http://127.0.0.1:8000")
    return Network(
        replace(runtime, settings=demo, is_demo=True), {account.organization_key: account for account in accounts}
    )


@lru_cache(maxsize=1)
def _grown() -> tuple[dict[str, list[dict[str, Any]]], tuple[DemoAccount, ...]]:
    """Make the network once, in a SQLite of its own, and read its rows."""
    with tempfile.TemporaryDirectory() as folder:
        runtime = empty_runtime(Path(folder))
        now = runtime.clock.now()
        with runtime.database.session(write=True) as session:
            import_directory(session, with_dates_near(directory_document(), now.date()), now=now)
        accounts = tuple(make_accounts(runtime, only=KEYS))
        with runtime.database.session() as session:
            rows = {
                table.name: [dict(row) for row in session.execute(select(table)).mappings()]
                for table in Base.metadata.sorted_tables
                if table.name != Instance.__tablename__
            }
        runtime.dispose()
    return rows, accounts


def empty_runtime(folder: Path, now: datetime | None = None) -> Runtime:
    """Make an empty demo in a folder, on SQLite, with the clock standing still, on a Wednesday morning if not told."""
    from tests.conftest import NOON, SECRET_KEY

    url = f"sqlite:///{folder / 'leeward.sqlite'}"
    migrate.upgrade(url)
    database = Database(url)
    create_instance(database, is_demo=True)
    database.dispose()
    settings = Settings(
        data=folder,
        database_url=url,
        keys_url=f"sqlite:///{folder / 'keys.sqlite'}",
        secret_key=SECRET_KEY,
        public_url="http://127.0.0.1:8000",
        demo=True,
    )
    return build_runtime(settings, clock=FixedClock(now or NOON))
