"""The way there: the form, Send and the receipt, and the pages beside them. None of it needs a script.

A view reads what was sent, calls one use-case, and shows or redirects.

A POST is never answered with a page of its own when it holds answers: the browser would write what was typed to its
disk. It is accepted, or refused, with 303.
"""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from crypto import receipt
from intake import spent
from intake.answers import IntakeClosed, NobodyFits, NothingTold, Submitted
from intake.attachments import FilesRefused
from intake.report import issue_submission_id, submit
from intake.web import access, cookies, dates, errors, forms, pages, refused, uploads, way_back
from intake.web.forms import Fault
from intake.web.linked import show_number
from intake.web.surface import NONCE_SIZE, allow_own, fixed, leave_for, page, refuse
from service import csrf
from service.runtime import runtime
from service.throttle import TooBusy
from translations.locales import SOURCE
from translations.locales import locale as language_of

# What a report that was not taken in comes back with.
_REFUSALS: Final[Mapping[type[Exception], Fault]] = {
    NothingTold: Fault.NOTHING_TOLD,
    NobodyFits: Fault.NOBODY_FITS,
    IntakeClosed: Fault.CLOSED,
    TooBusy: Fault.BUSY,
}

form = Blueprint("form", __name__)
form.record_once(access.know_locales)
form.record_once(uploads.prepare)
form.before_request(access.check_request)
form.teardown_request(uploads.release)
errors.install(form)
way_back.install(form)


@form.get("/")
def start() -> Response:
    """Offer the languages."""
    return fixed("start", SOURCE)


@form.get("/<locale:locale>/")
def report(locale: str) -> Response:
    """Give the form: blank, or as it was refused."""
    echo = refused.take(cookies.ECHO_FORM)
    if echo is None:
        allow_own("form", locale, has_form=True)
        blank = pages.blank_form(locale, access.groups(), demo=runtime().is_demo)
        return blank.response(request, issue_submission_id(runtime()))
    response = page(
        "form",
        locale,
        has_form=True,
        values=pages.Blank(echo.values),
        faults=echo.faults,
        submission_id=echo.submission_id or issue_submission_id(runtime()),
        **pages.form_lists(locale, access.groups(), echo.values),
    )
    cookies.drop(response, cookies.ECHO_FORM, locale)
    return response


@form.post("/<locale:locale>/")
def send(locale: str) -> BaseResponse:
    """Take in a report and show its receipt, or give the form back with what is wrong."""
    filled, answers = forms.read_report(request.form, locale)
    filled = uploads.weighed(filled)
    if filled.faults:
        return refuse(filled, cookies.ECHO_FORM, locale)
    try:
        submitted = submit(access.intake(), answers, filled.submission_id, uploads.given())
    except FilesRefused as error:
        return refuse(uploads.refused(filled, error), cookies.ECHO_FORM, locale)
    except tuple(_REFUSALS) as error:
        return refuse(filled.with_fault("form", _REFUSALS[type(error)]), cookies.ECHO_FORM, locale)
    response = leave_for(f"/{locale}/sent")
    _put_receipt(response, locale, submitted)
    return response


@form.get("/<locale:locale>/sent")
def sent(locale: str) -> Response:
    """Show the receipt, as long as its cookie lives and was not burned."""
    shown = cookies.opened(runtime(), cookies.RECEIPT)
    if shown is None or _is_spent(shown["nonce"]):
        return page("sent", locale, submitted=None)
    if "linked" in shown:
        return show_number(locale, shown)
    submitted = Submitted.of(shown["submitted"])
    opens_at, zone = submitted.opens_at, submitted.timezone
    return page(
        "sent",
        locale,
        has_form=True,
        submitted=submitted,
        groups=receipt.format(submitted.receipt).split(),
        come_back=dates.moment_text(submitted.come_back_at, zone, locale),
        opens=dates.moment_text(opens_at, zone, locale) if opens_at else None,
        token=csrf.cookie_token(shown["nonce"], request.path),
    )


@form.post("/<locale:locale>/sent")
def written_down(locale: str) -> BaseResponse:
    """Burn the receipt's cookie: it opens nothing any more, wherever a copy of it may be."""
    shown = cookies.opened(runtime(), cookies.RECEIPT)
    if shown is not None:
        if not csrf.is_token_of(shown["nonce"], request.path, request.form.get("token", "")):
            # The page that was pressed shows another report's receipt: this one was not written down yet.
            return leave_for(f"/{locale}/sent")
        until = runtime().clock.now() + cookies.RECEIPT.life
        with runtime().database.session(write=True) as session:
            spent.spend(session, bytes.fromhex(shown["nonce"]), until=until)
    response = leave_for(f"/{locale}/sent")
    cookies.drop(response, cookies.RECEIPT, locale)
    return response


@form.get("/<locale:locale>/rights")
def rights(locale: str) -> Response:
    """Say what the law says."""
    return fixed("rights", locale)


@form.get("/<locale:locale>/employers")
def employers(locale: str) -> Response:
    """Say what employers must do."""
    return fixed("employers", locale)


@form.get("/<locale:locale>/help")
def help_page(locale: str) -> Response:
    """Give numbers to call, and say what cannot be hidden."""
    return fixed("help", locale)


@form.get("/<locale:locale>/exit")
def leave(locale: str) -> BaseResponse:
    """Lead to a neutral page in this language, and make the browser forget what Back would show."""
    response = leave_for(language_of(locale).elsewhere)
    # Not "cookies": that would undo the cookie which makes the browser forget its kept pages.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _put_receipt(response: BaseResponse, locale: str, submitted: Submitted) -> None:
    document = {"submitted": submitted.document(), "nonce": runtime().random(NONCE_SIZE).hex()}
    cookies.put(response, cookies.RECEIPT, locale, cookies.seal(runtime(), cookies.RECEIPT, document))


def _is_spent(nonce: str) -> bool:
    with runtime().database.session() as session:
        return spent.is_spent(session, bytes.fromhex(nonce))
