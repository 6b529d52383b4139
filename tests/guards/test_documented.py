"""Every setting, command, topic, metric and alarm stands in docs/operations.md, and nothing that is gone does."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields

import click
import pytest

import wsgi
from service import health, outbox
from service.metrics import Metrics
from service.settings import PREFIX, Settings
from tests.guards.tree import ROOT, files

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", PAGE))
FOR_TESTS = {"LEEWARD_CI", "LEEWARD_TEST_DATABASE_URL", "LEEWARD_TEST_SEED"}


def settings() -> set[str]:
    """Name the variable of each setting."""
    return {"PORT" if field.name == "port" else PREFIX + field.name.upper() for field in fields(Settings)}


def commands(group: click.Group = wsgi.cli, prefix: str = "leeward") -> Iterator[str]:
    """Name every command that does something, with the groups that it is in."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix} {name}")
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield f"{prefix} {name}"


def metrics() -> set[str]:
    """Name every metric."""
    return {family.name for family in Metrics(lambda: {outbox.DEAD: 0}).collect()}


def alarms() -> set[str]:
    """Find the codes of /readyz in the functions that give them: short names in the source."""
    found = {"flood"}
    for path in files(".py", folders=("intake", "referrals", "service")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name in ("alarms", "of_process", health.readiness.__name__):
                found |= {
                    constant.value
                    for constant in ast.walk(node)
                    if isinstance(constant, ast.Constant)
                    and isinstance(constant.value, str)
                    and re.fullmatch(r"[a-z]+(_[a-z]+)+", constant.value)
                }
    return found


def test_every_setting_is_documented_and_none_that_is_gone() -> None:
    words = {word for name in NAMED for word in re.findall(r"\b(?:LEEWARD_[A-Z_]+|PORT)\b", name)}
    assert settings() <= words, settings() - words
    assert words <= settings() | FOR_TESTS, words - settings()


def test_every_command_is_documented_and_none_that_is_gone() -> None:
    known = set(commands())
    assert known <= NAMED, known - NAMED
    starts = {name for name in NAMED if re.fullmatch(r"leeward( [a-z]+)+", name)}
    assert starts <= known, starts - known


def test_every_command_says_what_it_is_for_and_takes_help() -> None:
    context = click.Context(wsgi.cli)
    for name, listed in wsgi.COMMANDS.items():
        command = wsgi.cli.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert command.get_short_help_str()
        assert listed.help.endswith(".")


@pytest.mark.parametrize("topic", sorted(wsgi.handlers()))
def test_every_outbox_topic_is_documented(topic: str) -> None:
    assert topic in NAMED


def test_every_metric_is_documented_and_none_that_is_gone() -> None:
    named = {name for name in NAMED if re.fullmatch(r"leeward(_[a-z]+)+", name)}
    assert named == metrics()


def test_every_alarm_is_documented_and_none_that_is_gone() -> None:
    table = PAGE.partition("## Alarms")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {code for row in rows for code in re.findall(r"`([a-z_]+)`", row)} == alarms()


def test_what_closes_intake_is_among_the_alarms_of_the_directory() -> None:
    assert alarms() >= wsgi.CLOSING
