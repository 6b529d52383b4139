"""What a worker chooses beside their story, over HTTP: which place, who must not get it, and what the hours allow."""

import html
import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from intake import mailbox
from intake.answers import Answers
from intake.web import pages
from intake.web.groups import FRESH_FOR, GroupList
from referrals.directory import state
from referrals.directory.models import Organization, OrganizationEpoch
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.office import Office, town
from tests.integration.worker_client import CANARY, WorkerClient, count, digits, error_of, hidden, rows
from tests.network import Network, plant

# A Saturday night in Vancouver, when only who is open day and night is there.
NIGHT = datetime(2026, 7, 11, 6, 30, tzinfo=UTC)
HAMILTON = {"place": "Hamilton", "story": f"{CANARY} story", "what": "pay_hours", "exclude": "org02"}


def document(network: Network, key: str) -> dict[str, object]:
    """Read the answers of the only report that an organization has."""
    office = Office(network, key)
    (row,) = office.queue("new")
    found: dict[str, object] = office.opens(office.file(row.case_id).messages[0])["fields"]
    return found


def ask(worker: WorkerClient) -> str:
    """Send a name of several places, and give the page that asks which."""
    answer = worker.send(HAMILTON)
    assert answer.headers["Location"] == "/en/#e"
    return worker.follow(answer).text


def test_a_name_of_several_places_is_asked_back_with_everything_kept(network: Network, worker: WorkerClient) -> None:
    page = ask(worker)
    assert "More than one place has this name" in error_of(page)
    assert '<a href="#which_place">' in page
    for code, name in (("prov:ON", "Hamilton, Ontario"), ("rd:5915", "Hamilton, Metro Vancouver, British Columbia")):
        assert re.search(rf'name="which_place" value="{code}".*?{name}', page)
    assert f"{CANARY} story" in page
    assert re.search(r'value="pay_hours"[^>]* checked', page)
    assert re.search(r'name="exclude" value="org02"[^>]* checked', page)
    assert "<details open" in page.replace('class="d" ', "")
    assert count(network.runtime, "case") == 0


def test_the_place_that_was_chosen_decides_who_is_asked(network: Network, worker: WorkerClient) -> None:
    page = ask(worker)
    answer = worker.fill(page, "", {**HAMILTON, "which_place": "rd:5915"})
    assert answer.headers["Location"] == "/en/sent"
    (case,) = rows(network.runtime)["case"]
    assert case.area == "rd:5915"


def test_who_does_not_know_which_place_is_not_asked_again(network: Network, worker: WorkerClient) -> None:
    page = ask(worker)
    answer = worker.fill(page, "", {**HAMILTON, "which_place": ""})
    assert len(digits(worker.follow(answer).text)) == 20
    (case,) = rows(network.runtime)["case"]
    assert case.area is None


def test_another_fault_keeps_the_question_and_its_answer(worker: WorkerClient) -> None:
    page = ask(worker)
    fields = {**HAMILTON, "which_place": "rd:5915", "people": "9" * 21}
    again = worker.follow(worker.fill(page, "", fields)).text
    assert "too long" in error_of(again)
    assert re.search(r'value="rd:5915"[^>]* checked', again)


@pytest.mark.parametrize("forged", ["rd:9999", "prov:XX", "5907", "rd:5907", "x" * 10_000])
def test_a_place_that_was_not_offered_is_no_answer(network: Network, worker: WorkerClient, forged: str) -> None:
    page = ask(worker)
    answer = worker.fill(page, "", {**HAMILTON, "which_place": forged})
    assert answer.headers["Location"] == "/en/sent"
    (case,) = rows(network.runtime)["case"]
    assert case.area is None


def test_an_emergency_is_sent_at_once_whatever_the_place_is_called(network: Network, worker: WorkerClient) -> None:
    answer = worker.send({**HAMILTON, "today": "locked_in"})
    assert answer.headers["Location"] == "/en/sent"
    (case,) = rows(network.runtime)["case"]
    assert case.urgency == "emergency"


def test_the_form_names_who_could_get_it_and_not_the_helper_desk(network: Network, worker: WorkerClient) -> None:
    page = html.unescape(worker.get().text)
    names = [network.accounts[key].organization_name for key in ("org01", "org02", "org06", "org09")]
    assert all(f"<bdi>{name}</bdi>" in page for name in names)
    assert f"<bdi>{network.accounts['org16'].organization_name}</bdi>" not in page
    # One without a key can't be sent anything.
    assert 'name="exclude" value="org03"' not in page


def test_a_group_that_was_left_out_gets_nothing_and_no_place_in_line(network: Network, worker: WorkerClient) -> None:
    fields = {"story": CANARY, "place": "Oliver", "what": "pay_hours", "pass_on": "yes"}
    worker.receipt(fields)
    assert Office(network, "org01").queue("new")
    other = WorkerClient(network)
    page = other.follow(other.send({**fields, "exclude": ["org01", "org06"]})).text
    assert network.accounts["org01"].organization_name not in html.unescape(page)
    left_out = {network.organization_id(key) for key in ("org01", "org06")}
    lines: dict[bytes, set[bytes]] = {}
    for row in rows(network.runtime)["referral"]:
        lines.setdefault(row.case_id, set()).add(row.organization_id)
    assert sorted(len(line & left_out) for line in lines.values()) == [0, 2]


def test_what_was_agreed_to_and_who_was_left_out_stand_in_the_sealed_report(
    network: Network, worker: WorkerClient
) -> None:
    worker.receipt({"story": CANARY, "place": "Oliver", "what": "pay_hours", "exclude": ["org02", "org99"]})
    found = document(network, "org01")
    assert found["wording"] == pages.wording("en")
    assert found["exclude"] == [network.accounts["org02"].organization_name]


def test_the_wording_is_the_one_that_the_page_showed_even_if_the_words_changed_since(
    network: Network, worker: WorkerClient
) -> None:
    worker.fill(worker.get().text, "", {"story": CANARY, "place": "Oliver", "what": "pay_hours", "wording": "0" * 12})
    assert document(network, "org01")["wording"] == "0" * 12


def test_the_list_of_groups_follows_the_directory_beside_requests(network: Network, clock: FixedClock) -> None:
    groups = GroupList(network.intake)
    before = groups.current()
    with network.runtime.database.session(write=True) as session:
        session.execute(update(Organization).where(Organization.key == "org02").values(name="Fictional New Name"))
        state.bump(session, network.runtime.clock.now())
    assert groups.current() == before
    clock.advance(FRESH_FOR + timedelta(seconds=1))
    groups.current()
    for thread in threading.enumerate():
        if thread.name == "groups":
            thread.join(10)
    assert "Fictional New Name" in str(groups.current())


def test_without_its_database_the_form_goes_without_the_list(lone: Network) -> None:
    with lone.runtime.database.session(write=True) as session:
        session.connection().exec_driver_sql('ALTER TABLE "directory_state" RENAME TO "gone"')
    assert GroupList(lone.intake).current() == ()


def revoke(network: Network, key: str) -> None:
    """Take an organization's key away, so that nothing can be sealed for it."""
    gone = network.organization_id(key)
    with network.runtime.database.session(write=True) as session:
        session.execute(update(OrganizationEpoch).where(OrganizationEpoch.organization_id == gone).values(revoked=True))
        state.bump(session, network.runtime.clock.now())


def test_a_send_after_the_directory_changed_goes_to_who_is_there_now(network: Network, worker: WorkerClient) -> None:
    page = worker.get().text
    revoke(network, "org01")
    fields = {"story": CANARY, "place": "Oliver", "what": "pay_hours", "exclude": "org01"}
    shown = worker.follow(worker.fill(page, "", fields)).text
    assert len(digits(shown)) == 20
    assert not Office(network, "org01").queue("new")
    assert network.accounts["org01"].organization_name not in html.unescape(shown)


def test_two_tabs_of_one_form_are_two_reports_and_each_keeps_its_receipt(
    network: Network, worker: WorkerClient
) -> None:
    first, second = worker.get().text, worker.get().text
    assert hidden(first)["form"] != hidden(second)["form"]
    receipts = [
        digits(worker.follow(worker.fill(page, "", {"story": text, "place": "Oliver"})).text)
        for page, text in ((first, "one"), (second, "two"))
    ]
    assert len(set(receipts)) == 2
    for receipt in receipts:
        assert worker.open_replies(receipt).status_code == 200
    assert count(network.runtime, "case") == 2


@pytest.mark.parametrize("forged", ["", "x", "A" * 48, "A" * 10_000, "ਪ", "../../etc"])
def test_a_forged_name_of_a_form_is_as_good_as_a_fresh_one(network: Network, worker: WorkerClient, forged: str) -> None:
    for _ in range(2):
        assert len(digits(worker.follow(worker.post("", {"form": forged, "story": CANARY})).text)) == 20
    assert count(network.runtime, "case") == 2


def test_at_night_the_page_says_when_they_open_and_promises_nothing_before(runtime: Runtime, clock: FixedClock) -> None:
    network = plant(runtime)
    clock.set(NIGHT)
    worker = WorkerClient(network)
    page = worker.follow(worker.send({"story": CANARY, "place": "Oliver", "what": "pay_hours"})).text
    assert "They are closed now. They open on" in page
    opens = page.partition("They open on")[2].partition(".</li>")[0]
    assert "Saturday, July 11, 2026, 8:00" in opens


def test_in_danger_at_night_who_is_closed_is_not_to_be_waited_for(runtime: Runtime, clock: FixedClock) -> None:
    network = plant(runtime)
    clock.set(NIGHT)
    # Who is open day and night.
    revoke(network, "org09")
    worker = WorkerClient(network)
    page = worker.follow(worker.send({"today": "hurt", "place": "Oliver", "what": "pay_hours"})).text
    assert "Do not wait for them." in page
    assert "tel:911" in page


def test_by_day_nothing_is_said_of_hours(worker: WorkerClient) -> None:
    page = worker.follow(worker.send({"story": CANARY, "place": "Oliver", "what": "pay_hours"})).text
    assert "They are closed now" not in page


def test_the_way_back_names_no_hour_at_which_nobody_is_there(runtime: Runtime, clock: FixedClock) -> None:
    clock.set(NIGHT)
    place = town(runtime, Answers(locale="en", what=("violence",), story="x", place="Oliver"))
    view = mailbox.read(place.network.intake, place.submitted.receipt)
    assert view.next_step_by == place.submitted.come_back_at
    clock.set(place.submitted.come_back_at - timedelta(minutes=1))
    assert not mailbox.read(place.network.intake, place.submitted.receipt).late
    clock.advance(timedelta(minutes=2))
    assert mailbox.read(place.network.intake, place.submitted.receipt).late


def test_what_is_shown_after_send_is_the_same_after_a_second_send(network: Network, clock: FixedClock) -> None:
    clock.set(NIGHT)
    worker = WorkerClient(network)
    fields = {**hidden(worker.get().text), "story": CANARY, "place": "Oliver", "what": "pay_hours"}
    shown = [worker.follow(worker.post("", fields)).text for _ in range(2)]
    first, second = (re.findall("They open on.*?</li>", page) for page in shown)
    assert first
    assert first == second
