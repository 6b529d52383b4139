"""The files: a reader of PDF and a reader of XML open them, they need no font, and they tell of nobody."""

import re
import xml.etree.ElementTree as xml

import pypdfium2
import pytest

from intake.outreach.making import Kind, made
from tests.unit.intake.outreach.printed import file_of, told
from translations.catalogue import catalogue
from translations.locales import form_locales

pytestmark = pytest.mark.usefixtures("noto")

LANGUAGES = [one.code for one in form_locales()]


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_reader_opens_a_card_of_two_pages_of_letter_paper_and_sees_ink(code: str) -> None:
    document = pypdfium2.PdfDocument(file_of("card", "pdf", code))
    assert len(document) == 2
    for page in document:
        assert tuple(map(round, page.get_size())) == (792, 612)
        assert len(set(page.render(scale=0.5, grayscale=True).to_numpy().flatten().tolist())) > 2
    document.close()


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_reader_opens_a_poster_of_one_page_upright(code: str) -> None:
    document = pypdfium2.PdfDocument(file_of("poster", "pdf", code))
    assert [tuple(map(round, page.get_size())) for page in document] == [(612, 792)]
    document.close()


@pytest.mark.parametrize("kind", ["card", "poster"])
def test_a_pdf_needs_no_font_and_tells_no_date_program_or_person(kind: Kind) -> None:
    found = file_of(kind, "pdf", "pa")
    assert not re.search(rb"/Font|/Info|/Producer|/Creator|/Author|/CreationDate|/ID", found)
    assert b"/Lang(pa)" in found


def test_the_table_at_the_end_of_a_pdf_points_at_its_objects() -> None:
    found = file_of("card", "pdf", "en")
    start = int(re.search(rb"startxref\n(\d+)\n", found)[1])  # type: ignore[index]
    assert found[start:].startswith(b"xref")
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n", found[start:])]
    assert [found[place:].split(b" ")[0] for place in places] == [b"%d" % (at + 1) for at in range(len(places))]


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("kind", ["card", "poster"])
def test_an_svg_is_outlines_and_asks_for_nothing(kind: Kind, code: str) -> None:
    root = xml.fromstring(file_of(kind, "svg", code))
    assert {element.tag.rpartition("}")[2] for element in root.iter()} == {"svg", "path"}
    assert {name for element in root.iter("{http://www.w3.org/2000/svg}path") for name in element.attrib} == {
        "d",
        "fill",
    }


def test_the_same_words_make_the_same_bytes() -> None:
    assert made("card", "pdf", catalogue("fr"), told("fr")) == file_of("card", "pdf", "fr")
