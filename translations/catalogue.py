"""What to say in each language. Sentences are looked up by their English, which is also said where nothing is found.

Needs no request, so that the hotline, the worker process and the commands use it too. Catalogues are read once.
"""

from collections.abc import Callable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from typing import NamedTuple

from translations.locales import SOURCE, Locale, locale


class Translated(NamedTuple):
    """A text, and the code of the language that it is in."""

    text: str
    lang: str


class _Untranslated(LookupError):
    """This catalogue has no such sentence."""


class _NoFurther(NullTranslations):
    """Stands behind each catalogue, because gettext would else give the English without a word."""

    def gettext(self, message: str) -> str:
        raise _Untranslated

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        raise _Untranslated

    def pgettext(self, context: str, message: str) -> str:
        raise _Untranslated

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        raise _Untranslated


class Catalogue:
    """The sentences of one language. English source texts are the keys."""

    def __init__(self, language: Locale) -> None:
        self.locale = language
        chain = [language, *(locale(code) for code in language.fallback)]
        self._chain = [(one.code, _read(one)) for one in chain if one.code != SOURCE]

    def gettext(self, message: str) -> str:
        """Say a sentence."""
        return self.translated(message).text

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Say a sentence that depends on a number."""
        return self.translated_number(singular, plural, n).text

    def pgettext(self, context: str, message: str) -> str:
        """Say a short word whose meaning the context tells."""
        return self.translated(message, context).text

    def npgettext(self, context: str, singular: str, plural: str, n: int) -> str:
        """Say a short word that depends on a number."""
        return self.translated_number(singular, plural, n, context).text

    def translated(self, message: str, context: str = "") -> Translated:
        """Say a sentence, and in which language that is."""
        if context:
            return self._first(lambda one: one.pgettext(context, message), message)
        return self._first(lambda one: one.gettext(message), message)

    def translated_number(self, singular: str, plural: str, n: int, context: str = "") -> Translated:
        """Say a sentence that depends on a number, and in which language that is."""
        english = singular if n == 1 else plural
        if context:
            return self._first(lambda one: one.npgettext(context, singular, plural, n), english)
        return self._first(lambda one: one.ngettext(singular, plural, n), english)

    def _first(self, say: Callable[[NullTranslations], str], english: str) -> Translated:
        # The empty key holds a catalogue's own description, which no page may show.
        for code, translations in self._chain if english else ():
            try:
                return Translated(say(translations), code)
            except _Untranslated:
                continue
        return Translated(english, SOURCE)


@cache
def catalogue(code: str) -> Catalogue:
    """Give a language's catalogue. Raises LocaleUnknown."""
    return Catalogue(locale(code))


def _read(language: Locale) -> NullTranslations:
    """Read what `pybabel compile` made; a language whose catalogue is not there yet has no sentence."""
    path = language.folder / "messages.mo"
    if not path.exists():
        return _NoFurther()
    with path.open("rb") as file:
        translations = GNUTranslations(file)
    translations.add_fallback(_NoFurther())
    return translations
