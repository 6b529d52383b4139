"""The sentences of one page, as its template asks for them.

What is not translated is marked as English where it stands. Sentences of class A (safety, consent, receipt, exit,
emergency, rights) that no person has approved are gathered, so that the page can show their English and French beside
them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup, escape

from translations.catalogue import Catalogue, Translated, catalogue
from translations.locales import SOURCE
from translations.review import approved

_PLACEHOLDER: Final = re.compile(r"%\(\w+\)s")
# The language that stands beside English: both are what a helper in this country reads.
_SECOND: Final = "fr"


@dataclass(frozen=True, slots=True)
class Original:
    """A sentence that nobody has checked, in English and in French: "" on a French page, and where there is none."""

    english: str
    french: str
    french_is_checked: bool


class Words:
    """What a template calls to say something in its page's language. Made for one page and then forgotten."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._code = catalogue.locale.code
        self.unchecked: list[str] = []

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Give the functions under the names that templates and `pybabel extract` know."""
        return {
            "_": self.say,
            "gettext": self.plain,
            "pgettext": self.short,
            "ngettext": self.number,
            "vital": self.vital,
        }

    def say(self, message: str, **values: object) -> Markup:
        """Say a sentence as HTML."""
        return self._html(self._catalogue.translated(message), values)

    def plain(self, message: str, **values: object) -> str:
        """Say a sentence as text, for an attribute."""
        text = self._catalogue.gettext(message)
        return text % values if values else text

    def short(self, context: str, message: str) -> Markup:
        """Say a short word whose meaning the context tells."""
        return self._html(self._catalogue.translated(message, context), {})

    def number(self, singular: str, plural: str, n: int) -> Markup:
        """Say a sentence that depends on a number, which it holds as %(n)s."""
        return self._html(self._catalogue.translated_number(singular, plural, n), {"n": n})

    def vital(self, message: str, **values: object) -> Markup:
        """Say a sentence of class A."""
        if message not in self.unchecked and not approved(self._code, message):
            self.unchecked.append(message)
        return self.say(message, **values)

    def originals(self) -> list[Original]:
        """List the class A sentences so far that are a translation nobody has approved, as others can read them."""
        return [
            Original(_without_values(message), self._in_french(message), approved(_SECOND, message))
            for message in self.unchecked
            if self._catalogue.translated(message).lang != SOURCE
        ]

    def _in_french(self, message: str) -> str:
        found = catalogue(_SECOND).translated(message)
        return _without_values(found.text) if found.lang == _SECOND != self._code else ""

    def _html(self, found: Translated, values: dict[str, object]) -> Markup:
        text = escape(found.text)
        if values:
            # A value stands in a direction of its own, so that a name in Latin letters turns no sentence around.
            isolated = {name: Markup("<bdi>%s</bdi>") % value for name, value in values.items()}
            text = text % isolated
        if found.lang == self._code:
            return text
        return Markup('<span lang="%s" dir="ltr">%s</span>') % (found.lang, text)


def _without_values(text: str) -> str:
    return _PLACEHOLDER.sub("…", text)
