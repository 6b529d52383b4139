"""What holds for every answer, shown on a small app: policies, hosts, limits, and failures that tell nothing."""

import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, abort, current_app, redirect, render_template_string, request, session
from flask.testing import FlaskClient
from jinja2 import UndefinedError
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from service import hardening, logging
from service.hardening import HardenedFlask, answered_hosts, harden, header_values, host_name, inline_source, use_policy
from service.settings import Settings
from service.throttle import TooBusy

PUBLIC = "https://leeward.example"
ONION = "http://" + "a" * 56 + ".onion"
CANARY = "kept-my-passport-604-555-0123"

SETTINGS = Settings(data=Path("unused"), database_url="", keys_url="", public_url=PUBLIC, onion_url=ONION)


def small_app(folder: Path, settings: Settings = SETTINGS) -> HardenedFlask:
    """Build an app with one page of each kind."""
    (folder / "desk.css").write_text("p { color: red }\n" * 100, encoding="utf-8")
    app = HardenedFlask("small", static_folder=None)
    app.secret_key = b"0" * 32
    pages = Blueprint("form", __name__)
    desk = Blueprint("desk", __name__, url_prefix="/desk", static_folder=folder, static_url_path="/static")
    pages.add_url_rule("/", view_func=lambda: "<h1>page</h1>", endpoint="index")
    pages.add_url_rule("/form", view_func=form_page, endpoint="form")
    pages.add_url_rule("/send", view_func=lambda: json.dumps(request.form), methods=["POST"], endpoint="send")
    pages.add_url_rule("/fail", view_func=fail, endpoint="fail")
    pages.add_url_rule("/busy", view_func=busy, endpoint="busy")
    pages.add_url_rule("/away", view_func=away, endpoint="away")
    pages.add_url_rule("/leave", view_func=lambda: redirect("/", 303), endpoint="leave")
    pages.add_url_rule("/fault/<int:code>", view_func=lambda code: abort(code), endpoint="fault")
    desk.add_url_rule("/", view_func=desk_page, endpoint="index")
    app.register_blueprint(pages)
    app.register_blueprint(desk)
    app.add_url_rule("/other", "other", lambda: "other")
    harden(app, settings, {"form": "worker", "desk": "desk"}, {"/desk/static/kdf.js": "kdf-worker"})
    return app


def form_page() -> Response:
    use_policy("worker-form", inline_source("p{}"))
    response = current_app.make_response("<form method=post></form>")
    response.headers["ETag"] = '"visit-1"'
    response.headers["Cache-Control"] = "public"
    return response


def desk_page() -> str:
    session["csrf"] = "token"
    return "<h1>desk</h1>"


def fail() -> str:
    raise LookupError(CANARY)


def busy() -> str:
    raise TooBusy


def away() -> str:
    raise OperationalError(CANARY, {"story": CANARY}, Exception(CANARY))


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    """Give a browser that comes over TLS."""
    return browser(small_app(tmp_path))


class Browser(FlaskClient):
    """A browser that opens paths of one site."""

    site = PUBLIC

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return super().open(*args, **{"base_url": self.site, **kwargs})


def browser(app: Flask, site: str = PUBLIC) -> FlaskClient:
    client = Browser(app, app.response_class)
    client.site = site
    return client


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Collect the log lines of one test."""
    stream = io.StringIO()
    logging.configure(stream)
    yield stream
    logging.configure()


def csp(response: Any) -> dict[str, str]:
    rules = response.headers["Content-Security-Policy"].split("; ")
    return {name: value for name, _, value in (rule.partition(" ") for rule in rules)}


EVERY_PATH = ["/", "/form", "/other", "/nowhere", "/leave", "/fail", "/busy", "/desk/", "/desk/static/desk.css"]


@pytest.mark.parametrize("path", [*EVERY_PATH, "/desk/static/gone.js", "/fault/403", "/fault/413"])
def test_every_answer_keeps_to_itself(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    headers = response.headers
    assert headers.getlist("Cache-Control") == ["no-store"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Robots-Tag"].startswith("noindex")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert headers["Strict-Transport-Security"] == "max-age=63072000"
    assert headers["Referrer-Policy"] in ("no-referrer", "same-origin")
    assert not {"ETag", "Last-Modified", "Server"} & set(headers.keys())
    rules = csp(response)
    assert (rules["default-src"], rules["base-uri"], rules["frame-ancestors"]) == ("'none'", "'none'", "'none'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "http" not in headers["Content-Security-Policy"]
    response.close()


def test_the_default_is_the_strictest(client: FlaskClient) -> None:
    for path in ("/other", "/nowhere"):
        response = client.get(path)
        expected = {"default-src": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'", "form-action": "'none'"}
        assert csp(response) == expected
        assert response.headers["Referrer-Policy"] == "no-referrer"


def test_a_surface_and_a_view_pick_theirs(client: FlaskClient) -> None:
    assert csp(client.get("/"))["form-action"] == "'self'"
    assert client.get("/").headers["Referrer-Policy"] == "no-referrer"
    form = client.get("/form")
    assert form.headers["Referrer-Policy"] == "same-origin"
    assert csp(form)["style-src"].startswith("'self' 'sha256-")
    assert "script-src" not in csp(form)
    desk = csp(client.get("/desk/"))
    assert desk["script-src"] == desk["connect-src"] == desk["worker-src"] == "'self'"
    assert (desk["require-trusted-types-for"], desk["trusted-types"]) == ("'script'", "leeward")


def test_only_the_key_derivation_worker_may_compile() -> None:
    may = {name: dict(header_values(name))["Content-Security-Policy"] for name in hardening.POLICIES}
    assert [name for name, rules in may.items() if "wasm-unsafe-eval" in rules] == ["kdf-worker"]
    assert not [name for name, rules in may.items() if "unsafe-inline" in rules or "'unsafe-eval'" in rules]
    assert "connect-src" not in may["kdf-worker"]


def test_a_file_can_have_a_policy_of_its_own(client: FlaskClient, tmp_path: Path) -> None:
    (tmp_path / "kdf.js").write_text("0", encoding="utf-8")
    with client.get("/desk/static/kdf.js") as response:
        assert "'wasm-unsafe-eval'" in response.headers["Content-Security-Policy"]


def test_a_style_s_source_is_the_hash_of_its_text() -> None:
    # The example of CSP Level 3, "script-src".
    assert inline_source("alert('Hello, world.');") == "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"


def test_an_unknown_policy_is_an_error() -> None:
    with pytest.raises(KeyError):
        header_values("lax")


def test_files_are_sent_compressed_and_nothing_else_is(client: FlaskClient) -> None:
    headers = [("Accept-Encoding", "gzip")]
    sheet = client.get("/desk/static/desk.css", headers=headers)
    assert sheet.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(sheet.data).startswith(b"p { color")
    assert "Content-Encoding" not in client.get("/", headers=headers).headers
    with client.get("/desk/static/desk.css", headers=[*headers, ("Range", "bytes=0-3")]) as part:
        assert (part.status_code, part.data) == (206, b"p { ")


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "localhost:8000", "leeward.example.evil.example", "", "a b"]
)
def test_other_hosts_are_not_answered(tmp_path: Path, host: str) -> None:
    client = browser(small_app(tmp_path))
    for path in ("/", "/nowhere", "/desk/"):
        response = client.get(path, headers={"Host": host})
        assert response.status_code == 400
        assert host not in response.text or not host


@pytest.mark.parametrize(
    "host", ["leeward.example", "leeward.example:443", "LEEWARD.example", ONION.rpartition("/")[2]]
)
def test_our_hosts_are_answered(tmp_path: Path, host: str) -> None:
    assert browser(small_app(tmp_path)).get("/", headers={"Host": host}).status_code == 200


def test_a_demo_answers_on_this_machine_too() -> None:
    demo = replace(SETTINGS, demo=True, public_url="http://127.0.0.1:8000", onion_url=None)
    assert answered_hosts(demo) == {"127.0.0.1", "localhost", "[::1]"}
    assert host_name("[::1]:8000") == "[::1]"


def test_only_the_start_page_over_tls_tells_the_onion_address(tmp_path: Path) -> None:
    assert browser(small_app(tmp_path)).get("/?a=1").headers["Onion-Location"] == ONION + "/"
    assert "Onion-Location" not in browser(small_app(tmp_path)).get("/form").headers
    assert "Onion-Location" not in browser(small_app(tmp_path), ONION).get("/").headers
    assert "Onion-Location" not in browser(small_app(tmp_path, replace(SETTINGS, onion_url=None))).get("/").headers
    assert "Strict-Transport-Security" not in browser(small_app(tmp_path), ONION).get("/").headers


def test_the_desk_s_cookie_goes_nowhere_else(tmp_path: Path) -> None:
    for base_url, secure in ((PUBLIC, True), (ONION, False)):
        cookie = browser(small_app(tmp_path), base_url).get("/desk/").headers["Set-Cookie"]
        assert ("Secure" in cookie) is secure
        assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Path=/desk", "desk_csrf="))
        assert "Set-Cookie" not in browser(small_app(tmp_path), base_url).get("/form").headers


def test_a_failure_shows_and_logs_nothing_of_its_text(client: FlaskClient, log: io.StringIO) -> None:
    response = client.get(f"/fail?story={CANARY}", headers={"User-Agent": CANARY})
    assert (response.status_code, response.text) == (500, "500 Internal Server Error\n")
    (line,) = [json.loads(text) for text in log.getvalue().splitlines()]
    assert (line["event"], line["error"]) == ("request.failed", "LookupError")
    assert line["where"].startswith("tests.unit.service.test_hardening:")
    assert CANARY not in log.getvalue()


@pytest.mark.parametrize("path", ["/busy", "/away"])
def test_what_is_over_in_a_moment_says_when_to_come_back(client: FlaskClient, log: io.StringIO, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
    assert CANARY not in log.getvalue() + response.text


def test_a_surface_s_own_pages_are_shown_first(tmp_path: Path) -> None:
    app = small_app(tmp_path)
    for code in (404, 503):
        app.register_error_handler(code, lambda error: (f"<p>{error.code} in Punjabi</p>", error.code))
    for path, status in (("/nowhere", 404), ("/busy", 503), ("/away", 503)):
        response = browser(app).get(path)
        assert (response.status_code, response.text) == (status, f"<p>{status} in Punjabi</p>")


def test_a_failing_error_page_is_no_way_out(tmp_path: Path, log: io.StringIO) -> None:
    app = small_app(tmp_path)
    app.register_error_handler(500, lambda error: str(1 // 0))
    response = browser(app).get("/fail")
    assert (response.status_code, response.text) == (500, "500 Internal Server Error\n")
    assert response.headers["Cache-Control"] == "no-store"
    assert [json.loads(line)["error"] for line in log.getvalue().splitlines()] == ["LookupError", "ZeroDivisionError"]


def test_a_wrong_method_says_which_are_right(client: FlaskClient) -> None:
    response = client.post("/")
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_bodies_have_a_limit_and_files_are_refused(client: FlaskClient) -> None:
    assert client.post("/send", data={"story": "x" * 60_000}).status_code == 200
    assert client.post("/send", data={"story": "x" * 65_536}).status_code == 413
    assert client.post("/send", data={"photo": (io.BytesIO(b"x"), "photo.jpg")}).status_code == 400
    assert client.post("/send", data=b"story=%FF", content_type="application/x-www-form-urlencoded").status_code == 400
    assert client.post("/send", data=b"text", content_type="text/plain").status_code == 415


def test_templates_escape_whatever_they_are_called_and_miss_nothing(tmp_path: Path) -> None:
    app = small_app(tmp_path)
    assert app.select_jinja_autoescape("page.txt")
    with app.test_request_context("/", base_url=PUBLIC):
        assert render_template_string("{{ told }}", told="<b>") == "&lt;b&gt;"
        with pytest.raises(UndefinedError):
            render_template_string("{{ mistyped }}")


@pytest.mark.parametrize(("hops", "address", "secure"), [(0, "127.0.0.1", False), (1, "198.51.100.2", True)])
def test_forwarded_headers_count_from_configured_hops_only(
    tmp_path: Path, hops: int, address: str, secure: bool
) -> None:
    app = small_app(tmp_path, replace(SETTINGS, proxy_hops=hops))
    app.add_url_rule("/who", "who", lambda: {"address": request.remote_addr, "secure": request.is_secure})
    client = browser(app, "http://leeward.example")
    forwarded = {
        "X-Forwarded-For": "192.0.2.1, 198.51.100.2",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
    }
    assert client.get("/who", headers=forwarded).json == {"address": address, "secure": secure}
