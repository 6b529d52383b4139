"""The desk's pages: one document to work in and one to enrol in.

They hold words and no data: that comes sealed, by the API. An invitation's token is in no address that is sent.
"""

from datetime import timedelta
from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from referrals.desk import labels
from service.runtime import runtime
from translations.catalogue import catalogue
from translations.locales import SOURCE, Locale, locale, locales

desk = Blueprint("desk", __name__, url_prefix="/desk", template_folder="templates", static_folder="static")

LANGUAGE_COOKIE: Final = "desk-language"
LANGUAGE_LIFE: Final = timedelta(days=365)


@desk.get("/")
def index() -> Response:
    """Give the document that a caseworker works in."""
    return _page("desk/index.html", bundle="desk", idle_seconds=runtime().settings.desk_idle_seconds)


@desk.get("/enrol")
def enrol() -> Response:
    """Give the document that an invitation opens. Its token stands in the fragment and reaches no server."""
    return _page("desk/enrol.html", bundle="enrol", idle_seconds=None)


def _page(template: str, **values: object) -> Response:
    """Render a document in the chosen language; a new choice is remembered and leaves the address."""
    wanted = request.args.get("lang")
    if wanted is not None:
        return _choose(wanted)
    chosen = _locale()
    gettext = catalogue(chosen.code).gettext
    page = render_template(
        template,
        _=gettext,
        locale=chosen,
        languages=[(known.code, known.name) for known in locales() if known.desk],
        worker_languages=[(known.code, known.name) for known in locales()],
        demo=runtime().settings.demo,
        questions=labels.questions(gettext),
        answers=labels.answers(gettext),
        decline_reasons=labels.decline_reasons(gettext),
        closing_reasons=labels.closing_reasons(gettext),
        areas=labels.areas(),
        regions_of_districts=labels.regions_of_districts(),
        **values,
    )
    response = make_response(page)
    response.headers["Content-Language"] = chosen.code
    return response


def _choose(wanted: str) -> Response:
    response = redirect(request.path, 303)
    if wanted in _codes():
        response.set_cookie(
            LANGUAGE_COOKIE,
            wanted,
            max_age=LANGUAGE_LIFE,
            path="/desk",
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
        )
    return response


def _locale() -> Locale:
    """Find the language of a visitor: what they chose, else what their browser asks for, else English."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen not in _codes():
        chosen = request.accept_languages.best_match(_codes(), default=SOURCE)
    return locale(chosen)


def _codes() -> list[str]:
    return [known.code for known in locales() if known.desk]
