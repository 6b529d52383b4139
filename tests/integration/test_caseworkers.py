"""Caseworkers on both databases: invitations, enrolling, signing in, locks, and handing a key on to a colleague."""

import hashlib
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crypto import keybag, suite
from crypto.rejected import EnvelopeRejected
from referrals.caseworkers import accounts, epochs, invitations, sessions, totp
from referrals.caseworkers.accounts import PASSPHRASE_SLOT, Enrolment, EnrolmentMalformed, HandedOut
from referrals.caseworkers.epochs import EpochMalformed, EpochNotFirst, MembershipRefused, NewEpoch
from referrals.caseworkers.invitations import (
    EmailMistyped,
    EmailTaken,
    InvitationSpent,
    OpenInvitation,
    OrganizationUnknown,
    RoleUnknown,
)
from referrals.caseworkers.models import Caseworker, DeskSession, EpochMembership, Invitation, KeybagSlot
from referrals.caseworkers.sessions import FREE_ATTEMPTS, IDLE_LIFE, Attempt, SessionEnded
from referrals.caseworkers.totp import CodeRefused
from referrals.directory import state
from referrals.directory.importing import import_directory
from service.clock import FixedClock
from service.models import AuditEntry
from service.runtime import Runtime
from tests.integration.desk_client import totp_code
from tests.unit.referrals.directory.samples import document, organization

HOST_KEY = bytes(range(32))
PASSPHRASE = "one two three four five six"


@pytest.fixture
def network(runtime: Runtime) -> Runtime:
    """Give an instance with two organizations and nobody in them."""
    with runtime.database.session(write=True) as session:
        told = document(organization("a"), organization("b"))
        import_directory(session, told, now=runtime.clock.now(), random=runtime.random)
    return runtime


def invited(runtime: Runtime, email: str = "ana@a.example", key: str = "a", role: str = "caseworker") -> str:
    with runtime.database.session(write=True) as session:
        return invitations.invite(
            session,
            organization_key=key,
            email=email,
            role=role,
            now=runtime.clock.now(),
            random=runtime.random,
        )


def opened(runtime: Runtime, token: str) -> OpenInvitation:
    with runtime.database.session(write=True) as session:
        return invitations.open_invitation(
            session, token, host_key=HOST_KEY, now=runtime.clock.now(), random=runtime.random
        )


class Browser:
    """A person's browser: it makes the keys, and is the only one that can open them."""

    def __init__(self, runtime: Runtime, invitation: OpenInvitation, passphrase: str = PASSPHRASE) -> None:
        self.invitation = invitation
        self.bag = keybag.Bag(member_seed=runtime.random(32), signing_seed=runtime.random(32), pins={})
        self.pair = suite.key_pair(self.bag.member_seed)
        # The same for the same person in every test, so that what takes long is derived once.
        self.salt = hashlib.sha256(invitation.email.encode()).digest()[:16]
        self._runtime = runtime
        self._keys = derived(passphrase, self.salt)

    @property
    def login_secret(self) -> bytes:
        """What it proves itself with."""
        return self._keys.login_secret

    def code(self) -> str:
        """The six digits that the person's app shows now."""
        return totp_code(totp.text_key(self.invitation.totp_secret), self._runtime.clock.now())

    def epoch(self, seed: bytes = b"\x09" * 32) -> NewEpoch:
        """An organization's first epoch."""
        pair = suite.key_pair(seed)
        return NewEpoch(
            kid=pair.kid,
            public_key=pair.public_key,
            verify_key=suite.verify_key(keybag.epoch_signing_seed(seed)),
            sealed_seed=keybag.seal_epoch_seed(
                seed,
                member_public_key=self.pair.public_key,
                organization_id=self.invitation.organization_id,
                epoch=1,
            ),
        )

    def enrolment(self, *, epoch: NewEpoch | None = None, **changes: Any) -> Enrolment:
        """What it sends to enrol."""
        user_id, bag_key = self.invitation.caseworker_id, b"\x07" * 32
        enrolment = Enrolment(
            language="fr",
            code=self.code(),
            salt=self.salt,
            login_secret=self.login_secret,
            sealed_bag=keybag.seal_bag(self.bag, bag_key, user_id=user_id),
            sealed_bag_key=keybag.seal_slot(self._keys.kek, bag_key, user_id=user_id, slot=PASSPHRASE_SLOT, version=1),
            kid=self.pair.kid,
            public_key=self.pair.public_key,
            verify_key=suite.verify_key(self.bag.signing_seed),
            epoch=epoch,
        )
        return replace(enrolment, **changes)

    def unlocked_seed(self, held: HandedOut) -> bytes:
        """Open the newest epoch's seed with nothing but the passphrase and what the server handed out."""
        (slot,) = held.slots
        bag_key = keybag.open_slot(
            self._keys.kek, slot.sealed_bag_key, user_id=held.caseworker_id, slot=slot.slot, version=slot.version
        )
        bag = keybag.open_bag(held.sealed_bag, bag_key, user_id=held.caseworker_id)
        epoch = held.epochs[0]
        assert epoch.sealed_seed is not None
        return keybag.open_epoch_seed(
            epoch.sealed_seed,
            suite.key_pair(bag.member_seed),
            organization_id=held.organization_id,
            epoch=epoch.number,
        )


_derived: dict[tuple[str, bytes], keybag.PassphraseKeys] = {}


def derived(passphrase: str, salt: bytes) -> keybag.PassphraseKeys:
    """Derive once what takes 64 MiB and a third of a second."""
    if (passphrase, salt) not in _derived:
        _derived[passphrase, salt] = keybag.derive_passphrase(passphrase, salt)
    return _derived[passphrase, salt]


def enrol(runtime: Runtime, token: str, enrolment: Enrolment) -> bytes:
    with runtime.database.session(write=True) as session:
        return accounts.enrol(
            session, token, enrolment, host_key=HOST_KEY, now=runtime.clock.now(), random=runtime.random
        )


def newcomer(
    runtime: Runtime, email: str = "ana@a.example", key: str = "a", *, first: bool = True, role: str = "caseworker"
) -> Browser:
    """Invite and enrol somebody; the first of an organization makes its key."""
    token = invited(runtime, email, key, role)
    browser = Browser(runtime, opened(runtime, token))
    enrol(runtime, token, browser.enrolment(epoch=browser.epoch() if first else None))
    return browser


def handed_out(runtime: Runtime, browser: Browser) -> HandedOut:
    with runtime.database.session() as session:
        return accounts.handed_out(session, browser.invitation.caseworker_id)


class TestInvitations:
    def test_an_invitation_says_who_one_will_be_and_stays_the_same_at_a_second_look(self, network: Runtime) -> None:
        token = invited(network, " Ana@A.Example ", role="supervisor")
        first, second = opened(network, token), opened(network, token)
        assert first == second
        assert (first.email, first.role, first.organization_name) == ("ana@a.example", "supervisor", "Fictional a")
        assert len(first.totp_secret) == totp.SECRET_SIZE
        with network.database.session() as session:
            row = session.scalars(select(Invitation)).one()
        assert token.encode() not in row.token_hash
        assert row.sealed_totp_secret is not None
        assert first.totp_secret not in row.sealed_totp_secret

    def test_an_invitation_lasts_24_hours(self, network: Runtime, clock: FixedClock) -> None:
        token = invited(network)
        clock.advance(timedelta(hours=24) - timedelta(seconds=1))
        browser = Browser(network, opened(network, token))
        clock.advance(timedelta(seconds=1))
        with pytest.raises(InvitationSpent):
            opened(network, token)
        with pytest.raises(InvitationSpent):
            enrol(network, token, browser.enrolment(epoch=browser.epoch()))

    def test_an_invitation_is_used_once(self, network: Runtime) -> None:
        token = invited(network)
        browser = Browser(network, opened(network, token))
        enrol(network, token, browser.enrolment(epoch=browser.epoch()))
        with pytest.raises(InvitationSpent):
            opened(network, token)
        with pytest.raises(InvitationSpent):
            enrol(network, token, browser.enrolment())
        with network.database.session() as session:
            assert session.scalars(select(Invitation.sealed_totp_secret)).one() is None

    def test_of_two_who_spend_it_at_once_one_gets_in(self, network: Runtime) -> None:
        token = invited(network)
        browser = Browser(network, opened(network, token))
        enrolment = browser.enrolment(epoch=browser.epoch())
        started = threading.Barrier(2)
        results: list[str] = []

        def run() -> None:
            started.wait(30)
            try:
                enrol(network, token, enrolment)
                results.append("in")
            except (InvitationSpent, EnrolmentMalformed) as error:
                results.append(type(error).__name__)

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert results.count("in") == 1
        with network.database.session() as session:
            assert len(session.scalars(select(Caseworker.id)).all()) == 1

    def test_a_second_invitation_ends_the_first(self, network: Runtime) -> None:
        first = invited(network)
        second = invited(network)
        with pytest.raises(InvitationSpent):
            opened(network, first)
        assert opened(network, second).email == "ana@a.example"

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"key": "nobody"}, OrganizationUnknown),
            ({"email": "ana"}, EmailMistyped),
            ({"email": "@a.example"}, EmailMistyped),
            ({"email": "ana banana@a.example"}, EmailMistyped),
            ({"email": "x" * 250 + "@a.example"}, EmailMistyped),
            ({"role": "queen"}, RoleUnknown),
        ],
    )
    def test_what_cannot_be_invited(self, network: Runtime, changes: dict[str, str], refusal: type[Exception]) -> None:
        with pytest.raises(refusal):
            invited(network, **changes)
        with network.database.session() as session:
            assert session.scalars(select(Invitation)).all() == []

    def test_nobody_is_invited_twice(self, network: Runtime) -> None:
        newcomer(network)
        with pytest.raises(EmailTaken):
            invited(network, "ANA@a.example")

    @pytest.mark.parametrize("token", ["", "x", "AAAA", "é" * 43, "A" * 43, "A" * 44, "A" * 5000])
    def test_any_other_token_is_no_invitation(self, network: Runtime, token: str) -> None:
        invited(network)
        with pytest.raises(InvitationSpent):
            opened(network, token)


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


def _serial(runtime: Runtime) -> int:
    with runtime.database.session() as session:
        return state.serial(session)


def sign_in(runtime: Runtime, browser: Browser, **changes: Any) -> Attempt:
    values: dict[str, Any] = {
        "email": browser.invitation.email,
        "login_secret": browser.login_secret,
        "code": browser.code(),
    }
    with runtime.database.session(write=True) as session:
        return sessions.sign_in(
            session, host_key=HOST_KEY, now=runtime.clock.now(), random=runtime.random, **values | changes
        )


class TestSigningIn:
    def test_passphrase_and_code_start_a_session(self, network: Runtime, clock: FixedClock) -> None:
        browser = newcomer(network)
        clock.advance(timedelta(seconds=30))
        attempt = sign_in(network, browser, email=" ANA@a.example")
        assert attempt.token is not None
        with network.database.session() as session:
            person = sessions.resume(session, attempt.token, now=clock.now())
            kept = session.scalars(select(DeskSession.token_hash)).one()
        assert (person.caseworker_id, person.organization_id, person.stale) == (
            browser.invitation.caseworker_id,
            browser.invitation.organization_id,
            False,
        )
        assert attempt.token.encode() not in kept

    def test_a_code_is_used_once_also_the_one_of_enrolling(self, network: Runtime, clock: FixedClock) -> None:
        browser = newcomer(network)
        assert sign_in(network, browser).token is None
        clock.advance(timedelta(seconds=30))
        code = browser.code()
        assert sign_in(network, browser, code=code).token is not None
        assert sign_in(network, browser, code=code).token is None

    @pytest.mark.parametrize("steps", [-1, 0, 1])
    def test_a_phone_s_clock_may_be_half_a_minute_off(self, network: Runtime, clock: FixedClock, steps: int) -> None:
        browser = newcomer(network)
        clock.advance(timedelta(minutes=5))
        key = totp.text_key(browser.invitation.totp_secret)
        code = totp_code(key, clock.now() + timedelta(seconds=30 * steps))
        assert sign_in(network, browser, code=code).token is not None
        late = totp_code(key, clock.now() + timedelta(seconds=30 * (steps + 3)))
        assert sign_in(network, browser, code=late).token is None

    @pytest.mark.parametrize(
        "changes",
        [
            {"email": "nobody@a.example"},
            {"email": "no address"},
            {"email": ""},
            {"login_secret": bytes(32)},
            {"login_secret": b""},
            {"code": ""},
            {"code": "12345"},
            {"code": "12345é"},
        ],
    )
    def test_whatever_is_wrong_looks_the_same(
        self, network: Runtime, clock: FixedClock, changes: dict[str, Any]
    ) -> None:
        browser = newcomer(network)
        clock.advance(timedelta(minutes=1))
        assert sign_in(network, browser, **changes) == Attempt(None)

    def test_an_inactive_person_does_not_sign_in_and_is_signed_out(self, network: Runtime, clock: FixedClock) -> None:
        browser = newcomer(network)
        clock.advance(timedelta(minutes=1))
        attempt = sign_in(network, browser)
        with network.database.session(write=True) as session:
            session.scalars(select(Caseworker)).one().active = False
        clock.advance(timedelta(minutes=1))
        assert sign_in(network, browser) == Attempt(None)
        with network.database.session() as session, pytest.raises(SessionEnded):
            sessions.resume(session, attempt.token or "", now=clock.now())

    def test_wrong_codes_lock_for_longer_and_longer(self, network: Runtime, clock: FixedClock) -> None:
        browser = newcomer(network)
        clock.advance(timedelta(minutes=1))
        for _ in range(FREE_ATTEMPTS - 1):
            assert sign_in(network, browser, code="000000") == Attempt(None)
        waits = []
        for _ in range(7):
            locked = sign_in(network, browser, code="000000")
            assert locked.wait_until is not None
            waits.append((locked.wait_until - clock.now()).total_seconds())
            # Not even the right code opens before its time.
            assert sign_in(network, browser) == locked
            clock.set(locked.wait_until)
        assert waits == [30, 60, 120, 240, 480, 900, 900]
        clock.advance(timedelta(seconds=1))
        assert sign_in(network, browser).token is not None
        clock.advance(timedelta(minutes=1))
        assert sign_in(network, browser, code="000000") == Attempt(None)

    def test_a_stranger_who_knows_an_address_locks_nobody_out(self, network: Runtime, clock: FixedClock) -> None:
        browser = newcomer(network)
        clock.advance(timedelta(minutes=1))
        for _ in range(FREE_ATTEMPTS * 3):
            assert sign_in(network, browser, login_secret=bytes(32), code="000000") == Attempt(None)
        assert sign_in(network, browser).token is not None

    def test_salts_do_not_tell_who_is_known(self, network: Runtime) -> None:
        browser = newcomer(network)
        with network.database.session() as session:

            def salt(email: str) -> bytes:
                return sessions.salt_for(session, email, salt_key=b"\x01" * 32)

            assert salt("Ana@a.example ") == browser.salt
            assert salt("x@a.example") == salt("X@a.example") != salt("y@a.example")
            assert len(salt("x@a.example")) == len(salt("")) == len(browser.salt)


class TestSessions:
    def signed_in(self, network: Runtime, clock: FixedClock) -> str:
        browser = newcomer(network)
        clock.advance(timedelta(minutes=1))
        token = sign_in(network, browser).token
        assert token is not None
        return token

    def ended(self, network: Runtime, token: str) -> bool:
        with network.database.session() as session:
            try:
                sessions.resume(session, token, now=network.clock.now())
            except SessionEnded:
                return True
        return False

    def test_a_session_that_is_not_used_ends(self, network: Runtime, clock: FixedClock) -> None:
        token = self.signed_in(network, clock)
        clock.advance(IDLE_LIFE - timedelta(seconds=1))
        assert not self.ended(network, token)
        clock.advance(timedelta(seconds=1))
        assert self.ended(network, token)

    def test_a_session_that_is_used_lasts_twelve_hours(self, network: Runtime, clock: FixedClock) -> None:
        token = self.signed_in(network, clock)
        for _ in range(71):
            clock.advance(timedelta(minutes=10))
            with network.database.session(write=True) as session:
                assert sessions.resume(session, token, now=clock.now()).stale
                sessions.touch(session, token, now=clock.now())
        clock.advance(timedelta(minutes=9))
        assert not self.ended(network, token)
        clock.advance(timedelta(minutes=1))
        assert self.ended(network, token)

    def test_signing_out_ends_it_and_may_be_done_twice(self, network: Runtime, clock: FixedClock) -> None:
        token = self.signed_in(network, clock)
        for _ in range(2):
            with network.database.session(write=True) as session:
                sessions.end(session, token)
            assert self.ended(network, token)

    @pytest.mark.parametrize("token", ["", "x", "é", "A" * 43, "A" * 10_000, "\0"])
    def test_any_other_cookie_is_nobody_s(self, network: Runtime, clock: FixedClock, token: str) -> None:
        self.signed_in(network, clock)
        assert self.ended(network, token)
        with network.database.session(write=True) as session:
            sessions.end(session, token)


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
