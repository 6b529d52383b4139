"""Where a provider's webhooks arrive. What is not signed for us leaves no trace, and what is comes in once.

There is no cookie here and no token against forged posts: the signature stands for both, over the address that we are
known by. An answer holds nothing; what is said to a worker leaves through the outbox.
"""

from typing import Final

from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    NotFound,
    RequestEntityTooLarge,
    ServiceUnavailable,
    UnsupportedMediaType,
)
from werkzeug.wrappers import Response as BaseResponse

from intake.sms import fates, spool
from intake.sms.gateways import smsgate, twilio
from intake.sms.port import Inbound, Malformed, NoPhone, NotOurs, SignatureInvalid, Status
from intake.sms.receiving import Hotline, receive
from service import logging
from service.hardening import RETRY_AFTER, show_fault
from service.runtime import runtime

sms = Blueprint("sms", __name__)

TWILIO: Final = "leeward.twilio"
SMSGATE: Final = "leeward.smsgate"
HOTLINE: Final = "leeward.hotline"
BODY_LIMIT: Final = 32 * 1024
_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"


def check() -> None:
    """Refuse what is too long, is of another kind, or is not signed for us, in this order."""
    is_ours = request.endpoint == "sms.smsgate"
    # Where a provider is not set up, there is nothing.
    _ = _phone() if is_ours else webhook()
    request.max_content_length = BODY_LIMIT
    if (request.content_length or 0) > BODY_LIMIT:
        raise RequestEntityTooLarge
    # Another kind of body would not be under Twilio's signature.
    if request.mimetype != (_JSON if is_ours else _FORM):
        raise UnsupportedMediaType
    if is_ours:
        signed = (request.headers.get(smsgate.TIMESTAMP), request.headers.get(smsgate.SIGNATURE))
        _phone().verify(request.get_data(), *signed, runtime().clock.now())
    else:
        webhook().verify(request.path, request.query_string, request.form, request.headers.get(twilio.SIGNATURE))


def forged(_error: SignatureInvalid) -> BaseResponse:
    """Answer what is not signed as it should be."""
    return show_fault(Forbidden())


def not_ours(error: NotOurs) -> BaseResponse:
    """Answer what is meant for another account or number. Somebody set something up wrong, so the log says so."""
    logging.get_logger().warning("request.failed", error=error)
    return show_fault(Forbidden())


def malformed(error: Malformed) -> BaseResponse:
    """Answer what is signed and still makes no sense."""
    logging.get_logger().warning("request.failed", error=error)
    return show_fault(BadRequest())


def no_phone(_error: NoPhone) -> Response:
    """Take in nothing of what no phone sent; refused, the provider would keep it in its list of failures."""
    return _nothing_to_say()


def refuse_as_texts_are(blueprint: Blueprint) -> None:
    """Put the checks of texts before a blueprint, and let it answer what they find in the same way."""
    blueprint.before_request(check)
    blueprint.register_error_handler(SignatureInvalid, forged)
    blueprint.register_error_handler(NotOurs, not_ours)
    blueprint.register_error_handler(Malformed, malformed)
    blueprint.register_error_handler(NoPhone, no_phone)


refuse_as_texts_are(sms)


@sms.post("/sms/twilio/inbound")
@sms.post("/sms/twilio/fallback", endpoint="fallback")
def inbound() -> Response:
    """Take in a text. The provider asks the second address where the first did not answer; both do the same."""
    take(webhook().inbound(request.form, runtime().clock.now()))
    return _nothing_to_say()


@sms.post("/sms/twilio/status")
def status() -> Response:
    """Take in what became of a text of ours.

    A request that failed would lie whole at the provider, with the number, and `sms.follow` asks all the same.
    """
    report = webhook().status(request.form, request.args)
    if report is not None:
        try:
            fates.settle(runtime(), report)
        except Exception as error:  # noqa: BLE001 - whatever is wrong, it is asked for later
            logging.get_logger().error("request.failed", error=error)
    return _nothing_to_say()


@sms.post("/sms/smsgate/events", endpoint="smsgate")
def events() -> Response:
    """Take in what a telephone of our own tells: a text, or what became of one of ours."""
    told = _phone().read(request.get_data(), runtime().clock.now())
    if isinstance(told, Inbound):
        take(told)
    elif isinstance(told, Status):
        fates.settle(runtime(), told)
    return Response(status=204)


def take(text: Inbound) -> None:
    """Take in a text, or keep it for when the database is back, or for when a fault of ours is mended."""
    hotline: Hotline = current_app.extensions[HOTLINE]
    try:
        receive(hotline, text)
    except Exception as error:  # noqa: BLE001 - whatever is wrong, no text may be lost
        logging.get_logger().error("request.failed", error=error)
        _keep(text)


def _keep(text: Inbound) -> None:
    """Keep a text for later; where that fails too, have the provider ask again.

    A request that failed would lie whole at the provider, where nothing of ours erases it.
    """
    try:
        spool.keep(runtime(), text)
    except (OSError, SQLAlchemyError) as error:
        logging.get_logger().error("request.failed", error=error)
        raise ServiceUnavailable(retry_after=RETRY_AFTER) from error


def webhook() -> twilio.Webhook:
    """Give what reads Twilio's posts; where it is not set up, there is nothing."""
    found: twilio.Webhook | None = current_app.extensions.get(TWILIO)
    if found is None:
        raise NotFound
    return found


def _phone() -> smsgate.Webhook:
    phone: smsgate.Webhook | None = current_app.extensions.get(SMSGATE)
    if phone is None:
        raise NotFound
    return phone


def _nothing_to_say() -> Response:
    """Give the provider an answer in its language that has it send nothing."""
    return Response('<?xml version="1.0" encoding="UTF-8"?><Response/>', mimetype="text/xml")
