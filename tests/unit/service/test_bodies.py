"""A form's body is read whole or refused: cut off, mis-encoded, too much, or a file."""

from io import BytesIO

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.test import EnvironBuilder

from service.bodies import FIELDS_LIMIT, StrictRequest

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=edge"

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 64 * 1024


def form(body: bytes, content_type: str | None = URLENCODED, length: int | None = None) -> list[tuple[str, str]]:
    """Read a body as the app does; `length` is what the client claims, where that is not true."""
    builder = EnvironBuilder(method="POST", input_stream=BytesIO(body), content_type=content_type)
    environ = builder.get_environ() | {"CONTENT_LENGTH": str(len(body) if length is None else length)}
    with app.app_context():
        request = StrictRequest(environ)
        assert not request.files
        return list(request.form.items(multi=True))


def part(name: str, value: bytes, more: str = "") -> bytes:
    head = f'--edge\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + value + b"\r\n"


END = b"--edge--\r\n"


def test_both_ways_of_posting_give_the_same_fields() -> None:
    expected = [("story", "ਖੇਤ & more"), ("what", "pay"), ("what", "house"), ("empty", "")]
    encoded = b"story=%E0%A8%96%E0%A9%87%E0%A8%A4+%26+more&what=pay&what=house&empty="
    multipart = b"".join(part(name, value.encode()) for name, value in expected) + END
    assert form(encoded) == expected
    assert form(multipart, MULTIPART) == expected


def test_text_that_was_not_percent_encoded_is_read_as_utf_8() -> None:
    assert form("story=año".encode()) == [("story", "año")]


@pytest.mark.parametrize(
    ("size", "is_whole"), [(10, True), (64 * 1024 - 1, True), (64 * 1024 + 1, False), (99_999, False)]
)
def test_a_body_that_does_not_say_its_length_is_read_whole_or_refused(size: int, is_whole: bool) -> None:
    body = b"story=".ljust(size, b"x")
    builder = EnvironBuilder(method="POST", input_stream=BytesIO(body), content_type=URLENCODED)
    environ = builder.get_environ() | {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    environ.pop("CONTENT_LENGTH", None)
    with app.app_context():
        if is_whole:
            assert len(StrictRequest(environ).form["story"]) == size - len("story=")
        else:
            with pytest.raises(RequestEntityTooLarge):
                StrictRequest(environ).form  # noqa: B018 - reading it is what fails


@pytest.mark.parametrize("body", [b"story=%FF%FE", "story=año".encode("latin-1"), b"story=%E0%A8"])
def test_mis_encoded_text_is_refused_and_not_repaired(body: bytes) -> None:
    with pytest.raises(BadRequest):
        form(body)


@pytest.mark.parametrize("value", [b"\xff\xfe", "año".encode("latin-1"), b"\xed\xa0\x80"])
def test_mis_encoded_text_in_a_part_is_refused(value: bytes) -> None:
    with pytest.raises(BadRequest):
        form(part("story", value) + END, MULTIPART)


def test_a_multipart_body_cut_anywhere_is_refused() -> None:
    whole = part("story", b"they keep my passport") + part("what", b"papers") + END
    assert len(form(whole, MULTIPART)) == 2
    for length in range(1, len(whole) - len("--\r\n")):
        with pytest.raises(BadRequest):
            form(whole[:length], MULTIPART)


@pytest.mark.parametrize("content_type", [URLENCODED, MULTIPART])
def test_a_body_shorter_than_it_claims_is_refused(content_type: str) -> None:
    with pytest.raises(BadRequest):
        form(b"story=they", content_type, length=500)


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary="])
def test_a_multipart_body_without_a_boundary_is_refused(content_type: str) -> None:
    with pytest.raises(BadRequest):
        form(part("story", b"text") + END, content_type)


def test_a_part_without_a_name_is_refused() -> None:
    with pytest.raises(BadRequest):
        form(b"--edge\r\nContent-Disposition: form-data\r\n\r\ntext\r\n" + END, MULTIPART)


@pytest.mark.parametrize("size", [10, 600_000])
def test_a_file_is_refused_and_nothing_is_spooled(size: int) -> None:
    with pytest.raises(HTTPException) as refused:
        form(part("photo", b"x" * size, '; filename="photo.jpg"') + END, MULTIPART)
    assert refused.value.code in (400, 413)


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", None])
def test_a_body_of_another_kind_is_refused(content_type: str | None) -> None:
    with pytest.raises(UnsupportedMediaType):
        form(b"story=text", content_type)


def test_no_body_is_an_empty_form() -> None:
    assert form(b"", None) == []
    assert form(b"") == []


def test_too_many_fields_are_refused() -> None:
    assert len(form(b"&".join([b"a=1"] * FIELDS_LIMIT))) == FIELDS_LIMIT
    for body, content_type in [
        (b"&".join([b"a=1"] * (FIELDS_LIMIT + 1)), URLENCODED),
        (part("a", b"1") * (FIELDS_LIMIT + 1) + END, MULTIPART),
    ]:
        with pytest.raises(RequestEntityTooLarge):
            form(body, content_type)


@pytest.mark.parametrize("content_type", [URLENCODED, MULTIPART])
def test_a_body_over_the_limit_is_refused(content_type: str) -> None:
    with pytest.raises(RequestEntityTooLarge):
        form(b"a" * (64 * 1024 + 1), content_type)


@given(st.binary(max_size=400), st.sampled_from([URLENCODED, MULTIPART, "multipart/form-data; boundary=-"]))
def test_any_bytes_are_a_form_or_a_refusal(body: bytes, content_type: str) -> None:
    try:
        fields = form(body, content_type)
    except HTTPException as refused:
        assert refused.code in (400, 413)
    else:
        assert all("\ufffd" not in value for _, value in fields) or "\ufffd".encode() in body or b"%EF%BF%BD" in body


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_any_parts_are_a_form_or_a_refusal(values: list[bytes]) -> None:
    try:
        form(b"".join(part("a", value) for value in values) + END, MULTIPART)
    except HTTPException as refused:
        assert refused.code == 400
