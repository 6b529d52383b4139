"""Lint for the hotline's texts: each in each language within its segments and its letters, and without a telling word.

It reads catalogues as they stand in the tree, compiled or not. Run as `python -m intake.sms.check`, or with the codes
of languages that it does not speak yet.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from typing import Final

from intake.sms.languages import LATIN_PUNJABI, LOCALES
from intake.sms.segments import measure
from intake.sms.texts import PAGES, SENTENCES, Kind, Say, most_segments, within_limit, written
from translations.locales import SOURCE, locale
from translations.template import forms_of, key_of, read

# What tells whoever picks up the phone, or means something else to a worker (hotline.md, "Words").
TELLING: Final = {
    "en": "report|case|grievance|retaliation|caseworker|receipt|consent|complaint|organization|union|lawyer",
    "fr": "plainte|dossier|cas|signalement|syndicat|avocat|organisme|consentement",
    "es": "denuncia|recibo|permiso|queja|caso|reporte|sindicato|abogado|organización|consentimiento",
    "fil": "ulat|reklamo|kaso|resibo|pahintulot|abogado|unyon|organisasyon",
    "pa": "ਸ਼ਿਕਾਇਤ|ਰਿਪੋਰਟ|ਕੇਸ|ਰਸੀਦ|ਵਕੀਲ|ਯੂਨੀਅਨ",
    LATIN_PUNJABI: "shikayat|report|case|rasid|vakil|union",
    "hi": "शिकायत|रिपोर्ट|केस|मामला|रसीद|वकील|यूनियन|संगठन",
    "zh-Hant": "投訴|舉報|檢舉|案件|律師|工會|組織|收據",
    "zh-Hans": "投诉|举报|检举|案件|律师|工会|组织|收据",
    "vi": "khiếu nại|tố cáo|báo cáo|vụ án|luật sư|công đoàn|tổ chức|biên lai",
    "pt": "denúncia|queixa|caso|relatório|recibo|sindicato|advogado|organização|consentimento",
    "ko": "신고|고발|사건|변호사|노조|노동조합|단체|영수증|불만",
    "ar": "شكوى|بلاغ|تقرير|قضية|محامي|محام|نقابة|منظمة|إيصال",
}
# Scripts that put no space between words, or endings onto them: there a word counts wherever it stands.
_JOINED: Final = re.compile("[\u0600-\u06ff\u3040-\u9fff\uac00-\ud7af]")
# Places with long names, as the question for one of several may have to bear them.
_PLACES: Final = ("Hamilton, Metro Vancouver", "Hamilton, Ontario", "Saint-Jérôme, Newfoundland and Labrador")
# As many digits as a text ever tells.
_CODE: Final = "1234 5678 9012"


def main(codes: Sequence[str] = ()) -> int:
    """Print every fault of some languages, or of all that the hotline speaks, one a line, and give the exit status.

    Raises LocaleUnknown.
    """
    faults = [fault for code in codes or LOCALES for fault in faults_of(code, catalogue_of(code))]
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


def faults_of(code: str, say: Say) -> Iterator[str]:
    """Yield what is wrong with the texts of one language."""
    telling = list(map(_pattern, filter(None, TELLING.get(code, "").split("|"))))
    for name, found in every(code, say):
        size = measure(found)
        if not within_limit(found, code):
            yield (
                f"{code}: the text {name!r} takes {size.segments} segments of {size.encoding} ({size.units} units) "
                f"and may take {most_segments(code)}"
            )
        yield from (f"{code}: the text {name!r} says {word[0]!r}" for one in telling if (word := one.search(found)))


def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(word if _JOINED.search(word) else rf"\b{word}s?\b", re.IGNORECASE)


def every(code: str, say: Say) -> Iterator[tuple[str, str]]:
    """Yield each text of a language under a name, the first question also with the line that offers other languages."""
    for kind in (*PAGES, *SENTENCES):
        yield str(kind), written(kind, code, say, places=_PLACES, code=_CODE)
    # Punjabi was chosen, or its script was seen: its first question offers no other language.
    if code not in ("pa", LATIN_PUNJABI):
        yield f"{Kind.OPENING} with languages", written(Kind.OPENING, code, say, offer=True)


def catalogue_of(code: str) -> Say:
    """Read how a language's catalogue in the tree says things: in English where it does not."""
    if code == SOURCE:
        return str
    language = locale(code)
    known = {key_of(entry): forms_of(entry) for entry in read(language.folder / "messages.po", language) if entry.id}

    def say(message: str) -> str:
        return (known.get(("", message)) or (message,))[0]

    return say


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
