"""Who has checked a translation: English needs nobody, and nothing else passes for checked by itself."""

from pathlib import Path

from translations import review
from translations.locales import form_locales
from translations.review import approved, source_hash, translation_hash


def test_english_is_the_source_and_needs_no_approval() -> None:
    assert approved("en", "Any sentence")


def test_a_sentence_that_is_not_translated_is_not_approved() -> None:
    assert not any(approved(one.code, "No catalogue has this sentence") for one in form_locales() if one.code != "en")


def test_hashes_tell_sentences_contexts_and_forms_apart() -> None:
    told = {
        source_hash("Back"),
        source_hash("Back", "button"),
        source_hash("Back", "", "button"),
        source_hash("button", "Back"),
    }
    assert len(told) == 4
    assert all(len(one) == 16 for one in told)
    assert translation_hash(["a", "b"]) != translation_hash(["ab"])


def test_only_a_line_that_a_person_approved_counts(tmp_path: Path) -> None:
    ledger = tmp_path / "fr.csv"
    lines = [
        ",".join(review.COLUMNS),
        "aaaa,bbbb,A,machine,draft,,2026-11-24",
        "cccc,dddd,A,machine,approved,A. Reviewer,2026-11-24",
        "eeee,ffff,A,machine,approved,,2026-11-24",
    ]
    ledger.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert review.approved_lines(ledger) == {("cccc", "dddd")}
    assert review.approved_lines(tmp_path / "none.csv") == frozenset()
