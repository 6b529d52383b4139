"""Every column says what it holds, nothing secret passes as public, and the threat model names each one in clear."""

import importlib
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from sqlalchemy import Column, LargeBinary, MetaData, String, Table

from service.base import Base, ColumnClass, KeyBase
from tests.guards.tree import PACKAGES, ROOT, files, module_name

CLEAR = {"public", "routing", "staff"}
SECRET_BYTES = re.compile(r"sealed|secret|seed|hash|hmac|wrap|digest|^key$|^body$|^header$")
TOLD_BY_A_WORKER = re.compile(r"story|employer|phone|receipt|address|user_agent|^ip$|^text$|postal")


def tables() -> list[Table]:
    """Return every table of both databases."""
    for path in files("models.py", folders=PACKAGES):
        importlib.import_module(module_name(path))
    return [*Base.metadata.sorted_tables, *KeyBase.metadata.sorted_tables]


def column_faults(table: Table) -> Iterator[str]:
    """Yield what is wrong with how a table's columns are classed."""
    for column in table.columns:
        holds = column.info.get("holds")
        is_bytes = isinstance(column.type, LargeBinary)
        if holds not in get_args(ColumnClass):
            yield f"{table.name}.{column.name} does not say what it holds"
        elif holds not in CLEAR and not is_bytes:
            yield f"{table.name}.{column.name} is {holds}, but not bytes"
        elif holds in CLEAR and is_bytes and SECRET_BYTES.search(column.name):
            yield f"{table.name}.{column.name} is named like a secret and classed {holds}"
        elif holds in CLEAR and TOLD_BY_A_WORKER.search(column.name):
            yield f"{table.name}.{column.name} is named like something that a worker tells, and stands in clear"


def test_every_column_is_classed_for_what_it_holds() -> None:
    faults = [fault for table in tables() for fault in column_faults(table)]
    assert not faults, "\n".join(faults)


def test_the_threat_model_names_every_column_in_clear() -> None:
    page = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    clear = [
        f"`{table.name}.{column.name}`"
        for table in tables()
        for column in table.columns
        if column.info.get("holds") in CLEAR
    ]
    missing = [name for name in clear if name not in page]
    assert not missing, "docs/threat-model.md does not say what these tell: " + ", ".join(missing)


def test_the_threat_model_names_no_column_that_is_gone() -> None:
    page = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    known = {f"{table.name}.{column.name}" for table in tables() for column in table.columns}
    named = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", page))
    assert named <= known, named - known


@pytest.mark.parametrize(
    ("column", "fault"),
    [
        (Column("area", String(16)), "does not say what it holds"),
        (Column("area", String(16), info={"holds": "harmless"}), "does not say what it holds"),
        (Column("sealed_seed", LargeBinary, info={"holds": "public"}), "named like a secret"),
        (Column("token_hash", LargeBinary, info={"holds": "routing"}), "named like a secret"),
        (Column("sealed_bag", String(64), info={"holds": "sealed-key"}), "not bytes"),
        (Column("phone", String(16), info={"holds": "routing"}), "that a worker tells"),
        (Column("employer_name", String(16), info={"holds": "staff"}), "that a worker tells"),
    ],
)
def test_a_planted_column_is_found(column: Column[Any], fault: str) -> None:
    table = Table("planted", MetaData(), column)
    assert [found for found in column_faults(table) if fault in found]
