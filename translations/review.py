"""Who has checked a translation: the reading side of the ledgers in review/.

A ledger has a line for each sentence: hashes of source and translation, class (A: safety, consent, receipt, exit,
emergency, rights; then B, C), origin (machine, human), status, reviewer, date. A changed text has another hash, so its
approval ends by itself.
"""

import csv
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from translations.catalogue import catalogue
from translations.locales import ROOT, SOURCE

COLUMNS: Final = ("source_hash", "translation_hash", "class", "origin", "status", "reviewer", "date")
APPROVED: Final = "approved"
_HASH_LENGTH: Final = 16


def source_hash(message: str, context: str = "", plural: str = "") -> str:
    """Hash an English sentence, as a ledger's first column holds it: 16 hexadecimal digits of SHA-256."""
    return _hash("\0".join((context, message, plural)))


def translation_hash(texts: Sequence[str]) -> str:
    """Hash a translation, all its plural forms in order, as a ledger's second column holds it."""
    return _hash("\0".join(texts))


def approved(code: str, message: str, context: str = "") -> bool:
    """Say whether a person has approved the translation that is shown now. English is the source and needs none."""
    if code == SOURCE:
        return True
    text, lang = catalogue(code).translated(message, context)
    pair = (source_hash(message, context), translation_hash([text]))
    return lang == code and pair in approved_lines(ROOT / "review" / f"{code}.csv")


@cache
def approved_lines(ledger: Path) -> frozenset[tuple[str, str]]:
    """Read once which pairs of hashes a person has approved. A language without a ledger has none."""
    if not ledger.exists():
        return frozenset()
    with ledger.open(encoding="utf-8", newline="") as file:
        return frozenset(
            (line["source_hash"], line["translation_hash"])
            for line in csv.DictReader(file)
            if line["status"] == APPROVED and line["reviewer"]
        )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]
