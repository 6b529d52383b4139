"""A card to fold, as small as one for business when it is closed: what a worker carries, or hides.

Closed, it shows emergency numbers and no more; what it is for stands inside. Pure.
"""

from dataclasses import dataclass
from typing import Final

from intake.outreach.facts import Facts
from intake.outreach.items import Item, below, beside, bullets, fitted, gap, heading, qr, rule, table, text
from intake.outreach.shapes import Shape, Sheet, box, moved
from intake.outreach.typesetting import Typesetter
from intake.outreach.wording import UNCHECKED, Wording

# A face of a closed card, its margin, and how small its letters may become (2.6 mm is 7.4 point).
WIDTH: Final = 85.0
HEIGHT: Final = 55.0
_MARGIN: Final = 4.0
_BODY: Final = 2.6
_SMALLEST: Final = 0.7
# A sheet of letter paper on its side, in the middle of which as many cards stand as fit.
_PAPER: Final = (279.4, 215.9)
_ROWS: Final = 3
_MARK: Final = 4.0
_HAIR: Final = 0.1


@dataclass(frozen=True, slots=True)
class Spread:
    """Both sides of an open card, its faces from left to right."""

    outside: tuple[Item, ...]
    inside: tuple[Item, ...]


def spread(wording: Wording, facts: Facts, typesetter: Typesetter, latin: Typesetter) -> Spread:
    """Compose a card. With English to print beside the translation it has three panels, else two."""
    front, rights = _emergency(wording, typesetter), _rights(wording, typesetter)
    inside = [_what(wording, typesetter), _how(wording, facts, typesetter)]
    outside = [rights, front]
    if wording.originals:
        inside.append(rights)
        middle = (len(wording.originals) + 1) // 2
        english = [_english(part, latin) for part in (wording.originals[:middle], wording.originals[middle:])]
        outside = [english[1], english[0], front]
    # A language that is written to the left opens its cards on the other side.
    turn = -1 if typesetter.rtl else 1
    return Spread(tuple(outside[::turn]), tuple(inside[::turn]))


def sides(made: Spread) -> tuple[Sheet, Sheet]:
    """Draw the outside and the inside of one card, cut to its size."""
    return tuple(Sheet(WIDTH * len(faces), HEIGHT, _row(faces)) for faces in (made.outside, made.inside))  # type: ignore[return-value]


def pages(made: Spread) -> tuple[Sheet, Sheet]:
    """Draw letter paper with several cards to cut out, for a printer that turns it on its short edge."""
    return tuple(_page(one) for one in sides(made))  # type: ignore[return-value]


def _row(faces: tuple[Item, ...]) -> tuple[Shape, ...]:
    shapes: list[Shape] = []
    for at, face in enumerate(faces):
        laid = fitted(face, WIDTH - 2 * _MARGIN, HEIGHT - 2 * _MARGIN, smallest=_SMALLEST)
        shapes += laid.at(at * WIDTH + _MARGIN, (HEIGHT - laid.height) / 2)
    return tuple(shapes)


def _page(card: Sheet) -> Sheet:
    left, top = (_PAPER[0] - card.width) / 2, (_PAPER[1] - _ROWS * card.height) / 2
    shapes: list[Shape] = []
    for row in range(_ROWS):
        shapes += moved(card.shapes, left, top + row * card.height)
    # Where to cut, and where to fold.
    for row in range(_ROWS + 1):
        y = top + row * card.height - _HAIR / 2
        shapes += [box(x, y, _MARK, _HAIR) for x in (left - _MARK - 1, left + card.width + 1)]
    for column in range(round(card.width / WIDTH) + 1):
        x = left + column * WIDTH - _HAIR / 2
        shapes += [box(x, y, _HAIR, _MARK) for y in (top - _MARK - 1, top + _ROWS * card.height + 1)]
    return Sheet(*_PAPER, tuple(shapes))


def _emergency(wording: Wording, typesetter: Typesetter) -> Item:
    return below(
        [
            heading(typesetter, wording.danger, 5.2),
            text(typesetter, wording.language, _BODY),
            gap(1.5),
            table(typesetter, wording.numbers, 3),
        ]
    )


def _what(wording: Wording, typesetter: Typesetter) -> Item:
    return below(
        [
            heading(typesetter, wording.title, 4.6),
            gap(0.5),
            bullets(typesetter, wording.promises, 3.1),
            rule(),
            bullets(typesetter, (wording.phone, *wording.hide), 3.1),
        ]
    )


def _how(wording: Wording, facts: Facts, typesetter: Typesetter) -> Item:
    address = text(typesetter, facts.address, _BODY, bold=True)
    if not facts.number:
        return below([address, qr(facts.link, 38)])
    page = below([text(typesetter, wording.type_here, _BODY), address, qr(facts.link, 28)])
    return below(
        [
            text(typesetter, wording.text_here, _BODY),
            text(typesetter, facts.number, 6, bold=True),
            beside([table(typesetter, facts.codes, _BODY), page], [42, 33], rtl=typesetter.rtl),
        ]
    )


def _rights(wording: Wording, typesetter: Typesetter) -> Item:
    return below(
        [
            text(typesetter, wording.rights_title, 3.4, bold=True),
            bullets(typesetter, wording.rights, _BODY),
            rule(),
            text(typesetter, wording.not_legal_advice, _BODY * 0.85),
            *([text(typesetter, wording.translated_by_computer, _BODY * 0.85)] if wording.originals else []),
        ]
    )


def _english(originals: tuple[str, ...], latin: Typesetter) -> Item:
    return below([text(latin, UNCHECKED, 2.3, bold=True), bullets(latin, originals, 2.3)])
