"""What holds for every request and every answer: which hosts are answered, how much is read, what a browser may do.

A view can only loosen this by naming one of the policies below; an answer that names none gets the strictest.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Flask, Request, Response, g, request
from flask.logging import default_handler
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from jinja2 import StrictUndefined
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException, ServiceUnavailable
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as BaseResponse

from service import logging
from service.bodies import StrictRequest
from service.compression import compress
from service.settings import Settings
from service.throttle import TooBusy

BODY_LIMIT: Final = 64 * 1024
RETRY_AFTER: Final = 30
DESK_PATH: Final = "/desk"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True)
class Policy:
    """What a browser may do with an answer, and what it may say of it to the next page."""

    csp: tuple[str, ...] = ()
    referrer: str = "no-referrer"


# "nothing" is the default. "worker-form" differs from "worker" in one thing: without a referrer browsers hide the
# origin of a form's post ("null"), and csrf.py could not tell it from a forged one.
_WORKER: Final = ("style-src 'self'", "img-src data:", "form-action 'self'")
POLICIES: Final[Mapping[str, Policy]] = {
    "nothing": Policy(),
    "worker": Policy(_WORKER),
    "worker-form": Policy(_WORKER, referrer="same-origin"),
    "desk": Policy(
        (
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "worker-src 'self'",
            "img-src 'self' data:",
            "require-trusted-types-for 'script'",
            # The one policy that the desk's own script makes, for the address of its key derivation worker.
            "trusted-types leeward",
        ),
        referrer="same-origin",
    ),
    # Argon2id is compiled in a worker of its own, which can reach nothing: the page that holds keys may not compile.
    "kdf-worker": Policy(("script-src 'self' 'wasm-unsafe-eval'",)),
}
_ALWAYS: Final = ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")
_FORBIDDEN_FEATURES: Final = (
    "autoplay",
    "bluetooth",
    "browsing-topics",
    "camera",
    "clipboard-read",
    "clipboard-write",
    "display-capture",
    "geolocation",
    "idle-detection",
    "local-fonts",
    "microphone",
    "midi",
    "payment",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "usb",
    "web-share",
)
EVERY_ANSWER: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _FORBIDDEN_FEATURES),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
# Two years. Other names under the same domain are not ours to decide for.
_HSTS: Final = "max-age=63072000"
# What tells one copy of a page, or one visit, from another.
_NEVER: Final = ("ETag", "Last-Modified", "Server", "X-Powered-By")


class HardenedFlask(Flask):
    """Flask with strict bodies and templates, and with failures that show and log nothing of what caused them."""

    request_class = StrictRequest
    jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "undefined": StrictUndefined}  # noqa: RUF012

    def select_jinja_autoescape(self, filename: str | None) -> bool:
        """Escape in every template, whatever it is called."""
        return True

    def handle_exception(self, e: Exception) -> Response:
        """Answer a failure; where the page that tells of it fails too, with the plainest of pages."""
        try:
            return super().handle_exception(e)
        except Exception as error:  # noqa: BLE001 - the server's own answer would have none of our headers
            logging.get_logger().error("request.failed", error=error)
            return self.finalize_request(last_resort(500, "Internal Server Error"), from_error_handler=True)

    def log_exception(self, exc_info: Any) -> None:
        """Log a failure's class and place. Flask's own line would hold the path and the error's text."""
        error: BaseException | None = exc_info[1]
        logging.get_logger().error("request.failed", error=error)


class _DeskSession(SecureCookieSessionInterface):
    """The signed cookie that the desk's CSRF token rests on. Worker pages have no session, so they cannot set it."""

    digest_method = staticmethod(hashlib.sha256)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Open it for the pages that it is sent to, and no others."""
        return super().open_session(app, request) if request.path.startswith(DESK_PATH) else None

    def get_cookie_secure(self, app: Flask) -> bool:
        """Keep the cookie to TLS wherever there is TLS; an onion address has none and needs none."""
        return request.is_secure


def harden(app: Flask, settings: Settings, surfaces: Mapping[str, str], files: Mapping[str, str]) -> None:
    """Install everything of this module. `surfaces` names each blueprint's policy, `files` that of single paths."""
    app.config.update(
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        PROPAGATE_EXCEPTIONS=False,
        TEMPLATES_AUTO_RELOAD=False,
        SESSION_COOKIE_NAME="desk_csrf",
        SESSION_COOKIE_PATH=DESK_PATH,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
    )
    app.session_interface = _DeskSession()
    app.logger.removeHandler(default_handler)
    hosts = answered_hosts(settings)
    onion = _onion_location(settings)

    @app.before_request
    def refuse_other_hosts() -> Response | None:
        # A name that is not ours could be an attacker's that points here (DNS rebinding).
        return None if host_name(request.host) in hosts else last_resort(400, "Bad Request")

    @app.after_request
    def protect(response: Response) -> Response:
        by_place = files.get(request.path) or surfaces.get(request.blueprint or "", "nothing")
        _protect(response, g.get("policy") or header_values(by_place))
        if (request.endpoint or "").endswith(".static") and response.status_code == 200:
            compress(request, response)
        # On the start page alone: a browser that is moved in the middle of a form would lose what was typed.
        if onion is not None and request.path == "/" and not _is_onion(request):
            response.headers["Onion-Location"] = onion + "/"
        return response

    app.register_error_handler(HTTPException, show_fault)
    for busy in (TooBusy, OperationalError, InterfaceError, PoolExhausted):
        app.register_error_handler(busy, _unavailable(app))
    if settings.proxy_hops:
        proxied = ProxyFix(app.wsgi_app, x_for=settings.proxy_hops, x_proto=settings.proxy_hops)
        app.wsgi_app = proxied  # type: ignore[method-assign]


def use_policy(name: str, *styles: str, scripts: tuple[str, ...] = ()) -> None:
    """Give this answer another policy; `styles` and `scripts` are the sources of what stands inside its page."""
    g.policy = header_values(name, styles, scripts)


@lru_cache(maxsize=64)
def inline_source(text: str) -> str:
    """Name an inline style or script in a policy: exactly this text, and no other (CSP 3, hash-source)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@lru_cache(maxsize=64)
def header_values(
    name: str, styles: tuple[str, ...] = (), scripts: tuple[str, ...] = ()
) -> tuple[tuple[str, str], ...]:
    """Give the headers of a policy. Raises KeyError for one that does not exist."""
    policy = POLICIES[name]
    given = [f"{rule} {' '.join(styles)}" if styles and rule.startswith("style-src") else rule for rule in policy.csp]
    if scripts:
        given += [f"script-src {' '.join(scripts)}", "require-trusted-types-for 'script'"]
    # Form posts are forbidden too unless allowed: `default-src` does not cover them.
    rules = [*_ALWAYS, *given] + (
        [] if any(rule.startswith("form-action") for rule in given) else ["form-action 'none'"]
    )
    return (("Content-Security-Policy", "; ".join(rules)), ("Referrer-Policy", policy.referrer))


def answered_hosts(settings: Settings) -> frozenset[str]:
    """List the host names that are answered; those of this machine only in the demo."""
    urls = [url for url in (settings.public_url, settings.onion_url) if url]
    ours = frozenset(host_name(urlsplit(url).netloc) for url in urls)
    return ours | LOOPBACK if settings.demo else ours


def host_name(host: str) -> str:
    """Give a Host header's name without its port, in lower case."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdecimal() else host).lower()


def last_resort(status: int, reason: str) -> Response:
    """Give the page that is shown where no surface has one of its own: a number and its meaning."""
    return Response(f"{status} {reason}\n", status=status, mimetype="text/plain")


def _protect(response: Response, policy: tuple[tuple[str, str], ...]) -> None:
    headers = response.headers
    for name in _NEVER:
        headers.remove(name)
    for name, value in EVERY_ANSWER.items():
        headers[name] = value
    for name, value in policy:
        headers.setdefault(name, value)
    if request.is_secure:
        headers["Strict-Transport-Security"] = _HSTS


def show_fault(error: HTTPException) -> BaseResponse:
    """Answer what nobody else answered. A redirect passes; nothing of the request is repeated."""
    status = error.code or 500
    if status < 400:
        return error.get_response(request.environ)
    response = last_resort(status, error.name)
    for name, value in error.get_headers(request.environ):
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _unavailable(app: Flask) -> Any:
    """Make the handler of what is over in a moment: the line is full, or a database is away."""

    def unavailable(error: Exception) -> Any:
        if not isinstance(error, TooBusy):
            logging.get_logger().error("request.failed", error=error)
        return app.handle_http_exception(ServiceUnavailable(retry_after=RETRY_AFTER))

    return unavailable


def _onion_location(settings: Settings) -> str | None:
    """Give what Tor Browser is pointed to; only pages that came over TLS may say it."""
    return settings.onion_url if settings.public_url.startswith("https://") else None


def _is_onion(request: Request) -> bool:
    return host_name(request.host).endswith(".onion")
