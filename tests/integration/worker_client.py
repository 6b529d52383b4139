"""A worker's browser without scripts, as far as HTTP shows it, for tests."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from intake.receipts import ReceiptPool
from intake.report import Intake
from referrals.directory.snapshot import Directory
from service.base import Base
from service.runtime import Runtime
from service.throttle import FairQueue
from tests.network import Network
from translations.locales import form_locales

SITE = "http://127.0.0.1:8000"
CANARY = "CANARYweb"
TOLD = {
    "what": ["pay_hours", "documents_held"],
    "place": "Oliver",
    "story": f"{CANARY} first\r\nsecond",
    "pass_on": "yes",
}
CODES = [one.code for one in form_locales()]
PAGES = ("", "sent", "return", "replies", "replies/erase", "erased", "rights", "employers", "help", "note/503")
Fields = Mapping[str, str | Sequence[str]]


class WorkerClient:
    """Opens pages, fills in forms and keeps cookies. Redirects are not followed unless `follow` is asked to."""

    def __init__(self, network: Network, locale: str = "en") -> None:
        self.client: FlaskClient = network.app.test_client()
        self.locale = locale

    def get(self, page: str = "", **headers: str) -> TestResponse:
        """Open one of the language's pages."""
        return self.client.get(f"/{self.locale}/{page}", base_url=SITE, headers=headers)

    def post(self, page: str, fields: Fields, *, multipart: bool = True) -> TestResponse:
        """Send a form, as its page would."""
        kind = "multipart/form-data" if multipart else "application/x-www-form-urlencoded"
        return self.raw(page, data=dict(fields), content_type=kind)

    def raw(self, page: str, **request: Any) -> TestResponse:
        """Post anything."""
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": SITE}
        return self.client.post(f"/{self.locale}/{page}", base_url=SITE, headers=headers, **request)

    def follow(self, response: TestResponse) -> TestResponse:
        """Go where a redirect leads, as a browser does; the fragment stays at home."""
        assert response.status_code == 303, response.status_code
        return self.client.get(response.headers["Location"].partition("#")[0], base_url=SITE)

    def fill(self, page: str, path: str, fields: Fields, *, multipart: bool = True) -> TestResponse:
        """Send a form together with the hidden fields of the page that it stands in."""
        return self.post(path, {**hidden(page), **fields}, multipart=multipart)

    def send(self, fields: Fields) -> TestResponse:
        """Open the form and send it filled in."""
        return self.fill(self.get().text, "", fields)

    def receipt(self, fields: Fields) -> str:
        """Send a report and read the receipt off its page."""
        return digits(self.follow(self.send(fields)).text)

    def open_replies(self, receipt: str) -> TestResponse:
        """Type a receipt and open what it leads to."""
        return self.follow(self.post("return", {"number": receipt}, multipart=False))


def hidden(page: str) -> dict[str, str]:
    """Read the hidden fields of a page's first form."""
    first = page.partition("<form")[2].partition("</form>")[0]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"[^>]*>', first)
    return {name: html.unescape(value) for name, value in found}


def token_of(page: str, action: str) -> str:
    """Read the token of the form that posts to an address."""
    found = re.search(rf'action="/en/{action}".*?name="token" value="(\w+)"', page, flags=re.DOTALL)
    assert found is not None
    return found[1]


def digits(page: str) -> str:
    """Read a receipt off its page."""
    shown = re.search(r'<p class="k" dir="ltr">(.*?)</p>', page)
    return re.sub(r"\D", "", re.sub(r"<[^>]*>", "", shown[1])) if shown else ""


def cookies_of(response: TestResponse) -> dict[str, str]:
    """List the cookies that an answer sets, each with all of its attributes."""
    return {line.partition("=")[0]: line for line in response.headers.getlist("Set-Cookie")}


def rows(runtime: Runtime) -> dict[str, list[Any]]:
    """Read every row of the main database."""
    with runtime.database.session() as session:
        return {table.name: list(session.execute(table.select())) for table in Base.metadata.sorted_tables}


def count(runtime: Runtime, table: str) -> int:
    """Count a table's rows."""
    return len(rows(runtime)[table])


def stored(runtime: Runtime) -> bytes:
    """Give everything that the main database holds, to look for what must not be there."""
    return b"\n".join(
        value if isinstance(value, bytes) else str(value).encode()
        for table in rows(runtime).values()
        for row in table
        for value in row
    )


def error_of(page: str) -> str:
    """Give the text of the summary of faults."""
    found = re.search(r'<div class="box bad" role="alert".*?</div>', page, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", "", found[0]) if found else ""


def make_busy(network: Network) -> None:
    """Fill the line for the cores, so that no receipt can be made or typed."""
    pool = ReceiptPool(network.runtime.instance_id, FairQueue(width=0, waiting=0, patience=0))
    network.app.extensions["leeward.intake"] = Intake(network.runtime, Directory(network.runtime.clock), pool)
