"""The composition root: it builds the app and the command `leeward` out of the packages, and decides nothing itself.

Importing it imports no package of ours, so that `leeward --help` starts at once and needs no secrets; `app` is built
when a WSGI server first asks for it.
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from intake.report import Intake
    from service.runtime import Runtime
    from service.settings import Settings


def create_app(settings: "Settings") -> "Flask":
    """Build the app that a WSGI server runs. Raises what `build_runtime` raises where the start must be refused."""
    from service.runtime import build_runtime

    return compose(build_runtime(settings))


def compose(runtime: "Runtime") -> "Flask":
    """Build the app around a runtime that was opened already: a test's, with a clock of its own."""
    from flask import Flask

    app = Flask("wsgi", static_folder=None)
    app.secret_key = runtime.secret("flask")
    app.extensions["leeward"] = runtime
    app.extensions["leeward.intake"] = _intake(runtime)
    _register_pages(app)
    return app


def _intake(runtime: "Runtime") -> "Intake":
    from intake.receipts import ReceiptPool
    from intake.report import Intake
    from referrals.directory.snapshot import Directory
    from service.throttle import FairQueue

    cores = os.cpu_count() or 1
    kdf = FairQueue(width=cores, waiting=max(1, runtime.settings.threads - cores - 2), patience=10)
    return Intake(runtime, Directory(runtime.clock), ReceiptPool(runtime.instance_id, kdf))


def _register_pages(app: "Flask") -> None:
    from intake.web.views import form
    from referrals.desk.api import api
    from referrals.desk.views import desk

    for blueprint in (form, desk, api):
        app.register_blueprint(blueprint)


def __getattr__(name: str) -> "Flask":
    """Build `app` at its first use (PEP 562), from the environment."""
    if name != "app":
        raise AttributeError(name)
    from service.settings import Settings

    built = create_app(Settings.from_env(os.environ))
    globals()["app"] = built
    return built
