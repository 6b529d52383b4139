"""Digits that the hotline tells and takes back: 12 that lead somewhere once, 6 that tell two workers apart. Pure.

None begins with 0, which means silence, and each ends with a check digit, so that a slip leads nowhere.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from crypto.receipt import check_digit

LONG: Final = 12
SHORT: Final = 6
_GROUP: Final = {LONG: 4, SHORT: 3}
_LONGEST_TEXT: Final = 40
# What people, and phones, put between digits and after them.
_BETWEEN: Final = re.compile(r"[\s\-–.\u200b-\u200f\u202a-\u202e\u2066-\u2069]*")
_BEHIND: Final = " \t\r\n-–,.:;"


def new(digits: int, *, random: Callable[[int], bytes]) -> str:
    """Make a code of LONG or SHORT digits."""
    low, high = 10 ** (digits - 2), 10 ** (digits - 1)
    # 128 bits for at most 37: no code is likelier than another by more than one in 2**91.
    body = str(low + int.from_bytes(random(16)) % (high - low))
    return body + check_digit(body)


def shown(code: str) -> str:
    """Write a code in groups: "1234 5678 9012", "482 719"."""
    group = _GROUP[len(code)]
    return " ".join(code[at : at + group] for at in range(0, len(code), group))


def read(text: str) -> str | None:
    """Read a text that is nothing but a LONG code, in any script's digits; else None."""
    if len(text) > _LONGEST_TEXT:
        return None
    digits = [unicodedata.decimal(letter, None) for letter in _BETWEEN.sub("", text)]
    found = "".join(str(digit) for digit in digits if digit is not None)
    return found if len(digits) == len(found) and _is_code(found, LONG) else None


def leading(text: str) -> tuple[str, str] | None:
    """Take what may be a SHORT code off the beginning of a text: the code and the rest; None where there is none."""
    found = ""
    at = 0
    while len(found) < SHORT:
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
        digit = unicodedata.decimal(text[at], None) if at < len(text) else None
        if digit is None:
            return None
        found += str(digit)
        at += 1
    goes_on = at < len(text) and text[at].isalnum()
    return None if goes_on or not _is_code(found, SHORT) else (found, text[at:].lstrip(_BEHIND))


def _is_code(found: str, digits: int) -> bool:
    return len(found) == digits and found[0] != "0" and check_digit(found[:-1]) == found[-1]
