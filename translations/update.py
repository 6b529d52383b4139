"""`make messages`: finds the sentences of the program anew and brings every catalogue and ledger up to date.

`python -m translations.update LANGUAGE ...` touches the catalogues of those languages only.

No translation is lost or made up here, and none is called reviewed: a ledger's line keeps its approval only as long as
both texts stay as they were when a person read them.
"""

import csv
import sys
from collections.abc import Sequence

from babel.messages.catalog import Catalog

from translations.locales import ROOT, SOURCE, Locale, locale, locales
from translations.review import COLUMNS, source_hash, translation_hash
from translations.template import TEMPLATE, Sentence, forms_of, key_of, read, sentences, template, write

Line = dict[str, str]


def main(codes: Sequence[str] = ()) -> None:
    """Update the template, the catalogues and the ledgers (of some languages), and say what is left to translate.

    Raises LocaleUnknown.
    """
    chosen = [locale(code) for code in codes] or locales()
    found = sentences()
    current = template(found)
    write(current, TEMPLATE)
    sys.stdout.write(f"{len(found)} sentences in {TEMPLATE.name}\n")
    for language in chosen:
        if language.code != SOURCE:
            update(language, current, found)


def update(language: Locale, current: Catalog, found: dict[tuple[str, str], Sentence]) -> None:
    """Bring one language's catalogue and ledger up to date."""
    path = language.folder / "messages.po"
    catalog = read(path, language)
    # A guess from a similar sentence is worse than none: it looks done.
    catalog.update(current, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    write(catalog, path)
    lines = ledger(language, catalog, found)
    write_ledger(language, lines)
    missing = sum(sentence.is_for(language) for sentence in found.values()) - len(lines)
    approved = sum(line["status"] == "approved" for line in lines)
    sys.stdout.write(f"{language.code}: {len(lines)} translated, {missing} missing, {approved} approved by a person\n")


def ledger(language: Locale, catalog: Catalog, found: dict[tuple[str, str], Sentence]) -> list[Line]:
    """Give the ledger of a catalogue: a line is kept where both texts are the same, else it is a machine's draft."""
    kept = {(line["source_hash"], line["translation_hash"]): line for line in read_ledger(language)}
    lines = []
    for entry in catalog:
        sentence = found.get(key_of(entry))
        forms = forms_of(entry)
        if sentence is None or not forms or not sentence.is_for(language):
            continue
        hashes = source_hash(sentence.message, sentence.context, sentence.plural), translation_hash(forms)
        draft = dict(zip(COLUMNS, (*hashes, sentence.kind, "machine", "draft", "", ""), strict=True))
        lines.append(kept.get(hashes, draft) | {"class": sentence.kind})
    return sorted(lines, key=lambda line: (line["class"], line["source_hash"]))


def read_ledger(language: Locale) -> list[Line]:
    """Read a language's ledger; nothing where there is none."""
    path = ROOT / "review" / f"{language.code}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_ledger(language: Locale, lines: list[Line]) -> None:
    """Write a language's ledger."""
    path = ROOT / "review" / f"{language.code}.csv"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
