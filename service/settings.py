"""What an operator can set, read from the environment here and nowhere else, and refused where it would be unsafe.

Every fault is told at once, with what to do about it. No message repeats a secret.
"""

import base64
import binascii
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from service.database import DatabaseUrlInvalid, database_url, same_database

PREFIX: Final = "LEEWARD_"
KEY_SIZE: Final = 32
# Of 32 random bytes about 30 differ; fewer than 20 happens once in 10**10 keys. The same holds for their differences.
_DISTINCT_BYTES: Final = 20
_MAKE_A_KEY: Final = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}
_ONION: Final = re.compile(r"[a-z2-7]{56}\.onion")
# How Twilio writes its accounts; how long its tokens and keys are at the least; how E.164 writes a number.
_ACCOUNT: Final = re.compile(r"AC[0-9a-f]{32}")
_TOKEN: Final = re.compile(r"(sha256:)?[A-Za-z0-9_+/=-]{32,256}")
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_TOKENS_AT_ONCE: Final = 4
# Stands before a key that signs webhooks with SHA-256. Which algorithm counts is never taken from a request.
SHARED_KEY: Final = "sha256:"
# What a demo must not have, and why.
_NO_DEMO: Final = (
    "are not for a demo: its fictional cases would send real texts to real phones. Remove them; the demo's phone is at "
    "/demo/phone"
)
_THROTTLES: Final = ("memory://", "redis://", "rediss://")
# Read by the tests and by make, not by us.
_NOT_OURS: Final = re.compile(r"LEEWARD_(CI$|TEST_)")


class SettingsInvalid(Exception):
    """The settings cannot be used; `faults` says for each what to do."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("These settings need attention:\n" + "\n".join(f"  - {fault}" for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. What is secret, or may hold a password, is left out of its repr."""

    data: Path
    database_url: str = field(repr=False)
    keys_url: str = field(repr=False)
    secret_key: bytes = field(default=b"", repr=False)
    public_url: str = ""
    onion_url: str | None = None
    proxy_hops: int = 0
    throttle_url: str = field(default="memory://", repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    metrics_port: int | None = None
    workers: int = 1
    threads: int = 8
    demo: bool = False
    desk_idle_seconds: int = 600
    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_user: str | None = field(default=None, repr=False)
    smtp_password: str | None = field(default=None, repr=False)
    smtp_from: str | None = None
    twilio_account_sid: str | None = None
    twilio_auth_token: tuple[str, ...] = field(default=(), repr=False)
    twilio_numbers: tuple[str, ...] = ()
    sms_per_hour: int = 600
    smsgate_url: str | None = None
    smsgate_login: str | None = field(default=None, repr=False)
    smsgate_signing_key: tuple[str, ...] = field(default=(), repr=False)
    smsgate_number: str | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *, serving: bool = True) -> "Settings":
        """Read the settings. Raises SettingsInvalid with every fault.

        `serving` also asks for what a server cannot do without. Commands that need no secrets, such as `leeward init`,
        pass False; `build_runtime` asks again.
        """
        given = _Given(environ)
        data = Path(given.text("DATA", "./instance")).expanduser().absolute()
        demo = given.flag("DEMO")
        port = given.number("PORT", 8000, 1, 65535)
        settings = cls(
            data=data,
            database_url=given.database("DATABASE_URL", data / "leeward.sqlite"),
            keys_url=given.database("KEYS_URL", data / "keys.sqlite"),
            secret_key=given.key("SECRET_KEY"),
            public_url=given.text("PUBLIC_URL", f"http://127.0.0.1:{port}" if demo else "").rstrip("/"),
            onion_url=given.text("ONION_URL").rstrip("/") or None,
            proxy_hops=given.number("PROXY_HOPS", 0, 0, 5),
            throttle_url=given.text("THROTTLE_URL", "memory://"),
            host=given.text("HOST", "127.0.0.1"),
            port=port,
            metrics_port=given.number("METRICS_PORT", 0, 0, 65535) or None,
            workers=given.number("WORKERS", 1, 1, 64),
            threads=given.number("THREADS", 8, 1, 256),
            demo=demo,
            desk_idle_seconds=given.number("DESK_IDLE_SECONDS", 600, 60, 3600),
            smtp_host=given.text("SMTP_HOST") or None,
            smtp_port=given.number("SMTP_PORT", 587, 1, 65535),
            smtp_user=given.text("SMTP_USER") or None,
            smtp_password=given.text("SMTP_PASSWORD") or None,
            smtp_from=given.text("SMTP_FROM") or None,
            twilio_account_sid=given.text("TWILIO_ACCOUNT_SID") or None,
            twilio_auth_token=given.several("TWILIO_AUTH_TOKEN"),
            twilio_numbers=given.several("TWILIO_NUMBERS"),
            sms_per_hour=given.number("SMS_PER_HOUR", 600, 1, 100_000),
            smsgate_url=given.text("SMSGATE_URL").rstrip("/") or None,
            smsgate_login=given.text("SMSGATE_LOGIN") or None,
            smsgate_signing_key=given.several("SMSGATE_SIGNING_KEY"),
            smsgate_number=given.text("SMSGATE_NUMBER") or None,
        )
        given.note_unknown()
        faults = given.faults + _contradictions(settings)
        # A key that could not be read is not reported as missing too.
        told = {fault.split(" ", 1)[0] for fault in faults}
        if serving:
            faults += [fault for fault in _dangers(settings) if fault.split(" ", 1)[0] not in told]
        if faults:
            raise SettingsInvalid(faults)
        return settings

    def refuse_unsafe(self) -> None:
        """Raise SettingsInvalid with every reason for which a server must not start with these settings."""
        faults = _contradictions(self) + _dangers(self)
        if faults:
            raise SettingsInvalid(faults)


class _Given:
    """The environment, with a note of everything that was wrong in it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._known: set[str] = set()
        self.faults: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        name = name if name == "PORT" else PREFIX + name
        self._known.add(name)
        # An empty variable means what a missing one means, as it does in a compose file.
        return self._environ.get(name, "").strip() or default

    def several(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text(name).split(",") if part.strip())

    def number(self, name: str, default: int, lowest: int, highest: int) -> int:
        given = self.text(name)
        if not given:
            return default
        # int() takes "1_000" and digits of other scripts, which nobody means here.
        if not re.fullmatch(r"[0-9]{1,6}", given) or not lowest <= int(given) <= highest:
            full = name if name == "PORT" else PREFIX + name
            self.faults.append(f"{full} needs a whole number from {lowest} to {highest}")
            return default
        return int(given)

    def flag(self, name: str) -> bool:
        given = self.text(name, "0").lower()
        if given not in ("0", "1", "false", "true", "no", "yes"):
            self.faults.append(f"{PREFIX}{name} needs 1 or 0")
        return given in ("1", "true", "yes")

    def database(self, name: str, default: Path) -> str:
        given = self.text(name)
        try:
            return database_url(given or f"sqlite:///{default}").render_as_string(hide_password=False)
        except DatabaseUrlInvalid as error:
            self.faults.append(f"{PREFIX}{name} cannot be used: {error}")
            return f"sqlite:///{default}"

    def key(self, name: str) -> bytes:
        given = self.text(name)
        try:
            return _decode_key(given)
        except (binascii.Error, ValueError):
            self.faults.append(f"{PREFIX}{name} must be 32 random bytes or more, in hex or base64url: {_MAKE_A_KEY}")
            return b""

    def note_unknown(self) -> None:
        """Note settings that do not exist: a misspelt one would be without effect and nobody would know."""
        for name in sorted(self._environ):
            if name.startswith(PREFIX) and name not in self._known and not _NOT_OURS.match(name):
                near = difflib.get_close_matches(name, self._known, n=1)
                self.faults.append(
                    f"{name} is not a setting" + (f": did you mean {near[0]}?" if near else ": remove it")
                )


def _decode_key(text: str) -> bytes:
    if re.fullmatch(r"([0-9A-Fa-f]{2}){32,}", text):
        return bytes.fromhex(text)
    text = text.rstrip("=")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise ValueError("neither hex nor base64url")
    # Words and sequences are in the alphabet too, but no random key of this length does without one of the cases.
    if text and (text.lower() == text or text.upper() == text):
        raise ValueError("not random")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _is_random(key: bytes) -> bool:
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    return len(key) >= KEY_SIZE and min(len(set(key)), len(steps)) >= _DISTINCT_BYTES


def _contradictions(settings: Settings) -> list[str]:
    """List what can never work, whoever asks."""
    faults = []
    if same_database(settings.database_url, settings.keys_url):
        faults.append(
            "LEEWARD_KEYS_URL must name another database than LEEWARD_DATABASE_URL: "
            "keys that lie in the same backup cannot be destroyed"
        )
    if not settings.throttle_url.startswith(_THROTTLES):
        faults.append("LEEWARD_THROTTLE_URL must be memory://, or redis:// or rediss:// with a host")
    if settings.smtp_host and not settings.smtp_from:
        faults.append("LEEWARD_SMTP_FROM is missing: give the address that notices to organizations come from")
    if bool(settings.smtp_user) != bool(settings.smtp_password):
        faults.append("LEEWARD_SMTP_USER and LEEWARD_SMTP_PASSWORD go together: give both or neither")
    if settings.onion_url and not _is_onion(settings.onion_url):
        faults.append("LEEWARD_ONION_URL must be http:// with the 56 characters of a version 3 onion name")
    return faults + _hotline_contradictions(settings) + _smsgate_contradictions(settings)


def _hotline_contradictions(settings: Settings) -> list[str]:
    """List what is wrong with the settings of the hotline: all three are given, or it does not exist."""
    account, tokens, numbers = settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_numbers
    faults = []
    if len({bool(account), bool(tokens), bool(numbers)}) > 1:
        faults.append(
            "LEEWARD_TWILIO_ACCOUNT_SID, LEEWARD_TWILIO_AUTH_TOKEN and LEEWARD_TWILIO_NUMBERS go together: "
            "give all three or none"
        )
    if settings.demo and (account or tokens or numbers):
        faults.append(f"LEEWARD_TWILIO_ACCOUNT_SID, LEEWARD_TWILIO_AUTH_TOKEN and LEEWARD_TWILIO_NUMBERS {_NO_DEMO}")
    if account and not _ACCOUNT.fullmatch(account):
        faults.append("LEEWARD_TWILIO_ACCOUNT_SID must be AC and 32 hexadecimal digits, as Twilio's console shows it")
    if not all(_TOKEN.fullmatch(token) for token in tokens) or len(tokens) > _TOKENS_AT_ONCE:
        faults.append(
            "LEEWARD_TWILIO_AUTH_TOKEN must be the auth token, or two with a comma between them while one replaces "
            "the other; a shared key for webhooks is written with sha256: before it"
        )
    if tokens and all(token.startswith(SHARED_KEY) for token in tokens):
        faults.append(
            "LEEWARD_TWILIO_AUTH_TOKEN needs an auth token too: a shared key signs webhooks and sends nothing"
        )
    if not all(_NUMBER.fullmatch(number) for number in numbers):
        faults.append("LEEWARD_TWILIO_NUMBERS must be + and digits for each number, with commas, like +16045550100")
    return faults


def _smsgate_contradictions(settings: Settings) -> list[str]:
    """List what is wrong with the settings of a telephone of our own: all four are given, or there is none."""
    url, login, keys, number = (
        settings.smsgate_url,
        settings.smsgate_login,
        settings.smsgate_signing_key,
        settings.smsgate_number,
    )
    faults = []
    if len({bool(url), bool(login), bool(keys), bool(number)}) > 1:
        faults.append(
            "LEEWARD_SMSGATE_URL, LEEWARD_SMSGATE_LOGIN, LEEWARD_SMSGATE_SIGNING_KEY and LEEWARD_SMSGATE_NUMBER go "
            "together: give all four or none"
        )
    if settings.demo and (url or login or keys or number):
        faults.append(f"LEEWARD_SMSGATE_URL, _LOGIN, _SIGNING_KEY and _NUMBER {_NO_DEMO}")
    if url and not _is_server(url):
        faults.append(
            "LEEWARD_SMSGATE_URL must be https:// and the address of the phone's server with its path, like "
            "https://phone.example/api/3rdparty/v1"
        )
    if login and not re.fullmatch(r"[!-9;-~]+:[!-~]+", login):
        faults.append("LEEWARD_SMSGATE_LOGIN must be a name and a password with a colon between them")
    if not all(re.fullmatch(r"[!-~]{8,256}", key) for key in keys) or len(keys) > _TOKENS_AT_ONCE:
        faults.append(
            "LEEWARD_SMSGATE_SIGNING_KEY must be the phone's signing key, 8 signs or more, or two with a comma"
        )
    if number and not _NUMBER.fullmatch(number):
        faults.append("LEEWARD_SMSGATE_NUMBER must be + and digits, like +16045550100")
    return faults


def _dangers(settings: Settings) -> list[str]:
    """List what a server must not start with. A demo may be reached on this machine without TLS."""
    faults = []
    if not settings.secret_key:
        faults.append(f"LEEWARD_SECRET_KEY is missing: {_MAKE_A_KEY}")
    elif not _is_random(settings.secret_key):
        faults.append(f"LEEWARD_SECRET_KEY is too short or not random: {_MAKE_A_KEY}")
    if not settings.public_url:
        faults.append("LEEWARD_PUBLIC_URL is missing: give the address that people type, like https://leeward.example")
    elif not _is_public(settings):
        faults.append("LEEWARD_PUBLIC_URL must be https:// and a host, like https://leeward.example, without a path")
    return faults


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        bare = parts.hostname and parts.port != 0 and url == f"{parts.scheme}://{parts.netloc}" and "@" not in url
    except ValueError:
        return None
    return parts if bare and not re.search(r"[\s\\]", url) else None


def _is_public(settings: Settings) -> bool:
    parts = _split(settings.public_url)
    if parts is None:
        return False
    return parts.scheme == "https" or (settings.demo and parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _is_server(url: str) -> bool:
    """Say whether an address with a path is one to send a password to: by TLS, or on this machine."""
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0 and not parts.query and not parts.fragment
    except ValueError:
        return False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    return is_whole and is_safe and "@" not in parts.netloc and not re.search(r"[\s\\]", url)


def _is_onion(url: str) -> bool:
    parts = _split(url)
    return parts is not None and parts.scheme in ("http", "https") and bool(_ONION.fullmatch(parts.hostname or ""))
