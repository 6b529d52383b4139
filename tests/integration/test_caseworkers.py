"""Enrolling on both databases, and handing an organization's key on to a colleague."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crypto import keybag
from crypto.rejected import EnvelopeRejected
from referrals.caseworkers import accounts, epochs, sessions
from referrals.caseworkers.accounts import PASSPHRASE_SLOT, EnrolmentMalformed
from referrals.caseworkers.epochs import EpochMalformed, EpochNotFirst, MembershipRefused
from referrals.caseworkers.models import Caseworker, EpochMembership, KeybagSlot
from referrals.caseworkers.totp import CodeRefused
from referrals.directory import state
from service.models import AuditEntry
from service.runtime import Runtime
from tests.integration.people import HOST_KEY, Browser, derived, enrol, grown, handed_out, invited, newcomer, opened


@pytest.fixture
def network(runtime: Runtime) -> Runtime:
    """Give an instance with two organizations and nobody in them."""
    return grown(runtime)


def _serial(runtime: Runtime) -> int:
    with runtime.database.session() as session:
        return state.serial(session)


class TestEnrolling:
    def test_the_first_one_makes_the_organization_s_key_and_opens_it_with_the_passphrase(
        self, network: Runtime
    ) -> None:
        before = _serial(network)
        browser = newcomer(network)
        held = handed_out(network, browser)
        assert (held.email, held.role, held.organization_name) == ("ana@a.example", "caseworker", "Fictional a")
        assert browser.unlocked_seed(held) == b"\x09" * 32
        assert held.epochs[0].number == 1
        assert held.epochs[0].ends_at - network.clock.now() == timedelta(days=90)
        assert _serial(network) == before + 1
        with network.database.session() as session:
            person = session.scalars(select(Caseworker)).one()
            entries = session.scalars(select(AuditEntry.entry)).all()
        assert browser.login_secret not in (person.login_hash, person.sealed_bag)
        assert person.language == "fr"
        assert {"caseworker.invited", "caseworker.enrolled", "epoch.started"} <= {entry["action"] for entry in entries}

    def test_another_passphrase_opens_nothing(self, network: Runtime) -> None:
        browser = newcomer(network)
        held = handed_out(network, browser)
        kek = derived("one two three four five seven", held.salt).kek
        (slot,) = held.slots
        with pytest.raises(EnvelopeRejected):
            keybag.open_slot(kek, slot.sealed_bag_key, user_id=held.caseworker_id, slot=slot.slot, version=slot.version)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("salt", bytes(15)),
            ("login_secret", bytes(31)),
            ("sealed_bag_key", bytes(59)),
            ("verify_key", bytes(33)),
            ("sealed_bag", bytes(28)),
            ("sealed_bag", bytes(16 * 1024 + 1)),
            ("public_key", bytes(1215)),
            ("kid", bytes(8)),
        ],
    )
    def test_keys_that_are_none_are_refused_and_the_invitation_stays(
        self, network: Runtime, field: str, value: bytes
    ) -> None:
        token = invited(network)
        browser = Browser(network, opened(network, token))
        with pytest.raises(EnrolmentMalformed) as caught:
            enrol(network, token, browser.enrolment(epoch=browser.epoch(), **{field: value}))
        assert caught.value.field == ("public_key" if field == "kid" else field)
        enrol(network, token, browser.enrolment(epoch=browser.epoch()))

    @pytest.mark.parametrize(
        ("field", "value"),
        [("verify_key", bytes(31)), ("sealed_seed", bytes(10)), ("kid", bytes(8)), ("public_key", bytes(1216))],
    )
    def test_an_epoch_that_is_none_is_refused_and_nothing_is_kept(
        self, network: Runtime, field: str, value: bytes
    ) -> None:
        token = invited(network)
        browser = Browser(network, opened(network, token))
        with pytest.raises(EpochMalformed):
            enrol(network, token, browser.enrolment(epoch=replace(browser.epoch(), **{field: value})))
        with network.database.session() as session:
            assert session.scalars(select(Caseworker.id)).all() == []

    def test_a_wrong_code_keeps_everything_as_it_was(self, network: Runtime) -> None:
        token = invited(network)
        browser = Browser(network, opened(network, token))
        with pytest.raises(CodeRefused):
            enrol(network, token, browser.enrolment(epoch=browser.epoch(), code="000000"))
        enrol(network, token, browser.enrolment(epoch=browser.epoch()))

    def test_a_second_first_epoch_is_refused(self, network: Runtime) -> None:
        newcomer(network)
        token = invited(network, "ben@a.example")
        browser = Browser(network, opened(network, token))
        with pytest.raises(EpochNotFirst):
            enrol(network, token, browser.enrolment(epoch=browser.epoch()))
        enrol(network, token, browser.enrolment())
        assert handed_out(network, browser).epochs[0].sealed_seed is None

    def test_of_two_first_epochs_at_once_one_is_kept(self, network: Runtime) -> None:
        pairs = []
        for email in ("ana@a.example", "ben@a.example"):
            token = invited(network, email)
            pairs.append((token, Browser(network, opened(network, token))))
        started = threading.Barrier(2)
        results: list[str] = []

        def run(token: str, browser: Browser, seed: bytes) -> None:
            enrolment = browser.enrolment(epoch=browser.epoch(seed))
            started.wait(30)
            try:
                enrol(network, token, enrolment)
                results.append("in")
            except EpochNotFirst:
                results.append("not first")

        threads = [
            threading.Thread(target=run, args=(token, browser, bytes([number]) * 32))
            for number, (token, browser) in enumerate(pairs)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted(results) == ["in", "not first"]
        with network.database.session() as session:
            assert len(session.scalars(select(EpochMembership.epoch_id)).all()) == 1

    def test_accounts_are_listed(self, network: Runtime) -> None:
        newcomer(network, role="admin")
        newcomer(network, "ben@a.example", first=False)
        newcomer(network, "cem@b.example", "b")
        with network.database.session() as session:
            listed = [(line.organization_key, line.email, line.has_epoch) for line in accounts.list_accounts(session)]
        assert listed == [
            ("a", "ana@a.example", True),
            ("a", "ben@a.example", False),
            ("b", "cem@b.example", True),
        ]

    def test_colleagues_are_those_of_one_organization(self, network: Runtime) -> None:
        ana = newcomer(network)
        newcomer(network, "cem@b.example", "b")
        with network.database.session() as session:
            found = accounts.colleagues(session, ana.invitation.organization_id)
        assert found == {ana.invitation.caseworker_id: "ana@a.example"}


class TestHandingOn:
    def pair(self, network: Runtime) -> tuple[Browser, Browser]:
        """Enrol somebody who has the organization's key, and somebody who waits for it."""
        return newcomer(network), newcomer(network, "ben@a.example", first=False)

    def waiting(self, network: Runtime, browser: Browser) -> tuple[epochs.Waiting, ...]:
        with network.database.session() as session:
            return epochs.waiting_for(session, browser.invitation.organization_id, browser.invitation.caseworker_id)

    def hand_on(self, network: Runtime, giver: Browser, taker: Browser, **changes: Any) -> None:
        (epoch,) = handed_out(network, giver).epochs
        values: dict[str, Any] = {
            "organization_id": giver.invitation.organization_id,
            "giver_id": giver.invitation.caseworker_id,
            "caseworker_id": taker.invitation.caseworker_id,
            "epoch_id": epoch.id,
            "sealed_seed": keybag.seal_epoch_seed(
                b"\x09" * 32,
                member_public_key=taker.pair.public_key,
                organization_id=giver.invitation.organization_id,
                epoch=epoch.number,
            ),
        }
        with network.database.session(write=True) as session:
            epochs.hand_on(session, now=network.clock.now(), random=network.random, **values | changes)

    def test_a_colleague_s_browser_hands_the_key_on(self, network: Runtime) -> None:
        ana, ben = self.pair(network)
        (waiting,) = self.waiting(network, ana)
        assert (waiting.email, waiting.public_key) == ("ben@a.example", ben.pair.public_key)
        self.hand_on(network, ana, ben)
        assert self.waiting(network, ana) == ()
        assert ben.unlocked_seed(handed_out(network, ben)) == b"\x09" * 32

    def test_who_waits_sees_nobody_waiting(self, network: Runtime) -> None:
        _, ben = self.pair(network)
        newcomer(network, "eva@a.example", first=False)
        assert self.waiting(network, ben) == ()

    def test_a_second_sealing_changes_nothing(self, network: Runtime) -> None:
        ana, ben = self.pair(network)
        self.hand_on(network, ana, ben)
        self.hand_on(network, ana, ben, sealed_seed=bytes(epochs.SEALED_SEED_SIZE))
        assert ben.unlocked_seed(handed_out(network, ben)) == b"\x09" * 32

    def test_two_who_hand_it_on_at_once_do_no_harm(self, network: Runtime) -> None:
        ana, ben = self.pair(network)
        started = threading.Barrier(2)
        failed: list[BaseException] = []

        def run() -> None:
            started.wait(30)
            try:
                self.hand_on(network, ana, ben)
            except BaseException as error:  # noqa: BLE001
                failed.append(error)

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert failed == []
        assert ben.unlocked_seed(handed_out(network, ben)) == b"\x09" * 32

    def test_what_is_not_one_s_to_give_is_refused(self, network: Runtime) -> None:
        ana, ben = self.pair(network)
        cem = newcomer(network, "cem@b.example", "b")
        eva = newcomer(network, "eva@a.example", first=False)
        wrong: dict[str, tuple[Browser, dict[str, Any]]] = {
            "the giver does not hold it": (ben, {"giver_id": eva.invitation.caseworker_id}),
            "to another organization": (cem, {}),
            "another organization's epoch": (ben, {"epoch_id": handed_out(network, cem).epochs[0].id}),
            "in another organization's name": (ben, {"organization_id": cem.invitation.organization_id}),
            "no such epoch": (ben, {"epoch_id": bytes(16)}),
            "no such person": (ben, {"caseworker_id": bytes(16)}),
            "no sealed seed": (ben, {"sealed_seed": bytes(10)}),
        }
        for name, (taker, changes) in wrong.items():
            with pytest.raises(MembershipRefused):
                self.hand_on(network, ana, taker, **changes)
            assert handed_out(network, ben).epochs[0].sealed_seed is None, name

    def test_nobody_hands_a_key_to_who_has_left(self, network: Runtime) -> None:
        ana, ben = self.pair(network)
        with network.database.session(write=True) as session:
            session.scalars(select(Caseworker).where(Caseworker.email == "ben@a.example")).one().active = False
        assert self.waiting(network, ana) == ()
        with pytest.raises(MembershipRefused):
            self.hand_on(network, ana, ben)


def test_a_demo_account_unlocks_with_its_printed_passphrase_and_has_no_second_factor(network: Runtime) -> None:
    words = [f"word{number:04}" for number in range(7776)]
    organization_id = opened(network, invited(network)).organization_id
    with network.database.session(write=True) as session:
        passphrase = accounts.make_demo_account(
            session, organization_id, "demo@a.example", words, now=network.clock.now(), random=network.random
        )
    assert len(passphrase.split()) == 6
    with network.database.session() as session:
        salt = sessions.salt_for(session, "demo@a.example", salt_key=bytes(32))
        slots = session.scalars(select(KeybagSlot.slot)).all()
    assert slots == [PASSPHRASE_SLOT]
    with network.database.session(write=True) as session:
        attempt = sessions.sign_in(
            session,
            email="demo@a.example",
            login_secret=keybag.derive_passphrase(passphrase, salt).login_secret,
            code="",
            host_key=HOST_KEY,
            now=network.clock.now(),
            random=network.random,
        )
    assert attempt.token is not None
