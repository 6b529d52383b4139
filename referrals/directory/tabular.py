"""A directory as the tables of an HSDS tabular data package, and back. Pure: no file is read or written here.

What the tables can say is the form in which a directory is kept (`canonical`), so that JSON and CSV hold the same. A
value that is empty is the same as one that is not there, and what HSDS does not know is left out.
"""

import json
import math
import re
import tomllib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from referrals.directory.faults import DirectoryRefused, Fault, in_order, pointer

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Object = Mapping[str, Any]

OWN: Final = "x_leeward"
# Rows of these tables may stand in many places of a document and are one row each.
_SHARED: Final = {"location", "taxonomy", "taxonomy_term", "unit"}
_TOP_LISTS: Final = {"taxonomies": "taxonomy", "taxonomy_terms": "taxonomy_term"}
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MADE_IDS: Final = uuid.UUID("5f6f1c0e-0c55-5f0e-9d7b-6f2f6f3c7f10")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the package. `lists` and `single` say how its rows nest in JSON."""

    name: str
    file: str
    columns: tuple[str, ...]
    numbers: frozenset[str]
    lists: Mapping[str, str]
    single: Mapping[str, str]

    def back(self, parent: str) -> tuple[str, str | None]:
        """Name the column by which a row points to its parent, and the one that names the parent's table."""
        if self.name == "attribute":
            return "link_id", "link_entity"
        if self.name == "metadata":
            return "resource_id", "resource_type"
        return f"{parent}_id", None


@cache
def tables() -> Mapping[str, Table]:
    """Read how HSDS lays its tables out."""
    read = tomllib.loads(Path(__file__).with_name("tables.toml").read_text(encoding="utf-8"))
    return {
        name: Table(
            name=name,
            file=spec["file"],
            columns=tuple(spec["columns"]),
            numbers=frozenset(spec.get("numbers", ())),
            lists=spec.get("lists", {}) | _everywhere(name),
            single=spec.get("single", {}),
        )
        for name, spec in read.items()
    }


def _everywhere(name: str) -> Mapping[str, str]:
    if name == "metadata":
        return {}
    if name in ("attribute", "taxonomy", "taxonomy_term"):
        return {"metadata": "metadata"}
    return {"attributes": "attribute", "metadata": "metadata"}


def canonical(document: Object) -> Row:
    """Give a directory document in the form in which it is kept. Raises DirectoryRefused."""
    written = to_tables(document)
    kept, _ = from_tables(written, extras_of(document))
    return kept


def extras_of(document: Object) -> Row:
    """Give what a document says besides its tables: its format, and whether it is fictional."""
    return {
        name: value
        for name, value in document.items()
        if name not in ("organizations", *_TOP_LISTS) and isinstance(value, str | int | float | bool)
    }


def to_tables(document: Object) -> Tables:
    """Write a document, whose `organizations` are nested as in HSDS, as rows. Raises DirectoryRefused."""
    writer = _Writer()
    for key, table in _TOP_LISTS.items():
        for index, item in writer.items(document, key, ""):
            writer.add(tables()[table], item, pointer(key, index))
    for index, organization in writer.items(document, "organizations", ""):
        path = pointer("organizations", index)
        row_id = writer.add(tables()["organization"], organization, path)
        own = organization.get(OWN)
        if isinstance(own, Mapping) and row_id is not None:
            writer.rows.setdefault(OWN, []).append({"organization_id": row_id, **own})
    if writer.faults:
        raise DirectoryRefused(in_order(writer.faults))
    return writer.rows


@dataclass(slots=True)
class _Writer:
    """Rows on their way out of a document, and what was wrong with it."""

    rows: Tables = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    _known: dict[tuple[str, str], Row] = field(default_factory=dict)

    def add(
        self, table: Table, item: Object, path: str, parent: tuple[str, str] | None = None, *, is_again: bool = False
    ) -> str:
        """Write one object and all that is nested in it; give its id.

        `is_again` says that it stands in something which more than one place names, and was written with it before.
        """
        row = {name: with_plain_id(name, item[name]) for name in table.columns if says_something(item.get(name))}
        self._check_scalars(table, row, path)
        row.setdefault("id", _made_id(table, row, path, parent))
        if parent is not None:
            column, kind = table.back(parent[0])
            if row.setdefault(column, parent[1]) != parent[1]:
                self.faults.append(Fault(path + pointer(column), f"is not the {parent[0]} that it stands in"))
            if kind is not None:
                row[kind] = parent[0]
        row_id = str(row["id"])
        is_again = is_again or (table.name in _SHARED and (table.name, row_id) in self._known)
        row = self._keep(table, row, path, is_again=is_again)
        for key, name in table.single.items():
            nested = item.get(key)
            if isinstance(nested, Mapping) and nested:
                nested_id = self.add(tables()[name], nested, path + pointer(key))
                if row.setdefault(f"{name}_id", nested_id) != nested_id:
                    self.faults.append(Fault(path + pointer(key, "id"), f"is not the {name}_id of what it stands in"))
            elif says_something(nested):
                self.faults.append(Fault(path + pointer(key), "is not an object"))
        for key, name in table.lists.items():
            for index, nested in self.items(item, key, path):
                place = path + pointer(key, index)
                self.add(tables()[name], nested, place, (table.name, row_id), is_again=is_again)
        return row_id

    def items(self, parent: Object, key: str, path: str) -> Iterator[tuple[int, Object]]:
        """Yield the objects of a list, noting what is not one."""
        found = parent.get(key)
        if not says_something(found):
            return
        if not isinstance(found, Sequence) or isinstance(found, str):
            self.faults.append(Fault(path + pointer(key), "is not a list"))
            return
        for index, item in enumerate(found):
            if isinstance(item, Mapping):
                yield index, item
            else:
                self.faults.append(Fault(path + pointer(key, index), "is not an object"))

    def _check_scalars(self, table: Table, row: Row, path: str) -> None:
        for name, value in row.items():
            if name in table.numbers:
                if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
                    self.faults.append(Fault(path + pointer(name), "is not a number"))
            elif not isinstance(value, str):
                self.faults.append(Fault(path + pointer(name), "is not text"))

    def _keep(self, table: Table, row: Row, path: str, *, is_again: bool) -> Row:
        """Keep a row, or find the one that was kept; what the two say must be the same."""
        known = self._known.get((table.name, str(row["id"])))
        if known is None:
            self._known[table.name, str(row["id"])] = row
            self.rows.setdefault(table.name, []).append(row)
            return row
        if not is_again:
            self.faults.append(Fault(path + pointer("id"), f"another {table.name} has this id"))
            return known
        for name, value in row.items():
            if known.setdefault(name, value) != value:
                self.faults.append(Fault(path + pointer(name), f"another {table.name} of this id says something else"))
        return known


def from_tables(rows: Tables, extras: Object, places: Mapping[int, str] | None = None) -> tuple[Row, dict[str, str]]:
    """Nest rows into a document; raises DirectoryRefused for rows that belong to nothing.

    `places` maps id() of a row to "file:row"; the second result maps the pointers of objects to those places.
    """
    reader = _Reader(rows, places or {})
    document: Row = {**extras}
    for key, table in _TOP_LISTS.items():
        if nested := [reader.build(table, row, pointer(key, index)) for index, row in enumerate(rows.get(table, ()))]:
            document[key] = nested
    document["organizations"] = [
        reader.build("organization", row, pointer("organizations", index))
        for index, row in enumerate(rows.get("organization", ()))
    ]
    if reader.faults:
        raise DirectoryRefused(in_order(reader.faults))
    return document, reader.origins


class _Reader:
    """Rows on their way into a document, found by id and by what they belong to."""

    def __init__(self, rows: Tables, places: Mapping[int, str]) -> None:
        self.faults: list[Fault] = []
        self.origins: dict[str, str] = {}
        self._places = places
        self._by_id = {
            (name, row["id"]): row for name, found in rows.items() if name != OWN for row in found if "id" in row
        }
        self._own = {row["organization_id"]: row for row in rows.get(OWN, ()) if "organization_id" in row}
        self._children: dict[tuple[str, str, str], list[Row]] = {}
        used = {row.get("location_id") for row in rows.get("service_at_location", ())}
        for name, found in rows.items():
            if name in tables() and name not in ("organization", *_TOP_LISTS.values(), "unit"):
                for row in found:
                    if not (name == "location" and row["id"] in used):
                        self._attach(name, row)
        for organization_id, row in self._own.items():
            if ("organization", organization_id) not in self._by_id:
                self._fault(row, "organization_id", "no such row in organizations.csv")

    def build(self, name: str, row: Row, path: str) -> Row:
        """Nest what belongs to a row into it."""
        table = tables()[name]
        self.origins[path] = self._place(row)
        built = dict(row)
        for key, child in table.single.items():
            target = row.get(f"{child}_id")
            if target is None:
                continue
            found = self._by_id.get((child, target))
            if found is None:
                self._fault(row, f"{child}_id", f"no such row in {tables()[child].file}", path)
            else:
                built[key] = self.build(child, found, path + pointer(key))
        for key, child in table.lists.items():
            children = self._children.get((child, name, row["id"]), ())
            if children:
                built[key] = [
                    self.build(child, found, path + pointer(key, index)) for index, found in enumerate(children)
                ]
        if name == "organization" and row["id"] in self._own:
            own = self._own[row["id"]]
            self.origins[path + pointer(OWN)] = self._place(own)
            built[OWN] = {key: value for key, value in own.items() if key != "organization_id"}
        return built

    def _attach(self, name: str, row: Row) -> None:
        """Put a row under the first parent that it names; HSDS lets one name several."""
        table = tables()[name]
        for parent in tables().values():
            if name not in parent.lists.values():
                continue
            column, kind = table.back(parent.name)
            if column not in row or (kind is not None and row.get(kind) != parent.name):
                continue
            if (parent.name, row[column]) not in self._by_id:
                self._fault(row, column, f"no such row in {parent.file}")
            self._children.setdefault((name, parent.name, row[column]), []).append(row)
            return
        self._fault(row, "id", "belongs to no other row")

    def _place(self, row: Row) -> str:
        return self._places.get(id(row), "")

    def _fault(self, row: Row, column: str, message: str, path: str = "") -> None:
        place = self._place(row)
        self.faults.append(Fault(f"{place}:{column}" if place else path + pointer(column), message))


def with_plain_id(column: str, value: Any) -> Any:
    """Write a UUID in small letters, as uuid.UUID does: in large ones it is the same, and must not count as another."""
    is_id = column == "id" or column.endswith("_id")
    return value.lower() if is_id and isinstance(value, str) and _UUID.fullmatch(value) else value


def says_something(value: object) -> bool:
    """Say whether a value is more than a place where one could stand."""
    return value is not None and value != "" and value != [] and value != {}


def _made_id(table: Table, row: Row, path: str, parent: tuple[str, str] | None) -> str:
    """Make an id for an object without one: the same for the same file, so that a second import changes nothing."""
    told = path.rpartition("/")[2] if parent is not None else sorted(row.items())
    return str(uuid.uuid5(_MADE_IDS, json.dumps([table.name, parent, told])))
