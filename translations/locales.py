"""Which languages there are, and what a page must know of each: its own name, direction, script and line height."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

ROOT: Final = Path(__file__).parent
SOURCE: Final = "en"


class LocaleUnknown(LookupError):
    """The registry has no such language."""


@dataclass(frozen=True, slots=True)
class Locale:
    """One language. `fallback` is asked for what is not translated, before English. `sms`: the hotline speaks it."""

    code: str
    name: str
    direction: Literal["ltr", "rtl"]
    script: str
    line_height: float
    fallback: tuple[str, ...]
    form: bool
    desk: bool
    elsewhere: str
    sms: bool = False

    @property
    def folder(self) -> Path:
        """Where the language's catalogue lies; gettext writes zh-Hant as zh_Hant."""
        return ROOT / self.code.replace("-", "_") / "LC_MESSAGES"


@cache
def locales() -> tuple[Locale, ...]:
    """List every language, in the order in which they are offered."""
    document = tomllib.loads((ROOT / "locales.toml").read_text(encoding="utf-8"))
    return tuple(
        Locale(code=code, **(entry | {"fallback": tuple(entry["fallback"])})) for code, entry in document.items()
    )


@cache
def locale(code: str) -> Locale:
    """Find a language by its code (BCP 47). Raises LocaleUnknown."""
    found = next((one for one in locales() if one.code == code), None)
    if found is None:
        raise LocaleUnknown(code)
    return found


def form_locales() -> tuple[Locale, ...]:
    """List the languages of the worker's form."""
    return tuple(one for one in locales() if one.form)
