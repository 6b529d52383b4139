"""The sentences of one page, as its template asks for them.

What is not translated is marked as English where it stands. Sentences of class A (safety, consent, receipt, exit,
emergency, rights) that no person has approved are gathered, so that the page can show their English beside them.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from markupsafe import Markup, escape

from translations.catalogue import Catalogue, Translated
from translations.locales import SOURCE
from translations.review import approved

_PLACEHOLDER: Final = re.compile(r"%\(\w+\)s")


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

    def originals(self) -> list[str]:
        """List the English of the class A sentences so far that are a translation nobody has approved."""
        translated = (message for message in self.unchecked if self._catalogue.translated(message).lang != SOURCE)
        return [_PLACEHOLDER.sub("…", message) for message in translated]

    def _html(self, found: Translated, values: dict[str, object]) -> Markup:
        text = escape(found.text)
        if values:
            # A value stands in a direction of its own, so that a name in Latin letters turns no sentence around.
            isolated = {name: Markup("<bdi>%s</bdi>") % value for name, value in values.items()}
            text = text % isolated
        if found.lang == self._code:
            return text
        return Markup('<span lang="%s" dir="ltr">%s</span>') % (found.lang, text)
