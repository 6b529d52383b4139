"""The way back: a worker types their receipt, reads, writes more, and decides about contact and about erasing.

What was typed rests in a sealed cookie for half an hour. A form's token belongs to the receipt and to its address, so a
button in another window never reaches another receipt's case, and no button does another one's work. Where it does not
fit, the cookie is another receipt's by now, and the number is asked for again.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from crypto import receipt
from crypto.receipt import ReceiptMistyped
from intake import erasure, mailbox, phones
from intake.attachments import FilesRefused
from intake.mailbox import MailboxView, NobodyListens, ReceiptUnknown
from intake.phones import AskedToday, PhoneMistyped
from intake.report import issue_submission_id
from intake.web import access, cookies, dates, forms, pages, refused, uploads
from intake.web.forms import Fault, Filled
from intake.web.linked import use_code
from intake.web.surface import fixed, leave_for, page, refuse
from service import csrf
from service.runtime import runtime
from service.throttle import TooBusy


def install(form: Blueprint) -> None:
    """Put these pages among the worker's."""
    for rule, method, view in ROUTES:
        form.add_url_rule(f"/<locale:locale>/{rule}", view_func=view, methods=[method])


def come_back(locale: str) -> Response:
    """Ask for the receipt."""
    echo = refused.take(cookies.ECHO_RETURN)
    if echo is None:
        return fixed("return", locale, has_form=True)
    response = page("return", locale, has_form=True, values=echo.values, faults=echo.faults)
    cookies.drop(response, cookies.ECHO_RETURN, locale)
    return response


def open_mailbox(locale: str) -> BaseResponse:
    """Take the receipt to the page of replies. Only its check digit is looked at here."""
    typed = request.form.get("number", "")[: forms.RECEIPT_LIMIT]
    linked = use_code(locale, typed)
    if linked is not None:
        return linked
    try:
        digits = receipt.parse(typed)
    except ReceiptMistyped:
        filled = Filled({"number": [typed]}, {"number": Fault.MISTYPED}, "")
        return refuse(filled, cookies.ECHO_RETURN, locale)
    response = leave_for(f"/{locale}/replies")
    _put_mailbox(response, locale, {"digits": digits})
    return response


def replies(locale: str) -> BaseResponse:
    """Show what the receipt opens. One page for a receipt that is unknown, expired or erased."""
    opened = cookies.opened(runtime(), cookies.MAILBOX)
    if opened is None:
        if cookies.ECHO_REPLIES.name in request.cookies:
            return page("return", locale, has_form=True, faults={"number": Fault.OVER})
        return fixed("return", locale, has_form=True)
    try:
        view = mailbox.read(access.intake(), opened["digits"])
    except ReceiptUnknown:
        return _unknown(locale)
    echo = refused.take(cookies.ECHO_REPLIES)
    response = _mailbox_page(locale, opened, view, echo)
    if echo is not None:
        cookies.drop(response, cookies.ECHO_REPLIES, locale)
    return response


def write(locale: str) -> BaseResponse:
    """Take what a worker writes more."""
    filled = uploads.weighed(forms.read_message(request.form, has_files=bool(uploads.given())))
    opened = _opened_for_this()
    if opened is None:
        return _closed(locale, refuse(filled.with_fault("text", Fault.OVER), cookies.ECHO_REPLIES, locale))
    if filled.faults:
        return refuse(filled, cookies.ECHO_REPLIES, locale)
    try:
        text, files = filled.values["text"][0], uploads.given()
        mailbox.write(access.intake(), opened["digits"], text, locale, filled.submission_id, files)
    except ReceiptUnknown:
        return leave_for(f"/{locale}/replies")
    except FilesRefused as error:
        return refuse(uploads.refused(filled, error), cookies.ECHO_REPLIES, locale)
    except NobodyListens:
        return refuse(filled.with_fault("text", Fault.NOBODY_LISTENS), cookies.ECHO_REPLIES, locale)
    except TooBusy:
        return refuse(filled.with_fault("text", Fault.BUSY), cookies.ECHO_REPLIES, locale)
    return _back_to_replies(locale, opened, "sent")


def contact(locale: str) -> BaseResponse:
    """Take a worker's word on whether they may be contacted."""
    opened, wish = _opened_for_this(), request.form.get("wish")
    if opened is None:
        return _closed(locale, leave_for(f"/{locale}/replies"))
    if wish not in ("yes", "no"):
        return leave_for(f"/{locale}/replies")
    try:
        mailbox.allow_contact(access.intake(), opened["digits"], allowed=wish == "yes")
    except ReceiptUnknown:
        return leave_for(f"/{locale}/replies")
    return _back_to_replies(locale, opened, "loud" if wish == "yes" else "quiet")


def add_phone(locale: str) -> BaseResponse:
    """Have a phone asked whether it wants texts."""
    opened = _opened_for_this()
    if opened is None:
        return _closed(locale, leave_for(f"/{locale}/replies"))
    typed = request.form.get("phone", "")[: forms.RECEIPT_LIMIT]
    try:
        phones.add_phone(access.intake(), opened["digits"], typed, locale)
    except ReceiptUnknown:
        return leave_for(f"/{locale}/replies")
    except (PhoneMistyped, AskedToday, TooBusy) as error:
        filled = Filled({"phone": [typed]}, {"phone": _PHONE_FAULTS[type(error)]}, "")
        return refuse(filled, cookies.ECHO_REPLIES, locale)
    return _back_to_replies(locale, opened, "asked")


def ask_to_erase(locale: str) -> Response:
    """Ask once more before anything is erased. Nothing is looked up for that."""
    opened = cookies.opened(runtime(), cookies.MAILBOX)
    if opened is None:
        return fixed("return", locale, has_form=True)
    token = csrf.cookie_token(opened["digits"], request.path)
    return page("erase", locale, has_form=True, token=token)


def erase(locale: str) -> BaseResponse:
    """Erase what the receipt opens."""
    opened = _opened_for_this()
    if opened is None:
        return _closed(locale, leave_for(f"/{locale}/replies"))
    try:
        erasure.erase(access.intake(), opened["digits"])
    except ReceiptUnknown:
        return leave_for(f"/{locale}/replies")
    return _closed(locale, leave_for(f"/{locale}/erased"))


def erased(locale: str) -> Response:
    """Say that it is erased. The page tells nothing of anybody, so everybody may open it."""
    return fixed("erased", locale)


def close(locale: str) -> BaseResponse:
    """Take the cookie back that opens the replies."""
    return _closed(locale, leave_for(f"/{locale}/return"))


_PHONE_FAULTS: Final[Mapping[type[Exception], Fault]] = {
    PhoneMistyped: Fault.NO_PHONE,
    AskedToday: Fault.ASKED_TODAY,
    TooBusy: Fault.BUSY,
}
View = Callable[..., BaseResponse]
ROUTES: Final[tuple[tuple[str, str, View], ...]] = (
    ("return", "GET", come_back),
    ("return", "POST", open_mailbox),
    ("replies", "GET", replies),
    ("replies", "POST", write),
    ("replies/contact", "POST", contact),
    ("replies/phone", "POST", add_phone),
    ("replies/erase", "GET", ask_to_erase),
    ("replies/erase", "POST", erase),
    ("replies/close", "POST", close),
    ("erased", "GET", erased),
)


def _unknown(locale: str) -> BaseResponse:
    response = page("unknown", locale)
    response.status_code = 404
    return _closed(locale, response)


def _mailbox_page(locale: str, opened: Mapping[str, Any], view: MailboxView, echo: Filled | None) -> Response:
    """Show an opened mailbox. What waits for the worker, or for nobody, has no next step."""
    # Whoever wants no contact does not wait to hear from anybody.
    has_step = view.state in ("received", "acknowledged") or (view.state == "in_progress" and view.may_answer)
    due = view.next_step_by if has_step else None
    # Whoever was sent to type the number again has done so.
    faults = {} if echo is None or Fault.OVER in echo.faults.values() else echo.faults
    own = f"/{locale}/replies"
    return page(
        "replies",
        locale,
        has_form=True,
        mailbox=view,
        due=dates.moment_text(due, view.timezone, locale) if due else None,
        done=opened.get("done", "") if echo is None else "",
        token=csrf.cookie_token(opened["digits"], own),
        contact_token=csrf.cookie_token(opened["digits"], f"{own}/contact"),
        phone_token=csrf.cookie_token(opened["digits"], f"{own}/phone") if access.has_hotline() else "",
        submission_id=echo.submission_id if echo else issue_submission_id(runtime()),
        faults=faults,
        values=pages.Blank(echo.values if echo else {}),
    )


def _back_to_replies(locale: str, opened: Mapping[str, Any], done: str) -> BaseResponse:
    response = leave_for(f"/{locale}/replies")
    _put_mailbox(response, locale, {"digits": opened["digits"], "done": done})
    return response


def _opened_for_this() -> Mapping[str, Any] | None:
    """Open the cookie for the form that was sent; None where it is over, or of another receipt than the form's page."""
    opened = cookies.opened(runtime(), cookies.MAILBOX)
    token = request.form.get("token", "")
    return opened if opened is not None and csrf.is_token_of(opened["digits"], request.path, token) else None


def _closed(locale: str, response: BaseResponse) -> BaseResponse:
    """Take the cookie back."""
    cookies.drop(response, cookies.MAILBOX, locale)
    return response


def _put_mailbox(response: BaseResponse, locale: str, document: Mapping[str, object]) -> None:
    cookies.put(response, cookies.MAILBOX, locale, cookies.seal(runtime(), cookies.MAILBOX, document))
