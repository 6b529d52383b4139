"""The declarative base and the column types that every package's models share.

Each column states what it may hold (`public`, `routing`, `ciphertext`, `sealed-key`, `lookup-hmac`, `staff`); a guard
test reads them all, so that no column is added without its author saying what a thief of the database would learn.
"""

from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import DateTime, LargeBinary, MetaData, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column

ColumnClass = Literal["public", "routing", "ciphertext", "sealed-key", "lookup-hmac", "staff"]

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The tables of the main database; Alembic compares this metadata with its one history."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class KeyBase(DeclarativeBase):
    """The tables of the second, small database, whose rows must be destroyed for good."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: aware in Python on both databases, refused when naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was about to be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware time: SQLite forgets the zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def column(holds: ColumnClass, *args: Any, **kwargs: Any) -> MappedColumn[Any]:
    """Declare a mapped column together with the class of what it holds."""
    return mapped_column(*args, info={"holds": holds}, **kwargs)


def id_column(*args: Any, holds: ColumnClass = "public", **kwargs: Any) -> MappedColumn[bytes]:
    """Declare a column for one of our random 16-byte identifiers."""
    return column(holds, LargeBinary(16), *args, **kwargs)
