"""Every answer of the whole app carries its headers: pages, files, faults, refusals, and what no route answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from service.runtime import Runtime
from tests.guards.whole import PARTS, browser, routes, whole_app

EXACTLY = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
}
NEVER = {"ETag", "Last-Modified", "Server", "X-Powered-By", "Access-Control-Allow-Origin"}
ALLOWED_SOURCES = {"'none'", "'self'", "'script'", "data:", "leeward", "'wasm-unsafe-eval'"}


@pytest.fixture
def app(sqlite_runtime: Runtime) -> Flask:
    """Give the whole app over an empty instance."""
    return whole_app(sqlite_runtime)


def requests(app: Flask) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield requests of all kinds: to every route, and to what is no route, wrong, or not ours."""
    for _, method, path in routes(app):
        yield method, path, {}
    for path in ("/nowhere", "/pa/nowhere", "/desk/nowhere", "/desk/api/nowhere", "/desk/static/nowhere.js", "/%ff"):
        yield "GET", path, {}
        yield "POST", path, {}
    yield "BREW", "/", {}
    yield "DELETE", "/desk/", {}
    yield "OPTIONS", "/", {}
    yield "HEAD", "/", {}
    yield "GET", "/", {"Host": "evil.example"}
    yield "GET", "/desk/static/desk.css", {"Accept-Encoding": "gzip"}
    yield "GET", "/desk/static/desk.css", {"Range": "bytes=0-10"}
    yield "POST", "/desk/api/sign-in", {"Content-Length": str(10**9)}


def faults(headers: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong with an answer's headers."""
    for name, value in EXACTLY.items():
        if headers.get(name) != value:
            yield f"{name} is {headers.get(name)!r}"
    for name in NEVER & set(headers):
        yield f"{name} is there"
    if "noindex" not in headers.get("X-Robots-Tag", ""):
        yield "may be indexed"
    if headers.get("Referrer-Policy") not in ("no-referrer", "same-origin"):
        yield f"Referrer-Policy is {headers.get('Referrer-Policy')!r}"
    policy = headers.get("Content-Security-Policy", "")
    rules = {rule.split(" ")[0]: rule.split(" ")[1:] for rule in policy.split("; ")}
    for name in ("default-src", "base-uri", "frame-ancestors"):
        if rules.get(name) != ["'none'"]:
            yield f"{name} is {rules.get(name)}"
    for name, sources in rules.items():
        for source in sources:
            if source not in ALLOWED_SOURCES and not source.startswith("'sha256-"):
                yield f"{name} allows {source}"


def test_every_answer_carries_its_headers(app: Flask) -> None:
    found, asked = [], 0
    for method, path, headers in requests(app):
        with browser(app).open(path, method=method, headers=headers) as response:
            asked += 1
            # Undoes the cookie with which a way out makes the browser forget.
            assert '"cookies"' not in response.headers.get("Clear-Site-Data", "")
            found += [f"{method} {path}: {fault}" for fault in faults(dict(response.headers))]
    assert not found, "\n".join(found)
    assert asked > 30


def test_only_the_desk_runs_files_of_scripts_others_only_what_stands_in_their_page_and_only_one_compiles(
    app: Flask,
) -> None:
    running = set()
    compiling = set()
    for _, method, path in routes(app):
        with browser(app).open(path, method=method) as response:
            policy = response.headers["Content-Security-Policy"]
            allowed = policy.partition("script-src ")[2].partition(";")[0].split()
            if not all(source.startswith("'sha256-") for source in allowed):
                running.add(path)
            assert not allowed or "require-trusted-types-for 'script'" in policy, path
            if "unsafe" in policy:
                compiling.add(path)
    assert all(path.startswith("/desk/") and not path.startswith("/desk/api") for path in running)
    assert not compiling
    with browser(app).get("/desk/static/bundle/kdf-worker.js") as response:
        assert "'wasm-unsafe-eval'" in response.headers["Content-Security-Policy"]


def test_what_a_part_of_a_route_is_named_for_exists(app: Flask) -> None:
    used = {part for rule in app.url_map.iter_rules() for part in rule.arguments}
    assert used >= set(PARTS), set(PARTS) - used
    assert (Path(app.blueprints["desk"].static_folder or "") / str(PARTS["filename"])).is_file()
