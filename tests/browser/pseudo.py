"""Two languages that nobody speaks, made from the catalogue's own sentences, to find what a page does not translate.

One is English with accents and two fifths longer, one runs from right to left; both stand in brackets, and neither has
a letter of the English alphabet. They are put beside a copy of the languages of the program, as a translator would put
one: a line in the registry and a catalogue. No release holds them.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from math import ceil
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from translations.locales import ROOT
from translations.template import TEMPLATE, read

# Their codes are those of languages that we do not offer, since a page's dates are Babel's.
LONG: Final = "eo"
MIRRORED: Final = "he"
MADE_UP: Final = (LONG, MIRRORED)
LONGER: Final = 1.4

_PLAIN: Final = "abcdefghijklmnopqrstuvwxyz"
_ACCENTED: Final = "áƀçđéƒĝĥíĵķļɱñóþɋŕšţúṽŵẋýž"
# Letters of an alphabet that runs the other way. They spell nothing.
_OTHER_WAY: Final = "".join(chr(0x05D0 + at) for at in range(len(_PLAIN)))
# What a program puts into a sentence, and tags.
_KEPT: Final = re.compile(r"(%\(\w+\)[sd]|%[sd%]|\{\w*\}|</?[a-z][^>]*>)")
_REGISTRY: Final = """
[{code}]
name = "{name}"
direction = "{direction}"
script = "{script}"
line_height = {height}
fallback = []
form = true
desk = false
elsewhere = "https://{code}.wikipedia.org/"
"""


def accented(sentence: str) -> str:
    """Write a sentence with accents and about two fifths longer, in brackets: "Send" becomes "[Šééñđđ]"."""
    letters = str.maketrans(_PLAIN + _PLAIN.upper(), _ACCENTED + _ACCENTED.upper())
    return _said(sentence, lambda text: _stretched(text).translate(letters))


def mirrored(sentence: str) -> str:
    """Write a sentence in letters that run from right to left, in brackets."""
    letters = str.maketrans(_PLAIN + _PLAIN.upper(), _OTHER_WAY * 2)
    return _said(sentence, lambda text: _stretched(text).translate(letters))


def add_languages(folder: Path) -> Path:
    """Copy the languages of the program into a folder, with both of these among them.

    Gives the place to look for packages, which goes before the project's own.
    """
    copy = folder / "translations"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("__pycache__", "*.po", "*.pot"))
    registry = (copy / "locales.toml").read_text(encoding="utf-8")
    entries = "".join(_entries())
    (copy / "locales.toml").write_text(registry + entries, encoding="utf-8")
    for code, say in ((LONG, accented), (MIRRORED, mirrored)):
        _write_catalogue(copy / code / "LC_MESSAGES", code, say)
    return folder


def _entries() -> Iterator[str]:
    yield _REGISTRY.format(code=LONG, name=accented("English"), direction="ltr", script="Latn", height=1.5)
    yield _REGISTRY.format(code=MIRRORED, name=mirrored("English"), direction="rtl", script="Hebr", height=1.5)


def _write_catalogue(folder: Path, code: str, say: Callable[[str], str]) -> None:
    catalog = Catalog(locale=code)
    for entry in read(TEMPLATE):
        if not entry.id:
            continue
        if isinstance(entry.id, (list, tuple)):
            one, many = entry.id
            forms: str | tuple[str, ...] = (say(one), *[say(many)] * (catalog.num_plurals - 1))
        else:
            forms = say(entry.id)
        catalog.add(entry.id, forms, context=entry.context)
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalog)


def _said(sentence: str, change: Callable[[str], str]) -> str:
    parts = _KEPT.split(sentence)
    return f"[{''.join(part if at % 2 else change(part) for at, part in enumerate(parts))}]"


def _stretched(text: str) -> str:
    """Double letters, vowels first, until a text is long enough."""
    missing = ceil(len(text) * (LONGER - 1))
    places = [at for at, letter in enumerate(text) if letter.isascii() and letter.isalpha()]
    places.sort(key=lambda at: text[at].lower() not in "aeiouy")
    doubled = set(places[:missing])
    return "".join(letter + (letter.lower() if at in doubled else "") for at, letter in enumerate(text))
