"""The worker's pages over HTTP, on both databases: the way there, the receipt, and what every answer has."""

import gzip
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event

from crypto.receipt import format
from intake.web import cookies
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.office import Office
from tests.integration.worker_client import (
    CANARY,
    CODES,
    PAGES,
    SITE,
    TOLD,
    WorkerClient,
    cookies_of,
    count,
    digits,
    hidden,
    rows,
    stored,
)
from tests.network import Network, plant
from translations.locales import form_locales, locale


def test_a_report_takes_three_requests_and_reaches_its_organization(network: Network, worker: WorkerClient) -> None:
    page = worker.get()
    answer = worker.fill(page.text, "", TOLD)
    assert answer.status_code == 303
    shown = worker.follow(answer)
    assert len(digits(shown.text)) == 20
    assert network.accounts["org01"].organization_name in shown.text
    office = Office(network, "org01")
    (row,) = office.queue("new")
    assert office.reads(row.case_id) == [f"{CANARY} first\nsecond"]
    assert CANARY.encode() not in stored(network.runtime)


def test_a_form_sent_as_curl_does_is_taken_too(network: Network, worker: WorkerClient) -> None:
    answer = network.app.test_client().post("/en/", base_url=SITE, data={"story": "curl"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/en/sent"


@pytest.mark.parametrize("field", [("today", "none"), ("story", "x"), ("district", "5907"), ("employer", "Demo Farm")])
def test_one_answer_of_any_kind_is_enough(worker: WorkerClient, field: tuple[str, str]) -> None:
    assert len(worker.receipt({field[0]: field[1]})) == 20


@pytest.mark.parametrize("code", CODES)
def test_the_language_survives_every_step(lone: Network, code: str) -> None:
    worker = WorkerClient(lone, code)
    receipt = worker.receipt(TOLD)
    visited = [worker.get(page) for page in PAGES] + [worker.get("no/such/page"), worker.open_replies(receipt)]
    visited.append(worker.follow(worker.send({})))
    for answer in visited:
        assert f'<html lang="{code}" dir="{locale(code).direction}">' in answer.text
    (case,) = rows(lone.runtime)["case"]
    assert case.language == code


def test_the_form_asks_nothing_of_a_database(network: Network, worker: WorkerClient) -> None:
    asked: list[str] = []
    engines = (network.runtime.database.engine, network.runtime.keystore.database.engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    for page in ("", "return", "rights", "help"):
        assert worker.get(page).status_code == 200
    assert not asked


def test_the_form_is_compressed_and_its_id_is_not_in_what_is(worker: WorkerClient) -> None:
    plain = worker.get().text
    packed = worker.get(**{"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) <= 14 * 1024
    text = gzip.decompress(packed.data).decode()
    assert text.replace(hidden(text)["form"], "") == plain.replace(hidden(plain)["form"], "")
    assert hidden(text)["form"].encode() in packed.data


@pytest.mark.parametrize("code", CODES)
def test_a_whole_report_and_the_way_back_are_light(lone: Network, code: str) -> None:
    worker = WorkerClient(lone, code)
    gzipped = {"Accept-Encoding": "gzip"}
    form = worker.get(**gzipped)
    sent = worker.send({**TOLD, "today": "hurt"})
    receipt = worker.get("sent", **gzipped)
    number = digits(gzip.decompress(receipt.data).decode())
    assert len(number) == 20
    assert number[:4].encode() in receipt.data, "the number is compressed with nothing"
    worker.open_replies(number)
    shown = [receipt, worker.get("replies", **gzipped), worker.get("replies/erase", **gzipped)]
    assert [len(answer.data) for answer in shown if len(answer.data) > 10 * 1024] == []
    assert sum(len(answer.data) + len(str(answer.headers)) for answer in (form, sent, receipt)) <= 40 * 1024


def test_the_receipt_is_shown_again_for_ten_minutes(worker: WorkerClient, clock: FixedClock) -> None:
    receipt = worker.receipt(TOLD)
    clock.advance(timedelta(minutes=9, seconds=59))
    assert digits(worker.get("sent").text) == receipt
    clock.advance(timedelta(seconds=1))
    assert digits(worker.get("sent").text) == ""


def test_i_wrote_it_down_burns_the_receipt_and_every_copy_of_its_cookie(network: Network, worker: WorkerClient) -> None:
    sent = worker.send(TOLD)
    page = worker.follow(sent)
    copy = cookies_of(sent)["r"].partition(";")[0].partition("=")[2]
    answer = worker.fill(page.text, "sent", {})
    assert digits(worker.follow(answer).text) == ""
    thief = WorkerClient(network)
    thief.client.set_cookie("r", copy, domain="127.0.0.1", path="/en/sent")
    assert digits(thief.get("sent").text) == ""


def test_the_receipts_cookie_is_shut_in(worker: WorkerClient) -> None:
    cookie = cookies_of(worker.send(TOLD))["r"]
    for attribute in ("HttpOnly", "SameSite=Strict", "Max-Age=600", "Path=/en/sent"):
        assert attribute in cookie.split("; ")
    assert "Secure" not in cookie


def test_over_tls_every_cookie_is_kept_to_tls(runtime: Runtime) -> None:
    network = plant(runtime)
    client = network.app.test_client()
    answers = [
        client.post("/en/", base_url="https://127.0.0.1:8000", data={"story": "x"}),
        client.get("/en/exit", base_url="https://127.0.0.1:8000"),
    ]
    set_cookies = [cookie for answer in answers for cookie in cookies_of(answer).values()]
    assert len(set_cookies) == 3
    assert all("Secure" in cookie for cookie in set_cookies)


def test_a_cookie_that_is_not_ours_opens_nothing(lone: Network) -> None:
    for value in ("", "x", "A" * 60, "A" * 400, "!!", "ਪ"):
        for name, page in (("r", "sent"), ("m", "replies"), ("ef", ""), ("er", "return"), ("em", "replies")):
            worker = WorkerClient(lone)
            worker.client.set_cookie(name, value, domain="127.0.0.1", path=f"/en/{page}")
            assert worker.get(page).status_code == 200


def test_one_cookie_does_not_pass_for_another(worker: WorkerClient) -> None:
    value = cookies_of(worker.send(TOLD))["r"].partition(";")[0].partition("=")[2]
    worker.client.set_cookie("m", value, domain="127.0.0.1", path="/en/replies")
    assert 'action="/en/return"' in worker.get("replies").text


def test_a_days_cookies_end_with_their_key(network: Network, worker: WorkerClient, clock: FixedClock) -> None:
    worker.send(TOLD)
    clock.advance(cookies.KEY_LIFE + cookies.KEY_KEPT)
    network.runtime.keystore.destroy_expired()
    assert digits(worker.get("sent").text) == ""


def test_the_receipt_stands_on_its_page_and_nowhere_else(network: Network, worker: WorkerClient) -> None:
    sent = worker.send(TOLD)
    receipt = digits(worker.follow(sent).text)
    seen = str(sent.headers) + sent.text
    assert receipt not in seen
    assert format(receipt) not in seen
    assert receipt.encode() not in stored(network.runtime)
    for page in PAGES[2:]:
        text = worker.get(page).text
        assert receipt not in re.sub(r"\D", "", text)


def test_the_same_send_twice_and_in_parallel_keeps_its_receipt(network: Network, worker: WorkerClient) -> None:
    fields = {**hidden(worker.get().text), **TOLD}

    def send(_: int) -> str:
        one = WorkerClient(network)
        return digits(one.follow(one.post("", fields)).text)

    receipts = [send(0), send(1)]
    with ThreadPoolExecutor(4) as pool:
        receipts += pool.map(send, range(4))
    assert len(set(receipts)) == 1
    assert count(network.runtime, "case") == 1


def test_after_ten_minutes_the_same_send_is_another_report(
    network: Network, worker: WorkerClient, clock: FixedClock
) -> None:
    fields = {**hidden(worker.get().text), **TOLD}
    first = digits(worker.follow(worker.post("", fields)).text)
    clock.advance(timedelta(minutes=11))
    second = digits(worker.follow(worker.post("", fields)).text)
    assert first != second
    assert count(network.runtime, "case") == 2


@pytest.mark.parametrize("code", CODES)
def test_no_page_sets_a_cookie_before_the_worker_asks_for_something(lone: Network, code: str) -> None:
    worker = WorkerClient(lone, code)
    for page in PAGES:
        assert not cookies_of(worker.get(page)), page
    assert not cookies_of(lone.app.test_client().get("/", base_url=SITE))


def test_every_page_is_forgotten_by_caches_and_allows_nothing_else(lone: Network) -> None:
    worker = WorkerClient(lone)
    for page in (*PAGES, "exit", "none"):
        headers = worker.get(page).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith(
            "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
        )
        scripts = re.findall(r"script-src ([^;]*)", headers["Content-Security-Policy"])
        assert all(source.startswith("'sha256-") for rule in scripts for source in rule.split()), page
        assert "noindex" in headers["X-Robots-Tag"]
        assert not {"ETag", "Last-Modified"} & set(headers.keys())


def test_pages_with_a_form_tell_their_origin_to_us_and_others_tell_nobody(lone: Network) -> None:
    worker = WorkerClient(lone)
    worker.receipt(TOLD)
    for page in ("", "return", "sent", "note/503"):
        assert worker.get(page).headers["Referrer-Policy"] == "same-origin"
    for page in ("rights", "help", "exit"):
        assert worker.get(page).headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("one", form_locales(), ids=lambda one: one.code)
def test_the_way_out_leads_to_a_neutral_page_and_makes_the_browser_forget(lone: Network, one: object) -> None:
    answer = WorkerClient(lone, one.code).get("exit")  # type: ignore[attr-defined]
    assert (answer.status_code, answer.headers["Location"]) == (303, one.elsewhere)  # type: ignore[attr-defined]
    assert "cookies" not in answer.headers["Clear-Site-Data"]
    assert re.fullmatch(
        r"v=[0-9a-f]{32}; Expires=[^;]+; Max-Age=1; HttpOnly; Path=/; SameSite=Strict", cookies_of(answer)["v"]
    )


def test_no_post_is_answered_with_a_page(lone: Network) -> None:
    worker = WorkerClient(lone)
    receipt = worker.receipt(TOLD)
    page = worker.open_replies(receipt).text
    answers = [
        worker.send(TOLD),
        worker.send({}),
        worker.post("return", {"number": receipt}),
        worker.post("return", {"number": "1"}),
        worker.fill(page, "replies", {"text": "x"}),
        worker.fill(page, "replies", {"text": ""}),
        WorkerClient(lone).post("replies", {"text": "x"}),
        WorkerClient(lone).post("sent", {}),
        WorkerClient(lone).post("replies/close", {}),
    ]
    assert {answer.status_code for answer in answers} == {303}
    assert all("v" in cookies_of(answer) for answer in answers)
