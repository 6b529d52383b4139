"""What comes round for the hotline: numbers that are to be forgotten, and texts that wait in files for the database."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from intake.sms import reconciling, spool
from intake.sms.forgetting import forget
from intake.sms.port import Gateway
from intake.sms.receiving import Hotline, receive
from intake.sms.reconciling import reconcile
from referrals.directory.snapshot import Directory
from service.runtime import Runtime
from service.worker import Chore


def chores(gateways: Mapping[str, Gateway]) -> tuple[Chore, ...]:
    """Give the hotline's chores for a worker that reaches its providers through gateways, by their names."""
    asked = {name: gateway for name, gateway in gateways.items() if gateway.keeps}
    return (
        *((Chore("sms.reconcile", reconciling.EVERY, partial(reconcile, gateways=asked)),) if asked else ()),
        Chore("sms.forget", timedelta(hours=1), forget),
        Chore("sms.spool", timedelta(minutes=1), take_in_spooled),
    )


def take_in_spooled(runtime: Runtime) -> int:
    """Take in the texts that came to this host while the database was away."""
    return spool.take_in(runtime, partial(receive, Hotline(runtime, Directory(runtime.clock))))
