"""A network with something to look at in every language, served by a process of its own.

`showcase()` starts it. Each language gets reports of its own: one with answers, one that nobody can take, and digits as
the hotline tells them; those that are only read are the same for all. The process ends with the block, and its files
with it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import select

from crypto import envelope, suite
from crypto.envelope import MessageType, Origin, Recipient, WrapRole
from intake import codes
from intake.answers import Answers
from intake.linking import WEB_LIFE, Purpose, code_row
from referrals.models import Case
from referrals.referral import accept, acknowledge, close, decline
from service.clock import FixedClock
from service.rows import insert_all
from tests.browser.pseudo import add_languages
from tests.guards.tree import ROOT
from tests.integration.casework import do
from tests.integration.office import ASKS_IN_SPANISH, IN_DANGER, Town
from tests.integration.test_mailbox import reply, smuggle
from tests.network import Network, empty_runtime, plant
from translations.locales import form_locales

START_SECONDS: Final = 90
# A walk ends with an erased report.
WALKS: Final = 2
# A Wednesday, eleven at night in Vancouver: what is said of closed doors is said then, and the rest by day too.
NIGHT: Final = datetime(2026, 7, 9, 6, 0, tzinfo=UTC)
# Longer ago than anybody may take to read of somebody in danger.
LATE: Final = timedelta(hours=3)
LONG_WORD: Final = "https://a-very-long-address.example/" + "x" * 80


@dataclass(frozen=True)
class Material:
    """What a language's pages can be opened with. `states` are receipts to be read only, by what is said of them."""

    receipt: str
    declined: str
    code: str
    states: Mapping[str, str]


@dataclass(frozen=True)
class Showcase:
    """A running server: where it answers, and for each language, in the order offered, what WALKS walks need."""

    address: str
    languages: Mapping[str, list[Material]]

    def take(self, code: str) -> Material:
        """Give what one walk through a language's pages uses up."""
        return self.languages[code].pop()


@contextmanager
def showcase(*, made_up: bool, demo: bool) -> Iterator[Showcase]:
    """Serve every page in every language for a block, the made-up languages too if asked."""
    with tempfile.TemporaryDirectory(prefix="leeward-showcase-") as name:
        folder = Path(name)
        told = folder / "told.json"
        places = [str(add_languages(folder))] if made_up else []
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("LEEWARD_", "PYTHON"))}
        environ["PYTHONPATH"] = os.pathsep.join([*places, str(ROOT)])
        command = [sys.executable, "-m", __name__, str(told), "demo" if demo else "real"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=folder, env=environ, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            yield _wait_for(told, process, folder / "log")
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.wait(START_SECONDS)


def _wait_for(told: Path, process: subprocess.Popen[bytes], log: Path) -> Showcase:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if told.exists():
            document = json.loads(told.read_text(encoding="utf-8"))
            languages = {code: [Material(**one) for one in several] for code, several in document["languages"].items()}
            return Showcase(document["address"], languages)
        time.sleep(0.05)
    process.kill()
    raise AssertionError(log.read_text(encoding="utf-8"))


def _material(network: Network, states: Mapping[str, str]) -> Material:
    answered, declined, texted = (_report(network) for _ in range(3))
    office = answered.office("org01")
    do(office, answered.case_id, accept)
    reply(office, answered.case_id, "Nos vemos el domingo.\n" + LONG_WORD)
    _forge(answered, office.mailbox_of(answered.case_id))
    do(declined.office("org01"), declined.case_id, decline, "no_capacity")
    return Material(answered.submitted.receipt, declined.submitted.receipt, web_code(texted), states)


def _states(network: Network, clock: FixedClock) -> dict[str, str]:
    """Bring a report into each state that a worker only reads of, and give the receipts."""
    clock.set(NIGHT - LATE)
    late = _report(network, IN_DANGER)
    clock.set(NIGHT)
    received, acknowledged, closed = (_report(network) for _ in range(3))
    do(acknowledged.office("org01"), acknowledged.case_id, acknowledge)
    office = closed.office("org01")
    do(office, closed.case_id, accept)
    _forge(closed, suite.key_pair(network.runtime.random(32)).public_key)
    do(office, closed.case_id, close, "resolved")
    named = {"received": received, "late": late, "acknowledged": acknowledged, "closed, not to be opened": closed}
    return {name: place.submitted.receipt for name, place in named.items()}


def _report(network: Network, answers: Answers = ASKS_IN_SPANISH) -> Town:
    before = _cases(network)
    submitted = network.report(replace(answers, pass_on="ask", helper_desk="no"))
    (case_id,) = _cases(network) - before
    return Town(network, submitted, case_id)


def _cases(network: Network) -> set[bytes]:
    with network.runtime.database.session() as session:
        return set(session.scalars(select(Case.id)))


def _forge(place: Town, mailbox: bytes) -> None:
    """Put an answer into a case that nobody signed, sealed for a mailbox or for nobody's."""
    office = place.office("org01")
    forged = envelope.seal(
        json.dumps({"day": "2026-07-09", "lang": "es", "fields": {"text": "Ven solo."}}).encode(),
        message_type=MessageType.REPLY,
        origin=Origin.DESK,
        case_id=place.case_id,
        message_id=place.network.runtime.random(16),
        recipients=[
            Recipient(office.pair.public_key, WrapRole.RECIPIENT),
            Recipient(mailbox, WrapRole.MAILBOX),
        ],
        signer=None,
    )
    smuggle(place, forged)


def web_code(place: Town) -> str:
    """Give the twelve digits that a text message leads to a case's number with."""
    runtime = place.network.runtime
    code = codes.new(codes.LONG, random=runtime.random)
    until = runtime.clock.now() + WEB_LIFE
    with runtime.database.session(write=True) as session:
        insert_all(session, [code_row(runtime, code, Purpose.WEB, place.case_id, key_id=None, expires_at=until)])
    return code


def _as_real(network: Network) -> Network:
    """Take the demo's notice off, and put a telephone in the place of the demo's."""
    settings = replace(
        network.runtime.settings,
        demo=False,
        smsgate_url="https://sms.example",
        smsgate_login="login:password",
        smsgate_signing_key=("signing-key",),
        smsgate_number="+16045550100",
    )
    return Network(replace(network.runtime, settings=settings, is_demo=False), network.accounts)


def main() -> None:
    """Make the network, say in a file where it answers, and serve it until standard input ends."""
    told, kind = Path(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory(dir=told.parent) as folder:
        clock = FixedClock(NIGHT)
        network = plant(replace(empty_runtime(Path(folder)), clock=clock))
        states = _states(network, clock)
        languages = {one.code: [asdict(_material(network, states)) for _ in range(WALKS)] for one in form_locales()}
        shown = network if kind == "demo" else _as_real(network)
        with shown.serve() as address:
            unfinished = told.with_suffix(".part")
            unfinished.write_text(json.dumps({"address": address, "languages": languages}), encoding="utf-8")
            unfinished.replace(told)
            sys.stdin.read()


if __name__ == "__main__":
    main()
