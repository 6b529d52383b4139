"""Each language's sentences: found, found in a fallback, or said in English and known to be English."""

from io import BytesIO
from pathlib import Path

import pytest
from babel import Locale as BabelLocale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from translations import locales as registry
from translations.catalogue import Catalogue, Translated, catalogue
from translations.extraction import sentences
from translations.locales import Locale, LocaleUnknown, form_locales, locale, locales


def language(folder: Path, code: str = "fr", fallback: tuple[str, ...] = ()) -> Locale:
    """Make a language whose catalogue lies in a folder of the test's own."""

    class Elsewhere(Locale):
        __slots__ = ()

        @property
        def folder(self) -> Path:
            return folder / self.code

    return Elsewhere(code, code, "ltr", "Latn", 1.5, fallback, True, False, "https://example.org/")


def write(
    folder: Path, code: str, entries: list[tuple[str | tuple[str, str], str | tuple[str, ...], str | None]]
) -> None:
    catalog = Catalog(locale=code)
    for message, translation, context in entries:
        catalog.add(message, translation, context=context)
    (folder / code).mkdir(parents=True)
    with (folder / code / "messages.mo").open("wb") as file:
        write_mo(file, catalog)


@pytest.fixture
def french(tmp_path: Path) -> Catalogue:
    write(
        tmp_path,
        "fr",
        [
            ("Send it", "Envoyez", None),
            ("Back", "Retour", "button"),
            (("%(n)s answer", "%(n)s answers"), ("%(n)s réponse", "%(n)s réponses"), None),
            ("Not done", "", None),
        ],
    )
    return Catalogue(language(tmp_path))


def test_a_sentence_is_said_in_its_language(french: Catalogue) -> None:
    assert french.gettext("Send it") == "Envoyez"
    assert french.translated("Send it") == Translated("Envoyez", "fr")


def test_a_sentence_that_is_not_there_is_english_and_says_so(french: Catalogue) -> None:
    assert french.translated("Never seen") == Translated("Never seen", "en")
    assert french.translated("Not done") == Translated("Not done", "en")
    assert french.translated_number("one", "many", 2) == Translated("many", "en")
    assert french.translated_number("one", "many", 1, "button") == Translated("one", "en")


def test_a_short_word_is_found_by_its_context_only(french: Catalogue) -> None:
    assert french.pgettext("button", "Back") == "Retour"
    assert french.pgettext("body", "Back") == "Back"
    assert french.gettext("Back") == "Back"


@pytest.mark.parametrize(("number", "said"), [(0, "%(n)s réponse"), (1, "%(n)s réponse"), (2, "%(n)s réponses")])
def test_numbers_follow_the_languages_own_rule(french: Catalogue, number: int, said: str) -> None:
    assert french.ngettext("%(n)s answer", "%(n)s answers", number) == said


def test_the_catalogues_own_description_is_never_said(french: Catalogue) -> None:
    assert french.gettext("") == ""


def test_a_fallback_is_asked_before_english(tmp_path: Path) -> None:
    write(tmp_path, "es", [("Only in Spanish", "Solo en español", None)])
    write(tmp_path, "fr", [("In both", "Dans les deux", None)])
    filled = Catalogue(language(tmp_path, "fr"))
    filled._chain.append(Catalogue(language(tmp_path, "es"))._chain[0])
    assert filled.translated("Only in Spanish") == Translated("Solo en español", "es")
    assert filled.translated("In both").lang == "fr"


def test_a_language_without_a_catalogue_speaks_english(tmp_path: Path) -> None:
    assert Catalogue(language(tmp_path)).translated("Send it") == Translated("Send it", "en")


def test_english_needs_no_catalogue() -> None:
    assert catalogue("en").translated("Anything at all") == Translated("Anything at all", "en")


def test_an_unknown_language_is_refused() -> None:
    for code in ("xx", "", "../en", "EN"):
        with pytest.raises(LocaleUnknown):
            catalogue(code)
        with pytest.raises(LocaleUnknown):
            locale(code)


def test_the_form_speaks_these_languages_now() -> None:
    first_twelve = ["en", "es", "fr", "fil", "pa", "hi", "zh-Hant", "zh-Hans", "vi", "pt", "ko", "ar"]
    assert [one.code for one in form_locales()] == first_twelve
    assert [one.code for one in locales() if one.sms and one.code != "pa-Latn"] == first_twelve


# Unicode's names for these are not what their readers look for: 中文 (繁體), 中文 (简体), and Punjabi in Gurmukhi.
OWN_NAMES = {"zh-Hant": "繁體中文", "zh-Hans": "简体中文", "pa-Latn": "Punjabi (English letters)"}
# The least height of a line, by what stands above, below and on top of a script's letters; other scripts need 1.5.
LEAST_LINE = {"Thai": 1.7, "Khmr": 1.7, "Mymr": 1.7, "Taml": 1.6, "Guru": 1.6, "Deva": 1.6}
# Urdu is read in Nastaliq, whose words slope down; other languages in Arabic letters are not.
LEAST_LINE_OF = {"ur": 1.9}


@pytest.mark.parametrize("one", locales(), ids=lambda one: one.code)
def test_the_registry_agrees_with_unicodes_data(one: Locale) -> None:
    known = BabelLocale.parse(one.code, sep="-")
    name = OWN_NAMES.get(one.code) or known.get_display_name(one.code.replace("-", "_")) or ""
    assert one.name.casefold() == name.casefold()
    assert one.direction == ("rtl" if known.character_order == "right-to-left" else "ltr")
    assert one.line_height >= LEAST_LINE_OF.get(one.code, LEAST_LINE.get(one.script, 1.5))
    assert one.elsewhere.startswith("https://")
    assert set(one.fallback) <= {other.code for other in locales()}


def test_a_catalogue_lies_where_gettext_looks() -> None:
    assert locale("pa").folder == registry.ROOT / "pa" / "LC_MESSAGES"


def test_sentences_of_content_files_are_found() -> None:
    text = 'law = "A law"\nvital = "Say \\"no\\"."\n_ = "A plain one."\n# vital = "not this"\n'
    found = list(sentences(BytesIO(text.encode()), ("vital", "_"), (), {}))
    assert found == [(2, "vital", 'Say "no".', []), (3, "_", "A plain one.", [])]
    assert list(sentences(BytesIO(text.encode()), ("vital",), (), {})) == found[:1]
