"""The whole app as the guards ask it: every route with an address that it answers, and a browser that opens them."""

from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

import wsgi
from service.runtime import Runtime

SITE = "https://leeward.example"
# What stands in a route for each of its parts. A new part is named here, or its route cannot be asked.
PARTS = {
    "case_id": "00" * 16,
    "filename": "desk.css",
    "locale": "pa",
    "message_id": "00" * 16,
    "rest": "nothing/here",
    "status": 503,
}
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


class Browser(FlaskClient):
    """A browser that opens paths of our site, over TLS."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Open a path."""
        return super().open(*args, **{"base_url": SITE, **kwargs})

    def token(self) -> str:
        """Fetch the token that the desk's requests carry, and the cookie that it rests on."""
        answer: Any = self.get("/desk/api/session").json
        return str(answer["csrf"])


def whole_app(runtime: Runtime) -> Flask:
    """Give the app as a server runs it."""
    return wsgi.compose(runtime)


def browser(app: Flask) -> Browser:
    """Give a browser without a cookie."""
    return Browser(app, app.response_class)


def path_of(rule: Rule) -> str:
    """Give an address that a route answers."""
    built = rule.build({part: PARTS[part] for part in rule.arguments if part not in (rule.defaults or {})})
    assert built is not None, f"no address for {rule}"
    return built[1]


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Yield the endpoint, a method and an address of every route."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, path_of(rule)
