"""A worker's phone number as it rests: sealed for answering and hashed for threading, never in clear.

It is sealed to a relay epoch, whose private key is destroyed a month after the epoch's end, and bound to its
conversation. What a provider calls a text is sealed too, since the provider knows the number behind it.
"""

import hmac
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from crypto import suite, symmetric
from crypto.rejected import EnvelopeRejected
from service.keystore import KeyDestroyed
from service.runtime import Runtime

RELAY_EPOCH: Final = "sms.relay-epoch"
EPOCH_LIFE: Final = timedelta(days=30)
# So long a number is kept after the last text, and an epoch's private key after its end.
PHONE_KEPT: Final = timedelta(days=30)
_PADDED_TO: Final = 16


class PhoneForgotten(Exception):
    """The number cannot be opened any more: it was dropped, or the key of its epoch is destroyed."""


@dataclass(frozen=True, slots=True)
class SealedPhone:
    """A number sealed for answering, and the id of the relay epoch that opens it."""

    sealed: bytes = field(repr=False)
    relay_epoch_id: bytes


def inbound_hmac(runtime: Runtime, provider: str, provider_id: str) -> bytes:
    """Give the 32 bytes by which a text that was taken in is known again."""
    return hmac.digest(runtime.secret("sms-inbound"), provider.encode() + b"\0" + provider_id.encode(), "sha256")


def seal_phone(runtime: Runtime, phone: str, conversation_id: bytes) -> SealedPhone:
    """Seal a number (E.164: 16 characters at the most) to the current relay epoch."""
    raw = phone.encode()
    if not 0 < len(raw) <= _PADDED_TO:
        raise ValueError("a number in E.164 has 2 to 16 characters")
    epoch = runtime.keystore.named(RELAY_EPOCH, EPOCH_LIFE, kept=PHONE_KEPT)
    public_key = suite.key_pair(epoch.key).public_key
    return SealedPhone(suite.seal(public_key, raw.ljust(_PADDED_TO, b"\0"), info=_place(conversation_id)), epoch.id)


def open_phone(runtime: Runtime, sealed: bytes | None, relay_epoch_id: bytes | None, conversation_id: bytes) -> str:
    """Open a number; for the worker process, at the moment in which something is sent. Raises PhoneForgotten."""
    if sealed is None or relay_epoch_id is None:
        raise PhoneForgotten
    try:
        raw = suite.open_(suite.key_pair(_epoch(runtime, relay_epoch_id)), sealed, info=_place(conversation_id))
    except (KeyDestroyed, EnvelopeRejected) as error:
        raise PhoneForgotten from error
    return raw.rstrip(b"\0").decode()


def _epoch(runtime: Runtime, epoch_id: bytes) -> bytes:
    """Find an epoch's key. One that is over for this host's clock alone is still there (forgetting.py)."""
    try:
        return runtime.keystore.named_at(epoch_id).key
    except KeyDestroyed:
        key = runtime.keystore.get_many([epoch_id]).get(epoch_id)
        if key is None:
            raise
        return key


def seal_provider_id(runtime: Runtime, provider_id: str, reference: bytes) -> bytes:
    """Seal what a provider calls a text that it took over, for `OutgoingText.sealed_provider_id`."""
    return symmetric.seal(
        runtime.secret("sms-provider"), provider_id.encode(), aad=_sent(reference), random=runtime.random
    )


def open_provider_id(runtime: Runtime, sealed: bytes, reference: bytes) -> str:
    """Open what `seal_provider_id` sealed. Raises EnvelopeRejected."""
    return symmetric.open_(runtime.secret("sms-provider"), sealed, aad=_sent(reference)).decode()


def _place(conversation_id: bytes) -> bytes:
    return b"leeward/1/phone\0" + conversation_id


def _sent(reference: bytes) -> bytes:
    return b"leeward/1/sms-provider-id\0" + reference
