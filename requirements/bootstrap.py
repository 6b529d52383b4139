"""Makes the virtual environment, with the pinned pip, from a Python that may have neither pip nor ensurepip.

It downloads one wheel from the package index that pip itself would use and must never run one whose hash is not pinned.
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import os
import re
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import venv
from collections.abc import Callable
from pathlib import Path

WHEEL = "pip-26.3-py3-none-any.whl"
WHEEL_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
DEFAULT_INDEX = "https://pypi.org/simple"
TRIES = 4


class PipUnavailable(Exception):
    """The index did not give the pinned wheel; the message says what to do."""


def option(name: str, environ: dict[str, str]) -> str | None:
    """Return what pip would take for a global option: the environment first, then its configuration files."""
    if value := environ.get(f"PIP_{name.upper().replace('-', '_')}"):
        return value
    home = Path.home()
    files = [
        *[Path(folder, "pip", "pip.conf") for folder in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")],
        Path("/etc/pip.conf"),
        home / ".pip" / "pip.conf",
        Path(environ.get("XDG_CONFIG_HOME") or home / ".config", "pip", "pip.conf"),
        Path(environ.get("PIP_CONFIG_FILE") or os.devnull),
    ]
    parser = configparser.RawConfigParser()
    parser.read(files, encoding="utf-8")
    return parser.get("global", name, fallback=None) or parser.get("install", name, fallback=None)


def opener(certificates: str | None) -> Callable[[str], bytes]:
    """Return a function that reads a URL with the login that stands in it, trusting the certificates that pip would."""
    context = ssl.create_default_context(cafile=certificates)
    handler = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))

    def read(url: str) -> bytes:
        parts = urllib.parse.urlsplit(url)
        login, _, host = parts.netloc.rpartition("@")
        request = urllib.request.Request(urllib.parse.urlunsplit(parts._replace(netloc=host)))  # noqa: S310
        request.add_header("Accept", "text/html")
        if login:
            encoded = base64.b64encode(urllib.parse.unquote(login).encode()).decode()
            request.add_header("Authorization", f"Basic {encoded}")
        with handler.open(request, timeout=60) as response:
            return bytes(response.read())

    return read


def download(index: str, read: Callable[[str], bytes]) -> bytes:
    """Return the pinned wheel from a package index (PEP 503), its hash checked."""
    page_url = index.rstrip("/") + "/pip/"
    page = read(page_url).decode("utf-8", "replace")
    link = re.search(r'href="([^"]*/)?' + re.escape(WHEEL) + r'[#"]', page)
    if link is None:
        raise PipUnavailable(f"{WHEEL} is not on the package index; set PIP_INDEX_URL to one that has it")
    wheel_url = urllib.parse.urljoin(page_url, (link.group(1) or "") + WHEEL)
    wheel_parts, page_parts = urllib.parse.urlsplit(wheel_url), urllib.parse.urlsplit(page_url)
    if "@" in page_parts.netloc and page_parts.netloc.endswith("@" + wheel_parts.netloc):
        wheel_url = urllib.parse.urlunsplit(wheel_parts._replace(netloc=page_parts.netloc))
    wheel = read(wheel_url)
    if hashlib.sha256(wheel).hexdigest() != WHEEL_SHA256:
        raise PipUnavailable(f"{WHEEL} from the package index has another hash than the pinned one: not used")
    return wheel


def download_patiently(index: str, read: Callable[[str], bytes], sleep: Callable[[float], None] = time.sleep) -> bytes:
    """Try the download a few times, since a first connection often fails on a new machine."""
    for attempt in range(TRIES):
        try:
            return download(index, read)
        except OSError as failure:
            if isinstance(failure, urllib.error.HTTPError) and failure.code < 500:
                raise PipUnavailable(f"the package index answered {failure.code}; is PIP_INDEX_URL right?") from failure
            if attempt == TRIES - 1:
                raise PipUnavailable(f"the package index could not be reached: {failure}") from failure
            sleep(2**attempt)
    raise AssertionError


def main(folder: Path) -> None:
    """Make the environment in `folder` and put the pinned pip in it."""
    if sys.version_info < (3, 11):  # noqa: UP036 - older ones do get here, and should be told why not
        sys.exit("Leeward needs Python 3.11 or newer; say which one with `make PYTHON=python3.12 ...`")
    venv.EnvBuilder(with_pip=False, clear=True, symlinks=True).create(folder)
    environ = dict(os.environ)
    read = opener(option("cert", environ) or environ.get("SSL_CERT_FILE"))
    try:
        wheel = download_patiently(option("index-url", environ) or DEFAULT_INDEX, read)
    except PipUnavailable as failure:
        sys.exit(f"Could not get pip: {failure}")
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, WHEEL)
        path.write_bytes(wheel)
        command = [str(folder / "bin" / "python"), f"{path}/pip", "install", "--quiet", "--no-index", str(path)]
        subprocess.run(command, check=True)  # noqa: S603


if __name__ == "__main__":
    main(Path(sys.argv[1]))
