"""What a printed card or poster says, in one language. Pure.

Most of it is what the form, the numbers and the page of rights say already, so that paper and screen never differ. A
sentence that someone's safety depends on and that no person has approved is printed with its English, as on the form.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from intake.content.published import Number, Rights
from translations.catalogue import Catalogue
from translations.locales import SOURCE
from translations.review import approved

Say = Callable[[str], str]
# The line in which a card in another language says what it is, in the languages of those who print it.
UNCHECKED: Final = "English (computer translation, not checked)"


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences of one language. `originals` are the English of those that nobody has approved."""

    title: str
    promises: tuple[str, ...]
    text_here: str
    type_here: str
    hide: tuple[str, ...]
    phone: str
    danger: str
    language: str
    numbers: tuple[tuple[str, str], ...]
    rights_title: str
    rights: tuple[str, ...]
    not_legal_advice: str
    translated_by_computer: str
    originals: tuple[str, ...]


def wording(words: Catalogue, numbers: tuple[Number, ...], rights: Rights, *, carried: bool) -> Wording:
    """Say all of it in one language, for a card that is `carried` or for a poster."""
    originals: list[str] = []

    def _(message: str) -> str:
        return words.gettext(message)

    def vital(message: str) -> str:
        found = words.translated(message)
        if found.lang != SOURCE and not approved(words.locale.code, message) and message not in originals:
            originals.append(message)
        return found.text

    return Wording(
        title=_("A problem at work? Tell it here."),
        promises=(
            _("It is free. You do not give your name."),
            vital("One support group reads what you send."),
            vital("Your boss does not get it. Immigration and police do not get it."),
        ),
        text_here=vital("Text this number. Write only the two digits for where you are."),
        type_here=vital("Or open this page on a phone:"),
        # A poster hangs where everybody sees it.
        hide=(vital("Do not let your boss see this card."),) if carried else (),
        phone=vital("Use a phone that your boss did not give you."),
        danger=vital("In danger now? Call 911."),
        language=vital("Say police or ambulance, then the name of your language."),
        numbers=tuple((number.shown, vital(number.who)) for number in numbers if number.panel),
        rights_title=_("Your rights at work"),
        rights=tuple(vital(statement.text) for statement in rights.statements if statement.card),
        not_legal_advice=vital("No lawyer has checked this page yet. Ask a support group before you act."),
        translated_by_computer=_("A computer translated this page. Nobody has checked all of it yet."),
        originals=tuple(originals),
    )
