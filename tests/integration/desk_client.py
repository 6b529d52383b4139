"""A desk without a browser, for tests of its API: what the desk's scripts send, sealed in Python."""

import base64
import hashlib
import hmac
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import count
from typing import Any

from werkzeug.test import TestResponse

from crypto import envelope, keybag, suite
from crypto.envelope import MessageType, Origin, Recipient, Signer, SignerKind, WrapRole
from intake.document import message_document
from referrals.caseworkers import invitations
from tests.network import Network

ORIGIN = "http://127.0.0.1:8000"
_networks = count()


class DeskClient:
    """One browser at the desk. Each comes from a network of its own, so that limits by address hit nobody else."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._client = network.app.test_client()
        number = next(_networks)
        self._address = f"10.{number >> 8 & 255}.{number & 255}.7"
        self.csrf = ""

    def get(self, path: str) -> TestResponse:
        """Read from the API."""
        return self.call("GET", path)

    def post(self, path: str, body: Mapping[str, object] | None = None, *, raw: bytes | None = None) -> TestResponse:
        """Change something by the API, with this browser's token."""
        return self.call("POST", path, json.dumps(body or {}).encode() if raw is None else raw)

    def call(self, method: str, path: str, raw: bytes = b"", *, csrf: str | None = None) -> TestResponse:
        """Call the API with any method, bytes and token."""
        if not self.csrf:
            self.csrf = "asked"
            self.csrf = str(self.get("session").get_json()["csrf"])
        headers = {"X-CSRF-Token": self.csrf if csrf is None else csrf, "Content-Type": "application/json"}
        return self._client.open(
            f"/desk/api/{path}",
            method=method,
            base_url=ORIGIN,
            data=raw,
            headers=headers,
            environ_overrides={"REMOTE_ADDR": self._address},
        )

    def sign_in(self, key: str, code: str = "") -> TestResponse:
        """Sign in as the caseworker of one of the network's organizations."""
        account = self.network.accounts[key]
        salt = self.post("salt", {"email": account.email}).get_json()["salt"]
        secret = login_secret(account.passphrase, salt)
        return self.post("sign-in", {"email": account.email, "login_secret": secret, "code": code})


def signed_in(network: Network, key: str) -> DeskClient:
    """Give a browser in which an organization's caseworker has signed in."""
    client = DeskClient(network)
    response = client.sign_in(key)
    assert response.status_code == 200, response.get_data(as_text=True)
    return client


@lru_cache(maxsize=64)
def login_secret(passphrase: str, salt: str) -> str:
    """Derive a login secret as a browser does; a session asks for few."""
    return base64url(keybag.derive_passphrase(passphrase, from_base64url(salt)).login_secret)


@dataclass(frozen=True)
class Enrolled:
    """A caseworker with a second factor."""

    email: str
    login_secret: str
    totp_key: str


def enrol(network: Network, key: str, email: str, *, client: DeskClient | None = None) -> Enrolled:
    """Invite a person and enrol them, with an epoch of their own where the organization has none."""
    client = client or DeskClient(network)
    token = invite(network, key, email)
    opened = client.post("invitation", {"token": token}).get_json()
    totp_key = opened["totp"]["key"]
    code = totp_code(totp_key, network.runtime.clock.now())
    body = enrolment(opened) | {"token": token, "code": code}
    response = client.post("enrolment", body)
    assert response.status_code == 201, response.get_data(as_text=True)
    return Enrolled(email, str(body["login_secret"]), totp_key)


def invite(network: Network, key: str, email: str) -> str:
    """Invite a person to an organization and give the token."""
    with network.runtime.database.session(write=True) as session:
        return invitations.invite(
            session, organization_key=key, email=email, now=network.runtime.clock.now(), random=network.runtime.random
        )


def enrolment(opened: Mapping[str, Any]) -> dict[str, object]:
    """Make what a browser sends to enrol. The bag is not one: the server could not tell."""
    member, signing_seed = suite.key_pair(b"\x01" * 32), b"\x02" * 32
    body: dict[str, object] = {
        "language": "en",
        "salt": base64url(b"\x03" * 16),
        "login_secret": base64url(hashlib.sha256(opened["email"].encode()).digest()),
        "sealed_bag": base64url(b"\x04" * 200),
        "sealed_bag_key": base64url(b"\x05" * 60),
        "kid": base64url(member.kid),
        "public_key": base64url(member.public_key),
        "verify_key": base64url(suite.verify_key(signing_seed)),
        "epoch": None,
    }
    if opened["first"]:
        body["epoch"] = epoch(member.public_key, bytes.fromhex(opened["organization"]))
    return body


def epoch(member_public_key: bytes, organization_id: bytes) -> dict[str, str]:
    """Make an organization's first epoch."""
    seed = b"\x06" * 32
    pair = suite.key_pair(seed)
    sealed = keybag.seal_epoch_seed(seed, member_public_key=member_public_key, organization_id=organization_id, epoch=1)
    return {
        "kid": base64url(pair.kid),
        "public_key": base64url(pair.public_key),
        "verify_key": base64url(suite.verify_key(keybag.epoch_signing_seed(seed))),
        "sealed_seed": base64url(sealed),
    }


def sealed_message(
    network: Network, key: str, case_id: str, message_type: MessageType, *, mailbox: bytes | None = None
) -> str:
    """Seal a message as an organization's desk does: for itself, and for the worker's mailbox where one is given."""
    seed = network.epoch_seed(key)
    recipients = [Recipient(suite.key_pair(seed).public_key, WrapRole.RECIPIENT)]
    if mailbox is not None:
        recipients.append(Recipient(mailbox, WrapRole.MAILBOX))
    document = message_document(
        seq=0, prev=bytes(32), day=network.runtime.clock.now().date(), locale="en", fields={"text": "We can meet."}
    )
    sealed = envelope.seal(
        json.dumps(document).encode(),
        message_type=message_type,
        origin=Origin.DESK,
        case_id=bytes.fromhex(case_id),
        message_id=network.runtime.random(16),
        recipients=recipients,
        signer=Signer(SignerKind.ORGANIZATION, keybag.epoch_signing_seed(seed)),
    )
    return base64url(sealed.to_bytes())


def totp_code(key: str, moment: datetime) -> str:
    """Give the six digits that an app shows at a moment (RFC 6238), computed apart from the product."""
    counter = struct.pack(">Q", int(moment.timestamp()) // 30)
    digest = hmac.digest(base64.b32decode(key), counter, "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def base64url(raw: bytes) -> str:
    """Write bytes as the API takes them."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Read bytes as the API gives them."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
