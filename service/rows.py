"""Inserting rows of several tables at once: one statement on PostgreSQL, so that a report costs one round trip.

A data-modifying CTE sees no row of its siblings, but foreign keys are checked when the whole statement ends
(PostgreSQL, "Data-Modifying Statements in WITH"), so the rows may refer to each other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, Final, NamedTuple

from sqlalchemy import Table
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Session

from service.database import STATEMENTS

# What stands before the number of a value in a statement.
_MARKS: Final = {"sqlite": "?", "postgresql": "$"}


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


class _Statement(NamedTuple):
    """A statement in a database's own words, and for each of its values what the column's type makes of it."""

    sql: str
    processors: tuple[Callable[[Any], Any] | None, ...]


def insert_all(session: Session, batches: Sequence[Rows]) -> None:
    """Insert every row of every batch, in order.

    Raises what the database raises (IntegrityError on a double); then none of the rows of that statement is there.
    """
    filled = [batch for batch in batches if batch.rows]
    if not filled:
        return
    connection = session.connection()
    together = [filled] if connection.dialect.name == "postgresql" else [[batch] for batch in filled]
    ready = [_ready(batches, connection.dialect) for batches in together]
    connection.exec_driver_sql("INSERT", execution_options={STATEMENTS: ready})


def _ready(batches: Sequence[Rows], dialect: Dialect) -> tuple[str, list[Any]]:
    """Give a statement and its values as the driver takes them."""
    shapes = tuple(
        _Shape(model.metadata.tables[model.__tablename__], tuple(rows[0]), len(rows), once)
        for model, rows, once in batches
    )
    sql, processors = _statement(shapes, dialect)
    values = [
        row[name] for shape, batch in zip(shapes, batches, strict=True) for row in batch.rows for name in shape.columns
    ]
    made = zip(values, processors, strict=True)
    return sql, [value if process is None else process(value) for value, process in made]


@lru_cache(maxsize=256)
def _statement(shapes: tuple[_Shape, ...], dialect: Dialect) -> _Statement:
    """Build the statement for one shape of rows. A report has few shapes, so each is built once."""
    places = count(1)
    *earlier, last = [_insert(shape, dialect, places) for shape in shapes]
    named = ", ".join(f"part{index} AS ({insert})" for index, insert in enumerate(earlier))
    processors: list[Callable[[Any], Any] | None] = []
    for shape in shapes:
        of_row = [shape.table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in shape.columns]
        processors += of_row * shape.height
    return _Statement(f"WITH {named} {last}" if named else last, tuple(processors))


def _insert(shape: _Shape, dialect: Dialect, places: Iterator[int]) -> str:
    quote = dialect.identifier_preparer
    columns = ", ".join(quote.format_column(shape.table.c[name]) for name in shape.columns)
    mark = _MARKS[dialect.name]
    rows = ", ".join("(" + ", ".join(f"{mark}{next(places)}" for _ in shape.columns) + ")" for _ in range(shape.height))
    ending = " ON CONFLICT DO NOTHING" if shape.once else ""
    # Every name comes from our own models; values are bound.
    return f"INSERT INTO {quote.format_table(shape.table)} ({columns}) VALUES {rows}{ending}"  # noqa: S608
