"""A provider of text messages as a process of its own: the double of Twilio, which outlives the workers that ask it.

Started by a test: `python -m tests.faults.provider FILE`. It writes its address to the file first, and then a line for
each text that it takes over and for each that it erases.
"""

import sys
import threading
from pathlib import Path

from tests.integration.twilio_double import twilio_double


def main(file: Path) -> None:
    """Serve until killed."""
    with twilio_double() as double, file.open("w", encoding="utf-8", buffering=1) as told:
        told.write(f"{double.address}\n")
        # It is at work on nothing, so that everything can be erased.
        double.status_of_new = "sent"
        double.heard = lambda line: told.write(f"{line}\n")
        threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
