"""Writes sheets as PDF 1.7 (ISO 32000-1): outlines only, no font, no date, no name of a program or a person."""

import zlib
from collections.abc import Sequence
from typing import Final

from intake.outreach.shapes import PER_MM, Sheet

_POINTS_PER_MM: Final = 72 / 25.4
_INKS: Final = {"black": "0 g", "grey": "0.47 g", "white": "1 g"}
_OPERATORS: Final = {"M": "m", "L": "l", "C": "c", "Z": "h"}


def pdf(sheets: Sequence[Sheet], code: str) -> bytes:
    """Make a document with a sheet a page, in the language `code`."""
    first = 3
    pages = [first + 2 * at for at in range(len(sheets))]
    kids = " ".join(f"{page} 0 R" for page in pages)
    objects = [
        f"<</Type/Catalog/Pages 2 0 R/Lang({code})>>".encode(),
        f"<</Type/Pages/Count {len(sheets)}/Kids[{kids}]>>".encode(),
    ]
    for sheet, page in zip(sheets, pages, strict=True):
        box = f"0 0 {sheet.width * _POINTS_PER_MM:.3f} {sheet.height * _POINTS_PER_MM:.3f}"
        drawn = zlib.compress(_drawn(sheet), 9)
        objects += [
            f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Resources<<>>/Contents {page + 1} 0 R>>".encode(),
            b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(drawn), drawn),
        ]
    return _document(objects)


def _drawn(sheet: Sheet) -> bytes:
    """Draw a sheet: hundredths of a millimetre downwards become points upwards."""
    scale = _POINTS_PER_MM / PER_MM
    lines = [f"{scale:.6f} 0 0 {-scale:.6f} 0 {sheet.height * _POINTS_PER_MM:.3f} cm"]
    for shape in sheet.shapes:
        lines.append(_INKS[shape.ink])
        lines += [f"{' '.join(map(str, points))} {_OPERATORS[name]}" for name, points in shape.steps]
        lines.append("f")
    return "\n".join(lines).encode()


def _document(objects: Sequence[bytes]) -> bytes:
    # The second line says to whatever carries the file that it is not text.
    document = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        document
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(document))
    )
