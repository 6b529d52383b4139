"""Whether two people can speak: language tags met through BCP 47 and macrolanguages. Pure data and two rules.

Script and region say how a language is written and where, so they do not count here: a call is answered by ear.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

# Codes that name the same language: ISO 639-2 in three letters, codes withdrawn from ISO 639-1, and Filipino, which
# is the standard form of Tagalog.
_ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{"alb": "sq", "amh": "am", "ara": "ar", "arm": "hy", "aze": "az", "ben": "bn", "bos": "bs", "bul": "bg"},
        **{"bur": "my", "mya": "my", "cat": "ca", "ces": "cs", "chi": "zh", "zho": "zh", "cze": "cs", "dan": "da"},
        **{"deu": "de", "dut": "nl", "ell": "el", "eng": "en", "fas": "fa", "fil": "tl", "fra": "fr", "fre": "fr"},
        **{"geo": "ka", "ger": "de", "gre": "el", "guj": "gu", "hat": "ht", "hau": "ha", "heb": "he", "hin": "hi"},
        **{"hrv": "hr", "hun": "hu", "hye": "hy", "ind": "id", "ita": "it", "jav": "jv", "jpn": "ja", "kan": "kn"},
        **{"kat": "ka", "khm": "km", "kor": "ko", "kur": "ku", "lao": "lo", "mal": "ml", "mar": "mr", "may": "ms"},
        **{"mon": "mn", "msa": "ms", "nep": "ne", "nld": "nl", "ori": "or", "pan": "pa", "per": "fa", "pol": "pl"},
        **{"por": "pt", "pus": "ps", "que": "qu", "ron": "ro", "rum": "ro", "rus": "ru", "sin": "si", "som": "so"},
        **{"spa": "es", "sqi": "sq", "srp": "sr", "swa": "sw", "swe": "sv", "tam": "ta", "tel": "te", "tgl": "tl"},
        **{"tha": "th", "tib": "bo", "tir": "ti", "tur": "tr", "ukr": "uk", "urd": "ur", "uzb": "uz", "vie": "vi"},
        **{"yor": "yo", "zul": "zu", "in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro"},
    }
)
# Members of a macrolanguage (ISO 639-3) whose speakers understand what is meant when the whole is named.
_UNDERSTOOD_IN: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("acm", "acw", "aeb", "ajp", "apc", "apd", "arb", "ars", "ary", "arz", "ayn"), "ar"),
        **dict.fromkeys(("pes", "prs"), "fa"),
        **dict.fromkeys(("pbt", "pbu", "pst"), "ps"),
        **dict.fromkeys(("zsm", "zlm"), "ms"),
        **dict.fromkeys(("swc", "swh"), "sw"),
        **dict.fromkeys(("als", "aln"), "sq"),
        **dict.fromkeys(("azb", "azj"), "az"),
        **dict.fromkeys(("uzn", "uzs"), "uz"),
        **dict.fromkeys(("khk",), "mn"),
        **dict.fromkeys(("npi",), "ne"),
        **dict.fromkeys(("ory",), "or"),
        **dict.fromkeys(("gaz", "hae"), "om"),
    }
)
# Members whose speakers do not: the whole, usually its largest member, is another language to them.
_APART_FROM: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("cdo", "cjy", "cpx", "czh", "czo", "gan", "hak", "hsn", "mnp", "nan", "wuu", "yue"), "zh"),
        **dict.fromkeys(("ckb", "kmr", "sdh"), "ku"),
        **dict.fromkeys(("quc", "quh", "quz", "qvi"), "qu"),
    }
)
# Not one name, since an organization that lists Mandarin says that it does not mean Cantonese.
_MANDARIN: Final = frozenset({"zh", "cmn"})
ANY: Final = "any"


@lru_cache(maxsize=1024)
def spoken(tag: str) -> str:
    """Reduce a BCP 47 tag to the language that is spoken: zh-Hant to zh, zh-yue to yue, fil-PH and tgl to tl."""
    subtags = tag.strip().replace("_", "-").casefold().split("-")
    language = subtags[0]
    # An extended language subtag stands for itself (RFC 5646, section 4.5): zh-yue is yue.
    if len(subtags) > 1 and len(subtags[1]) == 3 and subtags[1].isalpha():
        language = subtags[1]
    language = _ALIASES.get(language, language)
    return _UNDERSTOOD_IN.get(language, language)


def understood_as(language: str) -> frozenset[str]:
    """Give the names under which a spoken language is served: who says Chinese without more means Mandarin."""
    return _MANDARIN if language in _MANDARIN else frozenset({language})


def whole_of(language: str) -> str | None:
    """Give the macrolanguage whose interpreters may know a language that its other speakers do not: zh for yue."""
    return _APART_FROM.get(language)
