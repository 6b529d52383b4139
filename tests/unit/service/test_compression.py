"""Gzip that any browser opens, that is asked for, and whose length says nothing of the one value in a page."""

import gzip
import subprocess

import pytest
from flask import Request, Response
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from service.compression import PrecompressedPage, compress, compress_around, gzip_once

PAGE = "<html>" + "<p>They keep my passport, permit or bank card</p>" * 200 + "{id}<p>ਕਿਹੜਾ ਖੇਤ</p>" + "</html>"


def request(accept: str | None = "gzip, deflate, br") -> Request:
    headers = [] if accept is None else [("Accept-Encoding", accept)]
    return Request(EnvironBuilder(headers=headers).get_environ())


@given(st.text(max_size=200))
def test_a_page_with_its_value_opens_to_what_it_was(value: str) -> None:
    response = PrecompressedPage(PAGE, "{id}").response(request(), value)
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.get_data()).decode() == PAGE.replace("{id}", value)


def test_a_value_longer_than_one_stored_block_opens_too() -> None:
    value = "0123456789" * 15_000
    response = PrecompressedPage(PAGE, "{id}").response(request(), value)
    assert gzip.decompress(response.get_data()).decode() == PAGE.replace("{id}", value)


def test_another_program_opens_it() -> None:
    packed = PrecompressedPage(PAGE, "{id}").response(request(), "value").get_data()
    opened = subprocess.run(["gzip", "-dc"], input=packed, capture_output=True, check=True, timeout=10)
    assert opened.stdout.decode() == PAGE.replace("{id}", "value")


@given(st.text(alphabet="abcdef0123456789", min_size=32, max_size=32))
def test_the_length_says_nothing_of_the_value(value: str) -> None:
    page = PrecompressedPage(PAGE + value, "{id}")
    lengths = {len(page.response(request(), sent).get_data()) for sent in (value, "x" * 32, PAGE[:32])}
    assert len(lengths) == 1


def test_it_costs_little_more_than_compressing_the_whole() -> None:
    whole = len(gzip.compress(PAGE.replace("{id}", "value").encode(), 9))
    assert len(PrecompressedPage(PAGE, "{id}").response(request(), "value").get_data()) < whole + 150


@pytest.mark.parametrize("accept", [None, "", "br", "gzip;q=0", "identity"])
def test_a_browser_that_does_not_take_gzip_gets_the_page_as_it_is(accept: str | None) -> None:
    response = PrecompressedPage(PAGE, "{id}").response(request(accept), "value")
    assert response.get_data(as_text=True) == PAGE.replace("{id}", "value")
    assert "Content-Encoding" not in response.headers
    assert response.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("page", ["no place", "{id} and {id}"])
def test_a_page_must_have_one_place_for_its_value(page: str) -> None:
    with pytest.raises(ValueError, match="exactly once"):
        PrecompressedPage(page, "{id}")


def test_any_response_can_be_compressed_when_a_view_asks() -> None:
    response = compress(request(), Response(PAGE))
    assert gzip.decompress(response.get_data()).decode() == PAGE
    assert int(response.headers["Content-Length"]) == len(response.get_data())
    assert (response.headers["Content-Encoding"], response.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert compress(request(), response) is response
    assert gzip.decompress(response.get_data()).decode() == PAGE
    plain = compress(request(None), Response(PAGE))
    assert plain.get_data(as_text=True) == PAGE


@given(st.binary(max_size=2000))
def test_gzip_of_any_bytes_opens(body: bytes) -> None:
    assert gzip.decompress(gzip_once(body)) == body


def test_a_file_that_a_view_sends_can_be_compressed() -> None:
    response = Response(iter([b"a" * 1000, b"b" * 1000]), direct_passthrough=True)
    packed = compress(request(), response)
    assert gzip.decompress(packed.get_data()) == b"a" * 1000 + b"b" * 1000


AROUND = "<style>" + "p{margin:0}" * 200 + "</style>{page}<footer>" + "menu " * 100 + "</footer>"


@given(st.text(max_size=300))
def test_a_page_compressed_around_its_text_opens_to_what_it_was(text: str) -> None:
    page = AROUND.replace("{page}", f"<main>{text}</main>")
    response = compress_around(request(), page, "<main", "</main>")
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.get_data()).decode() == page


@given(st.text(alphabet="abcdef0123456789", min_size=32, max_size=32))
def test_the_length_around_says_nothing_of_the_text(secret: str) -> None:
    def length(text: str) -> int:
        page = AROUND.replace("{page}", f"<main>{secret}{text}</main>")
        return len(compress_around(request(), page, "<main", "</main>").get_data())

    assert length(secret) == length("x" * 32) == length("menu menu menu menu menu menu me")


def test_what_is_around_is_compressed_and_the_text_is_not() -> None:
    page = AROUND.replace("{page}", "<main>1234 5678</main>")
    packed = compress_around(request(), page, "<main", "</main>").get_data()
    assert b"1234 5678" in packed
    assert len(packed) < len(page) // 8


@pytest.mark.parametrize(
    ("page", "accept"), [("no part of its own", "gzip"), ("</main><main>", "gzip"), (AROUND, "br")]
)
def test_what_has_no_part_of_its_own_is_sent_as_it_is(page: str, accept: str) -> None:
    response = compress_around(request(accept), page, "<main", "</main>")
    assert response.get_data(as_text=True) == page
    assert "Content-Encoding" not in response.headers
