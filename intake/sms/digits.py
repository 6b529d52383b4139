"""The digits that a worker answers with, in any script and with a few words beside them. Pure.

A digit counts only where it stands for itself: "2 weeks without pay" and "1.5 hours" are not answers.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

# An answer stands at the beginning; what comes after this is story.
_READ: Final = 200
# Whoever sends more than two is quoting the question, or telling a number.
_MOST: Final = 2
_HAN: Final = {one: value for value, one in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "兩": 2}
# Over shapes (see _shape): a number with what may join its digits, a word, a line's end or a sign that ends something.
_TOKEN: Final = re.compile(r"(?P<number>d+(?:[jb]d+)*)(?!w)|(?P<word>[wd]+)|(?P<end>[bn])")
_JOINING: Final = frozenset("/-–⁄")
# Signs that end nothing: they stand before a number, or around it.
_AROUND: Final = frozenset("#*('\"«“‘¿¡")
_KEYCAP: Final = "\u20e3"
_KEYCAPS: Final = re.compile("\ufe0f?\u20e3(?=[0-9]\ufe0f?\u20e3)")
# What changes no word: the dot below of Indian scripts, Arabic vowels, and the long Arabic dash.
_SMALL_MARKS: Final = re.compile("[\u093c\u0a3c\u0640\u064b-\u0652\u0656-\u065f\u0670]")
# Accents and tones of Latin letters, and Arabic hamzas: many leave them out, but each can make another word.
_ACCENTS: Final = re.compile("[\u0300-\u036f\u0653-\u0655]")
_INVISIBLE: Final = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})


class _Token(NamedTuple):
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a text says: single digits in their order, without repeats, and nothing where it does not answer."""

    digits: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is any digit."""
        return bool(self.digits)

    def one_of(self, *choices: int) -> int | None:
        """Give the one digit among some choices; None where there is none, or more than one."""
        found = [digit for digit in self.digits if digit in choices]
        return found[0] if len(found) == 1 else None


def plain(text: str) -> str:
    """Write a text as it compares: compatibility letters (NFKC), every digit as 0-9, and nothing invisible.

    Directions, joiners and variation selectors go; accents and vowel signs stay.
    """
    letters = []
    # A keycap ends a digit, unless the next one follows at once: 1️⃣0️⃣ is ten.
    for letter in _KEYCAPS.sub("", unicodedata.normalize("NFKC", text)):
        digit = unicodedata.digit(letter, None)
        if digit is not None:
            letters.append(str(digit))
        elif letter == _KEYCAP:
            letters.append(" ")
        elif letter in "\n\r\t":
            letters.append("\n")
        elif unicodedata.category(letter) not in _INVISIBLE and not "\ufe00" <= letter <= "\ufe0f":
            letters.append(letter)
    return "".join(letters)


def accented(text: str) -> str:
    """Write words as they are spelled: plain and composed, in lower case, with accents but without smaller marks."""
    return unicodedata.normalize("NFC", _SMALL_MARKS.sub("", unicodedata.normalize("NFKD", plain(text).casefold())))


def bare(text: str) -> str:
    """Write words as they compare: plain, in lower case, without accents and other marks that typing leaves out."""
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", accented(text))).replace("đ", "d")


def answer(text: str, beside: Collection[str] = ()) -> Answer:
    """Read the digits with which a text begins. `beside` are words that may stand between them, as `bare` writes them.

    What follows a stop or a new line is story and does not matter: "1. They took my passport" answers 1. Words that
    follow without one do: "1 week" is no answer.
    """
    found: list[int] = []
    sure: list[int] = []
    for kind, value in _tokens(text):
        if kind == "end":
            sure = list(found)
        elif kind == "digit":
            found.append(int(value))
        elif bare(value) not in beside:
            found = sure
            break
    digits = tuple(dict.fromkeys(found))
    return Answer(digits) if len(digits) <= _MOST else Answer()


def leads_with_zero(text: str) -> bool:
    """Say whether a text begins with a zero of its own, whatever follows: 0, 00, "0 please" but not 0.5 or 07:30."""
    first = next((token for token in _tokens(text) if token.kind != "end"), None)
    if first is None:
        return False
    if first.kind == "digit":
        return first.text == "0"
    return set(first.text) == {"0"}


def _tokens(text: str) -> Iterator[_Token]:
    """Yield digits, words and ends. A number of several digits is a word, since it is no answer."""
    text = plain(text[:_READ])
    for match in _TOKEN.finditer("".join(map(_shape, text))):
        found = text[match.start() : match.end()]
        if match["end"]:
            yield _Token("end", found)
        elif match["word"]:
            yield _Token("digit", str(_HAN[found])) if found in _HAN else _Token("word", found)
        else:
            parts = re.split(r"\D", found)
            # 1,4 are two answers; 0.5 is one number.
            if all(len(part) == 1 for part in parts) and "⁄" not in found and (len(parts) == 1 or parts[0] != "0"):
                yield from (_Token("digit", part) for part in parts)
            else:
                yield _Token("word", found)


def _shape(letter: str) -> str:
    """Classify a letter: d digit, w part of a word, j what joins digits, n new line, b what ends, space the rest."""
    if letter == "\n":
        return "n"
    if letter in "0123456789":
        return "d"
    if letter in _JOINING:
        return "j"
    category = unicodedata.category(letter)
    if category[0] in "LMN":
        return "w"
    # Emoji, money and the like say nothing about where an answer ends.
    return "b" if category[0] == "P" and letter not in _AROUND else " "
