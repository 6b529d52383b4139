"""The schema of the main database: bringing it up to date, and refusing to work on one that is not.

Alembic is imported only to change a schema; a server reads one row and compares it with HEAD.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import URL, inspect, text

from service.database import Database, alone

HEAD: Final = "0010"
SCRIPTS: Final = Path(__file__).with_name("migrations")


class DatabaseNotMigrated(Exception):
    """The database has no tables yet, or those of another version; the message says which command helps."""


def upgrade(url: str | URL, revision: str = "head") -> None:
    """Bring a database to a revision, in one transaction, while every other upgrade waits."""
    from alembic import command
    from alembic.config import Config

    database = Database(url, connections=1)
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    try:
        with database.session(write=True) as session:
            alone(session, "migrate")
            config.attributes["connection"] = session.connection()
            command.upgrade(config, revision)
    finally:
        database.dispose()


def current_revision(database: Database) -> str | None:
    """Give the revision that a database has; None where it has no tables of ours."""
    with database.session() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return None
        revision: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


def check_revision(database: Database) -> None:
    """Raise DatabaseNotMigrated unless the database is exactly what this version needs."""
    revision = current_revision(database)
    if revision is None:
        raise DatabaseNotMigrated("the database has no tables yet: run `leeward migrate`, then `leeward init`")
    if revision != HEAD:
        raise DatabaseNotMigrated(
            f"the database is at revision {revision} and this version needs {HEAD}: run `leeward migrate`"
        )
