"""A worker as `leeward worker` is one, but its texts go to a provider on this machine.

Started by a test as a process of its own: `python -m tests.faults.texting_worker http://127.0.0.1:PORT`.
"""

import os
import sys

import wsgi
from intake.sms.gateways import twilio_rest
from service import logging
from service.commands import work
from service.runtime import build_runtime
from service.settings import Settings


def main(address: str) -> None:
    """Do what waits in the outbox until told to stop."""
    logging.configure_process()
    runtime = build_runtime(Settings.from_env(os.environ))
    work(wsgi.make_worker(runtime, {twilio_rest.Twilio.name: twilio_rest.Twilio(runtime.settings, base_url=address)}))


if __name__ == "__main__":
    main(sys.argv[1])
