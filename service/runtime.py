"""What every part of a running Leeward stands on, made once and passed along: databases, keys, clock, randomness.

A start that would be unsafe is refused here, with what to do about it.
"""

import hmac
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto import symmetric
from service.clock import Clock, SystemClock
from service.database import Database
from service.keystore import KeyStore
from service.migrate import check_revision
from service.models import AuditEntry, Instance
from service.settings import Settings


class InstanceMissing(Exception):
    """The database has tables but belongs to no instance yet."""


class InstanceExists(Exception):
    """The database belongs to an instance already, which must not be replaced."""


class DemoDatabaseRefused(Exception):
    """A real service was about to start on a demo's database, whose caseworkers' keys were made by a server."""


class RealDatabaseRefused(Exception):
    """A demo was about to start on a real service's database."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """The parts that a use-case needs besides its session."""

    settings: Settings
    database: Database
    keystore: KeyStore
    clock: Clock
    random: Callable[[int], bytes]
    instance_id: bytes
    is_demo: bool
    _secrets: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    def secret(self, name: str) -> bytes:
        """Give the 32-byte secret of one purpose, derived from LEEWARD_SECRET_KEY and the same on every host."""
        if name not in self._secrets:
            self._secrets[name] = secret(self.settings, name)
        return self._secrets[name]

    def lookup_hmac(self, value: bytes) -> bytes:
        """Give the 32 bytes under which something secret is looked up: HMAC-SHA256 under the pepper."""
        return hmac.digest(self.secret("pepper"), value, "sha256")

    def dispose(self) -> None:
        """Close the connections that are not in use."""
        self.database.dispose()
        self.keystore.dispose()


def secret(settings: Settings, name: str) -> bytes:
    """Derive the 32-byte secret of one purpose from LEEWARD_SECRET_KEY (HKDF-SHA256)."""
    return symmetric.derive(settings.secret_key, b"leeward/1/secret\0" + name.encode())


def build_runtime(
    settings: Settings, *, clock: Clock | None = None, random: Callable[[int], bytes] = os.urandom
) -> Runtime:
    """Open both databases and check that they may be used with these settings.

    Raises SettingsInvalid, DatabaseNotMigrated, InstanceMissing, DemoDatabaseRefused, RealDatabaseRefused,
    KeysInMainDatabase, KeysLost, KeysOfAnotherInstance and KeysSchemaUnknown.
    """
    settings.refuse_unsafe()
    clock = clock or SystemClock()
    with ExitStack() as if_refused:
        database = Database(settings.database_url, secret(settings, "outbox"), connections=settings.threads + 2)
        if_refused.callback(database.dispose)
        instance_id, is_demo = checked_instance(database, settings)
        keystore = KeyStore(settings.keys_url, clock, random)
        if_refused.callback(keystore.dispose)
        keystore.belong_to(instance_id, has_cases=lambda: _has_cases(database))
        if_refused.pop_all()
    return Runtime(settings, database, keystore, clock, random, instance_id, is_demo)


@contextmanager
def opened(settings: Settings) -> Iterator[Runtime]:
    """Open an instance for a block, as a command does. Raises what `build_runtime` raises."""
    runtime = build_runtime(settings)
    try:
        yield runtime
    finally:
        runtime.dispose()


def checked_instance(database: Database, settings: Settings) -> tuple[bytes, bool]:
    """Give a database's instance and whether it is a demo.

    Raises DatabaseNotMigrated, InstanceMissing, DemoDatabaseRefused and RealDatabaseRefused.
    """
    check_revision(database)
    instance_id, is_demo = instance_of(database)
    if is_demo and not settings.demo:
        raise DemoDatabaseRefused("this is a demo's database: name another one in LEEWARD_DATA or LEEWARD_DATABASE_URL")
    if settings.demo and not is_demo:
        raise RealDatabaseRefused(
            "this is a real service's database: a demo needs one of its own, in another LEEWARD_DATA"
        )
    return instance_id, is_demo


def create_instance(database: Database, *, is_demo: bool, random: Callable[[int], bytes] = os.urandom) -> bytes:
    """Make a migrated database an instance's own and give the instance's id. Raises InstanceExists."""
    with database.session(write=True) as session:
        return add_instance(session, is_demo=is_demo, random=random)


def add_instance(session: Session, *, is_demo: bool, random: Callable[[int], bytes] = os.urandom) -> bytes:
    """Do what `create_instance` does, together with what else belongs to a new instance. Raises InstanceExists."""
    if session.scalar(select(Instance.id).limit(1)) is not None:
        raise InstanceExists
    instance_id = random(16)
    session.add(Instance(id=instance_id, is_demo=is_demo))
    return instance_id


def runtime() -> Runtime:
    """Give the runtime of the app that handles this request."""
    from flask import current_app

    found: Runtime = current_app.extensions["leeward"]
    return found


def _has_cases(database: Database) -> bool:
    """Say whether a case was ever taken in, as the audit trail tells it."""
    of_a_case = select(AuditEntry.id).where(AuditEntry.entry["case"].as_string().is_not(None)).limit(1)
    with database.session() as session:
        return session.scalar(of_a_case) is not None


def instance_of(database: Database) -> tuple[bytes, bool]:
    """Give a database's instance and whether it is a demo. Raises InstanceMissing."""
    with database.session() as session:
        row = session.execute(select(Instance.id, Instance.is_demo)).one_or_none()
    if row is None:
        raise InstanceMissing("the database belongs to no instance yet: run `leeward init`")
    return row.id, row.is_demo
