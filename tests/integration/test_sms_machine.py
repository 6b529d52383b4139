"""Random conversations of real phones with a real hotline: nothing lies unsealed, nothing goes where nothing may go.

What is said in which turn is held by tests/unit/intake/sms/test_conversation_machine.py; here are the database, the
outbox and the worker, two phones that several people may share, and a report from the web that a phone is added to.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

import wsgi
from intake.phones import AskedToday, add_phone
from intake.sms.gateways.console import Console
from intake.sms.numbers import PHONE_KEPT
from intake.sms.receiving import receive
from service.clock import FixedClock
from tests.integration.office import ASKS_IN_SPANISH
from tests.integration.phone import cases, hotline_of
from tests.integration.worker_client import stored
from tests.network import Network

CANARY = "CANARYsms they took our passports"
SILENCE = ("0", "0 no", "not my phone", "no es mi teléfono")
WISHES = ("9", "menu", "hours", "web", "info", "new person", "DELETE", "umbrella", "language", "español", "4", "HELP")
TEXTS = (
    CANARY,
    CANARY,
    "Oliver",
    "ਓਲੀਵਰ",
    "1",
    "1",
    "2",
    "3",
    "5",
    "੧",
    "STOP",
    "ALTO",
    "START",
    "",
    *SILENCE,
    *WISHES,
)
AREAS = (604, 778, 236, 250, 672, 403, 416, 514, 613, 204)
# Six, as somebody new on a phone is told them.
DIGITS = re.compile(r"(?<![\d-])\d{3} \d{3}(?!\d)")
# After so many silent days a phone's first person begins anew, and the others' names are not known any more.
ANEW_AFTER = timedelta(days=14)
_lines = count()


@dataclass
class Wishes:
    """What a phone's texts have asked for, read without the hotline's own eyes. `at_most`: so many texts of ours."""

    at_most: int | None = None
    is_silenced: bool = False
    is_shared: bool = False
    wrote_at: datetime | None = None


class Hotline(RuleBasedStateMachine):
    """Two phones and a worker process, in any order of events."""

    def __init__(self, network: Network, clock: FixedClock) -> None:
        super().__init__()
        self.network, self.clock = network, clock
        self.console = Console(network.runtime.clock, network.runtime.random)
        self.hotline = hotline_of(network.runtime)
        self.worker = wsgi.make_worker(network.runtime, {self.console.name: self.console})
        self.receipts: dict[str, str] = {}
        first = next(_lines)
        area = AREAS[first // 50 % len(AREAS)]
        self.phones = {f"+1{area}55501{line:02}": Wishes() for line in (first % 50, 50 + first % 50)}

    @rule(second=st.booleans(), text=st.sampled_from(TEXTS))
    def writes(self, second: bool, text: str) -> None:
        self.take(second, text)

    @rule(second=st.booleans(), text=st.sampled_from((CANARY, "0", "STOP", "DELETE", "1")))
    def somebody_else_writes_from_it(self, second: bool, text: str) -> None:
        phone = list(self.phones)[second]
        # By then a text without digits is the first person's again.
        self.clock.advance(timedelta(minutes=31))
        known = len(self.digits_told(phone))
        self.take(second, "new person")
        told = self.digits_told(phone)
        if len(told) > known:
            self.take(second, f"{told[-1]} {CANARY}", meant=CANARY)
            self.take(second, f"{told[-1]} {text}", meant=text)

    @rule(second=st.booleans(), text=st.sampled_from((CANARY, "0", "STOP", "ALTO")))
    def who_was_told_digits_goes_on(self, second: bool, text: str) -> None:
        told = self.digits_told(list(self.phones)[second])
        if told:
            self.take(second, f"{told[-1]} {text}", meant=text)

    @rule(second=st.booleans(), text=st.sampled_from(("menu", "hours", "web", "HELP")))
    def whoever_was_first_goes_on(self, second: bool, text: str) -> None:
        self.clock.advance(timedelta(minutes=31))
        self.take(second, text)

    @rule(second=st.booleans(), again=st.booleans())
    def is_added_to_a_report_from_the_web(self, second: bool, again: bool) -> None:
        phone = list(self.phones)[second]
        if not again or phone not in self.receipts:
            self.receipts[phone] = self.network.report(ASKS_IN_SPANISH).receipt
        try:
            add_phone(self.network.intake, self.receipts[phone], phone, "es")
        except AskedToday:
            return
        self.work()

    @rule(minutes=st.sampled_from([1, 16, 60 * 8, 60 * 24 * 3, 60 * 24 * 15]))
    def time_goes_by(self, minutes: int) -> None:
        self.clock.advance(timedelta(minutes=minutes))
        self.work()

    def take(self, second: bool, text: str, meant: str | None = None) -> None:
        """Let a phone text, and note what it asks for: what it `meant`, where digits stand before that."""
        phone, wishes = list(self.phones.items())[second]
        bare = text if meant is None else meant
        before = len(self.ours(phone))
        wishes.is_shared |= bare == "new person"
        if bare in SILENCE:
            wishes.is_silenced, wishes.at_most = True, before
        elif bare in ("STOP", "ALTO") and wishes.at_most is None:
            wishes.at_most = before + 1
        elif bare == "START" and not wishes.is_silenced:
            wishes.at_most = None
        elif bare in ("DELETE", "umbrella") and (wishes.is_shared or not wishes.is_silenced):
            # Whoever had their number forgotten is nobody known when they come back, nor is who shared the phone.
            wishes.at_most, wishes.is_silenced = None, False
        wishes.wrote_at = self.clock.now()
        receive(self.hotline, self.console.type(phone, text))
        self.work()

    def work(self) -> None:
        while self.worker.run_once():
            pass
        for phone, wishes in self.phones.items():
            kept = ANEW_AFTER if wishes.is_shared else PHONE_KEPT - timedelta(days=1)
            # So long after their last text nothing is known of a number, its wish for silence neither.
            if wishes.wrote_at is not None and self.clock.now() - wishes.wrote_at >= kept:
                self.phones[phone] = Wishes()
            elif wishes.is_shared and not wishes.is_silenced:
                # A START of one of two lifts a STOP of theirs alone; which of them wrote is not known here.
                wishes.at_most = None

    def digits_told(self, phone: str) -> list[str]:
        return [code.replace(" ", "") for text in self.ours(phone) for code in DIGITS.findall(text)]

    def ours(self, phone: str) -> list[str]:
        return [one.text for one in self.console.shown(phone) if not one.from_worker]

    @invariant()
    def nothing_goes_where_nothing_may_go(self) -> None:
        for phone, wishes in self.phones.items():
            assert wishes.at_most is None or len(self.ours(phone)) <= wishes.at_most, self.ours(phone)

    @invariant()
    def every_chore_and_every_row_came_to_an_end(self) -> None:
        assert not self.worker.failing_chores

    def teardown(self) -> None:
        held = stored(self.network.runtime)
        assert CANARY.split(maxsplit=1)[0].encode() not in held
        assert not [phone for phone in self.phones if phone[1:].encode() in held]
        self.clock.advance(timedelta(minutes=30))
        self.work()
        assert not [case for case in cases(self.network.runtime) if case.state == "held"]


def test_whatever_phones_text_it_is_sealed_routed_and_answered_only_where_that_is_welcome(
    lone: Network, clock: FixedClock
) -> None:
    class Machine(Hotline):
        def __init__(self) -> None:
            super().__init__(lone, clock)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=10,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
