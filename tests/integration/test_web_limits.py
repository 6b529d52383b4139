"""Every field of the form at its limit, over it and far over it: clear words, and what was typed comes back."""

import html
import re

import pytest

from intake import answers as asked
from intake.web.access import BODY_LIMIT
from intake.web.forms import ONE_OF, SOME_OF, TEXTS
from tests.integration.worker_client import CANARY, WorkerClient, count, digits, error_of, stored
from tests.network import Network

# A letter of three bytes, so that whoever counts bytes counts wrong.
LETTER = "ਖ"
# How far over: still a body that the form takes.
FAR = 40_000


def text_of(length: int) -> str:
    return CANARY + LETTER * (length - len(CANARY))


@pytest.mark.parametrize(("name", "limit"), TEXTS.items())
def test_a_text_is_taken_at_its_limit_and_comes_back_whole_over_it(lone: Network, name: str, limit: int) -> None:
    worker = WorkerClient(lone)
    assert len(digits(worker.follow(worker.send({"about": "me", name: text_of(limit)})).text)) == 20
    for length in (limit + 1, FAR):
        page = html.unescape(worker.follow(worker.send({"about": "me", name: text_of(length)})).text)
        assert f"Use at most {limit} letters" in error_of(page).replace("\n", " ")
        assert f'href="#{name}"' in page
        assert text_of(length) in page
    assert count(lone.runtime, "case") == 1
    assert CANARY.encode() not in stored(lone.runtime)


@pytest.mark.parametrize("name", [*ONE_OF, *SOME_OF])
def test_a_choice_that_is_none_is_named_and_the_rest_comes_back(lone: Network, name: str) -> None:
    worker = WorkerClient(lone)
    for given in ("no-such-code", "x" * FAR, ["me", "x" * 300] * 200):
        page = html.unescape(worker.follow(worker.send({"story": CANARY, name: given})).text)
        assert "Please choose again" in error_of(page)
        assert f'href="#{name}"' in page
        assert f"{CANARY}</textarea>" in page
    assert count(lone.runtime, "case") == 0


def test_more_groups_than_there_can_be_are_named(lone: Network) -> None:
    worker = WorkerClient(lone)
    for given in ([f"org{n}" for n in range(asked.EXCLUDE_LIMIT + 1)], ["x" * 201]):
        page = worker.follow(worker.send({"story": CANARY, "exclude": given})).text
        assert "Please choose again" in error_of(page)
        assert f"{CANARY}</textarea>" in page
    assert count(lone.runtime, "case") == 0


def test_what_no_form_asks_is_passed_over(lone: Network) -> None:
    worker = WorkerClient(lone)
    strange = {"name": "x", "case_id": "0" * 32, "urgency": "emergency", "__proto__": "x", "story[]": "x", "": "x"}
    assert len(digits(worker.follow(worker.send({"story": "told", **strange})).text)) == 20
    assert b"emergency" not in stored(lone.runtime)


def test_a_body_that_was_cut_off_is_no_report(lone: Network) -> None:
    worker = WorkerClient(lone, "fr")
    head = b'--edge\r\nContent-Disposition: form-data; name="story"\r\n\r\n'
    whole = head + CANARY.encode() + b"\r\n--edge--\r\n"
    for cut in (len(head) + 3, len(whole) - 8, len(whole) - 4):
        answer = worker.raw("", data=whole[:cut], content_type="multipart/form-data; boundary=edge")
        assert answer.status_code == 400, cut
        assert '<html lang="fr"' in answer.text
        assert CANARY not in answer.text
    assert count(lone.runtime, "case") == 0


def test_a_body_beyond_all_limits_is_led_to_a_page_that_says_what_to_do(lone: Network) -> None:
    worker = WorkerClient(lone, "es")
    answer = worker.post("", {"story": "x" * (BODY_LIMIT * 2)}, multipart=False)
    assert answer.headers["Location"] == "/es/note/413"
    assert re.search('<html lang="es"', worker.follow(answer).text)
    assert count(lone.runtime, "case") == 0
