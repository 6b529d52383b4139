"""Taking in what no webhook brought: what a provider lists of the last days is held against what was taken in.

A text or a spoken message whose webhook and fallback both failed, or that came while every host of ours was away, lies
at the provider and nowhere else. What was taken in before does nothing, and what was erased there is not listed any
more. Nobody knows what digits a caller pressed: to a phone that has said nothing about texts, none is sent.
"""

from collections.abc import Mapping
from datetime import timedelta
from itertools import chain
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from intake.sms.port import Gateway, ProviderAway, TooEarly
from intake.sms.receiving import Hotline, receive
from referrals.directory.snapshot import Directory
from service.outbox import DeliveryFailed
from service.runtime import Runtime
from service.throttle import TooBusy

EVERY: Final = timedelta(minutes=5)
# A weekend without any host of ours.
LOOKS_BACK: Final = timedelta(days=3)
# A recording is dated by its beginning, lasts two minutes, and its webhook knows more than a list does.
WEBHOOK_COMES_WITHIN: Final = timedelta(minutes=10)


def reconcile(runtime: Runtime, gateways: Mapping[str, Gateway]) -> int:
    """Take in what lies at each provider, oldest first, and give how many texts were looked at.

    Raises what the database raises while it is away; where a provider cannot be asked, or something is wrong with one
    text, that is raised after everything else was done.
    """
    hotline = Hotline(runtime, Directory(runtime.clock))
    now, looked_at, failed = runtime.clock.now(), 0, None
    since, until = now - LOOKS_BACK, now - WEBHOOK_COMES_WITHIN
    for gateway in gateways.values():
        try:
            for text in chain(gateway.arrived(since), gateway.recorded(since, until)):
                looked_at += 1
                try:
                    receive(hotline, text)
                except (SQLAlchemyError, TooBusy):
                    raise
                except Exception as error:  # noqa: BLE001 - whatever is wrong with one text must not keep the others
                    failed = error
        except (ProviderAway, TooEarly):
            failed = DeliveryFailed("provider_away")
    if failed is not None:
        raise failed
    return looked_at
