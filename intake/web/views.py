"""The worker's pages, without scripts. A view reads what was sent, calls one use-case, and shows or redirects.

A POST is never answered with a page of its own when it holds answers: the browser would write what was typed to its
disk. It is accepted, or refused, with 303.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from crypto import receipt
from crypto.receipt import ReceiptMistyped
from intake import mailbox, spent
from intake.answers import IntakeClosed, NobodyFits, NothingTold, Submitted
from intake.mailbox import MailboxView, NobodyListens, ReceiptUnknown
from intake.report import issue_submission_id, submit
from intake.web import access, cookies, dates, errors, forms, pages, refused
from intake.web.forms import Fault, Filled
from service import csrf
from service.compression import compress
from service.hardening import style_source, use_policy
from service.runtime import runtime
from service.throttle import TooBusy
from translations.locales import SOURCE
from translations.locales import locale as language_of

NONCE_SIZE: Final = 16
# What a report that was not taken in comes back with.
_REFUSALS: Final[Mapping[type[Exception], Fault]] = {
    NothingTold: Fault.NOTHING_TOLD,
    NobodyFits: Fault.NOBODY_FITS,
    IntakeClosed: Fault.CLOSED,
    TooBusy: Fault.BUSY,
}

form = Blueprint("form", __name__)
form.record_once(access.know_locales)
form.before_request(access.check_request)
errors.install(form)


@form.get("/")
def start() -> Response:
    """Offer the languages."""
    return _fixed("start", SOURCE)


@form.get("/<locale:locale>/")
def report(locale: str) -> Response:
    """Give the form: blank, or as it was refused."""
    echo = refused.take(cookies.ECHO_FORM)
    if echo is None:
        use_policy("worker-form", style_source(pages.style(locale)))
        page = pages.blank_form(locale, demo=runtime().is_demo)
        return page.response(request, issue_submission_id(runtime()))
    response = _page(
        "form",
        locale,
        has_form=True,
        values=echo.values,
        faults=echo.faults,
        submission_id=echo.submission_id or issue_submission_id(runtime()),
        **pages.form_lists(),
    )
    cookies.drop(response, cookies.ECHO_FORM, locale)
    return response


@form.post("/<locale:locale>/")
def send(locale: str) -> BaseResponse:
    """Take in a report and show its receipt, or give the form back with what is wrong."""
    filled, answers = forms.read_report(request.form, locale)
    if filled.faults:
        return _refuse(filled, cookies.ECHO_FORM, locale)
    try:
        submitted = submit(access.intake(), answers, filled.submission_id)
    except tuple(_REFUSALS) as error:
        return _refuse(filled.with_fault("form", _REFUSALS[type(error)]), cookies.ECHO_FORM, locale)
    response = _leave_for(f"/{locale}/sent")
    _put_receipt(response, locale, submitted)
    return response


@form.get("/<locale:locale>/sent")
def sent(locale: str) -> Response:
    """Show the receipt, as long as its cookie lives and was not burned."""
    shown = cookies.opened(runtime(), cookies.RECEIPT)
    if shown is None or _is_spent(shown["nonce"]):
        return _page("sent", locale, submitted=None)
    come_back_at = datetime.fromisoformat(shown["come_back_at"])
    submitted = Submitted(**shown["submitted"], come_back_at=come_back_at)
    return _page(
        "sent",
        locale,
        has_form=True,
        submitted=submitted,
        groups=receipt.format(submitted.receipt).split(),
        come_back=dates.moment_text(come_back_at, submitted.timezone, locale),
        opens=None,
        token=csrf.cookie_token(shown["nonce"], request.path),
    )


@form.post("/<locale:locale>/sent")
def written_down(locale: str) -> BaseResponse:
    """Burn the receipt's cookie: it opens nothing any more, wherever a copy of it may be."""
    shown = cookies.opened(runtime(), cookies.RECEIPT)
    if shown is not None:
        csrf.check_cookie_token(shown["nonce"], request.path, request.form.get("token", ""))
        until = runtime().clock.now() + cookies.RECEIPT.life
        with runtime().database.session(write=True) as session:
            spent.spend(session, bytes.fromhex(shown["nonce"]), until=until)
    response = _leave_for(f"/{locale}/sent")
    cookies.drop(response, cookies.RECEIPT, locale)
    return response


@form.get("/<locale:locale>/return")
def come_back(locale: str) -> Response:
    """Ask for the receipt."""
    echo = refused.take(cookies.ECHO_RETURN)
    if echo is None:
        return _fixed("return", locale, has_form=True)
    response = _page("return", locale, has_form=True, values=echo.values, faults=echo.faults)
    cookies.drop(response, cookies.ECHO_RETURN, locale)
    return response


@form.post("/<locale:locale>/return")
def open_mailbox(locale: str) -> BaseResponse:
    """Take the receipt to the page of replies. Only its check digit is looked at here."""
    typed = request.form.get("number", "")[: forms.RECEIPT_LIMIT]
    try:
        digits = receipt.parse(typed)
    except ReceiptMistyped:
        filled = Filled({"number": [typed]}, {"number": Fault.MISTYPED}, "")
        return _refuse(filled, cookies.ECHO_RETURN, locale)
    response = _leave_for(f"/{locale}/replies")
    _put_mailbox(response, locale, {"digits": digits})
    return response


@form.get("/<locale:locale>/replies")
def replies(locale: str) -> Response:
    """Show what the receipt opens. One page for a receipt that is unknown, expired or erased."""
    opened = cookies.opened(runtime(), cookies.MAILBOX)
    if opened is None:
        if cookies.ECHO_REPLIES.name in request.cookies:
            return _page("return", locale, has_form=True, faults={"number": Fault.OVER})
        return _fixed("return", locale, has_form=True)
    try:
        view = mailbox.read(access.intake(), opened["digits"])
    except ReceiptUnknown:
        response = _page("unknown", locale)
        response.status_code = 404
        cookies.drop(response, cookies.MAILBOX, locale)
        return response
    echo = refused.take(cookies.ECHO_REPLIES)
    response = _mailbox_page(locale, opened, view, echo)
    if echo is not None:
        cookies.drop(response, cookies.ECHO_REPLIES, locale)
    return response


@form.post("/<locale:locale>/replies")
def write(locale: str) -> BaseResponse:
    """Take what a worker writes more."""
    filled = forms.read_message(request.form)
    opened = cookies.opened(runtime(), cookies.MAILBOX)
    if opened is None:
        return _refuse(filled.with_fault("text", Fault.OVER), cookies.ECHO_REPLIES, locale)
    csrf.check_cookie_token(opened["digits"], request.path, request.form.get("token", ""))
    if filled.faults:
        return _refuse(filled, cookies.ECHO_REPLIES, locale)
    try:
        mailbox.write(access.intake(), opened["digits"], filled.values["text"][0], locale, filled.submission_id)
    except ReceiptUnknown:
        return _leave_for(f"/{locale}/replies")
    except NobodyListens:
        return _refuse(filled.with_fault("text", Fault.NOBODY_LISTENS), cookies.ECHO_REPLIES, locale)
    except TooBusy:
        return _refuse(filled.with_fault("text", Fault.BUSY), cookies.ECHO_REPLIES, locale)
    response = _leave_for(f"/{locale}/replies")
    _put_mailbox(response, locale, {**opened, "sent": True})
    return response


@form.post("/<locale:locale>/replies/close")
def close(locale: str) -> BaseResponse:
    """Take the cookie back that opens the replies."""
    opened = cookies.opened(runtime(), cookies.MAILBOX)
    if opened is not None:
        csrf.check_cookie_token(opened["digits"], request.path, request.form.get("token", ""))
    response = _leave_for(f"/{locale}/return")
    cookies.drop(response, cookies.MAILBOX, locale)
    return response


@form.get("/<locale:locale>/rights")
def rights(locale: str) -> Response:
    """Say what the law says."""
    return _fixed("rights", locale)


@form.get("/<locale:locale>/employers")
def employers(locale: str) -> Response:
    """Say what employers must do."""
    return _fixed("employers", locale)


@form.get("/<locale:locale>/help")
def help_page(locale: str) -> Response:
    """Give numbers to call, and say what cannot be hidden."""
    return _fixed("help", locale)


@form.get("/<locale:locale>/exit")
def leave(locale: str) -> BaseResponse:
    """Lead to a neutral page in this language, and make the browser forget what Back would show."""
    response = _leave_for(language_of(locale).elsewhere)
    # Not "cookies": that would undo the cookie which makes the browser forget its kept pages.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _fixed(template: str, locale: str, *, has_form: bool = False) -> Response:
    """Give a page that is the same for everybody."""
    use_policy("worker-form" if has_form else "worker", style_source(pages.style(locale)))
    return compress(request, Response(pages.fixed(template, locale, demo=runtime().is_demo), mimetype="text/html"))


def _page(template: str, locale: str, *, has_form: bool = False, **values: Any) -> Response:
    """Give a page that is this worker's alone. It is never compressed (service/compression.py)."""
    use_policy("worker-form" if has_form else "worker", style_source(pages.style(locale)))
    return Response(pages.render(template, locale, demo=runtime().is_demo, **values), mimetype="text/html")


def _mailbox_page(locale: str, opened: Mapping[str, Any], view: MailboxView, echo: Filled | None) -> Response:
    """Show an opened mailbox. What waits for the worker, or for nobody, has no next step.

    A form's token belongs to the receipt: a message from another window never reaches another receipt's case.
    """
    due = view.next_step_by if view.state in ("received", "acknowledged", "in_progress") else None
    # Whoever was sent to type the number again has done so.
    faults = {} if echo is None or Fault.OVER in echo.faults.values() else echo.faults
    return _page(
        "replies",
        locale,
        has_form=True,
        mailbox=view,
        due=dates.moment_text(due, view.timezone, locale) if due else None,
        done="sent" if "sent" in opened and echo is None else "",
        contact_token=csrf.cookie_token(opened["digits"], f"/{locale}/replies/contact"),
        token=csrf.cookie_token(opened["digits"], f"/{locale}/replies"),
        close_token=csrf.cookie_token(opened["digits"], f"/{locale}/replies/close"),
        submission_id=echo.submission_id if echo else issue_submission_id(runtime()),
        faults=faults,
        values=echo.values if echo else {"text": []},
    )


def _refuse(filled: Filled, cookie: cookies.Cookie, locale: str) -> BaseResponse:
    """Lead back to a form's page, where what was typed is shown again, once."""
    response = _leave_for(f"/{locale}/{cookie.page}#e")
    cookies.put(response, cookie, locale, refused.keep(filled))
    return response


def _leave_for(place: str) -> BaseResponse:
    """Redirect after a POST, or out of here, so that Back shows nothing of what was typed."""
    response = redirect(place, 303)
    cookies.forget_pages(response, runtime().random(NONCE_SIZE))
    return response


def _put_receipt(response: BaseResponse, locale: str, submitted: Submitted) -> None:
    document = {
        "submitted": {name: value for name, value in asdict(submitted).items() if name != "come_back_at"},
        "come_back_at": submitted.come_back_at.isoformat(),
        "nonce": _nonce(),
    }
    cookies.put(response, cookies.RECEIPT, locale, cookies.seal(runtime(), cookies.RECEIPT, document))


def _put_mailbox(response: BaseResponse, locale: str, document: Mapping[str, object]) -> None:
    cookies.put(response, cookies.MAILBOX, locale, cookies.seal(runtime(), cookies.MAILBOX, document))


def _nonce() -> str:
    return runtime().random(NONCE_SIZE).hex()


def _is_spent(nonce: str) -> bool:
    with runtime().database.session() as session:
        return spent.is_spent(session, bytes.fromhex(nonce))
