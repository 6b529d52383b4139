"""The command `leeward route`: tries the router on a directory file, without a database. It stores nothing."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

import click

from referrals.candidates import EMERGENCY_FLAGS, HELPERS, URGENT_FLAGS, Candidate, Decision, Facts, Policy
from referrals.categories import CATEGORIES
from referrals.directory import hsds
from referrals.directory.checking import ROLES
from referrals.geography.places import resolve
from referrals.routing import route

_TIE_KEY: Final = b"leeward route"
_CONSENTS: Final = ("coordinator", "consulate", "inspector")
_LOADS: Final = ("avail", "max")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Network:
    """The candidates of a directory file, and the keys of those that an id, a key or a name in small letters means."""

    candidates: tuple[Candidate, ...]
    keys: Mapping[str, frozenset[str]]

    def keys_of(self, names: Iterable[str]) -> tuple[str, ...]:
        """Give the keys of the organizations named, every one where several are called the same."""
        return tuple(sorted({key for name in names for key in self.keys.get(_folded(name), ())}))


class FactsMalformed(ValueError):
    """A line that is no report's facts; the message names the part that is wrong and holds nothing of its text."""


@click.command("route")
@click.option("--directory", "path", required=True, type=click.Path(path_type=Path), help="Directory file (HSDS JSON).")
@click.option(
    "--now", "moment", metavar="ISO", help="The moment to decide at, with an offset from UTC.  [default: now]"
)
def route_command(path: Path, moment: str | None) -> None:
    """Decide for each line of facts (JSON) on standard input, and write a line of JSON for each.

    The first line that cannot be read ends it: one sentence on standard error, status 1.
    """
    try:
        now = _moment(moment)
        answer(sys.stdin.buffer, sys.stdout.buffer, read_network(path), now)
    except (FactsMalformed, hsds.DirectoryMalformed, click.ClickException) as error:
        click.echo(f"leeward route: {error}", err=True)
        sys.exit(1)


def read_network(path: Path) -> Network:
    """Read a directory file. Raises click.ClickException or DirectoryMalformed."""
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise click.ClickException(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:  # neither UTF-8 nor JSON
        raise click.ClickException(f"{path} is not JSON: {error}") from error
    except RecursionError as error:
        raise click.ClickException(f"{path} is nested too deeply") from error
    found = hsds.organizations(document)
    candidates: list[Candidate] = []
    keys: dict[str, frozenset[str]] = {}
    for index, organization in enumerate(found):
        try:
            candidates.append(hsds.candidate_of(organization))
        except hsds.DirectoryMalformed as error:
            path_in_file = f"/organizations/{index}{error.path}"
            raise hsds.DirectoryMalformed(path_in_file, error.message) from error
        key = candidates[-1].key
        for name in map(_folded, (key, candidates[-1].name, str(organization.get("id") or ""))):
            keys[name] = keys.get(name, frozenset()) | {key}
    return Network(tuple(candidates), {name: meant for name, meant in keys.items() if name})


def answer(lines: Iterable[bytes], out: BinaryIO, network: Network, now: datetime) -> None:
    """Write a decision for each line of facts, in their order; empty lines count for nothing. Raises FactsMalformed."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            facts = parse_facts(line)
        except FactsMalformed as error:
            out.flush()
            raise FactsMalformed(f"line {number}: {error}") from error
        for code in _unknown(facts, network):
            click.echo(f"leeward route: line {number}: counts for nothing: {code!r}", err=True)
        facts = replace(facts, exclude_orgs=network.keys_of(facts.exclude_orgs))
        decision = route(facts, network.candidates, Policy(now=now, tie_key=_TIE_KEY))
        out.write(
            json.dumps(decision_json(facts.id, decision), ensure_ascii=False).encode("utf-8", "backslashreplace")
            + b"\n"
        )
    out.flush()


def decision_json(case: str, decision: Decision) -> dict[str, Any]:
    """Write a decision as the command prints it."""
    return {
        "id": case,
        "province": decision.province,
        "districts": list(decision.districts),
        "primary": decision.primary,
        "recipients": list(decision.recipients),
        "standby": list(decision.standby),
        "fallback": decision.fallback,
        "proposals": list(decision.proposals),
        "urgency": decision.urgency,
        "language_mode": decision.language_mode,
        "reasons": {key: list(codes) for key, codes in decision.reasons.items()},
        "needs_place_question": decision.needs_place_question,
        "coordinator_informed": decision.coordinator_informed,
        "missing": list(decision.missing),
    }


def parse_facts(line: bytes) -> Facts:
    """Read one line of facts. Raises FactsMalformed; members that it does not know are not looked at."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FactsMalformed("is not a JSON object in UTF-8") from error
    if not isinstance(told, dict):
        raise FactsMalformed("is not a JSON object in UTF-8")
    if told.get("id") is None:
        raise FactsMalformed("id is missing")
    facts = Facts(
        id=_member(told, "id", _text, ""),
        place=resolve(_member(told, "place_text", _text, "")),
        language=_member(told, "language", _text, ""),
        categories=_member(told, "categories", _texts, ()) or ("other_unsure",),
        flags=_member(told, "flags", _texts, ()),
        employer=_member(told, "employer", _text, "") or None,
        exclude_orgs=_member(told, "exclude_orgs", _texts, ()),
        exclude_roles=_member(told, "exclude_roles", _texts, ()),
        consent=_member(told, "consent", _consent, {}),
        needs=_member(told, "needs", _texts, ()),
        load_overrides=_member(told, "load_overrides", _loads, {}),
        helper=_member(told, "helper", _text, "either"),
        community=_member(told, "community", _text, "") or None,
    )
    if facts.helper not in HELPERS:
        raise FactsMalformed(f"helper is none of {', '.join(HELPERS)}")
    return facts


def _unknown(facts: Facts, network: Network) -> Iterator[str]:
    """Yield the codes of no vocabulary: a misspelt flag, or an exclusion of nobody, must not pass in silence."""
    yield from (code for code in facts.categories if code not in CATEGORIES)
    yield from sorted({*facts.flags} - EMERGENCY_FLAGS - URGENT_FLAGS)
    yield from (name for name in facts.exclude_orgs if _folded(name) not in network.keys)
    yield from (role for role in facts.exclude_roles if role not in ROLES)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _member(told: Mapping[str, Any], name: str, parse: Callable[[Any], _Value], default: _Value) -> _Value:
    """Read one member; null counts as missing."""
    value = told.get(name)
    if value is None:
        return default
    try:
        return parse(value)
    except TypeError as error:
        raise FactsMalformed(f"{name} {error}") from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("is not a text")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise TypeError("holds half a character")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("is not a list of texts")
    return tuple(map(_text, value))


def _consent(value: Any) -> dict[str, bool]:
    told = _told(value, _CONSENTS, "is not an object of true and false")
    if not all(isinstance(given, bool) for given in told.values()):
        raise TypeError("is not an object of true and false")
    return told


def _loads(value: Any) -> dict[str, dict[str, int]]:
    wanted = "is not an object of {avail, max} in whole numbers"
    if not isinstance(value, dict):
        raise TypeError(wanted)
    return {
        key: {name: _whole(count, wanted) for name, count in _told(load, _LOADS, wanted).items()}
        for key, load in value.items()
        if load is not None
    }


def _told(value: Any, names: tuple[str, ...], wanted: str) -> dict[str, Any]:
    """Give the members of an object that go by some names; null counts as missing."""
    if not isinstance(value, dict):
        raise TypeError(wanted)
    return {name: value[name] for name in names if value.get(name) is not None}


def _whole(count: Any, wanted: str) -> int:
    # JSON knows numbers only: 4.0 is 4 (JSON Schema, "integer").
    if isinstance(count, float) and count.is_integer():
        return int(count)
    if type(count) is not int:
        raise TypeError(wanted)
    return count


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.ClickException(f"--now is not a moment: {text!r}") from error
    if moment.tzinfo is None:
        raise click.ClickException("--now needs an offset from UTC, as in 2026-07-08T10:00:00-07:00")
    return moment
