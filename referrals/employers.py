"""Whether two names mean the same employer. Pure: names are compared where the plaintext is, and never stored.

A name that is missed sends a report to an employer's friend, so a doubt counts as the same.
"""

import re
import unicodedata
from typing import Final

_LEGAL_WORDS: Final = (
    "ltd limited inc incorporated corp corporation co company llc llp lp lllp ulc plc pty gmbh ag bv nv sarl "
    "ltee limitee cie compagnie enr senc sencrl sa sas srl cv rl sapi spr cia compania"
)
# Words that many names share: they tell nobody apart, so alone they name nobody.
_SHARED_WORDS: Final = (
    "the and of de del la le les los las el y et farm ranch orchard vineyard winery greenhouse nursery berry dairy "
    "packing packer grower produce fruit vegetable food harvest contracting contractor contract labour labor service "
    "agency recruitment recruiting staffing immigration cleaning construction restaurant hotel motel group holding "
    "enterprise venture international canada canadian bc british columbia brother bro son family"
)
_LEGAL: Final = frozenset(_LEGAL_WORDS.split())
_SHARED: Final = frozenset(_SHARED_WORDS.split())
_ARTICLES: Final = frozenset({"the", "and", "et", "y"})
_APOSTROPHES: Final = re.compile("['’ʼ`´.]")
_SEPARATORS: Final = re.compile(r"[\W_]+")

Name = tuple[str, ...]


def normalized(name: str) -> Name:
    """Reduce a name to the words that tell it apart: no case, accent, punctuation, legal form or plural."""
    text = unicodedata.normalize("NFKD", name).casefold().replace("&", " and ")
    text = "".join(letter for letter in text if not "\u0300" <= letter <= "\u036f")
    words = _SEPARATORS.sub(" ", _APOSTROPHES.sub("", text)).split()
    kept = [_singular(word) for word in words if word not in _LEGAL and word not in _ARTICLES]
    return tuple(kept or words)


def same_employer(one: Name, other: Name) -> bool:
    """Say whether two normalized names may mean one employer.

    They do where they are equal but for spaces, where one stands inside the other ("Sunridge Orchards in Vernon"), or
    where one is how the other begins ("Sunridge"), unless all that they share are words that many names have.
    """
    if not one or not other:
        return False
    # Nearly all pairs end here: one stands inside the other only where its first word does.
    if one[0] not in other and other[0] not in one:
        return "".join(one) == "".join(other)
    if "".join(one) == "".join(other):
        return True
    shorter, longer = sorted((one, other), key=len)
    if all(word in _SHARED or len(word) == 1 for word in shorter):
        return False
    if len(shorter) == 1:
        return longer[0] == shorter[0]
    return any(longer[start : start + len(shorter)] == shorter for start in range(len(longer) - len(shorter) + 1))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
