"""A form's body is read whole or refused: cut off, mis-encoded, too much, or a file."""

from io import BytesIO

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.test import EnvironBuilder

from service.bodies import FIELDS_LIMIT, TEXT_LIMIT, FileRules, StrictRequest

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


RULES = FileRules("photo", count=2, size=200_000, total=300_000)


def request_with_files(body: bytes, rules: FileRules | None = RULES, length: int | None = None) -> StrictRequest:
    """Give a request that may bring files."""
    builder = EnvironBuilder(method="POST", input_stream=BytesIO(body), content_type=MULTIPART)
    claimed = {"CONTENT_LENGTH": str(len(body) if length is None else length)}
    request = StrictRequest(builder.get_environ() | claimed)
    request.max_content_length = 10_000_000
    request.file_rules = rules
    return request


def file_part(name: str, content: bytes, field: str = "photo") -> bytes:
    return part(field, content, f'; filename="{name}"')


def read_files(body: bytes) -> list[tuple[str, int, bytes]]:
    """Read the files of a body: name, size, content."""
    with app.app_context():
        request = request_with_files(body)
        try:
            return [(file.name, file.size, b"".join(file.chunks())) for file in request.uploads]
        finally:
            request.close()


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 131_072, 199_999])
def test_a_file_comes_out_as_it_went_in(size: int) -> None:
    content = (bytes(range(256)) * 800)[:size]
    assert read_files(file_part("a.jpg", content) + END) == [("a.jpg", size, content)]


def test_fields_around_files_are_read_and_an_empty_file_field_is_none() -> None:
    body = part("before", b"1") + file_part("a.jpg", b"x") + file_part("", b"") + part("after", b"2") + END
    with app.app_context():
        request = request_with_files(body)
        assert list(request.form.items(multi=True)) == [("before", "1"), ("after", "2")]
        assert [file.name for file in request.uploads] == ["a.jpg"]
        assert not request.files
        request.close()


def test_what_is_beyond_the_rules_is_counted_and_dropped_and_the_rest_is_read() -> None:
    large = read_files(file_part("large", bytes(200_001)) + file_part("small", b"x") + END)
    assert large == [("large", 200_001, b""), ("small", 1, b"x")]
    many = read_files(file_part("a", b"x") * 3 + END)
    assert [content for _, _, content in many] == [b"x", b"x", b""]
    together = read_files(file_part("a", bytes(200_000)) + file_part("b", bytes(100_001)) + END)
    assert [(size, bool(content)) for _, size, content in together] == [(200_000, True), (100_001, False)]


def test_a_file_under_another_field_is_read_and_forgotten() -> None:
    assert read_files(file_part("a", b"x" * 100_000, field="other") + file_part("b", b"y") + END) == [("b", 1, b"y")]


def test_a_body_with_files_that_is_cut_anywhere_is_refused() -> None:
    whole = part("story", b"text") + file_part("a.jpg", b"x" * 150_000) + END
    for length in [*range(1, 300, 7), *range(300, len(whole) - 4, 9_973), len(whole) - 5]:
        with app.app_context(), pytest.raises(BadRequest):
            request_with_files(whole[:length]).form  # noqa: B018 - reading it is what fails
        with app.app_context(), pytest.raises(BadRequest):
            request_with_files(whole[:length], length=len(whole)).form  # noqa: B018 - reading it is what fails


def test_text_beside_files_has_the_limit_that_it_has_alone() -> None:
    for body in (
        part("story", b"x" * (TEXT_LIMIT + 1)) + file_part("a", b"x") + END,
        file_part("n" * TEXT_LIMIT, b"x") + END,
        b"--edge\r\nContent-Disposition: form-data; name=" + b"x" * (2 * TEXT_LIMIT),
        part("story", b"x" * 100_000) * 3 + END,
    ):
        with app.app_context(), pytest.raises(HTTPException) as refused:
            request_with_files(body).form  # noqa: B018 - reading it is what fails
        assert refused.value.code in (400, 413)


def test_a_form_without_parts_is_no_larger_where_files_may_come() -> None:
    builder = EnvironBuilder(method="POST", input_stream=BytesIO(b"a=" + b"x" * TEXT_LIMIT), content_type=URLENCODED)
    request = StrictRequest(builder.get_environ() | {"CONTENT_LENGTH": str(TEXT_LIMIT + 2)})
    request.max_content_length = 10_000_000
    with app.app_context(), pytest.raises(RequestEntityTooLarge):
        request.form  # noqa: B018 - reading it is what fails


@given(st.binary(max_size=400), st.integers(0, 500))
def test_any_bytes_where_files_may_come_are_a_form_or_a_refusal(body: bytes, cut: int) -> None:
    whole = (file_part("a", body) + part("b", b"c") + END)[: cut or None]
    with app.app_context():
        request = request_with_files(whole)
        try:
            assert all(isinstance(file.size, int) for file in request.uploads)
        except HTTPException as refused:
            assert refused.code in (400, 413)
        finally:
            request.close()
