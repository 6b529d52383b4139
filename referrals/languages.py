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
        **{"aar": "aa", "abk": "ab", "afr": "af", "aka": "ak", "alb": "sq", "amh": "am", "ara": "ar", "arg": "an"},
        **{"arm": "hy", "asm": "as", "ava": "av", "aym": "ay", "aze": "az", "bak": "ba", "bam": "bm", "baq": "eu"},
        **{"bel": "be", "ben": "bn", "bis": "bi", "bod": "bo", "bos": "bs", "bre": "br", "bul": "bg", "bur": "my"},
        **{"cat": "ca", "ces": "cs", "cha": "ch", "che": "ce", "chi": "zh", "chv": "cv", "cor": "kw", "cos": "co"},
        **{"cre": "cr", "cym": "cy", "cze": "cs", "dan": "da", "deu": "de", "div": "dv", "dut": "nl", "dzo": "dz"},
        **{"ell": "el", "eng": "en", "est": "et", "eus": "eu", "ewe": "ee", "fao": "fo", "fas": "fa", "fij": "fj"},
        **{"fil": "tl", "fin": "fi", "fra": "fr", "fre": "fr", "fry": "fy", "ful": "ff", "geo": "ka", "ger": "de"},
        **{"gla": "gd", "gle": "ga", "glg": "gl", "glv": "gv", "gre": "el", "grn": "gn", "guj": "gu", "hat": "ht"},
        **{"hau": "ha", "heb": "he", "her": "hz", "hin": "hi", "hmo": "ho", "hrv": "hr", "hun": "hu", "hye": "hy"},
        **{"ibo": "ig", "ice": "is", "iii": "ii", "iku": "iu", "ind": "id", "ipk": "ik", "isl": "is", "ita": "it"},
        **{"jav": "jv", "jpn": "ja", "kal": "kl", "kan": "kn", "kas": "ks", "kat": "ka", "kau": "kr", "kaz": "kk"},
        **{"khm": "km", "kik": "ki", "kin": "rw", "kir": "ky", "kom": "kv", "kon": "kg", "kor": "ko", "kua": "kj"},
        **{"kur": "ku", "lao": "lo", "lav": "lv", "lim": "li", "lin": "ln", "lit": "lt", "ltz": "lb", "lub": "lu"},
        **{"lug": "lg", "mac": "mk", "mah": "mh", "mal": "ml", "mao": "mi", "mar": "mr", "may": "ms", "mkd": "mk"},
        **{"mlg": "mg", "mlt": "mt", "mol": "ro", "mon": "mn", "mri": "mi", "msa": "ms", "mya": "my", "nau": "na"},
        **{"nav": "nv", "nbl": "nr", "nde": "nd", "ndo": "ng", "nep": "ne", "nld": "nl", "nno": "nn", "nob": "nb"},
        **{"nor": "no", "nya": "ny", "oci": "oc", "oji": "oj", "ori": "or", "orm": "om", "oss": "os", "pan": "pa"},
        **{"per": "fa", "pol": "pl", "por": "pt", "pus": "ps", "que": "qu", "roh": "rm", "ron": "ro", "rum": "ro"},
        **{"run": "rn", "rus": "ru", "sag": "sg", "san": "sa", "scc": "sr", "scr": "hr", "sin": "si", "slk": "sk"},
        **{"slo": "sk", "slv": "sl", "sme": "se", "smo": "sm", "sna": "sn", "snd": "sd", "som": "so", "sot": "st"},
        **{"spa": "es", "sqi": "sq", "srd": "sc", "srp": "sr", "ssw": "ss", "sun": "su", "swa": "sw", "swe": "sv"},
        **{"tah": "ty", "tam": "ta", "tat": "tt", "tel": "te", "tgk": "tg", "tgl": "tl", "tha": "th", "tib": "bo"},
        **{"tir": "ti", "ton": "to", "tsn": "tn", "tso": "ts", "tuk": "tk", "tur": "tr", "twi": "tw", "uig": "ug"},
        **{"ukr": "uk", "urd": "ur", "uzb": "uz", "ven": "ve", "vie": "vi", "wel": "cy", "wln": "wa", "wol": "wo"},
        **{"xho": "xh", "yid": "yi", "yor": "yo", "zha": "za", "zho": "zh", "zul": "zu"},
        **{"in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro"},
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
        **dict.fromkeys(("nb", "nn"), "no"),
        **dict.fromkeys(("tw", "fat"), "ak"),
        **{"ayr": "ay", "ekk": "et", "gug": "gn", "kng": "kg", "lvs": "lv", "plt": "mg", "ydd": "yi"},
    }
)
# Members whose speakers do not: the whole, usually its largest member, is another language to them.
_APART_FROM: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("cdo", "cjy", "cpx", "czh", "czo", "gan", "hak", "hsn", "mnp", "nan", "wuu", "yue"), "zh"),
        **dict.fromkeys(("ckb", "kmr", "sdh"), "ku"),
        **dict.fromkeys(("qub", "qud", "quf", "qug", "quh", "quk", "qul", "qup", "qur", "qus", "quw", "qux"), "qu"),
        **dict.fromkeys(("quy", "quz", "qva", "qvc", "qve", "qvh", "qvi", "qvj", "qvl", "qvm", "qvn", "qvo"), "qu"),
        **dict.fromkeys(("qvp", "qvs", "qvw", "qvz", "qwa", "qwh", "qws", "qxa", "qxc", "qxh", "qxl", "qxn"), "qu"),
        **dict.fromkeys(("qxo", "qxp", "qxr", "qxt", "qxu", "qxw"), "qu"),
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
