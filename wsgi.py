"""The composition root: it builds the app, the worker and the command `leeward` from the packages; it decides nothing.

Importing it imports no package of ours, so that `leeward --help` starts at once and needs no secrets; `app` is built
when a WSGI server first asks for it.
"""

import importlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from intake.report import Intake
    from intake.sms.commands import Terminal
    from intake.sms.port import Gateway
    from intake.web.groups import GroupList
    from service.metrics import Metrics
    from service.runtime import Runtime
    from service.settings import Settings
    from service.worker import Handler, Worker

# Which policy of service/hardening.py each blueprint's answers get, unless a view says otherwise.
SURFACES: Final = {
    "form": "worker",
    "desk": "desk",
    "desk_api": "nothing",
    "sms": "nothing",
    "calls": "nothing",
    "phone": "worker",
}
FILES: Final = {"/desk/static/bundle/kdf-worker.js": "kdf-worker"}
# What can be tried by guessing, or costs much and needs no account. Send and the receipt's page are never in this list.
LIMITS: Final = {
    "desk_api.salt": "30 per minute",
    "desk_api.sign_in": "20 per minute",
    "desk_api.open_invitation": "20 per minute",
    "desk_api.enrol": "10 per minute",
}
# More posts in ten minutes than a whole harvest's people send: each costs a third of a core's second at the most.
FLOOD_POSTS: Final = 120
KDF_PATIENCE_SECONDS: Final = 10
# Faults of the directory under which nobody could be sure to receive a report (referrals/directory/checking.py).
CLOSING: Final = frozenset({"no_coordinator", "coordinator_has_no_key"})
# What the log may say of a delivery that failed, besides an exception's class.
FAILURE_CODES: Final = frozenset(
    {
        "mail_certificate",
        "mail_login_refused",
        "mail_not_configured",
        "mail_recipient_refused",
        "mail_server",
        "mail_without_tls",
        "no_address",
        "payload_rejected",
        "provider_away",
        "provider_still_at_work",
        "sms_answer_not_genuine",
        "sms_nobody_reads",
        "sms_not_configured",
        "sms_refused_for_a_reason_of_ours",
        "sms_refused_for_now",
        "sms_written_meanwhile",
    }
)


def create_app(settings: "Settings") -> "Flask":
    """Build the app that a WSGI server runs. Raises what `build_runtime` raises where the start must be refused."""
    from service.runtime import build_runtime

    return compose(build_runtime(settings))


def compose(runtime: "Runtime") -> "Flask":
    """Build the app around a runtime."""
    from service import hardening, logging, throttle
    from service.metrics import Metrics

    logging.configure()
    app = hardening.HardenedFlask("wsgi", static_folder=None)
    app.secret_key = runtime.secret("flask")
    app.extensions["leeward"] = runtime
    app.extensions["leeward.metrics"] = numbers = Metrics(lambda: _outbox_counts(runtime))
    app.extensions["leeward.intake"] = intake = _intake(runtime, numbers)
    app.extensions["leeward.groups"] = _groups(intake)
    _open_hotline(app, runtime, intake, numbers)
    hardening.harden(app, runtime.settings, SURFACES, FILES)
    _register_pages(app, is_demo=runtime.is_demo)
    _watch(app, runtime)
    throttle.limit_by_address(app, runtime, LIMITS)
    return app


def worker_beside(app: "Flask") -> "Worker":
    """Build the worker that runs inside a server's process and shares the demo's phones with it."""
    return make_worker(app.extensions["leeward"], app.extensions["leeward.gateways"])


def make_worker(runtime: "Runtime", gateways: "Mapping[str, Gateway] | None" = None) -> "Worker":
    """Build what does the work of the outbox and the chores; texts leave through the gateways of the settings."""
    from intake import sweep
    from intake.sms import answering, outgoing, settling
    from intake.sms import chores as hotline
    from intake.sms.forgetting import GUARDED_KEYS
    from referrals import clocks, notices, referral
    from referrals.caseworkers.models import DeskSession, Invitation
    from service import logging
    from service.worker import Worker, chores, expiry_chore

    logging.allow(FAILURE_CODES)
    expired = expiry_chore("desk.expired", Invitation.expires_at, DeskSession.expires_at)
    through = _gateways(runtime) if gateways is None else gateways
    return Worker(
        runtime,
        handlers(through),
        (*chores(GUARDED_KEYS), *sweep.chores(), *hotline.chores(through), *clocks.chores(), expired),
        # Thousands of copies to be erased, or answers to a machine, keep nobody waiting who has just texted, and no
        # organization that somebody in danger waits for.
        lanes=(
            (outgoing.FIRST_TOPIC,),
            (outgoing.SEND_TOPIC, answering.PART_TOPIC),
            (notices.TOPIC,),
            (settling.SILENCE_TOPIC, answering.ANSWER_TOPIC, referral.DESTROY_KEY_TOPIC),
        ),
    )


def handlers(gateways: "Mapping[str, Gateway] | None" = None) -> "dict[str, Handler]":
    """List what a worker does with each topic of the outbox."""
    from intake import phones
    from intake.sms import answering, copies, erasing, following, inviting, media, outgoing, parting, settling
    from intake.sms.sending import Sender
    from referrals import notices, referral

    sender = Sender(gateways or {})
    return {
        referral.DESTROY_KEY_TOPIC: _destroy_key,
        notices.TOPIC: notices.send,
        outgoing.FIRST_TOPIC: sender.send_first,
        outgoing.SEND_TOPIC: sender.send,
        following.FOLLOW_TOPIC: following.Follower(gateways or {}).follow,
        copies.ERASE_TOPIC: erasing.Eraser(gateways or {}).erase,
        copies.MEDIA_TOPIC: media.Fetcher(gateways or {}).take,
        settling.SILENCE_TOPIC: settling.on_silence,
        answering.ANSWER_TOPIC: answering.announce,
        answering.PART_TOPIC: answering.send_part,
        phones.INVITE_TOPIC: inviting.Inviter(gateways or {}).invite,
        phones.DROP_TOPIC: parting.drop,
        parting.ERASE_TOPIC: parting.erase,
    }


def _destroy_key(runtime: "Runtime", payload: dict[str, Any]) -> None:
    runtime.keystore.destroy(bytes.fromhex(payload["key_id"]))


def _intake(runtime: "Runtime", numbers: "Metrics") -> "Intake":
    from intake.receipts import ReceiptPool
    from intake.report import Intake
    from referrals.directory.snapshot import Directory
    from referrals.geography.gazetteer import gazetteer
    from service.throttle import FairQueue

    # Read before the server's processes part: they share its memory, and no worker's report waits for it.
    gazetteer()
    # Every thread may wait for a core: at 28 ms each that is soon over, and nobody is sent away who could be served.
    kdf = FairQueue(os.cpu_count() or 1, runtime.settings.threads, KDF_PATIENCE_SECONDS)
    receipts = ReceiptPool(runtime.instance_id, kdf, random=runtime.random)
    return Intake(runtime, Directory(runtime.clock), receipts, numbers)


def _groups(intake: "Intake") -> "GroupList":
    from intake.web.groups import GroupList

    found = GroupList(intake)
    # The form asks nothing of a database; so the first one of a process must not either.
    found.refresh()
    return found


def _open_hotline(app: "Flask", runtime: "Runtime", intake: "Intake", numbers: "Metrics") -> None:
    """Make what takes texts in, what reads a provider's posts, and what a worker in this process would send through."""
    from intake.sms import spool
    from intake.sms.gateways import smsgate, twilio
    from intake.sms.receiving import Hotline

    gateways = _gateways(runtime)
    if runtime.settings.twilio_account_sid is not None or runtime.settings.smsgate_number is not None:
        # With the key at hand, a text can be kept while both databases are away.
        spool.ready(runtime)
    app.extensions["leeward.hotline"] = Hotline(runtime, intake.directory, numbers)
    app.extensions["leeward.twilio"] = twilio.webhook_of(runtime.settings)
    app.extensions["leeward.smsgate"] = smsgate.webhook_of(runtime.settings)
    app.extensions["leeward.gateways"] = gateways
    app.extensions["leeward.console"] = gateways.get("console")


def _gateways(runtime: "Runtime") -> "dict[str, Gateway]":
    """List the ways out: providers as far as they are set up, and phones in memory in a demo, and only there."""
    from intake.sms.gateways import console, smsgate, twilio

    found: dict[str, Gateway] = {}
    if runtime.settings.twilio_account_sid is not None:
        from intake.sms.gateways import twilio_rest

        found[twilio.NAME] = twilio_rest.Twilio(runtime.settings)
    if runtime.settings.smsgate_number is not None:
        found[smsgate.NAME] = smsgate.SmsGate(runtime.settings)
    if runtime.is_demo:
        found[console.NAME] = console.Console(runtime.clock, runtime.random)
    return found


def _register_pages(app: "Flask", *, is_demo: bool) -> None:
    from intake.sms.calls import calls
    from intake.sms.views import sms
    from intake.web.views import form
    from referrals.desk.api import api
    from referrals.desk.views import desk

    for blueprint in (form, sms, calls, desk, api):
        app.register_blueprint(blueprint)
    if is_demo:
        from demo.phone import phone

        app.register_blueprint(phone)


def _watch(app: "Flask", runtime: "Runtime") -> None:
    """Answer /healthz and /readyz, count and time, and notice floods."""
    from flask import request

    from service import health, logging
    from service.throttle import FloodWatch

    intake: Intake = app.extensions["leeward.intake"]
    dropped_before = logging.dropped()
    flood = FloodWatch(runtime.clock, longest=FLOOD_POSTS // runtime.settings.workers)

    @app.before_request
    def note_post() -> None:
        if request.method == "POST" and request.blueprint == "form":
            flood.note()

    def of_process() -> Iterable[str]:
        worker: Worker | None = app.extensions.get("leeward.worker")
        if flood.is_on():
            yield "flood"
        if worker is not None and worker.failing_chores:
            yield "chores_failing"
        if logging.dropped() > dropped_before:
            yield "log_lines_dropped"

    checks = [
        health.Check(lambda session, _: CLOSING & set(_directory_alarms(intake, session)), closes_intake=True),
        health.Check(lambda session, _: set(_directory_alarms(intake, session)) - CLOSING, closes_intake=False),
        health.Check(_notice_alarms, closes_intake=False),
        health.Check(_hotline_alarms, closes_intake=False),
        health.Check(_deadline_alarms, closes_intake=False),
    ]
    health.install(app, checks, of_process)
    app.extensions["leeward.flood"] = flood
    timed: Any = app.extensions["leeward.metrics"].timed(app.wsgi_app)
    app.wsgi_app = timed  # type: ignore[method-assign]


def _outbox_counts(runtime: "Runtime") -> dict[str, int]:
    from service import outbox

    with runtime.database.session() as session:
        return outbox.counts(session)


def _directory_alarms(intake: "Intake", session: "Session") -> Iterable[str]:
    from referrals.directory import checking

    return checking.alarms(intake.directory.current(session), intake.runtime.clock.now())


def _notice_alarms(_session: "Session", runtime: "Runtime") -> Iterable[str]:
    from referrals import notices

    return notices.alarms(runtime.settings, is_demo=runtime.is_demo)


def _deadline_alarms(session: "Session", runtime: "Runtime") -> Iterable[str]:
    from referrals import clocks

    return clocks.alarms(session, runtime)


def _hotline_alarms(session: "Session", runtime: "Runtime") -> Iterable[str]:
    from intake.sms import fates, forgetting, restraint, settling, spool
    from intake.sms.gateways.twilio_codes import OURS, TOMORROW

    now = runtime.clock.now()
    yield from settling.alarms(session, now=now)
    yield from spool.alarms(runtime)
    yield from restraint.alarms(session)
    yield from forgetting.alarms(session, now=now)
    yield from fates.alarms(session, now=now, ours=OURS | TOMORROW)


class Command(NamedTuple):
    """Where a command is built, and what `leeward --help` says of it without building it."""

    place: str
    help: str


COMMANDS: Final = {
    "init": Command("referrals.caseworkers.commands:init", "Make a real, empty instance; print the first invitation."),
    "migrate": Command("service.commands:migrate", "Bring both databases up to date."),
    "serve": Command("service.server:serve_command", "Serve the form and the desk."),
    "demo": Command("demo.commands:demo", "Make a fictional network and serve it."),
    "worker": Command("wsgi:worker_command", "Do what waits in the outbox, beside the server."),
    "outbox": Command("service.commands:outbox", "See what waits to be sent; send dead letters again."),
    "directory": Command("referrals.directory.commands:directory", "Import, export and check the directory."),
    "caseworker": Command("referrals.caseworkers.commands:caseworker", "Invite caseworkers and list them."),
    "sms": Command("wsgi:sms_command", "Hold a conversation with the hotline; list texts whose fate is unknown."),
    "place": Command("referrals.geography.commands:place_command", "Say where the resolver thinks a place is."),
    "outreach": Command("intake.outreach.commands:outreach_command", "Write cards and posters to print."),
    "route": Command("referrals.commands:route_command", "Try the router on a directory file, without a database."),
}


class Leeward(click.Group):
    """The command `leeward`. A command's module is imported when the command is run, and no sooner."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None where there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, importing none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help) for name, command in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; a failure is one message on standard error and status 1, never a traceback."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, it is said and the status tells
            raise click.ClickException(_said(error)) from None


def _said(error: Exception) -> str:
    """Say a failure: ours in its own words, any other by its class and place, since its text could quote anything."""
    from service.logging import OURS, place_of

    kind = type(error)
    if kind.__module__.partition(".")[0] in OURS:
        return str(error) or (kind.__doc__ or kind.__name__).splitlines()[0]
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    if kind.__module__ == "sqlalchemy.exc":
        return f"The database cannot be used ({kind.__name__} at {place_of(error)})."
    return f"Something went wrong: {kind.__name__} at {place_of(error)}. Please report this."


@click.group(cls=Leeward, name="leeward", context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Leeward: anonymous intake of grievances, and their way to the people who help."""


def __getattr__(name: str) -> Any:
    """Build `app` or a command that needs this module when something first asks for it (PEP 562)."""
    if name == "app":
        from service.settings import Settings

        built: Any = create_app(Settings.from_env(os.environ))
    elif name == "worker_command":
        from service.commands import worker_command

        built = worker_command(_worker_of_environment)
    elif name == "sms_command":
        from intake.sms.commands import sms_command

        built = sms_command(_terminal)
    else:
        raise AttributeError(name)
    setattr(sys.modules[__name__], name, built)
    return built


def _worker_of_environment() -> "Worker":
    from service import logging
    from service.runtime import build_runtime
    from service.settings import Settings

    logging.configure_process()
    return make_worker(build_runtime(Settings.from_env(os.environ)))


@contextmanager
def _terminal() -> "Iterator[Terminal]":
    """Make a hotline to be tried, on a scratch network that is removed at the end."""
    from demo.scratch import scratch_network
    from intake.sms.commands import ClockAhead, Terminal
    from service import logging

    logging.configure_process()
    clock = ClockAhead()
    with scratch_network(clock) as runtime:
        app = compose(runtime)
        yield Terminal(app.extensions["leeward.hotline"], app.extensions["leeward.console"], worker_beside(app), clock)
