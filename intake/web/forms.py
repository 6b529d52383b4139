"""Reads what a worker's form sends: answers, and for each field that cannot be taken what is wrong with it.

Pure: nothing is looked up, kept or logged. Unknown fields are ignored; a known one that is malformed is named.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from werkzeug.datastructures import MultiDict

from intake import answers as asked
from intake.answers import Answers
from intake.facts import places_to_ask
from referrals.geography.provinces import DISTRICTS, REGIONS

SUBMISSION: Final = "form"
RECEIPT_LIMIT: Final = 100
_SUBMISSION_LIMIT: Final = 100


class Fault(StrEnum):
    """What is wrong with a field, or with a whole form."""

    TOO_LONG = "too_long"
    NOT_LISTED = "not_listed"
    AMBIGUOUS = "ambiguous"
    NOTHING_TOLD = "nothing_told"
    BUSY = "busy"
    CLOSED = "closed"
    NOBODY_FITS = "nobody_fits"
    NOBODY_LISTENS = "nobody_listens"
    MISTYPED = "mistyped"
    EMPTY = "empty"
    OVER = "over"
    CODE_OVER = "code_over"
    NO_PHONE = "no_phone"
    ASKED_TODAY = "asked_today"
    # The first five are what intake.attachments calls them.
    FILE_KIND = "file_kind"
    FILE_SIZE = "file_size"
    FILE_UNREADABLE = "file_unreadable"
    FILES_COUNT = "files_count"
    FILES_TOTAL = "files_total"
    FILES_AGAIN = "files_again"


# Each question's field, and what may be chosen there.
ONE_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "about": asked.ABOUT,
    "soon_when": asked.SOON_WHEN,
    "last_day": asked.LAST_DAY,
    "region": tuple(REGIONS),
    "district": tuple(DISTRICTS),
    "helper": asked.HELPER,
    "answer_by": asked.ANSWER_BY,
    "pass_on": asked.PASS_ON,
    "helper_desk": asked.HELPER_DESK,
}
SOME_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "what": asked.WHAT,
    "today": asked.TODAY,
    "soon": asked.SOON,
    "must_not_know": asked.MUST_NOT_KNOW,
    "reach_hours": asked.REACH_HOURS,
}
# Longest texts in characters.
TEXTS: Final[Mapping[str, int]] = {
    "people": asked.PEOPLE_LIMIT,
    "place": asked.SHORT_LIMIT,
    "story": asked.STORY_LIMIT,
    "employer": asked.SHORT_LIMIT,
    "must_not_know_other": asked.SHORT_LIMIT,
    "reach_number": asked.SHORT_LIMIT,
    "reach_mail": asked.SHORT_LIMIT,
}
# Organizations that must not get it, by the key that the directory knows them by.
EXCLUDE: Final = "exclude"
# The answer to "which of these places?", and the name that was asked about: nobody is asked twice.
WHICH_PLACE: Final = "which_place"
ASKED_PLACE: Final = "asked_place"
# Files come beside the fields (intake.web.uploads); what a form shows again of them is their names.
FILES: Final = "files"
# The version of the sentences that stood above Send (pages.wording).
WORDING: Final = "wording"
# What an unanswered question means where that is not "no answer".
_SILENCE: Final[Mapping[str, str]] = {"pass_on": "ask", "helper_desk": "yes"}

_VERSION: Final = re.compile(r"[0-9a-f]{12}")

Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Filled:
    """One form as it came: its values as the page shows them again, and the faults by field."""

    values: Values
    faults: Mapping[str, Fault]
    submission_id: str

    def with_fault(self, field: str, fault: Fault) -> "Filled":
        """Give the same form with one more fault."""
        return Filled(self.values, {**self.faults, field: fault}, self.submission_id)


def read_report(posted: MultiDict[str, str], locale: str) -> tuple[Filled, Answers]:
    """Read the report's form. The answers are whole only where there are no faults.

    A name of several places is a fault once, so that the worker can say which.
    """
    names = (*ONE_OF, *SOME_OF, *TEXTS, EXCLUDE, WHICH_PLACE, ASKED_PLACE)
    values = {name: [_line_feeds(text) for text in posted.getlist(name)] for name in names}
    faults: dict[str, Fault] = {}
    chosen = {name: _one(name, values[name], faults) for name in ONE_OF}
    several = {name: _some(name, values[name], faults) for name in SOME_OF}
    texts = {name: _text(name, values[name], faults) for name in TEXTS}
    answers = Answers(
        locale=locale,
        **chosen,  # type: ignore[arg-type]
        **several,  # type: ignore[arg-type]
        **texts,  # type: ignore[arg-type]
        exclude=_exclude(values[EXCLUDE], faults),
        which_place="".join(values[WHICH_PLACE][:1])[: asked.SHORT_LIMIT],
        wording=_wording(posted.get(WORDING, "")),
    )
    if not faults and values[ASKED_PLACE] != [answers.place] and places_to_ask(answers):
        faults[WHICH_PLACE] = Fault.AMBIGUOUS
        values[ASKED_PLACE] = [answers.place]
    return Filled(values, faults, posted.get(SUBMISSION, "")[:_SUBMISSION_LIMIT]), answers


def read_message(posted: MultiDict[str, str], *, has_files: bool = False) -> Filled:
    """Read what a worker writes more; its text is `values["text"][0]`, empty only where files came."""
    text = _line_feeds(posted.get("text", ""))
    faults: dict[str, Fault] = {}
    if not text.strip() and not has_files:
        faults["text"] = Fault.EMPTY
    elif len(text) > asked.FOLLOW_UP_LIMIT:
        faults["text"] = Fault.TOO_LONG
    return Filled({"text": [text]}, faults, posted.get(SUBMISSION, "")[:_SUBMISSION_LIMIT])


def _one(name: str, given: Sequence[str], faults: dict[str, Fault]) -> str:
    """Read a question with one answer. An unanswered one, and "I don't know", send nothing or an empty text."""
    answered = [code for code in given if code]
    if len(set(answered)) > 1 or not set(answered) <= set(ONE_OF[name]):
        faults[name] = Fault.NOT_LISTED
        return ""
    return answered[0] if answered else _SILENCE.get(name, "")


def _some(name: str, given: Sequence[str], faults: dict[str, Fault]) -> tuple[str, ...]:
    """Read a question with several answers, in the question's own order, so that one Send is told from another."""
    answered = {code for code in given if code}
    if not answered <= set(SOME_OF[name]):
        faults[name] = Fault.NOT_LISTED
    return tuple(code for code in SOME_OF[name] if code in answered)


def _exclude(given: Sequence[str], faults: dict[str, Fault]) -> tuple[str, ...]:
    """Read which organizations must not get it. Only the directory knows which of these keys are any."""
    keys = tuple(sorted({key for key in given if key}))
    if len(keys) > asked.EXCLUDE_LIMIT or any(len(key) > asked.SHORT_LIMIT for key in keys):
        faults[EXCLUDE] = Fault.NOT_LISTED
        return ()
    return keys


def _wording(given: str) -> str:
    """Read which sentences the worker agreed to; nothing where it is none of our versions' names."""
    return given if _VERSION.fullmatch(given) else ""


def _text(name: str, given: Sequence[str], faults: dict[str, Fault]) -> str:
    text = given[0] if given else ""
    if len(text) > TEXTS[name]:
        faults[name] = Fault.TOO_LONG
    return text if text.strip() else ""


def _line_feeds(text: str) -> str:
    """Write line ends as one character, as a browser counts them; forms are posted with two (HTML, 4.10.21.6)."""
    return text.replace("\r\n", "\n")
