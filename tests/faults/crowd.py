"""Workers who tell what happened while the service is hurt: each sends the form, keeps the receipt, and writes more.

Whoever gets no answer sends the same form again, as a browser does when its owner presses Send again. Everything that
was answered is noted, to be looked for afterwards.
"""

import html
import http.cookies
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

from tests.faults.processes import HOST, wait_for
from tests.unit.intake.sms.webhooks import sign, text_fields

# Goes to the organization near Oliver, and stands by for others.
ORDINARY = {"what": "pay_hours", "place": "Oliver", "pass_on": "yes"}
# Goes to who is open day and night, and is told at once.
EMERGENCY = {"what": "violence", "today": "hurt", "place": "Oliver", "pass_on": "yes"}
LOCALES = ("es", "en", "fr")
_GIVE_UP_SECONDS = 90
_INBOUND = "/sms/twilio/inbound"
# Every number from 555-0100 to 555-0199 is fictional, in each of the province's area codes.
_AREA_CODES = (604, 250, 236, 778, 672)


class NeverAnswered(Exception):
    """Somebody sent for a minute and a half and was never answered."""


@dataclass(frozen=True)
class Answer:
    """What came back: status, where a redirect leads, cookies, and the page."""

    status: int
    location: str
    cookies: Mapping[str, str]
    page: str


@dataclass
class Told:
    """One thing that was told and answered: a report with its receipt, a message to one, or a text, which has none."""

    text: str
    began: float
    sends: int
    receipt: str = ""
    is_emergency: bool = False


@dataclass
class Crowd:
    """People at their phones. `run` lets them tell until the block ends; then everything they began is answered.

    With `texts`, a third of what they tell comes by the hotline, each from a number of its own. A text begins with 0,
    so that nothing is ever sent back: there is no provider to send it.
    """

    ports: list[int]
    seed: int
    people: int = 6
    pause: float = 0.03
    emergencies: float = 0.2
    texts: bool = False
    told: list[Told] = field(default_factory=list)
    wrote: list[Told] = field(default_factory=list)
    texted: list[Told] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    unanswered: int = 0
    _lives: list[Future[None]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(100 * len(_AREA_CODES))))

    @contextmanager
    def run(self) -> Iterator["Crowd"]:
        """Let everybody tell for as long as the block takes; then wait until what they began is answered."""
        stop = threading.Event()
        with ThreadPoolExecutor(self.people) as phones:
            lives = self._lives = [phones.submit(self._live, number, stop) for number in range(self.people)]
            try:
                yield self
            finally:
                stop.set()
        for life in lives:
            life.result()

    @property
    def gave_up(self) -> bool:
        """Say whether somebody met what must not be, which `run` raises at its end."""
        return any(life.done() and life.exception() for life in self._lives)

    def wait_for_more(self, reports: int) -> None:
        """Wait until this many more reports were answered."""
        enough = len(self.told) + reports
        wait_for(lambda: len(self.told) >= enough or self.gave_up)

    def _live(self, number: int, stop: threading.Event) -> None:
        chance = random.Random(self.seed * 1000 + number)
        person = Person(self, chance, LOCALES[number % len(LOCALES)])
        count = 0
        while not stop.is_set():
            count += 1
            if self.texts and chance.random() < 1 / 3 and (phone := next(self._numbers, None)) is not None:
                self.texted.append(person.text(phone, f"0 CANARY text {self.seed}-{number}-{count}"))
            is_emergency = chance.random() < self.emergencies
            told = person.tell(f"CANARY story {self.seed}-{number}-{count}", is_emergency=is_emergency)
            self.told.append(told)
            if chance.random() < 0.2:
                self.wrote.append(person.write_more(told.receipt, f"CANARY more {self.seed}-{number}-{count}"))
            stop.wait(chance.uniform(0, 2 * self.pause))


class Person:
    """One person at a phone without scripts."""

    def __init__(self, crowd: Crowd, chance: random.Random, locale: str) -> None:
        self._crowd = crowd
        self._chance = chance
        self._locale = locale

    def tell(self, text: str, *, is_emergency: bool = False) -> Told:
        """Send a report until it is taken in, and read the receipt, as a browser without scripts."""
        began = time.time()
        page = self._until_shown(f"/{self._locale}/")
        fields = {**(EMERGENCY if is_emergency else ORDINARY), "story": text, "form": hidden(page, "form")}
        answer, sends = self._until_taken(f"/{self._locale}/", fields, {})
        shown = self._until_shown(f"/{self._locale}/sent", answer.cookies)
        return Told(text, began, sends, digits(shown), is_emergency)

    def write_more(self, receipt: str, text: str) -> Told:
        """Come back with a receipt and write a message until it is taken in."""
        began = time.time()
        place = f"/{self._locale}/replies"
        opened, _ = self._until_taken(f"/{self._locale}/return", {"number": receipt}, {})
        page = self._until_shown(place, opened.cookies)
        fields = {"text": text, "form": hidden(page, "form"), "token": hidden(page, "token")}
        _, sends = self._until_taken(place, fields, opened.cookies)
        return Told(text, began, sends, receipt)

    def text(self, phone: int, body: str) -> Told:
        """Send a text, which the provider posts again until it is answered 200."""
        began = time.time()
        number = f"+1{_AREA_CODES[phone // 100]}55501{phone % 100:02}"
        fields = text_fields(body, sender=number, number=phone + 1)
        signature = {"X-Twilio-Signature": sign(f"https://{HOST}{_INBOUND}", fields)}
        _, sends = self._until(lambda port: ask(port, "POST", _INBOUND, fields, headers=signature), 200)
        return Told(body, began, sends)

    def _until_shown(self, path: str, cookies: Mapping[str, str] | None = None) -> str:
        return self._until(lambda port: ask(port, "GET", path, cookies=cookies), 200)[0].page

    def _until_taken(self, path: str, fields: Mapping[str, str], cookies: Mapping[str, str]) -> tuple[Answer, int]:
        return self._until(lambda port: ask(port, "POST", path, fields, cookies), 303)

    def _until(self, attempt: Callable[[int], Answer], wanted: int) -> tuple[Answer, int]:
        """Do the same again until it is answered as it should be; tell how often that took."""
        give_up, tries = time.monotonic() + _GIVE_UP_SECONDS, 0
        while time.monotonic() < give_up:
            tries += 1
            try:
                answer = attempt(self._chance.choice(self._crowd.ports))
            except (OSError, HTTPException):
                self._crowd.unanswered += 1
            else:
                if answer.status == wanted and "/note/" not in answer.location and "#e" not in answer.location:
                    return answer, tries
                assert answer.status in (303, 503), answer
                self._crowd.refusals.append(f"{answer.status} {answer.location}")
            time.sleep(self._chance.uniform(0.05, 0.2))
        raise NeverAnswered


def ask(
    port: int,
    method: str,
    path: str,
    fields: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
    cookies: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Ask once, on a connection of its own. Raises OSError and HTTPException where no whole answer comes."""
    sent = {"Host": HOST, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
    sent |= headers or {}
    if cookies:
        sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    with closing(HTTPConnection("127.0.0.1", port, timeout=_GIVE_UP_SECONDS)) as connection:
        connection.request(method, path, urlencode(fields) if fields else None, sent)
        response = connection.getresponse()
        page = response.read().decode()
        jar = http.cookies.SimpleCookie()
        for line in response.headers.get_all("Set-Cookie") or []:
            jar.load(line)
        given = {name: morsel.value for name, morsel in jar.items()}
        return Answer(response.status, response.headers.get("Location", ""), given, page)


def hidden(page: str, name: str) -> str:
    """Read a hidden field of a page."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)">', page)
    assert found is not None, page[:500]
    return html.unescape(found[1])


def digits(page: str) -> str:
    """Read the receipt off its page."""
    shown = re.search(r'<p class="k" dir="ltr">(.*?)</p>', page)
    assert shown is not None, page[:500]
    return re.sub(r"\D", "", re.sub(r"<[^>]*>", "", shown[1]))
