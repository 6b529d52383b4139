"""The one history of the schema, on both databases: it makes what the models say, and rows that are there stay."""

import importlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, Table, insert, select, text

from intake.sms import index
from service import migrate
from service.base import Base
from service.database import Database
from tests.guards.tree import PACKAGES, files, module_name

CASE = {
    "id": bytes(16),
    "channel": "web",
    "language": "es",
    "area": "rd:5907",
    "urgency": "urgent",
    "state": "received",
    "received_on": date(2026, 7, 8),
    "may_answer": True,
    "closing_reason": None,
    "key_id": bytes(range(16)),
    "standby_key_id": None,
}

# What later revisions added, as it is in rows that are older.
NEWER: Final = {"erase_on": None, "linked": None}


@pytest.fixture
def database(empty_url: URL) -> Iterator[Database]:
    """Give an empty database on each backend."""
    for path in files("models.py", folders=PACKAGES):
        importlib.import_module(module_name(path))
    opened = Database(empty_url)
    yield opened
    opened.dispose()


def cases() -> Table:
    return Base.metadata.tables["case"]


def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    migrate.upgrade(database.url)
    with database.session() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_newest_revision_is_the_one_that_a_start_asks_for(database: Database) -> None:
    migrate.upgrade(database.url)
    assert migrate.current_revision(database) == migrate.HEAD


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009"])
def test_rows_of_an_older_version_outlast_an_upgrade(database: Database, revision: str) -> None:
    migrate.upgrade(database.url, revision)
    with database.session(write=True) as session:
        session.execute(insert(cases()), [CASE])
    with pytest.raises(migrate.DatabaseNotMigrated, match="leeward migrate"):
        migrate.check_revision(database)
    migrate.upgrade(database.url)
    migrate.check_revision(database)
    with database.session() as session:
        assert [dict(row) for row in session.execute(select(cases())).mappings()] == [CASE | NEWER]


def test_conversations_of_an_older_version_are_found_under_the_first_index_key(database: Database) -> None:
    migrate.upgrade(database.url, "0008")
    older = {
        "case_id": CASE["id"],
        "sealed_state": b"sealed",
        "version": 3,
        "last_on": date(2026, 7, 8),
    }
    found, forgotten = older | {"id": bytes(16), "phone_hmac": bytes(32)}, older | {"id": bytes([1] * 16)}
    table = Base.metadata.tables["sms_conversation"]
    with database.session(write=True) as session:
        session.execute(insert(cases()), [CASE, CASE | {"id": bytes([1] * 16)}])
        session.execute(insert(table), [found, forgotten | {"case_id": bytes([1] * 16), "phone_hmac": None}])
    migrate.upgrade(database.url)
    with database.session() as session:
        keys = session.execute(select(table.c.id, table.c.index_key_id).order_by(table.c.id)).all()
    assert [tuple(row) for row in keys] == [(bytes(16), index.FIRST_ID), (bytes([1] * 16), None)]


def test_the_last_look_for_deadlines_counts_as_the_last_look_for_numbers(database: Database) -> None:
    migrate.upgrade(database.url, "0007")
    with database.session(write=True) as session:
        row = {"id": 1, "seen_at": datetime(2026, 7, 8, 17, tzinfo=UTC), "jumped_at": None}
        session.execute(insert(Base.metadata.tables["deadline_watch"]), [row])
    migrate.upgrade(database.url)
    with database.session() as session:
        watch = session.execute(select(Base.metadata.tables["sms_forgetting"])).mappings().one()
    assert dict(watch) == {"id": 1, "seen_at": row["seen_at"], "held_until": None}


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(database: Database) -> None:
    migrate.upgrade(database.url)
    with database.session(write=True) as session:
        session.execute(insert(cases()), [CASE])
    migrate.upgrade(database.url)
    with database.session() as session:
        assert session.scalar(text("SELECT count(*) FROM alembic_version")) == 1
        assert len(session.execute(select(cases())).all()) == 1
