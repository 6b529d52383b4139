"""In a real browser the cryptography does what Python does, with Argon2id in a worker under a policy of its own."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from crypto import receipt
from tests.conftest import cannot_run
from tests.vectors.encoding import text
from tests.vectors.exchange import answer

ROOT = Path(__file__).resolve().parents[2]
PAGE_POLICY = "default-src 'none'; script-src 'self'; worker-src 'self'"
WORKER_POLICY = "default-src 'none'; script-src 'wasm-unsafe-eval'"
PASSPHRASE = {"op": "derive_passphrase", "passphrase": " Felt-Tip  YO-YO zoom\u00a0", "salt": text(bytes(16))}
RECEIPT = {"op": "derive_receipt", "digits": receipt.generate(bytes), "instance_id": text(bytes(range(16)))}

Line = dict[str, Any]


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder with the desk's kind of policies: WebAssembly runs in the worker and nowhere else."""

    def end_headers(self) -> None:
        """Send a policy with each file."""
        policy = WORKER_POLICY if self.path == "/kdf-worker.js" else PAGE_POLICY
        self.send_header("Content-Security-Policy", policy)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a page, the exchange and the worker as they are built; the worker also where its policy is missing."""
    node = Path(sys.executable).with_name("node")
    if not node.exists() or not (ROOT / "node_modules" / ".stamp").exists():
        cannot_run("no Node or no packages for it: `make test` installs them")
    folder = tmp_path_factory.mktemp("site")
    for options in (["--outdir", str(folder)], ["--tests"]):
        subprocess.run([node, "build.mjs", *options], cwd=ROOT, check=True, timeout=120)
    (folder / "exchange.js").write_bytes((ROOT / "build" / "browser-tests" / "exchange.page.js").read_bytes())
    (folder / "strict-worker.js").write_bytes((folder / "kdf-worker.js").read_bytes())
    (folder / "index.html").write_text('<!doctype html><meta charset="utf-8"><script src="/exchange.js"></script>')
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def page(site: str, chromium: Path) -> Iterator[Page]:
    """Open the page in the system's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        opened = browser.new_page()
        opened.set_default_timeout(60_000)
        opened.goto(site)
        yield opened
        browser.close()


def ask(page: Page, line: Line, worker: str = "/kdf-worker.js") -> Line:
    """Let the page answer a line."""
    answered: Line = page.evaluate("([line, worker]) => answerInPage(line, worker)", [line, worker])
    return answered


def sealing(size: int) -> tuple[Line, list[Line]]:
    """Give a message to seal, and what each of its readers asks for; their envelope is still missing."""
    seeds = [text(bytes([number]) * 32) for number in (1, 2)]
    keys = [answer({"op": "key", "seed": seed})["public_key"] for seed in seeds]
    signer = text(bytes([3]) * 32)
    line = {
        "op": "seal",
        "type": 3,
        "origin": 3,
        "case_id": text(bytes(16)),
        "message_id": text(bytes([9]) * 16),
        "document": text("ਮੇਰਾ ਪਾਸਪੋਰਟ ".encode() * size),
        "recipients": [{"public_key": key, "role": role} for key, role in zip(keys, (1, 3), strict=True)],
        "signer": {"kind": 2, "seed": signer},
    }
    verify_key = answer({"op": "sign", "seed": signer, "message": ""})["verify_key"]
    return line, [{"op": "open", "seed": seed, "verify_key": verify_key} for seed in seeds]


@pytest.mark.parametrize("size", [0, 1, 700, 5_000])
def test_a_message_goes_both_ways(page: Page, size: int) -> None:
    line, readers = sealing(size)
    for sealed in (ask(page, line), answer(line)):
        for reader in readers:
            opened = ask(page, reader | sealed)
            assert opened == answer(reader | sealed)
            assert opened["document"] == line["document"]
            assert opened["genuine"] is True


def test_a_changed_message_does_not_open(page: Page) -> None:
    line, readers = sealing(1)
    whole = answer(line)["envelope"]
    changed = whole[:-1] + ("A" if whole[-1] != "A" else "B")
    middle = whole[:100] + ("A" if whole[100] != "A" else "B") + whole[101:]
    for tampered in (changed, middle, whole[:-4]):
        assert ask(page, readers[0] | {"envelope": tampered}) == {"error": "EnvelopeRejected"}


@pytest.mark.parametrize("line", [PASSPHRASE, RECEIPT], ids=["passphrase", "receipt"])
def test_argon2id_in_the_worker_is_pythons(page: Page, line: Line) -> None:
    assert ask(page, line) == answer(line)


def test_several_derivations_at_once_do_not_mix(page: Page) -> None:
    lines = [PASSPHRASE | {"passphrase": word} for word in ("abacus", "zoom", "felt-tip")]
    together = "(lines) => Promise.all(lines.map((line) => answerInPage(line, '/kdf-worker.js')))"
    assert page.evaluate(together, lines) == [answer(line) for line in lines]


def test_the_page_goes_on_while_the_worker_computes(page: Page) -> None:
    turns = page.evaluate("(line) => turnsWhile(line, '/kdf-worker.js')", PASSPHRASE)
    assert turns > 1


@pytest.mark.parametrize("worker", ["/missing.js", "/strict-worker.js", "https://elsewhere.example/kdf-worker.js"])
def test_a_worker_that_may_not_run_is_told_from_a_wrong_passphrase(page: Page, worker: str) -> None:
    assert ask(page, PASSPHRASE, worker) == {"failed": "KdfFailed"}


@pytest.mark.parametrize(
    "change",
    [
        "memory: 2 ** 20",
        "memory: 8",
        "passes: 100",
        "passes: 1",
        "secret: new Uint8Array(0)",
        "salt: new Uint8Array(8)",
    ],
)
def test_the_worker_keeps_its_bounds(page: Page, change: str) -> None:
    program = """() => new Promise((resolve) => {
        const worker = new Worker("/kdf-worker.js");
        worker.onmessage = ({ data }) => { worker.terminate(); resolve(data === null ? null : data.length); };
        const stretch = { secret: new Uint8Array(4), salt: new Uint8Array(16), memory: 19456, passes: 2 };
        worker.postMessage({ ...stretch, CHANGE });
    })"""
    assert page.evaluate(program.replace("CHANGE", "passes: 2")) == 32
    assert page.evaluate(program.replace("CHANGE", change)) is None


def test_the_page_itself_may_not_run_webassembly(page: Page) -> None:
    module = json.dumps(list(b"\0asm\1\0\0\0"))
    compiled = f"WebAssembly.compile(new Uint8Array({module})).then(() => 'compiled', (error) => error.name)"
    assert page.evaluate(compiled) == "CompileError"
