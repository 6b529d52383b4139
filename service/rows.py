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


class Guard(NamedTuple):
    """What a row of another table must hold when a row is inserted, so that nobody has to ask for it before."""

    model: type[DeclarativeBase]
    holds: Mapping[str, Any]


class Rows(NamedTuple):
    """Rows for one table, each naming the same columns; `once` leaves a row out whose key is there already.

    `only_if` leaves the one row out where its guard does not hold, and then a foreign key refuses what belongs to it.
    """

    model: type[DeclarativeBase]
    rows: Sequence[Mapping[str, Any]]
    once: bool = False
    only_if: Guard | None = None


class _Shape(NamedTuple):
    table: Table
    columns: tuple[str, ...]
    height: int
    once: bool
    guard: Table | None
    guarded: tuple[str, ...]


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
    shapes = tuple(map(_shape, batches))
    sql, processors = _statement(shapes, dialect)
    values: list[Any] = []
    for shape, batch in zip(shapes, batches, strict=True):
        for row in batch.rows:
            values += [row[name] for name in shape.columns]
        if batch.only_if is not None:
            values += batch.only_if.holds.values()
    made = zip(values, processors, strict=True)
    return sql, [value if process is None else process(value) for value, process in made]


def _shape(batch: Rows) -> _Shape:
    table, columns, height = _table(batch.model), tuple(batch.rows[0]), len(batch.rows)
    if batch.only_if is None:
        return _Shape(table, columns, height, batch.once, None, ())
    if height != 1:
        raise ValueError("a guard is for one row")
    return _Shape(table, columns, 1, batch.once, _table(batch.only_if.model), tuple(batch.only_if.holds))


def _table(model: type[DeclarativeBase]) -> Table:
    return model.metadata.tables[model.__tablename__]


@lru_cache(maxsize=256)
def _statement(shapes: tuple[_Shape, ...], dialect: Dialect) -> _Statement:
    """Build the statement for one shape of rows. A report has few shapes, so each is built once."""
    places = count(1)
    *earlier, last = [_insert(shape, dialect, places) for shape in shapes]
    named = ", ".join(f"part{index} AS ({insert})" for index, insert in enumerate(earlier))
    processors: list[Callable[[Any], Any] | None] = []
    for shape in shapes:
        processors += _processors(shape.table, shape.columns, dialect) * shape.height
        if shape.guard is not None:
            processors += _processors(shape.guard, shape.guarded, dialect)
    return _Statement(f"WITH {named} {last}" if named else last, tuple(processors))


def _processors(table: Table, names: Sequence[str], dialect: Dialect) -> list[Callable[[Any], Any] | None]:
    return [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]


def _insert(shape: _Shape, dialect: Dialect, places: Iterator[int]) -> str:
    quote = dialect.identifier_preparer
    columns = ", ".join(quote.format_column(shape.table.c[name]) for name in shape.columns)
    mark = _MARKS[dialect.name]
    rows = [", ".join(f"{mark}{next(places)}" for _ in shape.columns) for _ in range(shape.height)]
    source = "VALUES " + ", ".join(f"({row})" for row in rows)
    # Every name comes from our own models; values are bound.
    if shape.guard is not None:
        held = [f"{quote.format_column(shape.guard.c[name])} = {mark}{next(places)}" for name in shape.guarded]
        found = f"SELECT 1 FROM {quote.format_table(shape.guard)} WHERE {' AND '.join(held)}"  # noqa: S608
        source = f"SELECT {rows[0]} WHERE EXISTS ({found})"
    ending = " ON CONFLICT DO NOTHING" if shape.once else ""
    return f"INSERT INTO {quote.format_table(shape.table)} ({columns}) {source}{ending}"
