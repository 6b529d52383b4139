"""Makes the files of protocol-1/: `python -m tests.vectors.make`. Everything but HPKE's ciphertexts comes out the same
each time; those stay as they are in the files for as long as they open.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from tests.vectors import caseworkers, envelopes, primitives, tampers
from tests.vectors.kept import Kept

FOLDER = Path(__file__).with_name("protocol-1")


def files(folder: Path = FOLDER) -> Iterator[tuple[str, str]]:
    """Yield name and text of each file; ciphertexts of HPKE are those of the folder."""
    kept = Kept(folder)
    made = {
        "padding": primitives.padding(),
        "stream": primitives.stream(),
        "key": primitives.key(),
        "signature": primitives.signature(),
        "receipt": primitives.receipt(),
        "passphrase": caseworkers.passphrase(),
        "keybag": caseworkers.keybag(),
        "epoch": caseworkers.epoch(kept),
        "envelope": envelopes.envelope(kept),
        "forged": envelopes.forged(kept),
        "tampered": tampers.tampered(kept),
    }
    for name, entries in made.items():
        yield f"{name}.json", json.dumps(entries, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in list(files()):
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
