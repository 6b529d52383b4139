"""What the pages promise, each language promises and no more: who can open a report, and what is not written down."""

import csv
from functools import cache

import pytest

from translations.catalogue import catalogue
from translations.locales import ROOT, form_locales
from translations.template import sentences

CODES = [one.code for one in form_locales()]
# A report lies sealed for whole groups, also for those that only stand by: never for one group or one person.
OPENED_BY_GROUPS = (
    "Only groups that may help you can open it. Above Send you see which ones.",
    "PDF, sound and film: we can't take it out. Only groups that may help you can open them.",
)
READ_BY_GROUPS = "Only who helps you reads this. It keeps your report away from their friends."
# There the helper desk gets it at once, with whoever leads; docs/decisions/003 says in which order else.
IN_AN_EMERGENCY = "In an emergency, the helper desk and a 24-hour group may read it too."
# The form asks for a place and for a number: what is not kept is where a request came from.
NOT_WRITTEN_DOWN = "We do not write down which phone or network you come from."
NETWORKS = {
    "en": "network", "es": "red", "fr": "réseau", "fil": "network", "pa": "ਨੈੱਟਵਰਕ", "hi": "नेटवर्क",
    "zh-Hant": "網路", "zh-Hans": "网络", "vi": "mạng", "pt": "rede", "ko": "네트워크", "ar": "شبكة",
}  # fmt: skip
# The word for groups as it stands in a glossary's "support group", without what a plural adds.
GROUPS = {
    "en": "groups", "es": "los grupos", "fr": "les groupes", "fil": "mga grupo", "pa": "ਗਰੁੱਪ", "hi": "ग्रुप",
    "zh-Hant": "團體", "zh-Hans": "机构", "vi": "những nhóm", "pt": "grupos", "ko": "단체", "ar": "المجموعات",
}  # fmt: skip


@cache
def messages() -> frozenset[str]:
    return frozenset(sentence.message for sentence in sentences().values())


def said(code: str, message: str) -> str:
    assert message in messages(), f"no page says: {message}"
    return catalogue(code).gettext(message)


@pytest.mark.parametrize("code", CODES)
def test_who_can_open_a_report_is_said_of_groups_in_every_language(code: str) -> None:
    for message in OPENED_BY_GROUPS:
        assert GROUPS[code] in said(code, message)


@pytest.mark.parametrize("code", [code for code in CODES if code != "en"])
def test_who_reads_the_employer_s_name_is_a_group_and_no_single_person(code: str) -> None:
    assert GROUPS[code] in said(code, READ_BY_GROUPS)


@pytest.mark.parametrize("code", CODES)
def test_above_send_stands_that_the_helper_desk_reads_an_emergency(code: str) -> None:
    with (ROOT / "glossary" / f"{code}.csv").open(encoding="utf-8", newline="") as file:
        helper_desk = next(row["translation"] for row in csv.DictReader(file) if row["term"] == "helper desk")
    assert helper_desk in said(code, IN_AN_EMERGENCY)


@pytest.mark.parametrize("code", CODES)
def test_what_is_not_written_down_is_phone_and_network_and_no_place(code: str) -> None:
    assert NETWORKS[code] in said(code, NOT_WRITTEN_DOWN)
