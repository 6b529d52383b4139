"""People who enrol and sign in, without the web: their browsers make real keys that only their passphrases open."""

import hashlib
from dataclasses import replace
from typing import Any

from crypto import keybag, suite
from referrals.caseworkers import accounts, invitations, sessions, totp
from referrals.caseworkers.accounts import PASSPHRASE_SLOT, Enrolment, HandedOut
from referrals.caseworkers.epochs import NewEpoch
from referrals.caseworkers.invitations import (
    OpenInvitation,
)
from referrals.caseworkers.sessions import Attempt
from referrals.directory.importing import import_directory
from service.runtime import Runtime
from tests.integration.desk_client import totp_code
from tests.unit.referrals.directory.samples import document, organization

HOST_KEY = bytes(range(32))
PASSPHRASE = "one two three four five six"


def grown(runtime: Runtime) -> Runtime:
    """Put two organizations into an empty instance, with nobody in them."""
    with runtime.database.session(write=True) as session:
        told = document(organization("a"), organization("b"))
        import_directory(session, told, now=runtime.clock.now(), random=runtime.random)
    return runtime


def invited(runtime: Runtime, email: str = "ana@a.example", key: str = "a", role: str = "caseworker") -> str:
    """Invite somebody and give the token of the link."""
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
    """Look at an invitation, as the enrol page does."""
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
    """Send an enrolment and give the account's id."""
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
    """Give what the server hands to a browser that has signed in."""
    with runtime.database.session() as session:
        return accounts.handed_out(session, browser.invitation.caseworker_id)


def sign_in(runtime: Runtime, browser: Browser, **changes: Any) -> Attempt:
    """Try to sign in, with something else than is right where a test says so."""
    values: dict[str, Any] = {
        "email": browser.invitation.email,
        "login_secret": browser.login_secret,
        "code": browser.code(),
    }
    with runtime.database.session(write=True) as session:
        return sessions.sign_in(
            session, host_key=HOST_KEY, now=runtime.clock.now(), random=runtime.random, **values | changes
        )
