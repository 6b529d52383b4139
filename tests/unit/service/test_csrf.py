"""A post of a worker's page is told from a forged one by what browsers say of it, in every combination."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from flask import Flask, Request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from service.csrf import RequestForged, check_anonymous, cookie_token, is_ours, is_token_of, our_origins
from service.runtime import Runtime

PUBLIC = "https://leeward.example"
ONION = "http://" + "a" * 56 + ".onion"
OURS = {PUBLIC, ONION}

SITES = (None, "same-origin", "none", "same-site", "cross-site", "", "Same-Origin", "same-origin, none", "nonsense")
ORIGINS = (
    None,
    PUBLIC,
    ONION,
    "null",
    "",
    "https://evil.example",
    "https://leeward.example.evil.example",
    "http://leeward.example",
    "https://leeward.example:8443",
    "https://LEEWARD.example",
    "https://leeward.example/",
)


def expected(site: str | None, origin: str | None, has_cookie: bool) -> bool:
    """Say it in the words of the rule, one sentence after the other."""
    if origin == "null":
        return False
    if site in ("same-origin", "none"):
        return True
    if site is not None:
        return False
    if origin in (PUBLIC, ONION):
        return True
    return origin is None and not has_cookie


@pytest.mark.parametrize(("site", "origin", "has_cookie"), list(product(SITES, ORIGINS, (True, False))))
def test_every_combination(site: str | None, origin: str | None, has_cookie: bool) -> None:
    found = is_ours(fetch_site=site, origin=origin, has_cookie=has_cookie, our_origins=OURS)
    assert found is expected(site, origin, has_cookie)


@given(st.none() | st.text(), st.none() | st.text(), st.booleans())
def test_no_other_words_pass(site: str | None, origin: str | None, has_cookie: bool) -> None:
    if is_ours(fetch_site=site, origin=origin, has_cookie=has_cookie, our_origins=OURS):
        assert site in ("same-origin", "none") or (site is None and (origin in OURS or not (origin or has_cookie)))


@pytest.fixture
def app(sqlite_runtime: Runtime) -> Iterator[Flask]:
    """Give an app's context around a real runtime with an onion address."""
    app = Flask(__name__)
    settings = replace(sqlite_runtime.settings, onion_url=ONION)
    app.extensions["leeward"] = replace(sqlite_runtime, settings=settings)
    with app.app_context():
        yield app


def post(method: str = "POST", host: str = "leeward.example", **headers: str) -> Request:
    given_headers = [(name.replace("_", "-"), value) for name, value in headers.items()]
    builder = EnvironBuilder(method=method, base_url=f"https://{host}", headers=given_headers)
    return Request(builder.get_environ())


def test_our_own_pages_and_programs_without_a_cookie_pass(app: Flask) -> None:
    check_anonymous(post(Sec_Fetch_Site="same-origin", Cookie="receipt=x"))
    check_anonymous(post(Origin=PUBLIC, Cookie="receipt=x"))
    check_anonymous(post(Origin=ONION))
    check_anonymous(post())


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site", "Origin": PUBLIC},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Cookie": "receipt=x"},
        {"Cookie": ""},
    ],
)
def test_forged_ones_are_refused_with_403(app: Flask, headers: dict[str, str]) -> None:
    with pytest.raises(RequestForged) as refused:
        check_anonymous(post(**headers))
    assert refused.value.code == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_request_that_changes_nothing_needs_no_origin(app: Flask, method: str) -> None:
    check_anonymous(post(method, Sec_Fetch_Site="cross-site", Origin="https://evil.example", Cookie="receipt=x"))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "BREW"])
def test_every_other_method_is_checked_like_a_post(app: Flask, method: str) -> None:
    with pytest.raises(RequestForged):
        check_anonymous(post(method, Sec_Fetch_Site="cross-site"))


def test_a_demo_is_also_wherever_it_was_opened(app: Flask, sqlite_runtime: Runtime) -> None:
    demo = replace(sqlite_runtime.settings, demo=True, public_url="http://127.0.0.1:8000")
    assert our_origins(demo, post(host="localhost:9000")) == {"http://127.0.0.1:8000", "https://localhost:9000"}
    assert our_origins(sqlite_runtime.settings, post(host="localhost:9000")) == {PUBLIC}


def test_an_origin_is_written_as_browsers_write_it(app: Flask, sqlite_runtime: Runtime) -> None:
    for given_url, origin in [
        ("https://leeward.example:443", PUBLIC),
        ("https://LEEWARD.example", PUBLIC),
        ("https://leeward.example:8443", "https://leeward.example:8443"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ]:
        assert our_origins(replace(sqlite_runtime.settings, public_url=given_url), post()) == {origin}


def test_a_cookie_s_token_holds_for_its_cookie_and_path_only(app: Flask) -> None:
    token = cookie_token("sealed", "/pa/sent")
    assert is_token_of("sealed", "/pa/sent", token)
    for cookie, path, sent in [
        ("another", "/pa/sent", token),
        ("sealed", "/en/sent", token),
        ("sealed", "/pa/sent", ""),
        ("sealed", "/pa/sent", token[:-1]),
        ("sealed", "/pa/sent", token + "é"),
        ("sealed/pa", "/sent", token),
    ]:
        assert not is_token_of(cookie, path, sent)
