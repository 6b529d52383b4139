"""What a look at a provider's set-up finds: what is wrong, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """How much a finding matters."""

    FINE = "fine"
    NOTE = "note"
    FAULT = "FAULT"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `do` is empty where all is well."""

    weight: Weight
    subject: str
    what: str
    do: str = ""


def fine(subject: str, what: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(Weight.FINE, subject, what)


def note(subject: str, what: str, do: str) -> Finding:
    """Say what a person should look at, since we cannot."""
    return Finding(Weight.NOTE, subject, what, do)


def fault(subject: str, what: str, do: str) -> Finding:
    """Say what is wrong."""
    return Finding(Weight.FAULT, subject, what, do)
