"""The directory out of the database, as one HSDS document or as the CSV files of a tabular data package."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from referrals.directory.csvfiles import package_files
from referrals.directory.models import DirectoryState, Organization
from referrals.directory.tabular import Row, extras_of, to_tables

# A zip of the same directory is the same file: entries carry the first moment that the format knows.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


class ExportRefused(Exception):
    """The place where an export should go holds something else."""


def document_of(session: Session) -> Row:
    """Give the whole directory as it was imported; members that a later file left out are inactive in it."""
    metadata = session.scalar(select(DirectoryState.metadata_document)) or {}
    documents = session.scalars(select(Organization.document).order_by(Organization.position, Organization.key))
    return {**metadata, "organizations": list(documents)}


def json_text(document: dict[str, Any]) -> str:
    """Write a document as people can read it and `git diff` can compare it."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def write_json(document: dict[str, Any], path: Path) -> None:
    """Write a document to a file, which is either whole or not there."""
    _write(path, json_text(document).encode())


def write_csv(document: dict[str, Any], path: Path) -> None:
    """Write a document as CSV: into a zip file if the name ends so, else into a folder that is new or empty.

    Raises ExportRefused for a folder with anything in it: files left over from an older export would be read as well.
    """
    files = package_files(to_tables(document), extras_of(document))
    if path.suffix.lower() == ".zip":
        _write(path, _zip(files))
        return
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ExportRefused(f"{path} is not an empty folder")
    path.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        _write(path / name, text.encode())


def _zip(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), text.encode(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_bytes(content)
    unfinished.replace(path)
