"""A directory file into the database: read, checked, and taken over whole or not at all.

A file states the whole directory. A member that it leaves out is deleted if nothing refers to it, and otherwise marked
inactive: cases, keys and people stay with it, and no new report goes to it.
"""

import json
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from referrals.directory import checking, hsds, state
from referrals.directory.csvfiles import FILE_LIMIT, read_package
from referrals.directory.faults import DirectoryRefused, Fault, located, pointer
from referrals.directory.models import Organization
from referrals.directory.tabular import Row, canonical, from_tables
from service import audit
from service.database import alone

INACTIVE: Final = "inactive"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A directory file as a document; `origins` says where its objects stand if the file was CSV."""

    document: Any
    origins: Mapping[str, str] = field(default_factory=dict)

    def located(self, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
        """Name the places of faults as they are in the file."""
        return tuple(located(fault, self.origins) for fault in faults)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed, by the keys of organizations, and what the file's people should look at."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    made_inactive: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int
    warnings: tuple[Fault, ...] = field(default=(), compare=False)

    @property
    def changed_anything(self) -> bool:
        """Say whether the directory is another one now."""
        return bool(self.added or self.changed or self.made_inactive or self.removed)


def load(path: Path) -> Loaded:
    """Read a directory from a JSON file, a folder of CSV, or a zip of CSV. Raises DirectoryRefused, and OSError."""
    if path.is_dir() or path.suffix.lower() == ".zip":
        package = read_package(path)
        document, origins = from_tables(package.rows, package.extras, package.places)
        return Loaded(document, origins)
    with path.open("rb") as file:
        content = file.read(FILE_LIMIT + 1)
    if len(content) > FILE_LIMIT:
        raise DirectoryRefused([Fault("", "the file is too large")])
    document = parse_json(content)
    # A bare list of organizations says the same as an object with nothing else in it.
    return Loaded({"organizations": document} if isinstance(document, list) else document)


def parse_json(content: bytes) -> Any:
    """Read JSON in UTF-8. Raises DirectoryRefused, saying in which line."""
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant, object_pairs_hook=_unique_keys)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        fault = Fault("", f"is not UTF-8: line {line}")
    except json.JSONDecodeError as error:
        fault = Fault("", f"is not JSON: line {error.lineno}, column {error.colno}: {error.msg}")
    except RecursionError:
        fault = Fault("", "is nested too deeply")
    except ValueError as error:
        fault = Fault("", f"is not JSON: {error}")
    raise DirectoryRefused([fault])


def import_directory(
    session: Session, document: Any, *, now: datetime, random: Callable[[int], bytes] = os.urandom
) -> Imported:
    """Take a whole directory over, in the session's transaction. Raises DirectoryRefused; then nothing is changed.

    The same document again changes nothing, and the directory's serial stays.
    """
    report = checking.check(document, now=now)
    if report.faults:
        raise DirectoryRefused(report.faults)
    alone(session, "directory")
    wanted = canonical(document)
    organizations = {uuid.UUID(found["id"]).bytes: found for found in wanted["organizations"]}
    import_ = _Import(
        session, {row.id: row for row in session.scalars(select(Organization).order_by(Organization.position))}
    )
    left_out = [row for row_id, row in import_.kept.items() if row_id not in organizations]
    for position, row in enumerate(left_out, start=len(organizations)):
        import_.leave_out(row, position)
    import_.free_keys(organizations)
    for position, (row_id, organization) in enumerate(organizations.items()):
        import_.take_over(row_id, position, organization)
    session.flush()
    imported = import_.result(report.warnings)
    extras = {name: value for name, value in wanted.items() if name != "organizations"}
    if state.keep_metadata(session, extras, now) or imported.changed_anything:
        state.bump(session, now)
        counts = {name: len(getattr(imported, name)) for name in ("added", "changed", "made_inactive", "removed")}
        audit.record(session, {"action": "directory.imported", **counts}, day=now.date(), random=random)
    return imported


@dataclass(slots=True)
class _Import:
    """An import on its way: the members that are there, and what becomes of them."""

    session: Session
    kept: dict[bytes, Organization]
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    made_inactive: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0

    def leave_out(self, row: Organization, position: int) -> None:
        """Delete a member that the file leaves out, or mark it inactive if anything refers to it."""
        try:
            # The database knows best what refers to a member.
            with self.session.begin_nested():
                self.session.execute(delete(Organization).where(Organization.id == row.id))
        except IntegrityError:
            if (document := _as_inactive(row.document)) != row.document:
                row.document = document
                self.made_inactive.append(row.key)
            row.position = position
            return
        self.session.expunge(row)
        del self.kept[row.id]
        self.removed.append(row.key)

    def free_keys(self, wanted: Mapping[bytes, Row]) -> None:
        """Let members trade keys in one import. Raises DirectoryRefused for a key that a member left out still has."""
        taken = {row.key: row_id for row_id, row in self.kept.items() if row_id not in wanted}
        faults = []
        for index, (row_id, organization) in enumerate(wanted.items()):
            key = hsds.key_of(organization)
            if key in taken:
                owner = uuid.UUID(bytes=taken[key])
                message = f"{key!r} is the key of {owner}, which has cases, keys or people: use that id, or another key"
                faults.append(Fault(pointer("organizations", index), message))
            row = self.kept.get(row_id)
            if row is not None and row.key != key:
                row.key = f"~{row_id.hex()}"
        if faults:
            raise DirectoryRefused(faults)
        self.session.flush()

    def take_over(self, row_id: bytes, position: int, organization: Row) -> None:
        """Add a member, or bring it up to date."""
        candidate = hsds.candidate_of(organization)
        values = {
            "key": candidate.key,
            "name": organization["name"],
            "role": candidate.role,
            "email": notice_address(organization),
            "document": organization,
        }
        row = self.kept.get(row_id)
        if row is None:
            self.session.add(Organization(id=row_id, position=position, **values))
            self.added.append(candidate.key)
            return
        # Its place in the file matters to an export only.
        row.position = position
        if any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            self.changed.append(candidate.key)
        else:
            self.unchanged += 1

    def result(self, warnings: tuple[Fault, ...]) -> Imported:
        """Say what was done."""
        return Imported(
            added=tuple(self.added),
            changed=tuple(self.changed),
            made_inactive=tuple(self.made_inactive),
            removed=tuple(self.removed),
            unchanged=self.unchanged,
            warnings=warnings,
        )


def notice_address(organization: Mapping[str, Any]) -> str | None:
    """Choose where notices go: the first service's own address, which an intake desk reads, else the organization's."""
    services = organization.get("services") or ()
    addresses = [service.get("email") for service in services] + [organization.get("email")]
    return next((address for address in addresses if address), None)


def _as_inactive(document: Mapping[str, Any]) -> Row:
    services = [{**service, "status": INACTIVE} for service in document.get("services") or ()]
    return {**document, "services": services} if services else dict(document)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number in JSON")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Which of the two counts differs from program to program (RFC 8259, section 4).
        raise ValueError("an object names a member twice")
    return found
