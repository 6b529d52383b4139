"""How many texts a message becomes on its way to a phone, and where it may be cut. Pure.

3GPP TS 23.038, sections 6.1.2.1 and 6.2: a text holds 160 units of the GSM 7 bit alphabet, or 70 of UTF-16 where one
letter is outside of it; in several parts 153 or 67 each. referrals/desk/browser/segments.ts counts the same.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_ALPHABET: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Sent as an escape and a letter.
_EXTENSION: Final = frozenset("\f^{}\\[~]|€")


class Encoding(StrEnum):
    """How the letters of a text are sent."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


_ALONE: Final = {Encoding.GSM_7: 160, Encoding.UCS_2: 70}
_PART: Final = {Encoding.GSM_7: 153, Encoding.UCS_2: 67}
_ROOM_TO_BREAK: Final = 2


@dataclass(frozen=True, slots=True)
class Measure:
    """What a message costs. `units` are septets or UTF-16 code units; nothing at all takes no segment."""

    encoding: Encoding
    units: int
    segments: int


def measure(text: str) -> Measure:
    """Measure a message as it is sent: composed (NFC), no escape and no surrogate pair split between two parts."""
    text = unicodedata.normalize("NFC", text)
    encoding = _encoding(text)
    units = sum(_units(letter, encoding) for letter in text)
    if units <= _ALONE[encoding]:
        return Measure(encoding, units, min(units, 1))
    return Measure(encoding, units, sum(1 for _ in _parts(text, encoding, _PART[encoding])))


def fits(text: str, segments: int) -> bool:
    """Say whether a message takes at most so many segments."""
    return measure(text).segments <= segments


def split(text: str, limit: int) -> tuple[str, ...]:
    """Cut a long message into messages of at most `limit` segments each, between words where there are any.

    The ones after each other give the words of the message again; nothing at all gives no message.
    """
    if limit < 1:
        raise ValueError("a message takes at least one segment")
    rest = unicodedata.normalize("NFC", text).strip()
    found = []
    while rest:
        end = _end(rest, limit)
        found.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return tuple(found)


def plain(text: str) -> str:
    """Write letters without the marks that GSM 7 bit lacks (ç as c, ê as e), so that one name does not double a text.

    A text in another script comes back as it is.
    """
    text = unicodedata.normalize("NFC", text)
    folded = "".join(letter if _is_gsm(letter) else _bare(letter) for letter in text)
    return folded if _encoding(folded) is Encoding.GSM_7 else text


def _end(text: str, limit: int) -> int:
    """Find where the first message ends: at the last break between words that it reaches, else at a letter."""
    if fits(text, limit):
        return len(text)
    # The longest beginning that fits; its encoding depends on its own letters, and never shrinks as it grows.
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(text[:middle], limit) else (low, middle - 1)
    if text[low].isspace():
        return low
    breaks = [at for at in range(low // _ROOM_TO_BREAK, low) if text[at].isspace()]
    return breaks[-1] if breaks else _before_mark(text, low)


def _before_mark(text: str, end: int) -> int:
    """Keep a letter and the vowel signs and joiners on it together, as far back as a text can bear."""
    for at in range(end, max(end - 8, 1) - 1, -1):
        if unicodedata.category(text[at]) not in ("Mn", "Mc", "Me", "Cf", "Sk"):
            return at
    return end


def _parts(text: str, encoding: Encoding, room: int) -> Iterator[int]:
    """Yield the units of each part."""
    used = 0
    for letter in text:
        units = _units(letter, encoding)
        if used + units > room:
            yield used
            used = 0
        used += units
    yield used


def _encoding(text: str) -> Encoding:
    return Encoding.GSM_7 if all(map(_is_gsm, text)) else Encoding.UCS_2


def _is_gsm(letter: str) -> bool:
    return letter in _ALPHABET or letter in _EXTENSION


def _units(letter: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM_7:
        return 2 if letter in _EXTENSION else 1
    return 2 if ord(letter) > 0xFFFF else 1


def _bare(letter: str) -> str:
    replaced = {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."}.get(letter)
    return replaced or "".join(
        part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part)
    )
