"""Conversations in twelve languages end routed to an organization of the demo network that fits, in few texts."""

import pytest
from sqlalchemy import select, update

from crypto import suite
from intake.sms.segments import measure
from intake.sms.texts import within_limit
from referrals.directory.models import DirectoryState, Organization, OrganizationEpoch
from referrals.models import Case, Referral
from tests.integration.phone import Phone, cases, conversations, hotline_of, said
from tests.network import Network
from tests.recorded import RECORDED, Recorded


@pytest.fixture
def phone(network: Network) -> Phone:
    give_every_member_a_key(network)
    return Phone(hotline_of(network.runtime))


def give_every_member_a_key(network: Network) -> None:
    """Let a report reach every organization, not only those that have a caseworker here."""
    with network.runtime.database.session(write=True) as session:
        known = session.scalars(select(OrganizationEpoch)).all()
        for organization_id in session.scalars(select(Organization.id)).all():
            if organization_id in {one.organization_id for one in known}:
                continue
            pair = suite.key_pair(organization_id * 2)
            session.add(
                OrganizationEpoch(
                    id=organization_id,
                    organization_id=organization_id,
                    number=1,
                    kid=pair.kid,
                    public_key=pair.public_key,
                    verify_key=bytes(32),
                    starts_at=known[0].starts_at,
                    ends_at=known[0].ends_at,
                    revoked=False,
                )
            )
        session.execute(update(DirectoryState).values(serial=DirectoryState.serial + 1))


def primary(network: Network, case: Case) -> str:
    """Give the key of the organization that a case went to."""
    with network.runtime.database.session() as session:
        return session.scalars(
            select(Organization.key)
            .join(Referral, Referral.organization_id == Organization.id)
            .where(Referral.case_id == case.id, Referral.kind == "primary")
        ).one()


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda one: one.name)
def test_a_recorded_conversation_ends_where_it_must(phone: Phone, network: Network, recorded: Recorded) -> None:
    phone.text(*recorded.texts)
    ((case),) = cases(network.runtime)
    assert case.state == "received"
    assert case.language == recorded.language
    assert primary(network, case) in recorded.organizations
    assert len(conversations(network.runtime)) == 1
    replies = said(network.runtime)
    assert len(replies) <= len(recorded.texts)
    assert sum(measure(reply).segments for reply in replies) <= 9
    assert all(within_limit(reply, "pa") or within_limit(reply, "en") for reply in replies)
