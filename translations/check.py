"""Lint for translations: stale templates, broken placeholders and tags, missing plurals, gaps, and false approvals."""

import re
import sys
from collections.abc import Iterator
from typing import Final

from babel.messages.catalog import Catalog

from translations.locales import SOURCE, Locale, locales
from translations.review import COLUMNS
from translations.template import TEMPLATE, Sentence, forms_of, key_of, read, sentences, template
from translations.update import Line, ledger, read_ledger

_PLACEHOLDER: Final = re.compile(r"\{\w*\}|%\(\w+\)[sd]|%[sd]")
_TAG: Final = re.compile(r"</?[a-z][^>]*>")
_ENDINGS: Final = {".": ".।。", "?": "?？؟", ":": ":：", "!": "!！"}
# The full stop of "B.C." belongs to the letters: another language may put that word elsewhere, or write it out.
_ABBREVIATED: Final = re.compile(r"\b[A-Z]\.$")


def main() -> int:
    """Print every fault, one a line, and give the exit status."""
    faults = list(all_faults())
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


def all_faults() -> Iterator[str]:
    """Yield what is wrong with the template, the catalogues and the ledgers of every language."""
    found = sentences()
    yield from template_faults(read(TEMPLATE), template(found))
    for language in locales():
        if language.code != SOURCE:
            catalog = read(language.folder / "messages.po", language)
            yield from catalog_faults(language, catalog, found)
            yield from ledger_faults(language, read_ledger(language), ledger(language, catalog, found))


def template_faults(kept: Catalog, current: Catalog) -> Iterator[str]:
    """Yield a fault where the template is not what the sources say now."""
    if {_whole(entry) for entry in kept} != {_whole(entry) for entry in current}:
        yield f"{TEMPLATE.name} is stale: run `make messages`"


def _whole(entry: object) -> tuple[object, ...]:
    return getattr(entry, "context", None), getattr(entry, "id", None), tuple(getattr(entry, "auto_comments", ()))


def catalog_faults(language: Locale, catalog: Catalog, found: dict[tuple[str, str], Sentence]) -> Iterator[str]:
    """Yield what is wrong with one language's catalogue."""
    entries = {key_of(entry): entry for entry in catalog if entry.id}
    for key, sentence in found.items():
        entry = entries.get(key)
        where = f"{language.code}: {sentence.message[:60]!r}"
        if entry is None:
            yield f"{where} is not in the catalogue: run `make messages`"
        elif not forms_of(entry):
            if sentence.is_for(language):
                yield f"{where} is not translated"
        elif entry.fuzzy:
            yield f"{where} is only a guess (fuzzy)"
        else:
            yield from (f"{where} {fault}" for fault in text_faults(sentence, forms_of(entry), catalog.num_plurals))
    for key in entries.keys() - found.keys():
        yield f"{language.code}: {key[1][:60]!r} is said nowhere any more: run `make messages`"


def text_faults(sentence: Sentence, forms: tuple[str, ...], plurals: int) -> Iterator[str]:
    """Yield what a translation has and its English has not, or the other way round."""
    wanted = plurals if sentence.plural else 1
    if len(forms) != wanted:
        yield f"has {len(forms)} forms and needs {wanted}"
    source = sentence.plural or sentence.message
    for form in forms:
        # A form for one may say "one" in words instead of the number.
        missing = set(_PLACEHOLDER.findall(source)) ^ set(_PLACEHOLDER.findall(form))
        if missing and not (sentence.plural and missing <= {"{count}", "%(count)s", "%(num)s"}):
            yield f"differs in placeholders: {', '.join(sorted(missing))}"
        if sorted(_TAG.findall(source)) != sorted(_TAG.findall(form)):
            yield "differs in tags"
        if (source[:1].isspace(), source[-1:].isspace()) != (form[:1].isspace(), form[-1:].isspace()):
            yield "differs in spaces at its ends"
        ending = "" if _ABBREVIATED.search(source) else source[-1:]
        if ending in _ENDINGS and form[-1:] not in _ENDINGS[ending]:
            yield f"does not end with {source[-1:]!r} as its English does"


def ledger_faults(language: Locale, kept: list[Line], current: list[Line]) -> Iterator[str]:
    """Yield what is wrong with one language's ledger: stale lines, and approvals that nobody gave."""
    if kept != current:
        yield f"{language.code}: the ledger is stale: run `make messages`"
    for line in kept:
        if (
            tuple(line) != COLUMNS
            or line["status"] not in ("draft", "approved")
            or line["origin"] not in ("machine", "human")
        ):
            yield f"{language.code}: a line of the ledger is malformed: {line}"
        elif (line["status"] == "approved") != bool(line["reviewer"] and line["date"]):
            yield f"{language.code}: {line['source_hash']} is approved exactly if it names a reviewer and a date"


if __name__ == "__main__":
    sys.exit(main())
