"""Splits what somebody typed into words that compare alike, whatever the case, accents, script or punctuation. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# Longer texts are cut: the place field holds 200 characters (intake.answers).
LONGEST_TEXT: Final = 200

_APOSTROPHES: Final = re.compile("['’‘ʼ`´]")
_SEPARATORS: Final = re.compile(r"[\s\-_/.,;:!?¡¿()\[\]{}\"“”«»…·|\\+*&#@–—~、，。；：！？（）「」。।]+")
_BREAKS: Final = re.compile(r"[,;:\n/()|、，。；：（）।]")
# Accents of Latin, Greek and Cyrillic letters; vowel signs of other scripts are letters and stay. The nukta of
# Gurmukhi and Devanagari is often left out in typing, and joiners are invisible.
_ACCENTS: Final = re.compile("[\u0300-\u036f\u0a3c\u093c\u200b-\u200f\u2060\ufeff]")
_SHORT_FORMS: Final = {"saint": "st", "sainte": "ste", "mount": "mt", "fort": "ft"}


@dataclass(frozen=True, slots=True)
class Word:
    """One word as it compares, whether it was written with a capital, and whether a break (a comma) comes before."""

    text: str
    capital: bool
    after_break: bool


def words_of(text: str) -> list[Word]:
    """Split a text into words. Letters that stand alone in a row are one abbreviation: B. C. is bc."""
    found: list[Word] = []
    at = 0
    after_break = True
    initials = 0
    text = text[:LONGEST_TEXT]
    for match in [*_SEPARATORS.finditer(text), None]:
        end = match.start() if match else len(text)
        if end > at:
            written = text[at:end]
            plain = _plain(written)
            initials = initials + 1 if len(plain) == 1 and plain.isascii() and plain.isalpha() else 0
            if initials > 1:
                before = found.pop()
                found.append(Word(before.text + plain, before.capital, before.after_break))
            elif plain:
                found.append(Word(_SHORT_FORMS.get(plain, plain), written[:1].isupper(), after_break))
            after_break = False
        if match:
            at = match.end()
            after_break = after_break or _BREAKS.search(match.group()) is not None
    return found


def key_of(name: str) -> str:
    """Give the form under which a name is found, the words of `words_of`: "Fort St. John" under "ft st john"."""
    words = _plain(_SEPARATORS.sub(" ", name)).split()
    if any(len(word) == 1 for word in words):
        words = [word.text for word in words_of(name)]
    return " ".join([_SHORT_FORMS.get(word, word) for word in words])


def one_error_away(key: str) -> Iterator[str]:
    """Yield every key from which one typing error leads here: a letter too many, missing, wrong, or two swapped."""
    letters = "abcdefghijklmnopqrstuvwxyz "
    for at in range(len(key) + 1):
        before, after = key[:at], key[at:]
        if after:
            yield before + after[1:]
            if len(after) > 1:
                yield before + after[1] + after[0] + after[2:]
            for letter in letters:
                yield before + letter + after[1:]
        for letter in letters:
            yield before + letter + after


def _plain(word: str) -> str:
    if word.isascii():
        return word.replace("'", "").replace("`", "").lower()
    decomposed = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", word).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed))
