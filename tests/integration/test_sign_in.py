"""Signing in and staying signed in, on both databases: passphrase, six digits, locks and cookies."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from referrals.caseworkers import sessions, totp
from referrals.caseworkers.models import Caseworker, DeskSession
from referrals.caseworkers.sessions import FREE_ATTEMPTS, IDLE_LIFE, Attempt, SessionEnded
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.desk_client import totp_code
from tests.integration.people import grown, newcomer, sign_in


@pytest.fixture
def network(runtime: Runtime) -> Runtime:
    """Give an instance with two organizations and nobody in them."""
    return grown(runtime)


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
