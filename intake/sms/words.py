"""Words that mean something when they stand alone in a text: stop, start, help, not my phone, yes, no. Pure.

They are read in every language at once, since a keyword is often typed in another one than the story. "STOP 12345" is
not STOP: whatever has more to say is story.
"""

import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

from intake.sms.digits import accented, bare

# A keyword is short; what is longer is story and is not looked at.
_LONGEST: Final = 40
# So long in UTF-8, words say the same without the spaces between them; shorter may be another word ("no sé", "nose").
_JOINED: Final = 8


class Command(StrEnum):
    """What a text asks for when it is nothing but a keyword."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    PERSON = "person"
    FRIEND = "friend"
    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    FORGET = "forget"
    HOURS = "hours"
    MENU = "menu"
    LANGUAGE = "language"
    WEB = "web"
    INFO = "info"
    ANOTHER = "another"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Keyword:
    """A command, and the language of its word where one language alone has it, in letters that our texts in it use.

    For NAME it is the language that is named ("pa-Latn" for Punjabi in English letters).
    """

    command: Command
    language: str | None = None


_FILE: Final = Path(__file__).with_name("keywords.toml")
# In the file: words of no one language, what counts only with its accents, and what may stand beside a digit.
_ANY: Final = "any"
_ACCENTED: Final = "accented"
_BESIDE: Final = "beside"
_EMOJI: Final = "👍👎✅"
_APOSTROPHES: Final = str.maketrans("", "", "'’‘ʼ`´")


def keyword(text: str) -> Keyword | None:
    """Read a text that is nothing but a keyword; None where it is not. Case, stops and emoji do not matter.

    Accents may be left out, but none may be another one: "dừng" asks us to stop, "đúng" is a yes, and "dung" neither.
    """
    if len(text) > _LONGEST:
        return None
    return next((meant for one in _with_and_without_spaces(spelled(text)) if (meant := _meaning(one))), None)


def key_of(text: str) -> str:
    """Give the form in which keywords are looked up: as they are spelled, without accents."""
    return bare(spelled(text))


def spelled(text: str) -> str:
    """Write words in lower case with one space between, with their accents and without signs.

    An emoji counts only where there is nothing else.
    """
    letters = accented(text.translate(_APOSTROPHES))
    words = "".join(letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in letters).split()
    return " ".join(words) or "".join(letter for letter in letters if letter in _EMOJI)[:1]


@cache
def courtesies() -> frozenset[str]:
    """Give the words that may stand beside a digit without making it a story, as `digits.bare` writes them."""
    return frozenset(bare(word) for words in _phrases()[_BESIDE].values() for word in words)


@cache
def _phrases() -> dict[str, dict[str, list[str]]]:
    """Read the words of keywords.toml: by what they ask for, and by language."""
    tables = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {name: {code: words.split("|") for code, words in table.items()} for name, table in tables.items()}


@cache
def _keywords() -> dict[str, list[tuple[str, Keyword]]]:
    """Map the key of each keyword to its spellings, with what they ask for."""
    found: dict[str, list[tuple[str, Keyword]]] = {}
    for command in Command:
        for language, phrases in _phrases()[command].items():
            meant = Keyword(command, None if language == _ANY else language)
            for one in chain.from_iterable(map(_with_and_without_spaces, map(spelled, phrases))):
                found.setdefault(bare(one), []).append((one, meant))
    return found


def _with_and_without_spaces(words: str) -> Iterable[str]:
    joined = words.replace(" ", "")
    return (words, joined) if joined != words and len(joined.encode()) >= _JOINED else (words,)


@cache
def _accented() -> frozenset[str]:
    """Give the keys that stand for other words too, so that their keywords count only with every accent."""
    return frozenset(key_of(phrase) for phrases in _phrases()[_ACCENTED].values() for phrase in phrases)


def _meaning(written: str) -> Keyword | None:
    """Give what a keyword asks for, with its language where no other language has the same word."""
    key = bare(written)
    is_strict = key in _accented()
    known = _keywords().get(key, ())
    found = [one for spelling, one in known if written == spelling or not (is_strict or _differs(written, spelling))]
    return _one_of(key, found) if found else None


def _differs(written: str, spelling: str) -> bool:
    """Say whether a word has an accent where its keyword has another one, or none."""
    pairs = zip(written, spelling, strict=False)
    return len(written) != len(spelling) or any(one not in (other, bare(other)) for one, other in pairs)


def _one_of(key: str, found: Sequence[Keyword]) -> Keyword:
    command, language = found[0].command, found[0].language
    languages = {one.language for one in found}
    # Punjabi and Hindi in English letters may come from a phone, or from a person, that cannot read their own.
    is_clear = len(languages) == 1 and not (key.isascii() and languages <= {"pa", "hi"})
    return Keyword(command, language if is_clear or command is Command.NAME else None)
