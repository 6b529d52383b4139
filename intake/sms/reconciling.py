"""Taking in what no webhook brought: what a provider lists of the last days is held against what was taken in.

A text whose webhook and fallback both failed, or that came while every host of ours was away, lies at the provider and
nowhere else. What was taken in before does nothing, and what was erased there is not listed any more.
"""

from collections.abc import Mapping
from datetime import timedelta
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


def reconcile(runtime: Runtime, gateways: Mapping[str, Gateway]) -> int:
    """Take in what lies at each provider, oldest first, and give how many texts were looked at.

    Raises what the database raises while it is away; where a provider cannot be asked, or something is wrong with one
    text, that is raised after everything else was done.
    """
    hotline = Hotline(runtime, Directory(runtime.clock))
    since, looked_at, failed = runtime.clock.now() - LOOKS_BACK, 0, None
    for gateway in gateways.values():
        try:
            for text in gateway.arrived(since):
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
