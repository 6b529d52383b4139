"""What lies on the disk after many reports: the tables that keep them, with their indexes and all that they need."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import DeclarativeBase

from crypto import envelope, stream, symmetric
from crypto.padding import PaddingScheme, padded_size
from referrals.models import Case, Mailbox, Message, Referral, Wrap
from service.models import AuditEntry
from tests.load.instances import POSTGRESQL, SQLITE, LoadedInstance

# What stays of a report when its ten minutes for a second Send are over, and its notice is sent.
OF_A_REPORT: Final = (Case, Message, Wrap, Referral, Mailbox, AuditEntry)
# What the promise allows beside padding and wraps.
ALLOWANCE: Final = 1.15


def needed(content: int, wraps: int) -> int:
    """Give the bytes that padding and wraps need as they rest, for a message of so many bytes."""
    body = stream.sealed_size(padded_size(content, PaddingScheme.TEXT))
    return envelope.HEADER_SIZE + body + wraps * (envelope.WRAP_SIZE + symmetric.NONCE_SIZE + symmetric.TAG_SIZE)


def at_rest(instance: LoadedInstance, models: Sequence[type[DeclarativeBase]]) -> int:
    """Give the bytes on disk of some tables, indexes included."""
    tables = [model.__tablename__ for model in models]
    with instance.runtime() as runtime:
        if instance.name == SQLITE:
            runtime.database.truncate_log()
        with runtime.database.session() as session:
            if instance.name == POSTGRESQL:
                size = text("SELECT pg_total_relation_size(:t)")
                return sum(session.scalar(size, {"t": f'"{table}"'}) or 0 for table in tables)
            pages = text("SELECT sum(pgsize) FROM dbstat JOIN sqlite_schema USING (name) WHERE tbl_name = :t")
            return sum(session.scalar(pages, {"t": table}) or 0 for table in tables)


def count(instance: LoadedInstance, model: type[DeclarativeBase]) -> int:
    """Count the rows of a table."""
    with instance.runtime() as runtime, runtime.database.session() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0
