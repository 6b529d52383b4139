"""From a phone to the web: the twelve digits that the hotline told lead, once, to a secret number for the same case."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as BaseResponse

from crypto import receipt
from intake import codes, linking
from intake.linking import CodeUnknown
from intake.web import access, cookies
from intake.web.forms import Fault, Filled
from intake.web.surface import NONCE_SIZE, leave_for, page, refuse
from service import csrf
from service.runtime import runtime
from service.throttle import TooBusy


def use_code(locale: str, typed: str) -> BaseResponse | None:
    """Use up the twelve digits and lead to the page that shows the number, as after Send; None for anything else."""
    code = codes.read(typed)
    if code is None:
        return None
    try:
        digits = linking.receipt_for(access.intake(), code)
    except CodeUnknown:
        return refuse(Filled({"number": [typed]}, {"number": Fault.CODE_OVER}, ""), cookies.ECHO_RETURN, locale)
    except TooBusy:
        return refuse(Filled({"number": [typed]}, {"number": Fault.BUSY}, ""), cookies.ECHO_RETURN, locale)
    response = leave_for(f"/{locale}/sent")
    document = {"linked": digits, "nonce": runtime().random(NONCE_SIZE).hex()}
    cookies.put(response, cookies.RECEIPT, locale, cookies.seal(runtime(), cookies.RECEIPT, document))
    return response


def show_number(locale: str, cookie: Mapping[str, Any]) -> Response:
    """Show the number, as long as its cookie lives and was not burned."""
    return page(
        "linked",
        locale,
        has_form=True,
        groups=receipt.format(cookie["linked"]).split(),
        token=csrf.cookie_token(cookie["nonce"], request.path),
    )
