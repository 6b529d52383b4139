"""A poster for a wall that workers pass: a laundry, a church, a shop. One sheet of letter paper. Pure."""

from typing import Final

from intake.outreach.facts import Facts
from intake.outreach.items import Item, below, beside, bullets, fitted, framed, gap, heading, qr, rule, table, text
from intake.outreach.shapes import Sheet
from intake.outreach.typesetting import Align, Typesetter
from intake.outreach.wording import UNCHECKED, Wording

_PAPER: Final = (215.9, 279.4)
_MARGIN: Final = 14.0
_BODY: Final = 5.6
_SMALLEST: Final = 0.6


def poster(wording: Wording, facts: Facts, typesetter: Typesetter, latin: Typesetter) -> Sheet:
    """Compose a poster. Raises FaceTooFull."""
    parts = [
        heading(typesetter, wording.title, 12.5),
        gap(1),
        *(text(typesetter, promise, _BODY) for promise in wording.promises),
        gap(4),
        _ways(wording, facts, typesetter),
        gap(3),
        framed(_emergency(wording, typesetter), margin=4, line=0.8),
        gap(3),
        text(typesetter, wording.rights_title, 7, bold=True),
        bullets(typesetter, wording.rights, _BODY * 0.9),
        text(typesetter, wording.not_legal_advice, _BODY * 0.7),
        *(_english(wording, typesetter, latin) if wording.originals else []),
    ]
    width, height = _PAPER[0] - 2 * _MARGIN, _PAPER[1] - 2 * _MARGIN
    laid = fitted(below(parts), width, height, smallest=_SMALLEST)
    return Sheet(*_PAPER, tuple(laid.at(_MARGIN, (_PAPER[1] - laid.height) / 2)))


def _ways(wording: Wording, facts: Facts, typesetter: Typesetter) -> Item:
    """Show the page, and the number with the codes beside it."""
    start: Align = "end" if typesetter.rtl else "start"
    address = text(typesetter, facts.address, _BODY, bold=True)
    picture = qr(facts.link, 62, align=start)
    phone = text(typesetter, wording.phone, _BODY)
    if not facts.number:
        return below([address, picture, phone])
    number = below(
        [
            text(typesetter, wording.text_here, _BODY),
            text(typesetter, facts.number, 11, bold=True),
            table(typesetter, facts.codes, _BODY),
            gap(1),
            phone,
        ]
    )
    page = below([text(typesetter, wording.type_here, _BODY), address, picture])
    return beside([number, page], [112, 72], rtl=typesetter.rtl, between=4)


def _emergency(wording: Wording, typesetter: Typesetter) -> Item:
    return below(
        [
            heading(typesetter, wording.danger, 9),
            text(typesetter, wording.language, _BODY),
            table(typesetter, wording.numbers, _BODY),
        ]
    )


def _english(wording: Wording, typesetter: Typesetter, latin: Typesetter) -> list[Item]:
    middle = (len(wording.originals) + 1) // 2
    columns = [bullets(latin, part, 3) for part in (wording.originals[:middle], wording.originals[middle:])]
    return [
        rule(),
        text(typesetter, wording.translated_by_computer, 3.6),
        text(latin, UNCHECKED, 3, bold=True),
        beside(columns, [1, 1], rtl=False, between=4),
    ]
