"""The sentences of the program, found in its sources: what translators translate, and how much depends on each.

For developers and lint only: a running service reads compiled catalogues and nothing of this.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Literal

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as BabelMessage
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from translations.locales import ROOT, Locale

Class = Literal["A", "B", "C"]

TEMPLATE: Final = ROOT / "messages.pot"
TREE: Final = ROOT.parent
_DESK: Final = "referrals/"
_HOTLINE: Final = "intake/sms/"
_KEYWORDS: Final[dict[str, Any]] = {
    "_": None,
    "vital": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# The lines of a catalogue that hold a time, a person or the version of a tool.
_UNWANTED: Final = (
    b'"POT-Creation-Date',
    b'"PO-Revision-Date',
    b'"Last-Translator',
    b'"Generated-By',
    b'"Report-Msgid',
)
_HEADER: Final = "# Sentences of Leeward. Copyright: the authors of Leeward. Licence: AGPL-3.0-or-later."


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the program, or one with its plural, and where it is said."""

    message: str
    plural: str
    context: str
    files: frozenset[str]
    vital: bool

    @property
    def key(self) -> tuple[str, str]:
        """What names it in a catalogue: context and English."""
        return self.context, self.message

    @property
    def kind(self) -> Class:
        """A: someone's safety depends on it. C: only caseworkers read it. B: the rest."""
        if self.vital:
            return "A"
        return "C" if all(file.startswith(_DESK) for file in self.files) else "B"

    def is_for(self, language: Locale) -> bool:
        """Say whether a language needs it: it is said on a surface that is offered in that language."""
        at_desk = any(file.startswith(_DESK) for file in self.files)
        in_texts = any(file.startswith(_HOTLINE) for file in self.files)
        elsewhere = any(not file.startswith((_DESK, _HOTLINE)) for file in self.files)
        return (language.form and elsewhere) or (language.desk and at_desk) or (language.sms and in_texts)


def sentences() -> dict[tuple[str, str], Sentence]:
    """Find every sentence of the program."""
    vital = {(context, message) for _, context, message, _ in _found({"vital": None})}
    files: dict[tuple[str, str], set[str]] = {}
    plurals: dict[tuple[str, str], str] = {}
    for file, context, message, plural in _found(_KEYWORDS):
        files.setdefault((context, message), set()).add(file)
        plurals[context, message] = plural or plurals.get((context, message), "")
    return {
        (context, message): Sentence(
            message, plurals[context, message], context, frozenset(places), (context, message) in vital
        )
        for (context, message), places in files.items()
    }


def _found(keywords: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Yield file, context, message and plural ("" for none) of each place where something is said."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    for name, _line, message, _comments, context in extract_from_dir(
        TREE, methods, options, keywords, directory_filter=_is_ours
    ):
        singular, plural = message if isinstance(message, tuple) else (message, "")
        if singular:
            yield Path(name).as_posix(), context or "", singular, plural


def _is_ours(folder: str) -> bool:
    path = Path(folder)
    return path == TREE or path.relative_to(TREE).parts[0] in ("intake", "referrals", "service")


def template(found: dict[tuple[str, str], Sentence]) -> Catalog:
    """Lay the sentences out as a template, in an order that a move of code does not change."""
    catalog = Catalog(project="Leeward", header_comment=_HEADER, fuzzy=False, charset="utf-8")
    for sentence in sorted(found.values(), key=lambda one: (min(one.files), one.message, one.context)):
        catalog.add(
            (sentence.message, sentence.plural) if sentence.plural else sentence.message,
            locations=[(file, 0) for file in sorted(sentence.files)],
            auto_comments=[f"class {sentence.kind}"],
            context=sentence.context or None,
        )
    return catalog


def write(catalog: Catalog, path: Path) -> None:
    """Write a template or a catalogue without times in it, so that the same sentences give the same bytes."""
    written = BytesIO()
    write_po(written, catalog, width=120, include_lineno=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line for line in written.getvalue().splitlines(True) if not line.startswith(_UNWANTED)))


def read(path: Path, language: Locale | None = None) -> Catalog:
    """Read a template or a language's catalogue; an empty one where there is no file."""
    code = language.code.replace("-", "_") if language else None
    if not path.exists():
        return Catalog(locale=code, header_comment=_HEADER, fuzzy=False, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=code)


def key_of(entry: BabelMessage) -> tuple[str, str]:
    """Name an entry of a catalogue as sentences are named."""
    message = entry.id[0] if isinstance(entry.id, (list, tuple)) else entry.id
    return entry.context or "", str(message)


def forms_of(entry: BabelMessage) -> tuple[str, ...]:
    """Give an entry's translations, one for each plural form; none where it is not translated."""
    forms = entry.string if isinstance(entry.string, (list, tuple)) else (entry.string,)
    return tuple(str(form) for form in forms) if all(forms) else ()
