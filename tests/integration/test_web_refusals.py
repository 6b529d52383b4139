"""What the worker's pages refuse, over HTTP and on both databases: kindly, in their language, and without a trace."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake import echo
from intake.web.access import BODY_LIMIT
from referrals.directory.models import Organization
from referrals.directory.snapshot import Directory
from tests.integration.worker_client import (
    CANARY,
    SITE,
    TOLD,
    WorkerClient,
    cookies_of,
    count,
    digits,
    error_of,
    hidden,
    make_busy,
    stored,
    token_of,
)
from tests.network import Network


def test_a_form_without_an_answer_comes_back_with_a_word(network: Network, worker: WorkerClient) -> None:
    answer = worker.send({"story": " \r\n", "pass_on": "ask"})
    assert answer.headers["Location"] == "/en/#e"
    assert "answered nothing yet" in error_of(worker.follow(answer).text)
    assert count(network.runtime, "case") == 0


def test_a_refused_form_names_each_field_and_keeps_all_that_was_typed(network: Network, worker: WorkerClient) -> None:
    name = hidden(worker.get().text)["form"]
    answer = worker.post("", {"form": name, **TOLD, "story": CANARY + "x" * 10_000, "about": "zz", "employer": "Mine"})
    assert CANARY.encode() not in stored(network.runtime)
    page = worker.follow(answer).text
    assert 'href="#story"' in page
    assert 'href="#about"' in page
    assert page.count('aria-invalid="true"') == 2
    assert CANARY + "x" * 10_000 in page
    assert 'value="documents_held" checked' in page
    assert 'value="Mine"' in page
    assert hidden(page)["form"] == name
    assert CANARY not in worker.get().text
    assert count(network.runtime, "echo") == 0


def test_where_nobody_fits_numbers_are_shown_and_nothing_is_kept(network: Network, worker: WorkerClient) -> None:
    page = worker.follow(worker.send({"place": "Toronto", "story": "x", "helper_desk": "no"})).text
    assert "No group fits" in error_of(page)
    assert "tel:+18005630808" in page
    assert count(network.runtime, "case") == 0


def test_a_closed_intake_says_so_with_numbers(network: Network, worker: WorkerClient) -> None:
    with network.runtime.database.session(write=True) as session:
        session.query(Organization).filter_by(key="org16").update({"role": "support_org"})
    network.app.extensions["leeward.intake"] = replace(
        network.app.extensions["leeward.intake"], directory=Directory(network.runtime.clock)
    )
    page = worker.follow(worker.send({"story": CANARY})).text
    assert "take reports right now" in error_of(page)
    assert CANARY in page


def test_a_busy_service_gives_the_form_back_under_the_same_id(network: Network, worker: WorkerClient) -> None:
    name = hidden(worker.get().text)["form"]
    intake = network.app.extensions["leeward.intake"]
    make_busy(network)
    page = worker.follow(worker.post("", {"form": name, **TOLD})).text
    assert "Too many people" in error_of(page)
    assert CANARY in page
    assert hidden(page)["form"] == name
    network.app.extensions["leeward.intake"] = intake
    assert len(digits(worker.follow(worker.fill(page, "", TOLD)).text)) == 20


def test_a_busy_service_lets_a_receipt_wait(network: Network, worker: WorkerClient) -> None:
    receipt = worker.receipt(TOLD)
    make_busy(network)
    answer = worker.open_replies(receipt)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert '<html lang="en"' in answer.text


def test_where_no_form_can_be_kept_the_worker_is_told_to_go_back(lone: Network) -> None:
    worker = WorkerClient(lone)
    with lone.runtime.database.session(write=True) as session:
        for _ in range(echo.CAP):
            echo.keep(session, b"", now=lone.runtime.clock.now(), random=lone.runtime.random)
    answer = worker.send({"story": "x" * 10_001})
    assert answer.headers["Location"] == "/en/note/503"
    assert not cookies_of(answer)
    assert worker.follow(answer).status_code == 200


def test_a_database_that_is_away_is_no_stack_trace(lone: Network) -> None:
    worker = WorkerClient(lone)
    page = worker.get().text
    with lone.runtime.database.session(write=True) as session:
        session.connection().exec_driver_sql('ALTER TABLE "directory_state" RENAME TO "gone"')
    answer = worker.fill(page, "", TOLD)
    assert answer.headers["Location"] == "/en/note/503"
    assert CANARY not in answer.text


def test_too_much_is_led_to_a_page_that_says_so(lone: Network) -> None:
    worker = WorkerClient(lone, "fr")
    answer = worker.post("", {"story": "x" * (BODY_LIMIT + 1)})
    assert answer.headers["Location"] == "/fr/note/413"
    assert '<html lang="fr"' in worker.follow(answer).text


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"data": b"story=\xff", "content_type": "application/x-www-form-urlencoded"}, 400),
        ({"data": b"--x\r\ncut", "content_type": "multipart/form-data; boundary=x"}, 400),
        ({"data": b"{}", "content_type": "application/json"}, 415),
        ({"data": b"story=x", "content_type": ""}, 415),
    ],
)
def test_what_no_form_of_ours_makes_is_refused_in_the_paths_language(
    lone: Network, request_: dict[str, object], status: int
) -> None:
    answer = WorkerClient(lone, "pa").raw("", **request_)
    assert answer.status_code == status
    assert '<html lang="pa"' in answer.text
    assert count(lone.runtime, "case") == 0


def test_another_sites_form_is_refused(lone: Network) -> None:
    client = lone.app.test_client()
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        for path in ("/en/", "/en/return", "/en/replies", "/en/sent", "/en/replies/close"):
            answer = client.post(path, base_url=SITE, data={"story": "x"}, headers=headers)
            assert (answer.status_code, answer.headers["Location"]) == (303, "/en/note/403")
    assert count(lone.runtime, "case") == 0


def test_a_program_that_is_no_browser_may_return_at_once(lone: Network) -> None:
    # curl names no origin, and for a second after Send it carries the cookie that makes browsers forget.
    client = lone.app.test_client()
    assert client.post("/en/", base_url=SITE, data={"story": "x"}).status_code == 303
    receipt = digits(client.get("/en/sent", base_url=SITE).text)
    answer = client.post("/en/return", base_url=SITE, data={"number": receipt})
    assert answer.headers["Location"] == "/en/replies"


def test_a_post_that_relies_on_a_cookie_needs_that_cookies_token(lone: Network) -> None:
    worker = WorkerClient(lone)
    receipt = worker.receipt(TOLD)
    assert worker.post("sent", {"token": "x"}).headers["Location"] == "/en/sent"
    assert digits(worker.get("sent").text) == receipt
    worker.open_replies(receipt)
    asked = worker.follow(worker.post("replies", {"token": "x", "text": "not of this page"})).text
    assert 'id="number"' in asked
    assert "not of this page" not in asked
    assert count(lone.runtime, "message") == 1


def test_of_two_receipts_in_two_tabs_the_first_asks_for_its_number_again_and_keeps_the_words(lone: Network) -> None:
    worker = WorkerClient(lone)
    first, second = worker.receipt(TOLD), worker.receipt({**TOLD, "story": "of the second"})
    page = worker.open_replies(first).text
    worker.open_replies(second)
    late = worker.post("replies", {"token": token_of(page, "replies"), "text": "for the first"})
    asked = worker.follow(late).text
    assert 'role="alert"' in asked
    assert 'id="number"' in asked
    again = worker.open_replies(first).text
    assert "for the first" in again
    sent = worker.post("replies", {"token": token_of(again, "replies"), "text": "for the first"})
    assert 'class="box" role="status"' in worker.follow(sent).text
    assert count(lone.runtime, "message") == 3
    for wish in ("replies/contact", "replies/erase"):
        worker.open_replies(second)
        assert (
            'id="number"' in worker.follow(worker.post(wish, {"token": token_of(again, "replies"), "wish": "no"})).text
        )
    assert 'value="no"' in worker.open_replies(first).text
    assert 'value="no"' in worker.open_replies(second).text


def test_i_wrote_it_down_on_the_page_of_one_report_leaves_the_number_of_the_next_in_sight(lone: Network) -> None:
    worker = WorkerClient(lone)
    earlier = worker.follow(worker.send(TOLD)).text
    receipt = worker.receipt({**TOLD, "story": "of the second"})
    pressed = worker.post("sent", {"token": token_of(earlier, "sent")})
    assert digits(worker.follow(pressed).text) == receipt


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/xx/", 404),
        ("GET", "/en/nothing", 404),
        ("GET", "/PA/", 404),
        ("GET", "/en/note/999", 404),
        ("POST", "/en/rights", 405),
        ("PUT", "/en/", 405),
        ("POST", "/", 405),
        ("GET", "/en/replies/close", 405),
    ],
)
def test_an_address_that_is_none_has_a_page_of_its_own(lone: Network, method: str, path: str, status: int) -> None:
    answer = lone.app.test_client().open(path, method=method, base_url=SITE)
    assert answer.status_code == status
    assert "<title>Info</title>" in answer.text
    assert "nothing" not in answer.text


class TestAnyBytes:
    """Whatever arrives, it is never a 500 and never a report by accident of a fault of ours."""

    @pytest.fixture(autouse=True)
    def _serve(self, lone: Network) -> None:
        self.worker = WorkerClient(lone)

    def post(self, page: str, body: bytes, content_type: str) -> None:
        answer = self.worker.raw(page, data=body, content_type=content_type)
        assert answer.status_code in (303, 400, 403, 413, 415), answer.status_code
        assert answer.headers.get("Location", "") != "/en/note/500"
        if answer.status_code == 303:
            assert self.worker.follow(answer).status_code in (200, 404)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        page=st.sampled_from(["", "return", "replies", "sent"]),
        body=st.binary(max_size=400),
        content_type=st.sampled_from(
            ["application/x-www-form-urlencoded", "multipart/form-data; boundary=edge", "text/plain", ""]
        ),
    )
    def test_of_any_type(self, page: str, body: bytes, content_type: str) -> None:
        self.post(page, body, content_type)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        page=st.sampled_from(["", "return", "replies"]),
        name=st.sampled_from(["story", "place", "what", "people", "number", "text", "form", "district"]),
        value=st.binary(max_size=200),
    )
    def test_as_a_field_of_either_encoding(self, page: str, name: str, value: bytes) -> None:
        quoted = "".join(f"%{byte:02X}" for byte in value)
        self.post(page, f"{name}={quoted}".encode(), "application/x-www-form-urlencoded")
        head = f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        self.post(page, head + value + b"\r\n--edge--\r\n", "multipart/form-data; boundary=edge")

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(number=st.text(st.characters(exclude_categories=["Cs"]), max_size=120))
    def test_as_a_receipt(self, number: str) -> None:
        answer = self.worker.post("return", {"number": number})
        assert answer.status_code == 303
