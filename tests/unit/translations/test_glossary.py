"""Each language has one word for each term, its texts use it, and the hotline reads the words that people type."""

import csv
from functools import cache
from pathlib import Path

import pytest

from intake.sms.words import Command, keyword
from translations.locales import ROOT, SOURCE, form_locales, locale
from translations.template import forms_of, read, sentences

CODES = [one.code for one in form_locales()]
TYPED = {"STOP words": Command.STOP, "HELP words": Command.HELP, "DELETE words": Command.FORGET}


@cache
def glossary(code: str) -> dict[str, dict[str, str]]:
    with (ROOT / "glossary" / f"{code}.csv").open(encoding="utf-8", newline="") as file:
        return {row["term"]: row for row in csv.DictReader(file)}


@cache
def said(code: str) -> str:
    """Give all that a language says to workers."""
    if code == SOURCE:
        return " ".join(sentence.message for sentence in sentences().values() if sentence.kind != "C").casefold()
    language = locale(code)
    forms = (form for entry in read(language.folder / "messages.po", language) if entry.id for form in forms_of(entry))
    return " ".join(forms).casefold()


def test_no_glossary_is_of_a_language_that_is_not_there() -> None:
    assert {Path(path).stem for path in (ROOT / "glossary").glob("*.csv")} == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_glossary_has_the_same_terms_in_the_same_order(code: str) -> None:
    assert list(glossary(code)) == list(glossary(SOURCE))
    assert all(row["translation"] or row["note"].startswith("said by the verb") for row in glossary(code).values())


@pytest.mark.parametrize("code", CODES)
def test_the_words_of_a_glossary_are_those_that_the_texts_use(code: str) -> None:
    unused = [
        f"{term}: {row['translation']}"
        for term, row in glossary(code).items()
        if term not in TYPED and _stem(row["translation"]) not in said(code)
    ]
    assert unused == []


@pytest.mark.parametrize("code", CODES)
def test_the_hotline_reads_the_words_that_a_glossary_says_people_type(code: str) -> None:
    unread = [
        word
        for term, command in TYPED.items()
        for word in glossary(code)[term]["translation"].split()
        if (found := keyword(word)) is None or found.command is not command
    ]
    assert unread == []


def _stem(word: str) -> str:
    """Leave out what a verb, or a word for a person, changes at its end."""
    bare = word.casefold()
    return bare[: max(1, len(bare) - 2)] if " " not in bare else bare
