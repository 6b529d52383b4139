"""Finds the Noto fonts that a language needs on this machine, and says what to install where one is missing.

The fonts are under the SIL Open Font License 1.1, which asks nothing of what is printed with them. None is in this
tree: they are larger than everything else here together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

FOLDERS: Final = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("~/.local/share/fonts").expanduser(),
    Path("~/.fonts").expanduser(),
)
Weight = Literal["Regular", "Bold"]


@dataclass(frozen=True, slots=True)
class Family:
    """A family of fonts: how its files begin, their ending, which font of a file it is, and Debian's package."""

    name: str
    suffix: str = "ttf"
    index: int = 0
    package: str = "fonts-noto-core"

    def file_name(self, weight: Weight) -> str:
        """Name the file of one weight."""
        return f"{self.name}-{weight}.{self.suffix}"


LATIN: Final = Family("NotoSans")


def _cjk(index: int) -> Family:
    return Family("NotoSansCJK", "ttc", index, "fonts-noto-cjk")


# By the script of a language (ISO 15924, as in translations/locales.toml). A file of the CJK fonts holds five: for
# Japan, Korea, China, Taiwan and Hong Kong, which write some letters each in their own way.
FAMILIES: Final = {
    "Latn": LATIN,
    "Guru": Family("NotoSansGurmukhi"),
    "Deva": Family("NotoSansDevanagari"),
    "Arab": Family("NotoSansArabic"),
    "Kore": _cjk(1),
    "Hans": _cjk(2),
    "Hant": _cjk(3),
}


class FontsMissing(Exception):
    """This machine lacks a font; `package` is the one of Debian that has it."""

    def __init__(self, file_name: str, package: str) -> None:
        super().__init__(
            f"The font {file_name} is not on this machine. On Debian or Ubuntu: apt install {package}. "
            "Or point --fonts at a folder that has it (https://fonts.google.com/noto)."
        )
        self.package = package


def find(family: Family, weight: Weight, folders: Iterable[Path] = FOLDERS) -> Path:
    """Find a font's file. Raises FontsMissing."""
    name = family.file_name(weight)
    for folder in folders:
        if (path := _files(folder).get(name)) is not None:
            return path
    raise FontsMissing(name, family.package)


@cache
def _files(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in sorted(folder.rglob("Noto*")) if path.is_file()} if folder.is_dir() else {}
