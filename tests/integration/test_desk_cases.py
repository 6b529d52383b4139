"""A case's way through the desk's API, from the queue to its end, with real seals, on both databases."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from crypto import envelope, suite
from crypto.envelope import Envelope, MessageType
from crypto.rejected import EnvelopeRejected
from intake.answers import Answers
from intake.mailbox import read
from referrals.models import Case
from referrals.referral import CLOSING_REASONS, DECLINE_REASONS
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.desk_client import DeskClient, from_base64url, sealed_message, signed_in
from tests.network import Network, plant

CANARY = "CANARY they keep my passport"
REPORT = Answers(locale="en", what=("documents_held",), district="5907", story=CANARY, pass_on="yes")


@pytest.fixture
def network(runtime: Runtime) -> Network:
    """A small network with real keys."""
    return plant(runtime)


class Sent:
    """A report on its way: who has it now, at a desk of theirs."""

    def __init__(self, network: Network, answers: Answers = REPORT) -> None:
        self.network = network
        self.receipt = network.report(answers).receipt
        self.desks = {key: signed_in(network, key) for key in network.accounts}
        self.holder = next(key for key in network.accounts if self.rows(key))
        self.desk = self.desks[self.holder]
        self.case_id = str(self.rows(self.holder)[0]["case"])

    def rows(self, key: str, view: str = "new") -> list[dict[str, Any]]:
        """Read a view of an organization's queue."""
        rows: list[dict[str, Any]] = self.desks[key].get(f"queue?view={view}").get_json()["rows"]
        return rows

    def act(self, action: str, **body: object) -> tuple[int, Mapping[str, Any]]:
        """Do something with the case as its holder."""
        response = self.desk.post(f"cases/{self.case_id}/{action}", body)
        return response.status_code, response.get_json()

    def row(self) -> Mapping[str, Any]:
        """Read the case's line as its holder."""
        row: Mapping[str, Any] = self.desk.get(f"cases/{self.case_id}").get_json()["row"]
        return row

    def mailbox(self) -> bytes:
        """Read the worker's mailbox key out of the report, as the holder's browser does."""
        return from_base64url(opened(self.network, self.desk, self.holder, self.case_id)["mailbox"])


def messages(desk: DeskClient, case_id: str) -> list[Envelope]:
    """Read a case's envelopes."""
    found = desk.get(f"cases/{case_id}").get_json()["messages"]
    return [
        Envelope(
            from_base64url(message["header"]),
            tuple(from_base64url(wrap) for wrap in message["wraps"]),
            from_base64url(message["body"]),
        )
        for message in found
    ]


def opened(network: Network, desk: DeskClient, key: str, case_id: str) -> Any:
    """Open a case's first message with an organization's key and give its JSON."""
    import json

    pair = suite.key_pair(network.epoch_seed(key))
    return json.loads(envelope.open_(messages(desk, case_id)[0], pair).document)


def test_a_report_is_read_taken_answered_and_closed(network: Network) -> None:
    sent = Sent(network)
    assert opened(network, sent.desk, sent.holder, sent.case_id)["fields"]["story"] == CANARY
    assert sent.act("read") == (200, {"kept": True})
    assert sent.row()["unread"] is False
    assert sent.act("acknowledge") == (200, {"kept": True})
    assert sent.act("accept") == (200, {"kept": True})
    assert (sent.row()["status"], sent.row()["view"], sent.row()["mine"]) == ("accepted", "ours", True)
    assert sent.row()["holder"] == network.accounts[sent.holder].email
    reply = sealed_message(network, sent.holder, sent.case_id, MessageType.REPLY, mailbox=sent.mailbox())
    assert sent.act("replies", envelope=reply) == (200, {"kept": True})
    assert sent.row()["view"] == "waiting"
    note = sealed_message(network, sent.holder, sent.case_id, MessageType.NOTE)
    assert sent.act("notes", envelope=note) == (200, {"kept": True})
    answers = read(network.intake, sent.receipt).answers
    assert [(answer.text, answer.genuine) for answer in answers] == [("We can meet.", True)]
    assert sent.act("close", reason="resolved") == (200, {"kept": True})
    assert [row["case"] for row in sent.rows(sent.holder, "done")] == [sent.case_id]
    assert len(messages(sent.desk, sent.case_id)) == 3


def test_the_same_reply_sent_twice_is_kept_once_and_says_so(network: Network) -> None:
    sent = Sent(network)
    sent.act("acknowledge")
    reply = sealed_message(network, sent.holder, sent.case_id, MessageType.REPLY, mailbox=sent.mailbox())
    assert sent.act("replies", envelope=reply)[0] == 200
    assert sent.act("replies", envelope=reply) == (
        409,
        {"error": "message_already_kept", "message": "The case is not in a state that allows this."},
    )
    assert len(messages(sent.desk, sent.case_id)) == 2


def test_declining_hands_the_case_to_the_next_organization_which_can_open_it(network: Network) -> None:
    sent = Sent(network)
    before = {key: len(sent.rows(key)) for key in sent.desks}
    strangers = [key for key in sent.desks if key != sent.holder]
    assert all(sent.desks[key].get(f"cases/{sent.case_id}").status_code == 404 for key in strangers), "nobody peeks"
    assert sent.act("decline", reason="language") == (200, {"kept": True})
    after = [key for key in strangers if len(sent.rows(key)) > before[key]]
    assert len(after) == 1
    assert opened(network, sent.desks[after[0]], after[0], sent.case_id)["fields"]["story"] == CANARY
    assert [row["case"] for row in sent.rows(sent.holder, "others")] == [sent.case_id]


def test_who_is_informed_of_an_emergency_is_told_who_leads_it(network: Network) -> None:
    sent = Sent(network, Answers(locale="es", what=("violence",), today=("hurt",), place="Oliver", story=CANARY))
    (informed,), (leading,) = sent.rows("org16"), sent.rows("org09")
    assert (leading["kind"], leading["urgency"], leading["leader"]) == ("primary", "emergency", "")
    assert (informed["kind"], informed["urgency"]) == ("coordinator", "emergency")
    assert informed["leader"] == network.accounts["org09"].organization_name
    case = sent.desks["org16"].get(f"cases/{informed['case']}").get_json()
    assert case["row"]["leader"] == informed["leader"]
    assert sent.desks["org09"].post(f"cases/{leading['case']}/decline", {"reason": "other"}).status_code == 200
    (left,) = sent.rows("org16")
    assert (left["kind"], left["leader"]) == ("primary", ""), "it leads the case now"


def test_the_keys_come_with_every_name_that_no_text_may_hold(network: Network) -> None:
    names = signed_in(network, "org01").get("keys").get_json()["organization_names"]
    assert {account.organization_name for account in network.accounts.values()} <= set(names)


def test_the_bytes_of_a_case_open_for_no_other_organization(network: Network) -> None:
    sent = Sent(network)
    (report,) = messages(sent.desk, sent.case_id)
    assert CANARY.encode() not in report.to_bytes()
    for key in network.accounts:
        pair = suite.key_pair(network.epoch_seed(key))
        if key == sent.holder:
            assert CANARY.encode() in envelope.open_(report, pair).document
            continue
        with pytest.raises(EnvelopeRejected):
            envelope.open_(report, pair)


def test_an_envelope_must_be_what_its_address_says(network: Network) -> None:
    sent = Sent(network)
    sent.act("acknowledge")
    mailbox, other = sent.mailbox(), next(key for key in network.accounts if key != sent.holder)
    wrong = [
        ("replies", sealed_message(network, sent.holder, "11" * 16, MessageType.REPLY, mailbox=mailbox)),
        ("replies", sealed_message(network, sent.holder, sent.case_id, MessageType.NOTE)),
        ("replies", sealed_message(network, sent.holder, sent.case_id, MessageType.REPLY)),
        ("replies", sealed_message(network, other, sent.case_id, MessageType.REPLY, mailbox=mailbox)),
        ("notes", sealed_message(network, sent.holder, sent.case_id, MessageType.REPLY, mailbox=mailbox)),
        ("notes", sealed_message(network, other, sent.case_id, MessageType.NOTE)),
    ]
    for path, sealed in wrong:
        status, told = sent.act(path, envelope=sealed)
        assert (status, told["error"]) == (400, "envelope_not_for_case")
    status, told = sent.act("notes", envelope="AAAA")
    assert (status, told["error"], told["field"]) == (400, "envelope_malformed", "envelope")
    assert len(messages(sent.desk, sent.case_id)) == 1


def test_a_worker_who_asked_for_no_answer_gets_none(network: Network) -> None:
    sent = Sent(network, Answers(locale="en", what=("pay_hours",), story=CANARY, answer_by="none"))
    sent.act("acknowledge")
    reply = sealed_message(network, sent.holder, sent.case_id, MessageType.REPLY, mailbox=sent.mailbox())
    status, told = sent.act("replies", envelope=reply)
    assert (status, told["error"]) == (409, "worker_wants_no_answer")


def test_what_does_not_fit_the_state_is_refused_by_its_name(network: Network) -> None:
    sent = Sent(network)
    assert sent.act("close", reason="resolved")[1]["error"] == "already_offered"
    assert sent.act("decline", reason="no reason")[1]["error"] == "unknown_reason"
    sent.act("accept")
    assert sent.act("acknowledge")[1]["error"] == "already_accepted"
    assert sent.act("decline", reason=DECLINE_REASONS[0])[1]["error"] == "already_accepted"
    sent.act("close", reason=CLOSING_REASONS[0])
    assert sent.act("accept")[1]["error"] == "already_closed"


def test_a_case_whose_key_was_destroyed_says_so(network: Network) -> None:
    sent = Sent(network)
    with network.runtime.database.session() as session:
        case = session.get(Case, bytes.fromhex(sent.case_id))
        assert case is not None
        key_id = case.key_id
    network.runtime.keystore.destroy(key_id)
    response = sent.desk.get(f"cases/{sent.case_id}")
    assert (response.status_code, response.get_json()["error"]) == (410, "case_erased")


def test_the_queue_comes_in_pages_by_due_time(network: Network, clock: FixedClock) -> None:
    first = Sent(network)
    for _ in range(50):
        clock.advance(timedelta(hours=1))
        network.report(REPORT)
    desk = signed_in(network, first.holder)
    page = desk.get("queue?view=new").get_json()
    assert (len(page["rows"]), page["more"], page["counts"]["new"]) == (50, True, 51)
    assert [row["due_at"] for row in page["rows"]] == sorted(row["due_at"] for row in page["rows"])
    rest = desk.get(f"queue?view=new&after={page['rows'][-1]['rank']}").get_json()
    assert (len(rest["rows"]), rest["more"]) == (1, False)
    assert {row["case"] for row in page["rows"]} & {row["case"] for row in rest["rows"]} == set()
