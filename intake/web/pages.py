"""Renders the worker's pages in a language. It needs no request, so pages that are the same for all are made once.

A page carries its style inline and asks for nothing else; the style's hash is in the policy of its answer.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from intake.content import published
from intake.facts import area_code
from intake.web import dates
from intake.web.forms import ASKED_PLACE, Values
from intake.web.groups import Groups
from intake.web.sentences import ORDER, fault_text, state_text, step_text
from intake.web.words import Words
from referrals.geography.places import resolve
from referrals.geography.provinces import DISTRICTS, REGIONS
from service.compression import PrecompressedPage
from service.hardening import inline_source
from translations.catalogue import Translated, catalogue
from translations.locales import Locale, form_locales, locale, locales

_FOLDER: Final = Path(__file__).parent
_ID_PLACE: Final = "@@submission-id@@"


class Blank(dict[str, Sequence[str]]):
    """The values of a form; what nobody has filled in is empty."""

    def __missing__(self, name: str) -> Sequence[str]:
        return ()


@cache
def style(code: str) -> str:
    """Give the inline style of a language's pages: one for all, and the line height that the script needs."""
    css = (_FOLDER / "assets" / "page.css").read_text(encoding="utf-8").replace("\n", "")
    return f"{css}body{{line-height:{locale(code).line_height}}}"


@cache
def script(template: str) -> str:
    """Give the inline script of a page: the way out for all, and more for the form. Nothing where none is built."""
    path = _FOLDER / "bundle" / ("form.js" if template == "form" else "page.js")
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


@cache
def sources(template: str, code: str) -> tuple[str, tuple[str, ...]]:
    """Name a page's inline style and scripts as its policy does."""
    own = script(template)
    return inline_source(style(code)), (inline_source(own),) if own else ()


@cache
def environment() -> Environment:
    """Give the templates. Everything is escaped, and a name that is not there is an error."""
    return Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        cache_size=-1,
        auto_reload=False,
    )


def render(template: str, code: str, *, demo: bool, **values: Any) -> str:
    """Render one page in a language."""
    language = locale(code)
    words = Words(catalogue(code))
    faults: Mapping[str, str] = values.setdefault("faults", {})
    given = {
        "values": Blank(),
        "css": Markup(style(code)),  # noqa: S704 - our own file
        "script": Markup(script(template)),  # noqa: S704 - our own file
        "demo": demo,
        "icons": _icons(),
        "locale": language,
        "numbers": published.numbers(),
        "originals": words.originals,
        "fault_fields": sorted(faults, key=ORDER.index),
        "fault_text": lambda field: fault_text(words, field, faults[field]),
        "state_text": lambda mailbox: state_text(words, mailbox),
        "step_text": lambda mailbox, due: step_text(words, mailbox, due),
        "day_text": lambda day: dates.day_text(day, code),
        "known_languages": {one.code for one in locales()},
        **words.functions(),
    }
    page = environment().get_template(f"worker/{template}.html").render(**(given | values))
    return page.lstrip()


@cache
def fixed(template: str, code: str, *, demo: bool) -> bytes:
    """Give a page that is the same for everybody."""
    values: dict[str, Any] = {}
    if template == "rights":
        values["rights"] = published.rights(published.PROVINCE)
    if template == "employers":
        values["duties"] = published.employers(published.PROVINCE)
    if template == "start":
        values["languages"] = [{"locale": one, "lines": _start_lines(one)} for one in form_locales()]
    return _squeezed(render(template, code, demo=demo, **values)).encode()


@lru_cache(maxsize=64)
def blank_form(code: str, groups: Groups = (), *, demo: bool) -> PrecompressedPage:
    """Give the form that nobody has filled in; only its submission id differs from one to the next."""
    page = render("form", code, demo=demo, submission_id=_ID_PLACE, **form_lists(code, groups))
    return PrecompressedPage(_squeezed(page), _ID_PLACE)


def form_lists(code: str, groups: Groups = (), values: Values | None = None) -> dict[str, Any]:
    """Give what the form's lists hold: places, organizations by region, and those that a written name may mean."""
    return {
        "regions": list(REGIONS.values()),
        "districts": DISTRICTS,
        "groups": groups,
        "place_choices": place_choices(values or {}),
        "wording": wording(code),
    }


def place_choices(values: Values) -> list[tuple[str, Markup]]:
    """List the places that the written name may mean, once the worker was asked; their names are in English."""
    asked = list(values.get(ASKED_PLACE, ()))
    if not asked or asked != list(values.get("place", ())):
        return []
    return [
        (area_code(candidate), Markup('<span lang="en" dir="ltr">%s</span>') % candidate.label)
        for candidate in resolve(asked[0]).candidates
    ]


@cache
def wording(code: str) -> str:
    """Name the version of what a worker agrees to with Send, in the words of their language.

    It changes with every word of the choices and of the sentences above Send, and is kept inside the sealed report.
    """
    words = Words(catalogue(code))
    given = {"values": Blank(), "faults": {}, "icons": {}, "locale": locale(code), **words.functions()}
    said = environment().get_template("worker/consent.html").render(**given)
    return hashlib.sha256(" ".join(re.sub(r"<[^>]*>", " ", said).split()).encode()).hexdigest()[:12]


def _start_lines(language: Locale) -> list[Translated]:
    """Say the three lines of the start page; one that is not translated is left out of another language's."""
    _ = catalogue(language.code).translated
    lines = (
        _("A problem at work? Tell it here."),
        _("It is free. You do not give your name."),
        _("In danger now? Call 911."),
    )
    return [line for line in lines if line.lang == language.code]


@cache
def _icons() -> Mapping[str, Markup]:
    """Read the pictures, by the answer that each stands beside."""
    document = (_FOLDER / "assets" / "icons.svg").read_text(encoding="utf-8")
    drawings = re.findall(r'<symbol id="(\w+)">(.*?)</symbol>', document, flags=re.DOTALL)
    return {
        code: Markup('<svg viewBox="0 0 40 40" aria-hidden="true">' + drawing + "</svg>")  # noqa: S704 - our own file
        for code, drawing in drawings
    }


def _squeezed(page: str) -> str:
    """Take out the white space between lines; only for pages that hold nobody's text."""
    return re.sub(r"\s*\n\s*", "\n", page)
