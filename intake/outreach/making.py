"""Makes a card or a poster in a language, as a file's bytes."""

from pathlib import Path
from typing import Literal

from intake.content import published
from intake.outreach import card, pdf, poster, svg
from intake.outreach.facts import Facts
from intake.outreach.fonts import FOLDERS
from intake.outreach.shapes import Sheet
from intake.outreach.typesetting import Typesetter
from intake.outreach.wording import wording
from translations.catalogue import Catalogue
from translations.locales import SOURCE, locale

Kind = Literal["card", "poster"]
Format = Literal["pdf", "svg"]


def made(kind: Kind, file_format: Format, words: Catalogue, facts: Facts, folders: tuple[Path, ...] = FOLDERS) -> bytes:
    """Make one file. Cards stand on letter paper to be cut as PDF, and alone, both sides, as SVG.

    Raises FontsMissing, LetterMissing and FaceTooFull.
    """
    language = words.locale
    said = wording(words, published.numbers(), published.rights(published.PROVINCE), carried=kind == "card")
    typesetter, latin = Typesetter(language, folders), Typesetter(locale(SOURCE), folders)
    sheets: tuple[Sheet, ...]
    if kind == "card":
        spread = card.spread(said, facts, typesetter, latin)
        sheets = card.pages(spread) if file_format == "pdf" else card.sides(spread)
    else:
        sheets = (poster.poster(said, facts, typesetter, latin),)
    write = pdf.pdf if file_format == "pdf" else svg.svg
    return write(sheets, language.code)
