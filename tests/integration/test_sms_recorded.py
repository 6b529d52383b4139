"""Conversations in twelve languages end routed to an organization of the demo network that fits, in few texts.

Each is held twice: past HTTP on both databases, and as the provider posts it, to a report that its organization opens.
"""

import json
from dataclasses import replace
from itertools import count

import pytest
from sqlalchemy import select, update

import wsgi
from crypto import envelope, suite
from crypto.suite import KeyPair
from intake.sms.segments import measure
from intake.sms.texts import within_limit
from referrals.case import case_file
from referrals.directory.models import DirectoryState, Organization, OrganizationEpoch
from referrals.models import Case, Referral
from tests.integration.phone import Phone, cases, conversations, hotline_of, said
from tests.integration.test_sms_webhook import INBOUND, signed
from tests.integration.worker_client import stored
from tests.network import KEYS, Network
from tests.recorded import RECORDED, Recorded
from tests.unit.intake.sms.webhooks import SITE, text_fields, with_hotline

WORKER = "+16045550142"
# Shorter ones, digits and towns, stand in any database.
LONGEST_ANSWER = 20


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


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda one: one.name)
def test_what_the_provider_posts_of_it_reaches_its_organization_sealed_and_whole(
    lone: Network, recorded: Recorded
) -> None:
    give_every_member_a_key(lone)
    settings = replace(with_hotline(lone.runtime.settings), public_url=SITE)
    app, ids = wsgi.compose(replace(lone.runtime, settings=settings)), count(1)
    for text in recorded.texts:
        fields = text_fields(text, sender=WORKER, number=next(ids))
        assert signed(app, INBOUND, fields).status_code == 200
    ((case),) = cases(lone.runtime)
    key = primary(lone, case)
    assert key in recorded.organizations
    assert texts_for(lone, key, case.id) == list(recorded.texts)
    held = stored(lone.runtime)
    stories = [text for text in recorded.texts if len(text) > LONGEST_ANSWER]
    assert not [told for told in (*stories, WORKER[1:]) if told.encode() in held]


def texts_for(network: Network, key: str, case_id: bytes) -> list[str]:
    """Open a case with its organization's own key, as its desk does."""
    runtime, organization_id = network.runtime, network.organization_id(key)
    with runtime.database.session() as session:
        file = case_file(session, runtime.keystore, organization_id=organization_id, case_id=case_id)
    pair = key_of(network, key)
    opened = [envelope.open_(envelope.Envelope(one.header, one.wraps, one.body), pair) for one in file.messages]
    return [json.loads(one.document)["fields"]["text"] for one in opened]


def key_of(network: Network, key: str) -> KeyPair:
    """Give an organization's key, from its caseworker or as `give_every_member_a_key` made it."""
    seed = network.epoch_seed(key) if key in KEYS else network.organization_id(key) * 2
    return suite.key_pair(seed)
