"""Enrolling, signing in and handing keys on, by the desk's API, on both databases."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from crypto import keybag, suite
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.desk_client import (
    DeskClient,
    Enrolled,
    base64url,
    enrol,
    enrolment,
    from_base64url,
    invite,
    signed_in,
    totp_code,
)
from tests.network import Network, plant

# An organization of the demo's directory that has no key yet.
WITHOUT_KEY = "org03"


@pytest.fixture
def network(runtime: Runtime) -> Network:
    """A small network with real keys."""
    return plant(runtime)


def sign_in(
    client: DeskClient, person: Enrolled, code: str, *, secret: str | None = None
) -> tuple[int, dict[str, Any]]:
    """Try to sign in as somebody with a second factor."""
    body = {"email": person.email, "login_secret": secret or person.login_secret, "code": code}
    response = client.post("sign-in", body)
    return response.status_code, response.get_json()


def test_an_invitation_becomes_an_account_that_takes_each_code_once(network: Network, clock: FixedClock) -> None:
    person = enrol(network, WITHOUT_KEY, "first@org03.example")
    used = totp_code(person.totp_key, clock.now())
    assert sign_in(DeskClient(network), person, used)[0] == 403, "the code of the enrolment was used"
    clock.advance(timedelta(seconds=30))
    code = totp_code(person.totp_key, clock.now())
    client = DeskClient(network)
    assert sign_in(client, person, code) == (200, {"signed_in": True})
    assert sign_in(DeskClient(network), person, code)[0] == 403
    keys = client.get("keys").get_json()
    assert (keys["email"], keys["epochs"][0]["number"]) == ("first@org03.example", 1)
    assert keys["epochs"][0]["sealed_seed"] is not None


def test_an_invitation_works_once_and_for_a_day_and_does_not_say_which_it_was(
    network: Network, clock: FixedClock
) -> None:
    client = DeskClient(network)
    token = invite(network, WITHOUT_KEY, "first@org03.example")
    opened = client.post("invitation", {"token": token}).get_json()
    assert client.post("invitation", {"token": token}).get_json()["totp"] == opened["totp"], "a reload spoils nothing"
    code = totp_code(opened["totp"]["key"], clock.now())
    assert client.post("enrolment", enrolment(opened) | {"token": token, "code": code}).status_code == 201
    late = invite(network, WITHOUT_KEY, "second@org03.example")
    clock.advance(timedelta(hours=24))
    never = base64url(b"\x00" * 32)
    answers = [client.post("invitation", {"token": wrong}) for wrong in (token, late, never, "", "é")]
    assert {(answer.status_code, answer.get_data()) for answer in answers} == {
        (404, answers[0].get_data()),
    }
    assert answers[0].get_json()["error"] == "invitation_spent"


def test_a_refused_enrolment_keeps_nothing_and_the_invitation_stays_good(network: Network, clock: FixedClock) -> None:
    client, token = DeskClient(network), invite(network, WITHOUT_KEY, "first@org03.example")
    opened = client.post("invitation", {"token": token}).get_json()
    body = enrolment(opened) | {"token": token}
    code = totp_code(opened["totp"]["key"], clock.now())
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    refused: list[tuple[dict[str, object], int, str]] = [
        (body | {"code": wrong}, 403, "code_refused"),
        (body | {"code": code, "salt": base64url(b"short")}, 400, "enrolment_malformed"),
        (body | {"code": code, "sealed_bag": base64url(b"")}, 400, "enrolment_malformed"),
        (body | {"code": code, "public_key": base64url(b"\x00" * 1216)}, 400, "enrolment_malformed"),
        (body | {"code": code, "epoch": {}}, 400, "field_malformed"),
    ]
    for sent, status, error in refused:
        response = client.post("enrolment", sent)
        assert (response.status_code, response.get_json()["error"]) == (status, error)
    assert client.post("enrolment", body | {"code": code}).status_code == 201


def test_the_slower_of_two_first_members_enrols_without_an_epoch_and_is_handed_the_key(
    network: Network, clock: FixedClock
) -> None:
    client, token = DeskClient(network), invite(network, WITHOUT_KEY, "second@org03.example")
    opened = client.post("invitation", {"token": token}).get_json()
    assert opened["first"] is True
    faster = enrol(network, WITHOUT_KEY, "first@org03.example")
    code = totp_code(opened["totp"]["key"], clock.now())
    body = enrolment(opened) | {"token": token, "code": code}
    assert client.post("enrolment", body).get_json()["error"] == "epoch_not_first"
    assert client.post("enrolment", body | {"epoch": None}).status_code == 201

    clock.advance(timedelta(minutes=1))
    giver = DeskClient(network)
    sign_in(giver, faster, totp_code(faster.totp_key, clock.now()))
    waiting = giver.get("keys").get_json()["waiting"]
    assert [person["email"] for person in waiting] == ["second@org03.example"]
    sealed = keybag.seal_epoch_seed(
        b"\x06" * 32,
        member_public_key=from_base64url(waiting[0]["public_key"]),
        organization_id=bytes.fromhex(opened["organization"]),
        epoch=1,
    )
    handed = {"caseworker": waiting[0]["caseworker"], "epoch": waiting[0]["epoch"], "sealed_seed": base64url(sealed)}
    assert giver.post("epoch-seeds", handed).get_json() == {"kept": True}
    assert giver.post("epoch-seeds", handed).get_json() == {"kept": True}, "two colleagues may do it at once"
    assert giver.get("keys").get_json()["waiting"] == []

    receiver = DeskClient(network)
    body = {"email": "second@org03.example", "login_secret": body["login_secret"]}
    receiver.post("sign-in", body | {"code": totp_code(opened["totp"]["key"], clock.now())})
    held = receiver.get("keys").get_json()["epochs"][0]["sealed_seed"]
    pair = suite.key_pair(b"\x01" * 32)
    organization = bytes.fromhex(opened["organization"])
    assert keybag.open_epoch_seed(from_base64url(held), pair, organization_id=organization, epoch=1) == b"\x06" * 32


def test_a_key_is_handed_on_only_by_who_holds_it_and_only_inside_the_organization(network: Network) -> None:
    giver, outsider = signed_in(network, "org01"), signed_in(network, "org02")
    own = giver.get("keys").get_json()["epochs"][0]["id"]
    them = outsider.get("keys").get_json()["caseworker"]
    sealed = base64url(bytes(suite.SEALED_OVERHEAD + 32))
    for client in (giver, outsider):
        response = client.post("epoch-seeds", {"caseworker": them, "epoch": own, "sealed_seed": sealed})
        assert (response.status_code, response.get_json()["error"]) == (403, "membership_refused")
    response = giver.post("epoch-seeds", {"caseworker": them, "epoch": own, "sealed_seed": base64url(b"short")})
    assert response.get_json()["error"] == "membership_refused"


def test_signing_in_does_not_tell_whether_an_address_is_known(network: Network) -> None:
    known, unknown = network.accounts["org01"].email, "nobody@org01.example"
    client = DeskClient(network)
    salts = [client.post("salt", {"email": email}) for email in (known, unknown, unknown.upper(), "no address")]
    assert {len(answer.get_json()["salt"]) for answer in salts} == {22}
    assert salts[1].get_data() == salts[2].get_data(), "a made-up salt lasts"
    assert {frozenset(dict(answer.headers).keys()) for answer in salts} == {frozenset(dict(salts[0].headers).keys())}
    secret = base64url(b"\x07" * 32)
    tries = [
        client.post("sign-in", {"email": email, "login_secret": secret, "code": "123456"})
        for email in (known, unknown, "no address")
    ]
    assert {(answer.status_code, answer.get_data()) for answer in tries} == {(403, tries[0].get_data())}
    assert not any("Set-Cookie" in answer.headers and "desk=" in answer.headers["Set-Cookie"] for answer in tries)


def test_wrong_codes_after_a_right_passphrase_make_one_wait_and_nobody_else_is_told(
    network: Network, clock: FixedClock
) -> None:
    person = enrol(network, WITHOUT_KEY, "first@org03.example")
    clock.advance(timedelta(minutes=1))
    client, stranger = DeskClient(network), DeskClient(network)
    answers = [sign_in(client, person, "000000") for _ in range(6)]
    assert [status for status, _ in answers] == [403, 403, 403, 403, 429, 429]
    until = datetime.fromisoformat(answers[-1][1]["until"])
    assert timedelta(0) < until - clock.now() <= timedelta(minutes=15)
    assert sign_in(client, person, totp_code(person.totp_key, clock.now()))[0] == 429, "the right code waits too"
    wrong_secret = base64url(b"\x08" * 32)
    assert sign_in(stranger, person, "000000", secret=wrong_secret)[1]["error"] == "sign_in_refused"
    clock.set(until)
    assert sign_in(client, person, totp_code(person.totp_key, clock.now()))[0] == 200


def test_wrong_passphrases_lock_nobody_out(network: Network, clock: FixedClock) -> None:
    person = enrol(network, WITHOUT_KEY, "first@org03.example")
    clock.advance(timedelta(minutes=1))
    for _ in range(15):
        sign_in(DeskClient(network), person, "000000", secret=base64url(b"\x09" * 32))
    assert sign_in(DeskClient(network), person, totp_code(person.totp_key, clock.now()))[0] == 200


@pytest.mark.parametrize("code", ["", "12345", "1234567", "½23456", "１２３４５６", "abcdef", "00000 0"])
def test_what_is_no_code_is_a_wrong_code(network: Network, code: str) -> None:
    person = enrol(network, WITHOUT_KEY, "first@org03.example")
    assert sign_in(DeskClient(network), person, code)[0] == 403


def test_guessing_is_slowed_down_by_address(network: Network) -> None:
    client = DeskClient(network)
    body = {"email": "a@org01.example", "login_secret": base64url(bytes(32)), "code": ""}
    answers = [client.post("sign-in", body) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [403] * 20 + [429]
    assert answers[-1].get_json()["error"] == "too_many_requests"
    assert DeskClient(network).post("sign-in", body).status_code == 403
