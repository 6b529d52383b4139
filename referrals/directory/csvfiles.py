"""The CSV files of a tabular data package, in a folder or a zip file: rows go out and come in.

What comes in is not trusted: every size has a limit, names that lead elsewhere are refused, and nothing is unpacked.
"""

import csv
import io
import json
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from referrals.directory.faults import DirectoryRefused, Fault
from referrals.directory.tabular import OWN, Row, Tables, tables, with_plain_id

PACKAGE_FILE: Final = "datapackage.json"
OWN_FILE: Final = "x_leeward.csv"
FILE_LIMIT: Final = 16 * 1024 * 1024
PACKAGE_LIMIT: Final = 64 * 1024 * 1024
FILES_LIMIT: Final = 64
ROWS_LIMIT: Final = 50_000
# Lists of our own columns are written "a|b"; one that is there and empty is this word.
EMPTY_LIST: Final = "none"
_OWN_TEXTS: Final = ("key", "role", "stakeholder_group", "timezone")
_OWN_FLAGS: Final = ("open_24h", "has_key")
_OWN_LISTS: Final = ("interpreter", "conflicts_of_interest")
_OWN_MORE: Final = "more"
# RuntimeError: it is encrypted, or packed in a way that Python does not know. The others: its bytes are spoilt.
_ZIP_FAULTS: Final = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, EOFError, OSError),
    *(zlib.error, lzma.LZMAError, struct.error, ValueError),
)
OWN_COLUMNS: Final = ("organization_id", *_OWN_TEXTS, *_OWN_FLAGS, *_OWN_LISTS, _OWN_MORE)


@dataclass(frozen=True, slots=True)
class Package:
    """What was read: rows, what the package says besides them, and "file:row" by id() of each row."""

    rows: Tables
    extras: Row
    places: Mapping[int, str]


def read_package(path: Path) -> Package:
    """Read a folder or a zip file. Raises DirectoryRefused with every fault of form, by file, row and column."""
    reader = _PackageReader()
    for name, content in _zipped(path) if path.is_file() else _in_folder(path):
        reader.read(name, content)
    if not reader.rows.get("organization"):
        reader.faults.append(Fault("organizations.csv", "is missing, or has no row"))
    if reader.faults:
        raise DirectoryRefused(reader.faults)
    return Package(reader.rows, reader.extras, reader.places)


def package_files(rows: Tables, extras: Mapping[str, Any]) -> dict[str, str]:
    """Write rows as the files of a package: one CSV a table that has rows, our own columns, and datapackage.json."""
    files = {}
    resources = []
    for name, table in tables().items():
        if found := rows.get(name):
            files[table.file] = _csv_text(
                table.columns, [{c: _cell(row.get(c)) for c in table.columns} for row in found]
            )
            resources.append(_resource(name, table.file, table.columns, table.numbers))
    if own := rows.get(OWN):
        files[OWN_FILE] = _csv_text(OWN_COLUMNS, [_own_cells(row) for row in own])
        resources.append(_resource(OWN, OWN_FILE, OWN_COLUMNS, frozenset()))
    package = {
        "name": "leeward-directory",
        "profile": "tabular-data-package",
        "resources": resources,
        OWN: dict(extras),
    }
    files[PACKAGE_FILE] = json.dumps(package, ensure_ascii=False, indent=1) + "\n"
    return files


class _PackageReader:
    """Reads one file after the other and keeps what was wrong."""

    def __init__(self) -> None:
        self.rows: Tables = {}
        self.extras: Row = {}
        self.places: dict[int, str] = {}
        self.faults: list[Fault] = []
        self._tables = {table.file: table for table in tables().values()}

    def read(self, name: str, content: bytes) -> None:
        """Read one file of the package; a file that HSDS does not know is left alone."""
        try:
            if name == PACKAGE_FILE:
                self._read_description(_text(name, content))
            elif name == OWN_FILE:
                self._read_rows(name, _text(name, content), OWN, frozenset(OWN_COLUMNS))
            elif name in self._tables:
                table = self._tables[name]
                self._read_rows(name, _text(name, content), table.name, frozenset(table.columns))
        except DirectoryRefused as refused:
            self.faults.extend(refused.faults)

    def _read_description(self, text: str) -> None:
        try:
            package = json.loads(text)
        except (ValueError, RecursionError):
            raise DirectoryRefused([Fault(PACKAGE_FILE, "is not JSON")]) from None
        extras = package.get(OWN) if isinstance(package, dict) else None
        if isinstance(extras, dict):
            self.extras = {key: value for key, value in extras.items() if isinstance(value, str | int | float | bool)}

    def _read_rows(self, name: str, text: str, table: str, known: frozenset[str]) -> None:
        found = self.rows.setdefault(table, [])
        ids: set[str] = set()
        for number, cells in _records(name, text, known):
            if len(found) >= ROWS_LIMIT:
                raise DirectoryRefused([Fault(f"{name}:{number}", f"has more than {ROWS_LIMIT} rows")])
            place = f"{name}:{number}"
            row = self._own_row(place, cells) if table == OWN else self._row(place, table, cells)
            key = "organization_id" if table == OWN else "id"
            if key not in row:
                self.faults.append(Fault(f"{place}:{key}", "is empty"))
            elif row[key] in ids:
                self.faults.append(Fault(f"{place}:{key}", "another row has this id"))
            else:
                ids.add(row[key])
                found.append(row)
                self.places[id(row)] = place

    def _row(self, place: str, table: str, cells: Mapping[str, str]) -> Row:
        row: Row = {}
        for column, cell in cells.items():
            if column not in tables()[table].numbers:
                row[column] = with_plain_id(column, cell)
            elif (number := _number(cell)) is not None:
                row[column] = number
            else:
                self.faults.append(Fault(f"{place}:{column}", "is not a number"))
        return row

    def _own_row(self, place: str, cells: Mapping[str, str]) -> Row:
        row: Row = {}
        for column, cell in cells.items():
            try:
                row.update(_own_values(column, cell))
            except (ValueError, RecursionError):
                self.faults.append(Fault(f"{place}:{column}", "cannot be read"))
        return row


def _zipped(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a zip, at its top or in its one folder, without trusting what it says of sizes."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > FILES_LIMIT:
                raise DirectoryRefused([Fault(path.name, f"has more than {FILES_LIMIT} files")])
            left = PACKAGE_LIMIT
            for entry in entries:
                name = _plain_name(entry)
                with archive.open(entry) as file:
                    content = file.read(min(FILE_LIMIT, left) + 1)
                left -= len(content)
                if len(content) > FILE_LIMIT or left < 0:
                    raise DirectoryRefused([Fault(name, "is too large")])
                yield name, content
    except _ZIP_FAULTS as error:
        raise DirectoryRefused([Fault(path.name, "is not a zip file that can be read")]) from error


def _plain_name(entry: zipfile.ZipInfo) -> str:
    place = PurePosixPath(entry.filename)
    leads_elsewhere = place.is_absolute() or ".." in place.parts or "\\" in entry.filename or ":" in entry.filename
    if leads_elsewhere or len(place.parts) > 2 or stat.S_ISLNK(entry.external_attr >> 16):
        raise DirectoryRefused([Fault(entry.filename[:80], "is not a plain file of a package")])
    return place.name


def _in_folder(path: Path) -> Iterator[tuple[str, bytes]]:
    names = [PACKAGE_FILE, OWN_FILE, *(table.file for table in tables().values())]
    for name in names:
        file = path / name
        if not file.is_file():
            continue
        with file.open("rb") as opened:
            content = opened.read(FILE_LIMIT + 1)
        if len(content) > FILE_LIMIT:
            raise DirectoryRefused([Fault(name, "is too large")])
        yield name, content


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DirectoryRefused([Fault(f"{name}:{line}", "is not UTF-8")]) from error


def _records(name: str, text: str, known: frozenset[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the cells that say something, with the line where their record ends; the header is line 1.

    Spreadsheets of a French locale write semicolons.
    """
    # What we write may hold longer cells than the 131,072 characters that Python reads unasked.
    csv.field_size_limit(FILE_LIMIT)
    header_line = text.split("\n", 1)[0]
    delimiter = ";" if ";" in header_line and "," not in header_line else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [column.strip() for column in next(reader, [])]
        if len(set(header)) != len(header):
            raise DirectoryRefused([Fault(f"{name}:1", "names a column twice")])
        for cells in reader:
            if not any(cells):
                continue
            if len(cells) > len(header):
                raise DirectoryRefused(
                    [Fault(f"{name}:{reader.line_num}:{len(header) + 1}", "is beyond the last column")]
                )
            pairs = zip(header, cells, strict=False)
            yield reader.line_num, {column: cell for column, cell in pairs if cell != "" and column in known}
    except csv.Error as error:
        raise DirectoryRefused([Fault(f"{name}:{reader.line_num}", f"is not CSV: {error}")]) from error


def _number(cell: str) -> int | float | None:
    try:
        return int(cell)
    except ValueError:
        pass
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if value - value == 0 else None


def _csv_text(columns: tuple[str, ...], rows: list[Mapping[str, str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, lineterminator="\r\n")  # RFC 4180
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def _own_cells(row: Mapping[str, Any]) -> dict[str, str]:
    """Write our own columns for people: text, true or false, and "a|b". What has no column goes into `more` as JSON."""
    cells: dict[str, str] = {"organization_id": str(row["organization_id"])}
    more = {}
    for name, value in row.items():
        if name in _OWN_FLAGS and isinstance(value, bool):
            cells[name] = "true" if value else "false"
        elif name in _OWN_LISTS and isinstance(value, list) and _is_plain_list(value):
            cells[name] = "|".join(value) or EMPTY_LIST
        elif (name in _OWN_TEXTS and isinstance(value, str) and value) or (name == "interpreter" and value == "any"):
            cells[name] = value
        elif name != "organization_id":
            more[name] = value
    if more:
        cells[_OWN_MORE] = json.dumps(more, ensure_ascii=False)
    return cells


def _is_plain_list(value: list[Any]) -> bool:
    told = all(isinstance(item, str) and item and item == item.strip() and "|" not in item for item in value)
    return told and value not in ([EMPTY_LIST], ["any"])


def _own_values(column: str, cell: str) -> Row:
    if column in _OWN_FLAGS:
        return {column: {"true": True, "false": False}[_known_flag(cell)]}
    if column == "interpreter" and cell == "any":
        return {column: cell}
    if column in _OWN_LISTS:
        return {column: [] if cell == EMPTY_LIST else [item.strip() for item in cell.split("|")]}
    if column == _OWN_MORE:
        more = json.loads(cell)
        if not isinstance(more, dict):
            raise ValueError("not an object")
        return more
    return {column: with_plain_id(column, cell)}


def _known_flag(cell: str) -> str:
    # Spreadsheets write TRUE.
    flag = cell.strip().lower()
    if flag not in ("true", "false"):
        raise ValueError("neither true nor false")
    return flag


def _resource(name: str, file: str, columns: tuple[str, ...], numbers: frozenset[str]) -> dict[str, Any]:
    fields = [{"name": column, "type": "number" if column in numbers else "string"} for column in columns]
    return {
        "name": name,
        "path": file,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "schema": {"fields": fields, "primaryKey": columns[0]},
    }
