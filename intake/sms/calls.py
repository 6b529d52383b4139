"""Where calls to the hotline arrive. A recorded message comes in as a text does: sealed, kept once, erased over there.

The same checks stand before these addresses as before those of texts (views.py). Nothing that is said is written down.
"""

from datetime import timedelta
from typing import Final

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from intake.sms import copies, numbers, voice
from intake.sms.gateways import twilio
from intake.sms.port import Malformed
from intake.sms.views import refuse_as_texts_are, take, webhook
from service import logging
from service.rows import insert_all
from service.runtime import runtime
from service.throttle import TooBusy
from translations.locales import SOURCE

calls = Blueprint("calls", __name__)
refuse_as_texts_are(calls)

_NO_CONVERSATION: Final = bytes(16)
# Twilio lets nobody erase a call before it is over.
_CALL_IS_OVER: Final = timedelta(minutes=30)
_YES: Final = "1"


@calls.post(voice.START_PATH, endpoint="start")
def start() -> Response:
    """Answer a call with the languages, and have the provider forget it later."""
    _have_erased(webhook().call(request.form))
    return _told(voice.menu())


@calls.post(voice.LANGUAGE_PATH, endpoint="language")
def language() -> Response:
    """Speak the language that was chosen, or offer the next ones."""
    call, page = webhook().call(request.form), request.args.get(voice.PAGE, 0, type=int)
    _have_erased(call)
    if voice.leads_on(call.digits):
        return _told(voice.menu(page + 1))
    chosen = voice.chosen(page, call.digits)
    return _told(voice.menu(page) if chosen is None else _information(chosen, call))


@calls.post(voice.CHOICE_PATH, endpoint="choice")
def choice() -> Response:
    """Record a message, or say all of it again."""
    call, locale = webhook().call(request.form), _locale()
    _have_erased(call)
    if call.digits in ("1", "2"):
        return _told(voice.record(locale, quiet=call.digits == "2"))
    return _told(_information(locale, call))


@calls.post(voice.RECORDED_PATH, endpoint="recorded")
def recorded() -> Response:
    """Take in a recorded message."""
    locale, wants_silence = _locale(), request.args.get(voice.QUIET) == _YES
    spoken = webhook().recording(request.form, runtime().clock.now(), language=locale, wants_silence=wants_silence)
    if spoken is None:
        return _told(voice.goodbye(voice.Line.LOST, locale))
    take(spoken)
    return _told(voice.goodbye(voice.Line.THANKS, locale))


def _have_erased(call: twilio.Call) -> None:
    """Have the provider forget a call once it is over: asked at each step, since a database may be away at one."""
    wanted = runtime()
    row = copies.erase_row(
        wanted,
        _NO_CONVERSATION,
        twilio.NAME,
        call.id,
        [],
        due_at=wanted.clock.now() + _CALL_IS_OVER,
        row_id=numbers.inbound_hmac(wanted, twilio.NAME, f"{call.id} over")[:16],
    )
    try:
        with wanted.database.session(write=True) as session:
            insert_all(session, [row])
    except (SQLAlchemyError, TooBusy) as error:
        # Whoever calls in danger must hear the numbers, whatever became of our database.
        logging.get_logger().error("request.failed", error=error)


def _information(locale: str, call: twilio.Call) -> str:
    site = runtime().settings.public_url.partition("://")[2]
    return voice.information(locale, site=site, is_withheld=call.sender is None)


def _locale() -> str:
    locale = request.args.get(voice.LOCALE, SOURCE)
    if locale not in voice.VOICES:
        raise Malformed
    return locale


def _told(twiml: str) -> Response:
    return Response(twiml, mimetype="text/xml")
