"""What a card tells besides sentences: the number, the address and the codes of the places, from the settings. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from intake.sms.towns import cards
from referrals.geography.provinces import REGIONS

_NORTH_AMERICAN: Final = re.compile(r"\+1(\d{3})(\d{3})(\d{4})")


class NothingToPrint(Exception):
    """The settings name no public address, which is what a card is for."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Where a worker can go. `address` is as people type it, `link` as a camera reads it; no `number`, no hotline."""

    address: str
    link: str
    number: str | None
    codes: tuple[tuple[str, str], ...]


def facts(code: str, public_url: str, numbers: Sequence[str]) -> Facts:
    """Give what the card of a language tells. Raises NothingToPrint."""
    parts = urlsplit(public_url)
    if parts.scheme != "https" or not parts.netloc:
        raise NothingToPrint("LEEWARD_PUBLIC_URL must be the public address, beginning with https://")
    number = shown(numbers[0]) if numbers else None
    codes = tuple(
        (card.code, ", ".join(map(_region, card.areas))) for card in cards().values() if card.language == code
    )
    return Facts(f"{parts.netloc}/{code}", f"{public_url}/{code}/", number, codes if number else ())


def shown(number: str) -> str:
    """Write a number (E.164) as people in Canada write it: "604-555-0123"."""
    found = _NORTH_AMERICAN.fullmatch(number)
    return "-".join(found.groups()) if found else number


def _region(area: str) -> str:
    return REGIONS[area.removeprefix("region:")].name
