"""A Chromium as a worker has it: with a profile on disk and a Back button that remembers, which Playwright changes.

It is driven over the DevTools protocol without a library in between, and reaches nothing but this machine.
"""

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import websocket

START_SECONDS = 30
PATIENCE_SECONDS = 20
# What Chromium answers to a question that its page did not live to answer.
NAVIGATED = {
    "Cannot find default execution context",
    "Execution context was destroyed.",
    "Inspected target navigated or closed",
}


class NavigatedError(Exception):
    """The page made way for another one before it answered."""


class PlainChromium:
    """One window of a running Chromium."""

    def __init__(self, socket: websocket.WebSocket) -> None:
        self._socket = socket
        self._last = 0

    def call(self, method: str, **parameters: Any) -> Any:
        """Call a method of the protocol and give its result.

        Raises:
            NavigatedError: the page went before it answered.
        """
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._last:
                if message.get("error", {}).get("message") in NAVIGATED:
                    raise NavigatedError
                assert "error" not in message, message
                return message["result"]

    def evaluate(self, expression: str) -> Any:
        """Evaluate a script in the page, also where pages' own scripts are forbidden."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until a script gives something true."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            with suppress(NavigatedError):
                if self.evaluate(f"document.readyState === 'complete' && Boolean({expression})"):
                    return
            time.sleep(0.05)
        raise AssertionError(f"never came true: {expression}, at {self.evaluate('location.href')}")

    def go(self, address: str) -> None:
        """Open an address."""
        self.call("Page.navigate", url=address)
        self.wait_for(f"location.href === {json.dumps(address)}")

    def fill(self, selector: str, text: str) -> None:
        """Type into a field, as a keyboard would."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """Click the middle of an element."""
        x, y = self.evaluate(
            f"(() => {{ const found = document.querySelector({json.dumps(selector)});"
            " found.scrollIntoView({block: 'center'}); const box = found.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def back(self) -> None:
        """Press Back until another document is shown than the one before the last navigation."""
        history = self.call("Page.getNavigationHistory")
        entries, current = history["entries"], history["currentIndex"]
        here = entries[current]["url"].partition("#")[0]
        target = next(at for at in range(current - 1, -1, -1) if entries[at]["url"].partition("#")[0] != here)
        self.call("Page.navigateToHistoryEntry", entryId=entries[target]["id"])
        self.wait_for(f"location.href === {json.dumps(entries[target]['url'])}")

    def titles(self) -> set[str]:
        """List the titles that the window's history shows."""
        return {entry["title"] for entry in self.call("Page.getNavigationHistory")["entries"]}

    def storage(self, origin: str) -> int:
        """Give the bytes that an origin keeps in this browser's stores."""
        return int(self.call("Storage.getUsageAndQuota", origin=origin)["usage"])


@contextmanager
def plain_chromium(program: Path, profile: Path, *, scripts: bool = False) -> Iterator[PlainChromium]:
    """Run a Chromium on a profile for a block, and let it end by itself, so that it writes what it would write."""
    process = subprocess.Popen(
        [
            program,
            "--headless=new",
            "--no-sandbox",
            "--no-first-run",
            "--remote-debugging-port=0",
            "--remote-allow-origins=*",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            f"--user-data-dir={profile}",
            "about:blank",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        with closing(websocket.create_connection(_window_of(profile), timeout=PATIENCE_SECONDS)) as socket:
            window = PlainChromium(socket)
            window.call("Page.enable")
            window.call("Emulation.setScriptExecutionDisabled", value=not scripts)
            yield window
            # The session file is written some seconds after the last change, and at the end.
            window.call("Browser.close")
        process.wait(PATIENCE_SECONDS)
    finally:
        process.kill()
        process.wait(PATIENCE_SECONDS)


def traces(profile: Path, text: str) -> list[str]:
    """List the files of a profile that hold a text, in either of the encodings in which Chromium writes."""
    wanted = (text.encode(), text.encode("utf-16-le"))
    return [
        str(path.relative_to(profile))
        for path in profile.rglob("*")
        if path.is_file() and any(form in path.read_bytes() for form in wanted)
    ]


def _window_of(profile: Path) -> str:
    end = time.monotonic() + START_SECONDS
    port_file = profile / "DevToolsActivePort"
    while time.monotonic() < end:
        if port_file.exists() and (lines := port_file.read_text().split()):
            with urllib.request.urlopen(f"http://127.0.0.1:{lines[0]}/json", timeout=5) as answer:
                windows = [one for one in json.load(answer) if one["type"] == "page"]
            if windows:
                return str(windows[0]["webSocketDebuggerUrl"])
        time.sleep(0.1)
    raise AssertionError("Chromium did not start in time")
