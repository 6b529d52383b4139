"""What a template says: escaped, isolated, marked where it is English, and gathered where nobody has checked it."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from intake.web.words import Original, Words
from translations.catalogue import Catalogue, catalogue
from translations.locales import Locale


@pytest.fixture
def french(tmp_path: Path) -> Words:
    """Give the words of a language with two sentences, which nobody has approved."""

    class Elsewhere(Locale):
        __slots__ = ()

        @property
        def folder(self) -> Path:
            return tmp_path

    catalog = Catalog(locale="fr")
    catalog.add("Call %(who)s", "Appelez %(who)s")
    catalog.add(("%(n)s day", "%(n)s days"), ("%(n)s jour", "%(n)s jours"))
    with (tmp_path / "messages.mo").open("wb") as file:
        write_mo(file, catalog)
    return Words(Catalogue(Elsewhere("fr", "Français", "ltr", "Latn", 1.5, (), True, True, "https://example.org/")))


def test_english_is_plain_on_an_english_page() -> None:
    words = Words(catalogue("en"))
    assert words.say("Fish & chips") == "Fish &amp; chips"
    assert words.vital("Call 911.") == "Call 911."
    assert words.originals() == []


def test_english_on_another_page_says_that_it_is_english(french: Words) -> None:
    assert french.say("Not <there>") == '<span lang="en" dir="ltr">Not &lt;there&gt;</span>'
    assert french.short("button", "Not there") == '<span lang="en" dir="ltr">Not there</span>'
    assert french.plain("Not <there>") == "Not <there>"


def test_a_value_is_escaped_and_keeps_its_own_direction(french: Words) -> None:
    assert french.say("Call %(who)s", who="<b>Ann</b>") == "Appelez <bdi>&lt;b&gt;Ann&lt;/b&gt;</bdi>"


def test_a_number_takes_its_form(french: Words) -> None:
    assert french.number("%(n)s day", "%(n)s days", 3) == "<bdi>3</bdi> jours"


def test_a_vital_sentence_that_nobody_approved_is_gathered_once_with_its_english(french: Words) -> None:
    for _ in range(2):
        french.vital("Call %(who)s", who="911")
    french.vital("Not there")
    assert french.originals() == [Original("Call …", "", french_is_checked=False)]


def test_french_stands_beside_the_english_in_every_other_language() -> None:
    words = Words(catalogue("pa"))
    words.vital("%(organization)s has it now.", organization="Demo")
    (found,) = words.originals()
    assert found.english == "… has it now."
    assert found.french == catalogue("fr").gettext("%(organization)s has it now.") % {"organization": "…"}
    assert found.french != found.english
