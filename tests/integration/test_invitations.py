"""Invitations on both databases: one-time links of 24 hours."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from referrals.caseworkers import totp
from referrals.caseworkers.accounts import EnrolmentMalformed
from referrals.caseworkers.invitations import (
    EmailMistyped,
    EmailTaken,
    InvitationSpent,
    OrganizationUnknown,
    RoleUnknown,
)
from referrals.caseworkers.models import Caseworker, Invitation
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.people import Browser, enrol, grown, invited, newcomer, opened


@pytest.fixture
def network(runtime: Runtime) -> Runtime:
    """Give an instance with two organizations and nobody in them."""
    return grown(runtime)


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
