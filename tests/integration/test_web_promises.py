"""What the worker's pages promise everybody, over HTTP: nothing is asked for, nothing runs out, no receipt tells."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from crypto.receipt import generate
from intake import answers as asked
from intake.web.forms import ONE_OF, SOME_OF, TEXTS
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.casework import work
from tests.integration.office import town
from tests.integration.worker_client import CANARY, PAGES, SITE, TOLD, WorkerClient, count, digits, error_of, stored
from tests.network import Network, plant

ONION = "http://" + "a" * 56 + ".onion"
FAR = 40_000


@contextmanager
def statements(runtime: Runtime) -> Iterator[list[str]]:
    """Gather what is asked of both databases in a block."""
    asked_for: list[str] = []

    def note(*given: object) -> None:
        asked_for.append(str(given[2]).split(" ", 1)[0])

    engines = (runtime.database.engine, runtime.keystore.database.engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield asked_for
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def test_any_one_answer_is_a_report_and_no_other_is_asked_for(lone: Network) -> None:
    worker = WorkerClient(lone)
    offered = {**ONE_OF, **SOME_OF, **dict.fromkeys(TEXTS, ("7",))}
    for name, answers in offered.items():
        # A no to the helper desk alone leaves nobody who could have it, and the page says so.
        if name != "helper_desk":
            assert len(worker.receipt({name: answers[0]})) == 20, name
    assert "required" not in worker.get().text
    assert count(lone.runtime, "case") == len(offered) - 1


def test_no_language_is_guessed_from_browser_or_address(lone: Network) -> None:
    client = lone.app.test_client()
    pages = {
        client.get("/", base_url=SITE, headers={"Accept-Language": wanted}, environ_base={"REMOTE_ADDR": place}).data
        for wanted, place in (("en", "127.0.0.1"), ("es-MX,es;q=0.9", "192.0.2.1"), ("ar", "198.51.100.7"), ("", "::1"))
    }
    assert len(pages) == 1


def test_a_form_that_was_left_open_for_days_is_taken(network: Network, worker: WorkerClient, clock: FixedClock) -> None:
    page = worker.get().text
    clock.advance(timedelta(days=3))
    assert len(digits(worker.follow(worker.fill(page, "", TOLD)).text)) == 20


def test_unknown_and_erased_receipts_cost_the_same(runtime: Runtime) -> None:
    place = town(runtime)
    worker = WorkerClient(place.network)
    page = worker.open_replies(place.submitted.receipt).text
    assert page.count("/replies/erase")
    sure = worker.get("replies/erase").text
    assert worker.fill(sure, "replies/erase", {}).headers["Location"] == "/en/erased"
    work(runtime)
    seen = []
    for number in (generate(), place.submitted.receipt):
        visitor = WorkerClient(place.network)
        with statements(runtime) as asked_for:
            answer = visitor.open_replies(number)
        names = sorted(name for name in dict(answer.headers) if name != "Set-Cookie")
        seen.append((answer.status_code, answer.data, names, asked_for))
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"story=" + CANARY.encode("utf-16"), "application/x-www-form-urlencoded"),
        (b"story=" + CANARY.encode() + b"%ff%fe", "application/x-www-form-urlencoded"),
        (b"story=" + CANARY.encode() + b"\xc0\x80", "application/x-www-form-urlencoded; charset=utf-16"),
        (
            b'--x\r\nContent-Disposition: form-data; name="story"\r\n\r\n' + CANARY.encode() + b"\xff\xfe\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_bytes_that_are_no_text_are_told_so_or_replaced_and_never_break_anything(
    lone: Network, body: bytes, kind: str
) -> None:
    answer = WorkerClient(lone, "es").raw("", data=body, content_type=kind)
    assert answer.status_code in (303, 400)
    assert CANARY not in answer.text
    assert CANARY.encode() not in stored(lone.runtime)
    if answer.status_code == 400:
        assert '<html lang="es"' in answer.text
        assert count(lone.runtime, "case") == 0


def test_the_way_back_holds_what_is_far_too_long(runtime: Runtime) -> None:
    place = town(runtime)
    worker = WorkerClient(place.network)
    far = worker.follow(worker.post("return", {"number": "9" * FAR}, multipart=False)).text
    assert "One digit is wrong" in error_of(far)
    assert "9" * 200 not in far
    page = worker.open_replies(place.submitted.receipt).text
    for length in (asked.FOLLOW_UP_LIMIT + 1, FAR):
        told = worker.follow(worker.fill(page, "replies", {"text": CANARY + "x" * (length - len(CANARY))})).text
        assert f"Use at most <bdi>{asked.FOLLOW_UP_LIMIT}</bdi> letters" in told
        assert CANARY in told
        page = told
    assert CANARY.encode() not in stored(runtime)


def test_over_an_onion_address_every_page_is_the_same(sqlite_runtime: Runtime) -> None:
    runtime = replace(sqlite_runtime, settings=replace(sqlite_runtime.settings, onion_url=ONION))
    network = plant(runtime)
    client = network.app.test_client()
    for page in ("", *(f"en/{name}" for name in PAGES if name not in ("", "replies/erase"))):
        clear, onion = (client.get(f"/{page}", base_url=site).data for site in (SITE, ONION))
        assert clear == onion, page
