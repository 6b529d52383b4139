"""Pages for requests that cannot be answered, in the language of their path.

A POST that may hold answers is led to such a page by 303, so that no browser keeps what was typed beside the refusal.
"""

from typing import Final

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from intake.web import pages
from intake.web.access import language_of_path
from intake.web.sentences import refusal
from intake.web.words import Words
from service.hardening import show_fault, use_policy
from service.runtime import runtime
from translations.catalogue import catalogue

# What befalls a browser that sends our form as it is, also one that hides where the form comes from; anything else that
# is refused was never our form.
LED_AWAY: Final = frozenset({403, 413, 429, 500, 503})
# First parts of the paths that are no worker's page.
OTHERS: Final = frozenset({"desk", "healthz", "readyz"})


def install(form: Blueprint) -> None:
    """Show our pages for faults, also for addresses that are nobody's; other surfaces show their own."""
    form.app_errorhandler(HTTPException)(show)

    @form.get("/<locale:locale>/note/<int:status>")
    def note(locale: str, status: int) -> Response:
        """Say after the redirect why something was not sent."""
        return fault_page(locale, status if status in LED_AWAY else 404, 200 if status in LED_AWAY else 404)


def show(error: HTTPException) -> BaseResponse:
    """Answer a fault."""
    status = error.code or 500
    if status < 400 or not is_workers(request.path):
        return show_fault(error)
    code = language_of_path(request.path).code
    if request.method == "POST" and request.blueprint == "form" and status in LED_AWAY:
        return redirect(f"/{code}/note/{status}", 303)
    response = fault_page(code, status, status)
    for name, value in error.get_headers(request.environ):
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def is_workers(path: str) -> bool:
    """Say whether an address is a page for workers, or nobody's: all but the desk and what machines ask for."""
    return path.partition("/")[2].partition("/")[0] not in OTHERS


def fault_page(code: str, kind: int, status: int) -> Response:
    """Render the page for a kind of fault (an HTTP status) and answer it with a status."""
    title, text = refusal(Words(catalogue(code)), kind)
    style, scripts = pages.sources("fault", code)
    # Its address is told to our own pages: the form keeps what was typed only when its worker comes back from here.
    use_policy("worker-form", style, scripts=scripts)
    page = pages.render("fault", code, demo=runtime().is_demo, title=title, text=text)
    return Response(page, status=status, mimetype="text/html")
