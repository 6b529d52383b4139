"""Inserting rows of several tables at once: one statement on PostgreSQL, so that a report costs one round trip.

A data-modifying CTE sees no row of its siblings, but foreign keys are checked when the whole statement ends
(PostgreSQL, "Data-Modifying Statements in WITH"), so the rows may refer to each other.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Table, TextClause, bindparam, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Session


class Rows(NamedTuple):
    """Rows for one table, each naming the same columns; `once` leaves a row out whose key is there already."""

    model: type[DeclarativeBase]
    rows: Sequence[Mapping[str, Any]]
    once: bool = False


class _Shape(NamedTuple):
    table: Table
    columns: tuple[str, ...]
    height: int
    once: bool


def insert_all(session: Session, batches: Sequence[Rows]) -> None:
    """Insert every row of every batch, in order; nothing where there is none.

    Raises what the database raises (IntegrityError on a double); then none of the rows of that statement is there.
    """
    filled = [batch for batch in batches if batch.rows]
    if filled and session.get_bind().dialect.name == "postgresql":
        _execute(session, filled)
    else:
        for batch in filled:
            _execute(session, [batch])


def _execute(session: Session, batches: Sequence[Rows]) -> None:
    shapes = tuple(
        _Shape(model.metadata.tables[model.__tablename__], tuple(rows[0]), len(rows), once)
        for model, rows, once in batches
    )
    values = {
        f"v{batch}_{row}_{name}": value
        for batch, (_, rows, _) in enumerate(batches)
        for row, mapping in enumerate(rows)
        for name, value in mapping.items()
    }
    session.execute(_statement(shapes, session.get_bind().dialect), values)


@lru_cache(maxsize=256)
def _statement(shapes: tuple[_Shape, ...], dialect: Dialect) -> TextClause:
    """Build the statement for one shape of rows; a report has few shapes, so each is compiled once."""
    inserts = [_insert(batch, shape, dialect) for batch, shape in enumerate(shapes)]
    parameters = [
        bindparam(f"v{batch}_{row}_{name}", type_=shape.table.c[name].type)
        for batch, shape in enumerate(shapes)
        for row in range(shape.height)
        for name in shape.columns
    ]
    *earlier, last = inserts
    named = ", ".join(f"part{index} AS ({insert})" for index, insert in enumerate(earlier))
    return text(f"WITH {named} {last}" if named else last).bindparams(*parameters)


def _insert(batch: int, shape: _Shape, dialect: Dialect) -> str:
    quote = dialect.identifier_preparer
    columns = ", ".join(quote.format_column(shape.table.c[name]) for name in shape.columns)
    rows = ", ".join(
        "(" + ", ".join(f":v{batch}_{row}_{name}" for name in shape.columns) + ")" for row in range(shape.height)
    )
    ending = " ON CONFLICT DO NOTHING" if shape.once else ""
    # Every name comes from our own models; values are bound.
    return f"INSERT INTO {quote.format_table(shape.table)} ({columns}) VALUES {rows}{ending}"  # noqa: S608
