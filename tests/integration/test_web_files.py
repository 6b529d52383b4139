"""Files on the worker's pages, over HTTP, on both databases: taken without scripts, refused kindly."""

import io
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from intake.attachments import FILE_LIMIT, FILES_LIMIT, TOTAL_LIMIT
from intake.web import uploads
from service.bodies import TEXT_LIMIT
from service.throttle import FairQueue
from tests import pictures
from tests.integration.office import Office
from tests.integration.test_attachments import read
from tests.integration.worker_client import (
    CANARY,
    TOLD,
    Fields,
    WorkerClient,
    count,
    digits,
    error_of,
    hidden,
    stored,
)
from tests.network import Network
from tests.pictures import HIDDEN

PDF = ("contract.pdf", pictures.OTHERS["application/pdf"])
PHOTO = ("IMG_0001.jpg", pictures.jpeg())
EDGE = "edge-of-a-part"
Files = Sequence[tuple[str, bytes]]


def body(page: str, fields: Fields, files: Files) -> bytes:
    """Lay out a form with files as a browser does. Werkzeug's own test client leaves large ones in open files."""
    parts = [
        (f'name="{name}"', text.encode())
        for name, value in {**hidden(page), **fields}.items()
        for text in ([value] if isinstance(value, str) else value)
    ]
    parts += [(f'name="files"; filename="{name}"', content) for name, content in files]
    laid_out = (
        f"--{EDGE}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + content + b"\r\n"
        for head, content in parts
    )
    return b"".join(laid_out) + f"--{EDGE}--\r\n".encode()


def post(worker: WorkerClient, path: str, page: str, fields: Fields, files: Files) -> TestResponse:
    """Send the form of a page with files."""
    return worker.raw(path, data=body(page, fields, files), content_type=f"multipart/form-data; boundary={EDGE}")


def send(worker: WorkerClient, fields: Fields, files: Files) -> TestResponse:
    """Open the report's form and send it with files."""
    return post(worker, "", worker.get().text, fields, files)


def told(network: Network, key: str = "org01") -> tuple[Office, bytes, list[Any]]:
    """Give an organization's only case with what each of its messages says."""
    office = Office(network, key)
    (row,) = office.queue("new")
    return office, row.case_id, [office.opens(message) for message in office.file(row.case_id).messages]


def test_a_report_with_files_is_read_with_them(network: Network, worker: WorkerClient) -> None:
    answer = send(worker, TOLD, [PHOTO, PDF])
    assert answer.headers["Location"] == "/en/sent"
    assert len(digits(worker.follow(answer).text)) == 20
    office, case_id, (report,) = told(network)
    photo, pdf = report["attachments"]
    assert (photo["name"], photo["mime"], photo["stripped"]) == ("IMG_0001.jpg", "image/jpeg", True)
    assert HIDDEN not in read(office, case_id, photo)
    assert read(office, case_id, pdf) == PDF[1]
    everything = stored(network.runtime)
    assert CANARY.encode() not in everything
    assert HIDDEN not in everything
    assert b"contract.pdf" not in everything


def test_a_form_whose_file_field_is_empty_is_a_form_without_files(network: Network, worker: WorkerClient) -> None:
    assert send(worker, TOLD, [("", b"")]).headers["Location"] == "/en/sent"
    _, _, (report,) = told(network)
    assert report["attachments"] == []


def test_one_picture_alone_is_a_report(network: Network, worker: WorkerClient) -> None:
    answer = send(worker, {"place": "Oliver", "helper_desk": "yes"}, [PHOTO])
    assert answer.headers["Location"] == "/en/sent"
    assert count(network.runtime, "case") == 1


def test_a_file_can_be_added_later_with_words_or_without(network: Network, worker: WorkerClient) -> None:
    receipt = worker.receipt(TOLD)
    page = worker.open_replies(receipt).text
    for text in ("And this.", ""):
        answer = post(worker, "replies", page, {"text": text}, [PDF])
        page = worker.follow(answer).text
        assert "Your message is sent" in page
    office, case_id, messages = told(network)
    assert [message["fields"].get("text") for message in messages[1:]] == ["And this.", ""]
    for message in messages[1:]:
        assert read(office, case_id, message["attachments"][0]) == PDF[1]
    assert [message["seq"] for message in messages] == [0, 1, 2]


def test_the_same_send_with_the_same_files_is_one_report_and_with_others_another(
    network: Network, worker: WorkerClient
) -> None:
    page = worker.get().text
    receipts = [digits(worker.follow(post(worker, "", page, TOLD, files)).text) for files in ([PDF], [PDF], [PHOTO])]
    assert receipts[0] == receipts[1] != receipts[2]
    assert count(network.runtime, "case") == 2


def test_the_same_message_with_the_same_files_is_kept_once(network: Network, worker: WorkerClient) -> None:
    page = worker.open_replies(worker.receipt(TOLD)).text
    for _ in range(2):
        post(worker, "replies", page, {"text": "x"}, [PDF])
    assert len(told(network)[2]) == 2
    assert count(network.runtime, "attachment_part") == 1


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("virus.exe", b"MZ\x90\0")], "this kind of file"),
        ([("photo.jpg", b"<html>")], "this kind of file"),
        ([PHOTO, ("broken.jpg", b"\xff\xd8\xff" + bytes(99))], "be opened"),
        ([("bomb.png", pictures.bomb())], "be opened"),
        ([PDF] * (FILES_LIMIT + 1), "too many files"),
    ],
    ids=["program", "page", "broken", "bomb", "eleven"],
)
def test_a_file_that_is_not_taken_is_named_and_the_text_stays(lone: Network, files: Files, words: str) -> None:
    worker = WorkerClient(lone)
    answer = send(worker, TOLD, files)
    assert answer.headers["Location"] == "/en/#e"
    page = worker.follow(answer).text
    assert words in error_of(page)
    assert 'href="#files"' in page
    assert CANARY in page
    if len(files) < FILES_LIMIT:
        assert f"<bdi>{files[-1][0]}</bdi>" in page
    assert not any(count(lone.runtime, table) for table in ("case", "message", "attachment_part"))


def test_a_file_that_is_too_large_is_dropped_as_it_is_read_and_the_text_behind_it_stays(lone: Network) -> None:
    worker = WorkerClient(lone)
    large = ("long.mp4", pictures.OTHERS["video/mp4"] + bytes(FILE_LIMIT))
    page = worker.follow(send(worker, TOLD, [large])).text
    assert "too large. The most is 25 MB" in error_of(page)
    assert "<bdi>long.mp4</bdi>" in page
    assert CANARY in page


def test_files_that_are_too_large_together_are_told_so(lone: Network) -> None:
    worker = WorkerClient(lone)
    one = ("a.pdf", b"%PDF-" + bytes(FILE_LIMIT - 5))
    page = worker.follow(send(worker, TOLD, [one] * (TOTAL_LIMIT // FILE_LIMIT) + [PDF])).text
    assert "too large together" in error_of(page)


def test_the_limits_are_those_that_the_pages_name() -> None:
    assert (FILES_LIMIT, FILE_LIMIT // 1024**2, TOTAL_LIMIT // 1024**2) == (10, 25, 100)


def test_a_form_that_goes_back_for_another_reason_says_that_its_files_did_not_stay(lone: Network) -> None:
    worker = WorkerClient(lone)
    page = worker.follow(send(worker, {"story": "x" * 10_001}, [PDF])).text
    assert "choose your files again" in error_of(page)
    page = worker.follow(send(worker, {"place": "Toronto", "story": "x", "helper_desk": "no"}, [PDF])).text
    assert "No group fits" in error_of(page)
    assert "choose your files again" in error_of(page)


def test_the_way_back_says_what_is_wrong_with_a_file_and_keeps_the_text(lone: Network) -> None:
    worker = WorkerClient(lone)
    page = worker.open_replies(worker.receipt(TOLD)).text
    page = worker.follow(post(worker, "replies", page, {"text": f"{CANARY} more"}, [("a.exe", b"MZ")])).text
    assert "this kind of file" in error_of(page)
    assert f"{CANARY} more" in page
    assert count(lone.runtime, "message") == 1


def test_another_form_takes_no_files(lone: Network) -> None:
    worker = WorkerClient(lone)
    answer = worker.raw("return", data={"files": (io.BytesIO(b"%PDF-"), "a.pdf")}, content_type="multipart/form-data")
    assert answer.status_code == 400


def test_text_is_no_longer_than_before_where_files_may_come(lone: Network) -> None:
    worker = WorkerClient(lone)
    answer = worker.post("", {"story": "x" * (TEXT_LIMIT + 1)})
    assert answer.headers["Location"] == "/en/note/413"


def test_a_body_beyond_every_limit_is_refused_by_its_length(lone: Network) -> None:
    worker = WorkerClient(lone, "fr")
    claimed = {"CONTENT_LENGTH": str(uploads.BODY_LIMIT + 1)}
    answer = worker.raw("", content_type="multipart/form-data; boundary=x", environ_overrides=claimed)
    assert answer.headers["Location"] == "/fr/note/413"


def test_files_never_hold_every_thread(lone: Network) -> None:
    worker = WorkerClient(lone)
    film = ("film.mp4", pictures.OTHERS["video/mp4"] + bytes(TEXT_LIMIT))
    places: FairQueue = lone.app.extensions["leeward.uploads"]
    with ExitStack() as others:
        for _ in range(lone.runtime.settings.threads // 2):
            others.enter_context(places.place())
        answer = send(worker, TOLD, [film])
        assert answer.headers["Location"] == "/en/note/503"
        assert worker.follow(answer).status_code == 200
        # A form without large files needs no such place.
        assert send(worker, TOLD, [PDF]).headers["Location"] == "/en/sent"
    for _ in range(lone.runtime.settings.threads):
        assert send(worker, {"story": "x" * 10_001}, [film]).headers["Location"] == "/en/#e"
    assert send(worker, TOLD, [film]).headers["Location"] == "/en/sent"


class TestAnyFile:
    """Whatever comes as a file, it is never a 500, and what is refused leaves nothing behind."""

    @pytest.fixture(autouse=True)
    def _serve(self, lone: Network) -> None:
        self.network = lone
        self.worker = WorkerClient(lone)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        start=st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"\0\0\0\x18ftypheic"]),
        content=st.binary(max_size=300),
        name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters='"\r\n\\'), max_size=20),
    )
    def test_any_bytes_under_any_name(self, start: bytes, content: bytes, name: str) -> None:
        before = stored(self.network.runtime)
        head = f'--edge\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
        data = head + start + content + b"\r\n--edge--\r\n"
        answer = self.worker.raw("", data=data, content_type="multipart/form-data; boundary=edge")
        assert answer.status_code in (303, 400, 413), answer.status_code
        assert answer.headers.get("Location", "") != "/en/note/500"
        if answer.status_code == 303:
            assert self.worker.follow(answer).status_code in (200, 404)
        if answer.headers.get("Location") != "/en/sent":
            assert stored(self.network.runtime) == before

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(cut=st.integers(0, 600), change=st.integers(0, 600), value=st.integers(0, 255))
    def test_a_body_that_is_cut_or_changed_anywhere(self, cut: int, change: int, value: int) -> None:
        part = '--edge\r\nContent-Disposition: form-data; name="{}"{}\r\nContent-Type: application/pdf\r\n\r\n'
        whole = bytearray(part.format("story", "").encode() + b"They keep my passport.\r\n")
        whole += part.format("files", '; filename="a.pdf"').encode() + PDF[1] + b"\r\n--edge--\r\n"
        whole[change % len(whole)] = value
        answer = self.worker.raw("", data=bytes(whole[:cut]), content_type="multipart/form-data; boundary=edge")
        assert answer.status_code in (303, 400, 413)
        assert answer.headers.get("Location", "") != "/en/note/500"
