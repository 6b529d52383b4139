"""The lint of translations finds each kind of fault, and the catalogues that are there have none."""

from dataclasses import replace

import pytest
from babel.messages.catalog import Catalog

from translations.check import catalog_faults, ledger_faults, template_faults, text_faults
from translations.locales import locale
from translations.template import Sentence, template
from translations.update import ledger

FORM = frozenset({"intake/web/templates/form.html"})
DESK = frozenset({"referrals/desk/templates/desk/case.html"})
SAID = Sentence("You wrote {count} <b>words</b>.", "", "", FORM, vital=False)
FRENCH = "Vous avez écrit {count} <b>mots</b>."
COUNTED = Sentence("{count} day", "{count} days", "", FORM, vital=True)


def french(*translated: tuple[Sentence, str | tuple[str, ...]]) -> Catalog:
    """Make a French catalogue."""
    catalog = Catalog(locale="fr", fuzzy=False)
    for sentence, text in translated:
        catalog.add((sentence.message, sentence.plural) if sentence.plural else sentence.message, text)
    return catalog


def found(*said: Sentence) -> dict[tuple[str, str], Sentence]:
    return {sentence.key: sentence for sentence in said}


def test_a_true_translation_has_no_fault() -> None:
    catalog = french((SAID, FRENCH), (COUNTED, ("un jour", "{count} jours")))
    assert not list(catalog_faults(locale("fr"), catalog, found(SAID, COUNTED)))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Vous avez écrit <b>mots</b>.", "placeholders"),
        ("Vous avez écrit {nombre} <b>mots</b>.", "placeholders"),
        ("Vous avez écrit {count} mots.", "tags"),
        ("Vous avez écrit {count} <i>mots</i>.", "tags"),
        (" Vous avez écrit {count} <b>mots</b>.", "spaces"),
        ("Vous avez écrit {count} <b>mots</b>", "does not end"),
    ],
)
def test_a_broken_translation_is_found(text: str, fault: str) -> None:
    assert any(fault in told for told in text_faults(SAID, (text,), 2))


@pytest.mark.parametrize("ending", [".", "।", "。"])
def test_each_script_ends_a_sentence_in_its_own_way(ending: str) -> None:
    assert not list(text_faults(SAID, (FRENCH.removesuffix(".") + ending,), 2))


def test_the_full_stop_of_an_abbreviation_ends_no_sentence() -> None:
    label = replace(SAID, message="Or a part of B.C.")
    assert not list(text_faults(label, ("Ou une partie de la Colombie-Britannique",), 2))


def test_a_missing_plural_form_is_found() -> None:
    assert any("forms" in told for told in text_faults(COUNTED, ("un jour",), 2))


def test_a_gap_is_found_only_where_the_language_is_offered() -> None:
    at_desk = replace(SAID, files=DESK)
    assert list(catalog_faults(locale("pa"), french((SAID, "")), found(SAID)))
    assert not list(catalog_faults(locale("pa"), french((at_desk, "")), found(at_desk)))
    assert list(catalog_faults(locale("fr"), french((at_desk, "")), found(at_desk)))


def test_a_text_of_the_hotline_is_for_the_languages_that_it_speaks() -> None:
    texted = replace(SAID, files=frozenset({"intake/sms/texts.py"}))
    unspoken = replace(locale("fr"), sms=False)
    assert texted.is_for(locale("pa-Latn"))
    assert not SAID.is_for(locale("pa-Latn"))
    assert not texted.is_for(unspoken)
    assert SAID.is_for(unspoken)


def test_a_guess_is_found() -> None:
    catalog = french((SAID, FRENCH))
    catalog[SAID.message].flags.add("fuzzy")
    assert any("guess" in told for told in catalog_faults(locale("fr"), catalog, found(SAID)))


def test_a_stale_template_and_a_stale_catalogue_are_found() -> None:
    assert list(template_faults(template(found(SAID)), template(found(SAID, COUNTED))))
    assert list(template_faults(template(found(SAID)), template(found(replace(SAID, vital=True)))))
    assert not list(template_faults(template(found(SAID)), template(found(SAID))))
    assert any("make messages" in told for told in catalog_faults(locale("fr"), french((SAID, FRENCH)), found(COUNTED)))


def test_a_new_translation_is_a_machine_s_draft_and_keeps_no_approval_of_another_text() -> None:
    (line,) = ledger(locale("fr"), french((SAID, FRENCH)), found(SAID))
    assert (line["class"], line["origin"], line["status"], line["reviewer"]) == ("B", "machine", "draft", "")
    (changed,) = ledger(locale("fr"), french((SAID, FRENCH + " ")), found(SAID))
    assert changed["translation_hash"] != line["translation_hash"]


@pytest.mark.parametrize(
    "change",
    [
        {"status": "approved"},
        {"status": "approved", "reviewer": "reviewer 1"},
        {"reviewer": "reviewer 1", "date": "2026-07-08"},
        {"status": "reviewed"},
        {"origin": "oracle"},
    ],
)
def test_an_approval_that_nobody_gave_is_found(change: dict[str, str]) -> None:
    lines = ledger(locale("fr"), french((SAID, FRENCH)), found(SAID))
    assert not list(ledger_faults(locale("fr"), lines, lines))
    planted = [lines[0] | change]
    assert list(ledger_faults(locale("fr"), planted, planted))


def test_a_ledger_that_does_not_fit_its_catalogue_is_found() -> None:
    lines = ledger(locale("fr"), french((SAID, FRENCH)), found(SAID))
    assert any("stale" in told for told in ledger_faults(locale("fr"), [], lines))
