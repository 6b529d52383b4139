"""A fictional network that lives as long as one command: nothing of it is left behind."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from demo.commands import demo_settings, empty_runtime
from demo.dates import with_dates_near
from demo.network import directory_document, make_accounts
from referrals.directory.importing import import_directory
from service.clock import Clock
from service.runtime import Runtime

# The coordinator, who receives what fits nobody else, and two support organizations: each costs a moment to make.
_WITH_KEYS: Final = ("org01", "org02", "org16")


@contextmanager
def scratch_network(clock: Clock) -> Iterator[Runtime]:
    """Make the network in a folder that is removed at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="leeward-scratch-") as folder:
        runtime = replace(empty_runtime(demo_settings({"LEEWARD_DATA": str(Path(folder) / "data")})), clock=clock)
        try:
            now = runtime.clock.now()
            with runtime.database.session(write=True) as session:
                import_directory(session, with_dates_near(directory_document(), now.date()), now=now)
            list(make_accounts(runtime, only=_WITH_KEYS))
            yield runtime
        finally:
            runtime.dispose()
