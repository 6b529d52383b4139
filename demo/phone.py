"""A phone on a page, to try the hotline without one. Only a demo has it: what it shows is plaintext, in memory alone.

Its numbers are fictional. The page asks for nothing but itself and needs no scripts: a button fetches what came since.
"""

from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from demo import waiting
from intake.sms.gateways.console import Console
from intake.sms.receiving import Hotline, receive
from service import csrf
from service.hardening import inline_source, use_policy
from service.runtime import runtime

phone = Blueprint("phone", __name__, template_folder="templates")

CONSOLE: Final = "leeward.console"
# As long as what a provider passes on.
LONGEST: Final = 1600
# Ours is the first number of this row.
FIRST, LAST = 1, 99
_STYLE: Final = (Path(__file__).parent / "templates" / "demo" / "phone.css").read_text(encoding="utf-8")


@phone.before_request
def check() -> None:
    """Refuse what another site's page sends."""
    csrf.check_anonymous(request)


@phone.get("/demo/phone")
def pick() -> BaseResponse:
    """Give a visitor a phone of their own."""
    count = LAST - FIRST + 1
    return redirect(f"/demo/phone/{FIRST + int.from_bytes(runtime().random(2), 'big') % count}", 303)


@phone.get("/demo/phone/<int:line>")
def show(line: int) -> Response:
    """Show a phone with its texts; just after a text was sent, look again by itself for what answers it."""
    number, now = _number(line), runtime().clock.now()
    with runtime().database.session() as session:
        waits = waiting.texts(session, now=now)
    use_policy("worker-form", inline_source(_STYLE))
    page = render_template(
        "demo/phone.html",
        line=line,
        number=number,
        shown=_console().shown(number),
        looks_again="sent" in request.args,
        waits=waits,
        longest=LONGEST,
        style=Markup(_STYLE),  # noqa: S704 - our own file
    )
    return Response(page, mimetype="text/html")


@phone.post("/demo/phone/<int:line>")
def send(line: int) -> BaseResponse:
    """Send what was typed, as a phone does."""
    text = request.form.get("text", "").replace("\r\n", "\n")[:LONGEST]
    if text.strip():
        hotline: Hotline = current_app.extensions["leeward.hotline"]
        receive(hotline, _console().type(_number(line), text))
    return redirect(f"/demo/phone/{line}?sent=1", 303)


@phone.post("/demo/phone/<int:line>/evening")
def skip_to_evening(line: int) -> BaseResponse:
    """Let the texts leave that wait for the evening, so that whoever tries the demo by day sees them."""
    _number(line)
    with runtime().database.session(write=True) as session:
        waiting.send_now(session, now=runtime().clock.now())
    return redirect(f"/demo/phone/{line}?sent=1", 303)


def _number(line: int) -> str:
    if not FIRST <= line <= LAST:
        abort(404)
    return f"+160455501{line:02}"


def _console() -> Console:
    console: Console = current_app.extensions[CONSOLE]
    return console
