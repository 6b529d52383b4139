"""Guessing the language of a text with a statistical model, for the terminal and never while a text is taken in.

The model takes over 100 MiB, so nothing that answers a webhook may load it. Nothing it says decides anything: the
hotline asks the worker, in two languages.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from intake.sms.languages import by_script, chinese, guess, is_arabic
from translations.locales import locales

By = Literal["script", "model", "none"]

_FEWEST_LETTERS: Final = 10
# Below this the model names some language for anything, Punjabi in English letters first of all.
_SURE: Final = 0.5
# What the model calls some of our languages, where it has another name for them.
_NAMES: Final = {"tl": "fil", "arz": "ar", "ary": "ar", "yue": "zh", "wuu": "zh"}


@dataclass(frozen=True, slots=True)
class Identified:
    """What a text's letters decide (`choice`), or else what it may be in, how surely (0 to 1), and who says so."""

    choice: str | None = None
    suggestion: str | None = None
    confidence: float = 0.0
    by: By = "none"


def identify(text: str) -> Identified:
    """Identify the language of a text. Under ten letters of a shared alphabet, and for a greeting, it says nothing."""
    decided = by_script(text)
    if decided is not None:
        return Identified(choice=decided, confidence=1.0, by="script")
    telling = guess(text)
    letters = sum(unicodedata.category(letter)[0] == "L" for letter in text)
    if letters < _FEWEST_LETTERS and telling is None:
        return Identified()
    code, confidence = _of_model(text)
    if telling is not None:
        # Our own words and letters say it, as in the hotline; the model says how surely.
        return Identified(suggestion=telling, confidence=confidence if code == telling else _SURE, by="model")
    if code is None or confidence < _SURE:
        return Identified()
    return Identified(suggestion=code, confidence=confidence, by="model")


def _of_model(text: str) -> tuple[str | None, float]:
    """Ask the model: one of our languages, or None for any other, and its probability."""
    found, probability = _model().classify(text)
    code = _NAMES.get(found, found)
    if code == "zh":
        code = chinese(text)
    if code == "ar" and not is_arabic(text):
        code = None
    return code if code in {one.code for one in locales()} else None, round(float(probability), 3)


@cache
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
