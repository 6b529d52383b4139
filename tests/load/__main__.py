"""`make bench`: measure what Leeward promises of speed, memory and size, with real servers and real databases.

It measures and never judges: it ends with 0 when everything was measured, whatever the figures.
"""

import argparse
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any, Final

from tests.load import (
    conversations,
    cost,
    decisions,
    flood,
    killing,
    machine,
    pages,
    reports,
    starting,
    triage,
    webhook,
)
from tests.load.bench import TINY, Bench, Size
from tests.load.figures import Figure, document, table

BEGIN: Final = "<!-- figures: begin -->"
END: Final = "<!-- figures: end -->"
LONGEST_LOAD: Final = 20.0
MEASUREMENTS: Final[Mapping[str, Callable[[Bench], Iterator[Figure]]]] = {
    "form": pages.form,
    "weight": pages.weight,
    "routing": decisions.routing,
    "places": decisions.places,
    "start": starting.start,
    "memory": starting.memory,
    "reports": reports.measure,
    "webhook": webhook.measure,
    "killing": killing.measure,
    "conversations": conversations.measure,
    "flood": flood.measure,
    "cost": cost.measure,
    "triage": triage.measure,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    given = _parser().parse_args(arguments)
    # A shell that starts it beside others has it ignore Ctrl-C; what it started must end all the same.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupted)
    began = time.monotonic()
    chosen = {name: getattr(given, name) for name in ("seconds", "rounds", "referrals")}
    if chosen["seconds"] is not None:
        chosen["seconds"] = min(chosen["seconds"], LONGEST_LOAD)
    size = replace(TINY if given.tiny else Size(), **{name: one for name, one in chosen.items() if one is not None})

    def tell(step: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {step} ...", file=sys.stderr, flush=True)  # noqa: T201

    facts = machine.about() | machine.idle_check()
    processors = machine.Processors.now()
    figures, failed = _measured(size, given.only or list(MEASUREMENTS), tell)
    facts["seconds"] = round(time.monotonic() - began, 1)
    facts["stolen_share"] = round(machine.stolen_since(processors), 4)
    page = f"{machine.described(facts)}\n\n{table(figures)}\n"
    print(page, end="")  # noqa: T201 - the table is what the command is for
    if given.json:
        given.json.write_text(document(figures, facts), encoding="utf-8")
        print(f"As JSON: {given.json}", file=sys.stderr)  # noqa: T201
    if given.write:
        write(given.write, page)
    return 1 if failed else 0


def write(path: Path, page: str) -> None:
    """Put the table between the two markers of a document. Raises ValueError where they are not there."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} needs the lines {BEGIN} and {END}")
    path.write_text(f"{before}{BEGIN}\n{page}{END}{after}", encoding="utf-8")


def _measured(size: Size, names: list[str], tell: Callable[[str], None]) -> tuple[list[Figure], bool]:
    folder = Path(tempfile.mkdtemp(prefix="leeward-bench-"))
    figures: list[Figure] = []
    failed = False
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        bench = Bench(size, folder, tell, stack)
        for name, measurement in MEASUREMENTS.items():
            if name in names:
                tell(name)
                try:
                    figures += measurement(bench)
                except Exception:  # noqa: BLE001 - what else was measured is still worth printing
                    traceback.print_exc()
                    failed = True
    return figures, failed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(MEASUREMENTS), metavar="NAME", help=_names())
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything as JSON")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table between the markers of a document")
    parser.add_argument(
        "--referrals", type=int, metavar="N", help="how many the triage page is measured on (1,000,000)"
    )
    parser.add_argument("--seconds", type=float, metavar="S", help="the length of each load (4; 20 at the most)")
    parser.add_argument("--rounds", type=int, metavar="N", help="how often each load is taken (3)")
    parser.add_argument("--tiny", action="store_true", help="run everything once and shortly; the figures mean nothing")
    return parser


def _names() -> str:
    return "measure only this, may be given again: " + ", ".join(MEASUREMENTS)


def _interrupted(_signal: int, _frame: FrameType | None) -> Any:
    """End a run so that what it started is ended."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
