"""Python and TypeScript open, on every run, what the other has just sealed, and refuse the same things.

All that TypeScript has to do stands in one batch, so that Node starts once. What is exchanged is drawn anew each time;
a failure names the seed that draws it again (LEEWARD_EXCHANGE_SEED).
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import cannot_run
from tests.vectors.drawn import Drawing, Keys, Line, Sealing
from tests.vectors.encoding import text
from tests.vectors.exchange import answer

ROOT = Path(__file__).resolve().parents[3]
SEED = int(os.environ.get("LEEWARD_EXCHANGE_SEED") or int.from_bytes(os.urandom(6)))
AGAIN = f"LEEWARD_EXCHANGE_SEED={SEED} draws it again"
REJECTED = {"error": "EnvelopeRejected"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A line for TypeScript and its answer."""

    line: Line
    came: Line


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was drawn, and what TypeScript answered: what it sealed, opened, refused, and answered as Python does."""

    sealings: Sequence[Sealing]
    keys: Sequence[Keys]
    sealed: Sequence[Asked]
    opened: Sequence[Sequence[Asked]]
    flipped: Sequence[Asked]
    sealed_keys: Sequence[Asked]
    opened_keys: Sequence[Asked]
    alike: Sequence[Asked]
    refused: Sequence[Asked]


def typescript(lines: Sequence[Line]) -> list[Line]:
    """Let TypeScript answer."""
    node = Path(sys.executable).with_name("node")
    if not node.exists() or not (ROOT / "node_modules" / ".stamp").exists():
        cannot_run("no Node or no packages for it: `make test` installs them")
    subprocess.run([node, "build.mjs", "--tests"], cwd=ROOT, check=True, timeout=120)
    program = ROOT / "build" / "browser-tests" / "exchange.batch.js"
    given = "".join(json.dumps(line) + "\n" for line in lines)
    ran = subprocess.run([node, program], input=given, capture_output=True, encoding="utf-8", timeout=240, check=False)
    assert ran.returncode == 0, ran.stderr
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(answers) == len(lines)
    return answers


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    """Draw everything, seal Python's half, and let TypeScript do all of its part in one run."""
    drawing = Drawing(SEED)
    sealings, keys = drawing.sealings(), drawing.keys()
    by_python = [str(answer(sealing.line)["envelope"]) for sealing in sealings]
    both = list(zip(sealings, by_python, strict=True))
    parts: list[list[Line]] = [
        [sealing.line for sealing in sealings],
        [sealing.opening(drawing.flipped(whole), sealing.seeds[0]) for sealing, whole in both * 2],
        [one.seal for one in keys],
        [one.open | answer(one.seal) for one in keys],
        drawing.alike(),
        drawing.refusals(),
        *([sealing.opening(whole, seed) for seed in sealing.seeds] for sealing, whole in both),
    ]
    answers = iter(typescript([line for part in parts for line in part]))
    sealed, flipped, sealed_keys, opened_keys, alike, refused, *opened = (
        [Asked(line, next(answers)) for line in part] for part in parts
    )
    return Exchange(sealings, keys, sealed, opened, flipped, sealed_keys, opened_keys, alike, refused)


def check_opened(opened: Line, sealing: Sealing) -> None:
    """Compare what came out with what went in."""
    given = {name: sealing.line[name] for name in ("type", "origin", "case_id", "message_id", "document")}
    assert {name: opened.get(name) for name in given} == given, AGAIN
    signer = sealing.line["signer"]
    assert opened["signer"] == (0 if signer is None else signer["kind"]), AGAIN
    assert opened["genuine"] is (None if signer is None else True), AGAIN
    assert opened["roles"] == [reader["role"] for reader in sealing.line["recipients"]], AGAIN


def test_typescript_opens_what_python_sealed(exchange: Exchange) -> None:
    for sealing, asked in zip(exchange.sealings, exchange.opened, strict=True):
        for one in asked:
            check_opened(one.came, sealing)
            assert one.came == answer(one.line), AGAIN


def test_python_opens_what_typescript_sealed(exchange: Exchange) -> None:
    for sealing, asked in zip(exchange.sealings, exchange.sealed, strict=True):
        for seed in sealing.seeds:
            check_opened(answer(sealing.opening(asked.came["envelope"], seed)), sealing)


def test_both_seal_to_the_same_length(exchange: Exchange) -> None:
    for sealing, asked in zip(exchange.sealings, exchange.sealed, strict=True):
        assert len(asked.came["envelope"]) == len(answer(sealing.line)["envelope"]), AGAIN


def test_both_refuse_a_changed_bit(exchange: Exchange) -> None:
    for asked in exchange.flipped:
        # A bit of another reader's wrap is none of this one's business, for both.
        assert asked.came == answer(asked.line), AGAIN
    assert sum(asked.came == REJECTED for asked in exchange.flipped) > len(exchange.flipped) // 2, AGAIN


def test_python_opens_keys_that_typescript_sealed(exchange: Exchange) -> None:
    for keys, asked in zip(exchange.keys, exchange.sealed_keys, strict=True):
        assert answer(keys.open | asked.came) == keys.expected, AGAIN


def test_typescript_opens_keys_that_python_sealed(exchange: Exchange) -> None:
    for keys, asked in zip(exchange.keys, exchange.opened_keys, strict=True):
        assert asked.came == keys.expected, AGAIN


def test_both_answer_alike(exchange: Exchange) -> None:
    for asked in exchange.alike:
        assert asked.came == answer(asked.line), f"{AGAIN}: {asked.line['op']}"


def test_both_refuse_what_cannot_be_sealed_or_opened(exchange: Exchange) -> None:
    for asked in exchange.refused:
        assert asked.came == answer(asked.line), AGAIN
        assert set(asked.came) == {"error"}, AGAIN


def test_the_program_in_python_answers_line_by_line() -> None:
    lines = [{"op": "key", "seed": text(bytes(32))}, {"op": "parse_receipt", "typed": "1"}, {"op": "key", "seed": ""}]
    given = "\n".join([json.dumps(lines[0]), "", *map(json.dumps, lines[1:])])
    command = [sys.executable, "-m", "tests.vectors.exchange"]
    ran = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, encoding="utf-8", timeout=60, check=True)
    expected = [answer(lines[0]), {"error": "ReceiptMistyped"}, {"error": "Refused"}]
    assert [json.loads(line) for line in ran.stdout.splitlines()] == expected
