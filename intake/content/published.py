"""What pages, texts and cards say that is not ours to decide: public numbers and what the law says. Pure.

Each has its source and the day on which it was read (numbers.toml, rights/, employers/).
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

# The province whose law the pages, the hotline and the card tell, by its code in lower case.
PROVINCE: Final = "bc"
_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Number:
    """A public number. `who` and `what` are sentences in English, to be translated where they are shown."""

    dial: str
    shown: str
    who: str
    what: str
    panel: bool
    source: str
    checked: date


@dataclass(frozen=True, slots=True)
class Statement:
    """What the law says on one thing, in a sentence to be translated; `law` names it as lawyers do.

    `only` is a sentence that names the workers for whom the rule holds, if not for all. `card` ones are printed too.
    """

    text: str
    law: str
    source: str
    checked: date
    only: str | None = None
    card: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    """What the law says on one kind of problem. `covers` are the form's codes of it (referrals/categories.py)."""

    code: str
    name: str
    covers: tuple[str, ...]
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Rights:
    """What the law says in one province."""

    province: str
    topics: tuple[Topic, ...]

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All of it, in the order of the topics."""
        return tuple(statement for topic in self.topics for statement in topic.statements)


@dataclass(frozen=True, slots=True)
class Source:
    """A public page to learn from, by its own name."""

    name: str
    source: str
    checked: date


@dataclass(frozen=True, slots=True)
class Employers:
    """What an employer must do in one province, and where to learn more."""

    province: str
    statements: tuple[Statement, ...]
    learn: tuple[Source, ...]


@cache
def numbers() -> tuple[Number, ...]:
    """List the public numbers, the most urgent first."""
    return tuple(
        Number(
            dial=entry["dial"],
            shown=entry["shown"],
            who=entry["who"]["vital"],
            what=entry["what"]["vital"],
            panel=entry["panel"],
            source=entry["source"],
            checked=entry["checked"],
        )
        for entry in _read("numbers.toml")["number"]
    )


@cache
def rights(province: str) -> Rights:
    """Give what the law says in a province, by its code in lower case."""
    document = _read(f"rights/{province}.toml")
    only = {code: entry["vital"] for code, entry in document["only"].items()}

    def statement(entry: dict[str, Any]) -> Statement:
        whom = only[entry["only"]] if "only" in entry else None
        return Statement(
            entry["vital"], entry["law"], entry["source"], entry["checked"], whom, card=entry.get("card", False)
        )

    topics = (
        Topic(entry["code"], entry["_"], tuple(entry["covers"]), tuple(map(statement, entry["statement"])))
        for entry in document["topic"]
    )
    return Rights(document["province"], tuple(topics))


@cache
def employers(province: str) -> Employers:
    """Give what an employer must do in a province, by its code in lower case."""
    document = _read(f"employers/{province}.toml")
    statements = (
        Statement(entry["_"], entry["law"], entry["source"], entry["checked"]) for entry in document["statement"]
    )
    return Employers(document["province"], tuple(statements), tuple(Source(**entry) for entry in document["learn"]))


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / name).read_text(encoding="utf-8"))
