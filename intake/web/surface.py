"""How a worker's page is answered: the same for all and compressed, one worker's alone and not, or led elsewhere."""

from typing import Any, Final

from flask import Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from intake.web import cookies, pages, refused, uploads
from intake.web.forms import Filled
from service.compression import compress, compress_around
from service.hardening import use_policy
from service.runtime import runtime

NONCE_SIZE: Final = 16
# Where a page begins that is one worker's: base.html puts it behind what every page says.
_OWN: Final = "<!--own-->"


def allow_own(template: str, locale: str, *, has_form: bool) -> None:
    """Let a page use its own style and script, and tell its origin only where it has a form."""
    style, scripts = pages.sources(template, locale)
    use_policy("worker-form" if has_form else "worker", style, scripts=scripts)


def fixed(template: str, locale: str, *, has_form: bool = False) -> Response:
    """Give a page that is the same for everybody."""
    allow_own(template, locale, has_form=has_form)
    return compress(request, Response(pages.fixed(template, locale, demo=runtime().is_demo), mimetype="text/html"))


def page(template: str, locale: str, *, has_form: bool = False, **values: Any) -> Response:
    """Give a page whose text is this worker's alone. It is not compressed, only what stands around it."""
    allow_own(template, locale, has_form=has_form)
    shown = pages.render(template, locale, demo=runtime().is_demo, **values)
    return compress_around(request, shown, _OWN, "</main>")


def refuse(filled: Filled, cookie: cookies.Cookie, locale: str) -> BaseResponse:
    """Lead back to a form's page, where what was typed is shown again, once."""
    response = leave_for(f"/{locale}/{cookie.page}#e")
    cookies.put(response, cookie, locale, refused.keep(uploads.to_be_chosen_again(filled)))
    return response


def leave_for(place: str) -> BaseResponse:
    """Redirect after a POST, or out of here, so that Back shows nothing of what was typed."""
    response = redirect(place, 303)
    cookies.forget_pages(response, runtime().random(NONCE_SIZE))
    return response
