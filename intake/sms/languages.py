"""Which language a worker writes: what they chose, else what the script decides, else nothing. Pure.

A guess from words is a suggestion: it picks the language of a question that offers the others beside it, and counts
only once that question is answered. Nobody is routed on a guess.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from intake.sms.digits import bare
from translations.locales import SOURCE

# What a digit chooses in the first question and on a card, in letters that take one unit each (GSM 7 bit has no ç).
CHOICES: Final[Mapping[int, str]] = MappingProxyType({5: "es", 6: "fr", 7: "pa", 8: "en"})
# Punjabi in English letters, for who chose it by a digit: a phone or a person that can't read Gurmukhi.
LATIN_PUNJABI: Final = "pa-Latn"
LOCALES: Final = (*CHOICES.values(), LATIN_PUNJABI)
_NAMES: Final = {"es": "ESPAÑOL", "fr": "FRANÇAIS", "pa": "PUNJABI", "en": "ENGLISH"}
# Scripts that one language of this country's workers is written in. Others (Devanagari, Arabic, Han) are shared.
_DECIDING: Final = {
    **{"GURMUKHI": "pa", "GUJARATI": "gu", "TAMIL": "ta", "TELUGU": "te", "SINHALA": "si", "THAI": "th", "KHMER": "km"},
    **{"HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja"},
}
_FEWEST_LETTERS: Final = 10
_FEWEST_WORDS: Final = 2
_MARGIN: Final = 2
# Short words that one of the languages has and the others have not. Words that are borrowed everywhere are left out.
_TELLING: Final = {
    "en": "the my and they we are have not was this with for you he she it i am of to do does did but when where",
    "es": "el los las mi mis una por para con pero esta estoy somos tengo nos quiero trabajo jefe pago muy aqui hola"
    " donde cuando ella sin ya del al y hay yo es soy tiene dice pagan paga dinero horas finca",
    "fr": "je mon ma mes nous pas est suis ai avec pour dans une des du et il elle travail passeport bonjour ne ce"
    " cette vous sur qui chez patronne ils argent heures depuis veut",
}
_SETS: Final = {code: frozenset(words.split()) for code, words in _TELLING.items()}
_SCRIPT_NAME: Final = re.compile(r"^\w+")


def by_script(text: str) -> str | None:
    """Give the language that the script of most letters decides; None where it decides nothing, or is Latin."""
    letters = [letter for letter in text if unicodedata.category(letter)[0] in "LM"]
    scripts = Counter(_script(letter) for letter in letters if not letter.isascii())
    latin = sum(map(str.isascii, letters))
    if not scripts:
        return None
    # A Japanese text has kana between its Chinese letters, however few.
    for name in ("HIRAGANA", "KATAKANA"):
        if scripts[name]:
            return _DECIDING[name]
    name, count = scripts.most_common(1)[0]
    return _DECIDING.get(name) if count >= latin else None


def suggestion(text: str) -> str | None:
    """Guess among the languages of the texts, from short words; None under ten letters and wherever it is not clear."""
    if sum(map(str.isalpha, text)) < _FEWEST_LETTERS:
        return None
    words = set(re.findall(r"[^\W\d_]+", bare(text)))
    found = sorted(((len(words & known), code) for code, known in _SETS.items()), reverse=True)
    (most, code), (next_most, _) = found[:2]
    return code if most >= _FEWEST_WORDS and most >= _MARGIN * next_most else None


def locale_of(language: str | None) -> str:
    """Give the language in which something can be said to who speaks this one: English where we have no texts."""
    return language if language in LOCALES else SOURCE


def menu(locale: str) -> str:
    """Write the line that offers the other languages, each in its own letters: "ESPAÑOL 5 FRANÇAIS 6 PUNJABI 7"."""
    return " ".join(f"{_NAMES[code]} {digit}" for digit, code in CHOICES.items() if code != locale)


def _script(letter: str) -> str:
    """Name the script of a letter by the first word of its Unicode name."""
    found = _SCRIPT_NAME.match(unicodedata.name(letter, ""))
    return found.group() if found else ""
