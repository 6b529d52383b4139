"""The way back over HTTP, on both databases: a receipt opens its answers, and nothing else does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crypto.receipt import format, generate
from referrals.referral import accept, decline
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.casework import do
from tests.integration.office import ASKS_IN_SPANISH, town
from tests.integration.test_mailbox import reply, smuggle
from tests.integration.worker_client import CANARY, TOLD, WorkerClient, count, error_of, make_busy, token_of
from tests.network import Network


def test_a_worker_reads_the_answer_and_writes_more(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    do(office, place.case_id, accept)
    reply(office, place.case_id, "Nos vemos.\n<b>El domingo</b>")
    worker = WorkerClient(place.network, "es")
    page = worker.open_replies(place.submitted.receipt).text
    assert "Nos vemos.\n&lt;b&gt;El domingo&lt;/b&gt;" in page
    assert page.count(place.submitted.organization_name) >= 2
    answer = worker.fill(page, "replies", {"text": "Gracias.\r\nSí."})
    again = worker.follow(answer).text
    assert 'class="box" role="status"' in again
    assert office.reads(place.case_id)[-1] == "Gracias.\nSí."
    closed = worker.post("replies/close", {})
    assert closed.headers["Location"] == "/es/return"
    assert "Nos vemos" not in worker.get("replies").text


def test_who_wants_no_contact_is_not_told_when_they_hear_from_anybody(runtime: Runtime) -> None:
    place = town(runtime)
    do(place.office("org01"), place.case_id, accept)
    worker = WorkerClient(place.network)
    page = worker.open_replies(place.submitted.receipt).text
    assert "You should hear from them by" in page
    token = token_of(page, "replies/contact")
    page = worker.follow(worker.post("replies/contact", {"token": token, "wish": "no"})).text
    assert "You want no contact." in page
    assert "You should hear from them by" not in page


def test_where_an_answer_cannot_be_opened_none_is_not_what_is_said(runtime: Runtime) -> None:
    place = town(runtime)
    worker = WorkerClient(place.network)
    assert "There is no answer yet." in worker.open_replies(place.submitted.receipt).text
    office = place.office("org01")
    smuggle(place, office.seal(place.case_id, "Ven solo.", mailbox=office.pair.public_key))
    page = worker.open_replies(place.submitted.receipt).text
    assert "answer can&#39;t be opened." in page
    assert "There is no answer yet." not in page


def test_a_number_in_the_digits_of_any_script_opens(lone: Network) -> None:
    worker = WorkerClient(lone, "pa")
    receipt = worker.receipt(TOLD)
    gurmukhi = receipt.translate({ord("0") + n: chr(0x0A66 + n) for n in range(10)})
    for typed in (format(receipt), gurmukhi, receipt.replace(receipt[:4], receipt[:4] + "-", 1)):
        assert worker.open_replies(typed).status_code == 200


def test_a_wrong_digit_is_told_before_any_look_up_and_what_was_typed_stays(lone: Network) -> None:
    worker = WorkerClient(lone)
    make_busy(lone)
    receipt = generate()
    wrong = receipt[:-1] + str((int(receipt[-1]) + 1) % 10)
    answer = worker.post("return", {"number": wrong}, multipart=False)
    assert answer.headers["Location"] == "/en/return#e"
    page = worker.follow(answer).text
    assert "One digit is wrong" in error_of(page)
    assert f'value="{wrong}"' in page
    assert error_of(worker.get("return").text) == ""


def test_unknown_and_erased_receipts_look_the_same_and_have_no_box(runtime: Runtime) -> None:
    place = town(runtime)
    runtime.keystore.destroy(place.case().key_id)
    answers = [WorkerClient(place.network).open_replies(one) for one in (generate(), place.submitted.receipt)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data
    assert "<textarea" not in answers[0].text
    assert "<form" not in answers[0].text


def test_where_nobody_listens_there_is_no_box_and_numbers_to_call(runtime: Runtime) -> None:
    place = town(runtime, replace(ASKS_IN_SPANISH, pass_on="ask", helper_desk="no"))
    worker = WorkerClient(place.network)
    page = worker.open_replies(place.submitted.receipt).text
    do(place.office("org01"), place.case_id, decline, "no_capacity")
    late = worker.follow(worker.fill(page, "replies", {"text": CANARY})).text
    assert "<textarea" not in late
    assert "tel:211" in late


def test_after_half_an_hour_the_number_is_asked_again_and_the_words_are_kept(
    worker: WorkerClient, clock: FixedClock
) -> None:
    receipt = worker.receipt(TOLD)
    page = worker.open_replies(receipt).text
    clock.advance(timedelta(minutes=31))
    asked = worker.follow(worker.fill(page, "replies", {"text": "my <words>"})).text
    assert 'action="/en/return"' in asked
    assert "Your words are still here" in error_of(asked)
    again = worker.open_replies(receipt).text
    assert "my &lt;words&gt;</textarea>" in again
    assert error_of(again) == ""


@pytest.mark.parametrize(("text", "said"), [(" \r\n", "Write something"), ("x" * 10_001, "too long")])
def test_a_message_that_cannot_be_taken_comes_back(worker: WorkerClient, text: str, said: str) -> None:
    page = worker.open_replies(worker.receipt(TOLD)).text
    back = worker.follow(worker.fill(page, "replies", {"text": text})).text
    assert said in error_of(back)
    assert text.strip() in back


def test_the_same_message_sent_twice_is_kept_once(network: Network, worker: WorkerClient) -> None:
    page = worker.open_replies(worker.receipt(TOLD)).text
    for _ in range(2):
        assert worker.fill(page, "replies", {"text": "once"}).status_code == 303
    assert count(network.runtime, "message") == 2
