"""The worker's form: what a GET costs in the server, with how many statements, and how heavy it is in each language."""

import gzip
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from flask import Flask
from sqlalchemy import event
from werkzeug.datastructures import Headers
from werkzeug.test import Client, EnvironBuilder

import wsgi
from service.runtime import Runtime
from tests.load.bench import Bench
from tests.load.figures import Figure, Target, median, percentile
from tests.load.instances import HOST, SQLITE
from translations.locales import form_locales

HEAVIEST_KIB: Final = 14.0
_HEADERS: Final = {"Accept-Encoding": "gzip", "Accept": "text/html", "Sec-Fetch-Site": "none"}


def form(bench: Bench) -> Iterator[Figure]:
    """Time a GET of the form inside the server: from the request as WSGI hands it over to the answer's last byte."""
    with bench.instance(SQLITE).runtime() as runtime:
        app = wsgi.compose(runtime)
        environ = _environ("/es/")
        _get(app, environ)
        statements = _count_statements(runtime, app, environ)
        taken = [_get(app, environ) for _ in range(bench.size.times * 5)]
    yield Figure("form", "GET of the form, in the server", median(taken), "ms", Target(at_most=2))
    yield Figure("form.p99", "GET of the form, p99", percentile(taken, 0.99), "ms")
    yield Figure("form.statements", "GET of the form, SQL statements", statements, "", Target(at_most=0))


def weight(bench: Bench) -> Iterator[Figure]:
    """Weigh the form in each language as it travels."""
    with bench.instance(SQLITE).runtime() as runtime:
        client = Client(wsgi.compose(runtime))
        for locale in form_locales():
            answer = client.get(f"/{locale.code}/", base_url=f"https://{HOST}", headers=_HEADERS)
            packed = answer.get_data()
            assert answer.status_code == 200 and gzip.decompress(packed), locale.code
            what = f"the form in {locale.code}, gzip"
            yield Figure(f"weight.{locale.code}", what, len(packed) / 1024, "KiB", Target(at_most=HEAVIEST_KIB))


def _environ(path: str) -> dict[str, Any]:
    return EnvironBuilder(path, base_url=f"https://{HOST}", headers=Headers(_HEADERS)).get_environ()


def _get(app: Flask, environ: dict[str, Any]) -> float:
    """Ask once and give the milliseconds."""
    statuses: list[str] = []

    def started(status: str, *_: Any) -> Callable[[bytes], object]:
        statuses.append(status)
        return bytes

    began = time.perf_counter()
    answer: Any = app.wsgi_app(dict(environ), started)
    for _ in answer:
        pass
    answer.close()
    taken = (time.perf_counter() - began) * 1000
    assert statuses[0].startswith("200"), statuses
    return taken


def _count_statements(runtime: Runtime, app: Flask, environ: dict[str, Any]) -> int:
    """Count what one GET asks of both databases."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found.append(statement)

    engines = (runtime.database.engine, runtime.keystore.database.engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    _get(app, environ)
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
    return len(found)
