"""What is wrong with a directory file, told with the place where it is wrong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `path` is a JSON pointer (RFC 6901), or "file:row:column" in a file of CSV."""

    path: str
    message: str

    def __str__(self) -> str:
        """Write it as one line for whoever must mend the file."""
        return f"{self.path or '/'}: {self.message}"


class DirectoryRefused(Exception):
    """A directory file with faults; nothing of it was imported."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = tuple(faults)


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Sort faults by their places, item 2 before item 10."""
    return tuple(sorted(faults, key=lambda fault: ([_step(step) for step in fault.path.split("/")], fault.message)))


def _step(step: str) -> tuple[int, str]:
    return (int(step), "") if step.isascii() and step.isdigit() else (-1, step)


def pointer(*steps: object) -> str:
    """Write a JSON pointer (RFC 6901, section 3)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def located(fault: Fault, origins: Mapping[str, str]) -> Fault:
    """Say where a fault stands in the CSV files that a document was made of; as it is for a document of JSON.

    `origins` maps the pointers of objects to "file:row".
    """
    steps = fault.path.split("/")
    for length in range(len(steps), 0, -1):
        origin = origins.get("/".join(steps[:length]))
        if origin is not None:
            return replace(fault, path=":".join([origin, *steps[length : length + 1]]))
    return fault


def each(holder: Mapping[str, Any], key: str, path: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Give each item of a list in something at a path, none where there is no list, with its own path."""
    return ((path + pointer(key, index), item) for index, item in enumerate(holder.get(key) or ()))
