"""`leeward sms measure` and `leeward sms language`: what a text costs, and which language it is in."""

import json
import sys
from collections.abc import Iterator
from typing import Final

import click

from intake.sms.segments import measure as measured

# More than ten of the longest texts that a phone can send.
_LONGEST: Final = 1024 * 1024


@click.command()
def measure() -> None:
    """Read a text on the standard input and print what it costs to send, as JSON.

    {"encoding": "GSM-7" or "UCS-2", "units": ..., "segments": ...}. A last line's end is not counted. Exits
    with 2 where the input is not UTF-8.
    """
    text = _decoded(sys.stdin.buffer.read(_LONGEST + 1))
    size = measured(text.removesuffix("\n").removesuffix("\r"))
    click.echo(json.dumps({"encoding": str(size.encoding), "units": size.units, "segments": size.segments}))


@click.command()
def language() -> None:
    """Read one text a line on the standard input and print one line of JSON for each, in the same order.

    {"choice": what its script decides or null, "suggestion": a guess or null, "confidence": 0 to 1, "by": "script",
    "model" or "none"}. A guess decides nothing: the hotline asks. Exits with 2 at a line that is not UTF-8.
    """
    for text in _lines():
        # Loaded with the first text, so that --help is quick.
        from intake.sms.identify import identify

        found = identify(text)
        line = {
            "choice": found.choice,
            "suggestion": found.suggestion,
            "confidence": found.confidence,
            "by": found.by,
        }
        click.echo(json.dumps(line))


def _lines() -> Iterator[str]:
    for number, raw in enumerate(sys.stdin.buffer, start=1):
        yield _decoded(raw, number).rstrip("\r\n")


def _decoded(raw: bytes, line: int | None = None) -> str:
    """Read bytes as UTF-8. Raises UsageError, which ends the command with 2."""
    if len(raw) > _LONGEST:
        raise click.UsageError(f"The text is longer than {_LONGEST} bytes.")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        where = f"Line {line} is" if line else "The text is"
        raise click.UsageError(f"{where} not UTF-8: byte {error.start + 1} fits nowhere.") from None
