"""A worker decides, on both databases: nobody contacts them, and what they told is erased at once and for good."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crypto.receipt import generate
from intake import erasure, mailbox
from intake.mailbox import ReceiptUnknown
from referrals.case import CaseNotFound, case_file
from referrals.models import Mailbox, Referral, Wrap
from referrals.referral import TransitionRefused, accept
from service.clock import FixedClock
from service.keystore import KeyDestroyed
from service.runtime import Runtime
from tests.integration.casework import do
from tests.integration.office import Town, town
from tests.integration.test_mailbox import reply
from tests.integration.worker_client import WorkerClient, rows, token_of
from wsgi import make_worker


@pytest.fixture
def place(runtime: Runtime) -> Town:
    """A case that is taken and answered."""
    found = town(runtime)
    office = found.office("org01")
    do(office, found.case_id, accept)
    reply(office, found.case_id, "Nos vemos.")
    return found


def at_replies(place: Town) -> tuple[WorkerClient, str]:
    worker = WorkerClient(place.network)
    return worker, worker.open_replies(place.submitted.receipt).text


def destructions(place: Town) -> int:
    """Count the keys that wait to be destroyed."""
    return sum(row.topic == "key.destroy" for row in rows(place.network.runtime)["outbox"])


def press_erase(worker: WorkerClient) -> str:
    """Go through the page that asks once more, and give where it leads."""
    page = worker.get("replies/erase").text
    return worker.post("replies/erase", {"token": token_of(page, "replies/erase")}).headers["Location"]


def test_stop_contacting_me_stops_answers_and_the_organization_sees_it(place: Town) -> None:
    worker, page = at_replies(place)
    fields = {"token": token_of(page, "replies/contact"), "wish": "no"}
    page = worker.follow(worker.post("replies/contact", fields)).text
    assert "They see that you want no contact" in page
    (row,) = place.office("org01").queue("waiting")
    assert (row.may_answer, row.unread) == (False, True)
    with pytest.raises(TransitionRefused, match="worker_wants_no_answer"):
        reply(place.office("org01"), place.case_id, "¿Hola?")
    fields = {"token": token_of(page, "replies/contact"), "wish": "yes"}
    page = worker.follow(worker.post("replies/contact", fields)).text
    assert "They may contact you again" in page
    reply(place.office("org01"), place.case_id, "Hola.")


def test_the_choice_is_made_once_however_often_it_is_sent(place: Town) -> None:
    for _ in range(2):
        mailbox.allow_contact(place.network.intake, place.submitted.receipt, allowed=False)
    notices = [row for row in rows(place.network.runtime)["outbox"] if row.topic == "notice.mail"]
    assert len(notices) == len({row.id for row in notices})
    assert not mailbox.read(place.network.intake, place.submitted.receipt).may_answer


@pytest.mark.parametrize("wish", [{}, {"wish": ""}, {"wish": "perhaps"}])
def test_a_wish_that_is_none_changes_nothing(place: Town, wish: dict[str, str]) -> None:
    worker, page = at_replies(place)
    answer = worker.post("replies/contact", {"token": token_of(page, "replies/contact"), **wish})
    assert answer.headers["Location"] == "/en/replies"
    assert place.case().may_answer


def test_erasing_is_asked_once_more_and_looking_changes_nothing(place: Town) -> None:
    worker, page = at_replies(place)
    assert 'href="/en/replies/erase"' in page
    asked = worker.get("replies/erase").text
    assert "Erase your report?" in asked
    assert place.case().state != erasure.ERASED
    assert WorkerClient(place.network).get("replies/erase").text.count('action="/en/return"') == 1


def test_what_is_erased_opens_for_nobody_and_the_organization_sees_that_it_was_erased(place: Town) -> None:
    worker, _ = at_replies(place)
    assert press_erase(worker) == "/en/erased"
    assert "It is erased" in worker.get("erased").text
    runtime, office = place.network.runtime, place.office("org01")
    with runtime.database.session() as session:
        assert not session.scalars(select(Wrap.id)).all()
        assert session.scalars(select(Mailbox.erased)).all() == [True]
        statuses = {referral.organization_id: referral.status for referral in session.scalars(select(Referral))}
    assert statuses[office.id] == erasure.ERASED
    assert set(statuses.values()) <= {erasure.ERASED, "revoked"}
    (row,) = office.queue("done")
    assert (row.status, row.state, row.unread, row.due_at, row.may_answer) == ("erased", "erased", True, None, False)
    with pytest.raises(KeyDestroyed):
        office.file(place.case_id)
    with pytest.raises((TransitionRefused, KeyDestroyed)):
        reply(office, place.case_id, "¿Hola?")


def test_the_keys_go_with_the_next_turn_of_the_worker_and_then_no_copy_opens(place: Town) -> None:
    runtime, key_id = place.network.runtime, place.case().key_id
    erasure.erase(place.network.intake, place.submitted.receipt)
    assert runtime.keystore.get_many([key_id])
    waiting = [row.topic for row in rows(runtime)["outbox"]]
    assert "key.destroy" in waiting
    worker = make_worker(runtime)
    while worker.run_once():
        pass
    assert not runtime.keystore.get_many([key_id])


def test_an_erased_receipt_looks_like_one_that_never_was(place: Town) -> None:
    worker, _ = at_replies(place)
    press_erase(worker)
    answers = [WorkerClient(place.network).open_replies(one) for one in (generate(), place.submitted.receipt)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data
    for act in (
        lambda: mailbox.read(place.network.intake, place.submitted.receipt),
        lambda: mailbox.write(place.network.intake, place.submitted.receipt, "x", "en"),
        lambda: mailbox.allow_contact(place.network.intake, place.submitted.receipt, allowed=True),
        lambda: erasure.erase(place.network.intake, place.submitted.receipt),
    ):
        with pytest.raises(ReceiptUnknown):
            act()


def test_two_windows_erase_once_and_the_second_is_told_the_number_opens_nothing(place: Town) -> None:
    first, _ = at_replies(place)
    second, page = at_replies(place)
    asked = second.get("replies/erase").text
    before = destructions(place)
    assert press_erase(first) == "/en/erased"
    late = second.post("replies/erase", {"token": token_of(asked, "replies/erase")})
    assert late.headers["Location"] == "/en/replies"
    assert second.follow(late).status_code == 404
    assert destructions(place) == before + 1
    assert "<textarea" in page


def test_each_button_has_a_token_of_its_own(place: Town) -> None:
    worker, page = at_replies(place)
    write, contact = token_of(page, "replies"), token_of(page, "replies/contact")
    erase = token_of(worker.get("replies/erase").text, "replies/erase")
    assert len({write, contact, erase}) == 3
    for path, token in (("replies/erase", contact), ("replies/erase", write), ("replies/contact", erase)):
        worker.open_replies(place.submitted.receipt)
        assert worker.post(path, {"token": token, "wish": "no"}).headers["Location"] == "/en/replies"
        assert 'id="number"' in worker.get("replies").text
    assert place.case().may_answer


def test_without_the_number_no_button_does_anything(place: Town) -> None:
    stranger = WorkerClient(place.network)
    for path in ("replies/erase", "replies/contact"):
        assert stranger.post(path, {"token": "x", "wish": "no"}).headers["Location"] == "/en/replies"
    assert place.case().may_answer


def test_after_half_an_hour_nothing_is_erased_by_a_page_that_was_left_open(place: Town, clock: FixedClock) -> None:
    worker, _ = at_replies(place)
    page = worker.get("replies/erase").text
    clock.advance(timedelta(minutes=31))
    late = worker.post("replies/erase", {"token": token_of(page, "replies/erase")})
    assert 'action="/en/return"' in worker.follow(late).text
    assert place.case().state != erasure.ERASED


def test_another_organization_hears_nothing_of_it(place: Town) -> None:
    erasure.erase(place.network.intake, place.submitted.receipt)
    other = place.office("org02")
    with place.network.runtime.database.session() as session, pytest.raises(CaseNotFound):
        case_file(session, place.network.runtime.keystore, organization_id=other.id, case_id=place.case_id)
    # Whoever stood by never had it.
    assert not place.office("org06").queue("done")
