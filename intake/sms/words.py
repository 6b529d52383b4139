"""Words that mean something when they stand alone in a text: stop, start, help, not my phone, yes, no. Pure.

They are read in every language at once, since a keyword is often typed in another one than the story. "STOP 12345" is
not STOP: whatever has more to say is story.
"""

import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from intake.sms.digits import bare

# A keyword is short; what is longer is story and is not looked at.
_LONGEST: Final = 40


class Command(StrEnum):
    """What a text asks for when it is nothing but a keyword."""

    STOP = "stop"
    START = "start"
    HELP = "help"
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
# In the file: words of no one language, and what may stand beside a digit.
_ANY: Final = "any"
_BESIDE: Final = "beside"
_EMOJI: Final = "👍👎✅"
_APOSTROPHES: Final = str.maketrans("", "", "'’‘ʼ`´")


def keyword(text: str) -> Keyword | None:
    """Read a text that is nothing but a keyword; None where it is not. Case, accents, stops and emoji do not matter."""
    if len(text) > _LONGEST:
        return None
    return _keywords().get(key_of(text))


def key_of(text: str) -> str:
    """Give the form in which keywords compare: words as `bare` writes them with one space between, and no signs.

    An emoji counts only where there is nothing else.
    """
    letters = bare(text.translate(_APOSTROPHES))
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
def _keywords() -> dict[str, Keyword]:
    """Map each keyword to what it asks for, with its language where no other language has the same word."""
    found: dict[str, list[Keyword]] = {}
    for name, languages in _phrases().items():
        if name == _BESIDE:
            continue
        for language, phrases in languages.items():
            for phrase in phrases:
                keyword = Keyword(Command(name), None if language == _ANY else language)
                found.setdefault(key_of(phrase), []).append(keyword)
    return dict(_one_each(found))


def _one_each(found: dict[str, list[Keyword]]) -> Iterator[tuple[str, Keyword]]:
    for key, keywords in found.items():
        command = keywords[0].command
        languages = {one.language for one in keywords}
        # Punjabi and Hindi in English letters may come from a phone, or from a person, that cannot read their own.
        is_clear = len(languages) == 1 and not (key.isascii() and languages <= {"pa", "hi"})
        yield key, Keyword(command, keywords[0].language if is_clear or command is Command.NAME else None)
