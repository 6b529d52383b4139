"""What a caller hears: each language by a voice of its own, emergency numbers first, and no way that leads nowhere."""

import re
import xml.etree.ElementTree as ET

import pytest

from intake.sms import voice
from intake.sms.languages import LATIN_PUNJABI
from intake.sms.voice import Line
from tests.conftest import cannot_run
from tests.guards.tree import ROOT
from translations.catalogue import catalogue
from translations.locales import locales

TYPINGS = ROOT / "node_modules" / "twilio" / "lib" / "twiml" / "VoiceResponse.d.ts"
DANGER = "In danger now? Hang up and call 9 1 1. Say police or ambulance, then your language."
HIDDEN = (
    "Your number is hidden, so nobody can answer you on this phone. To leave a spoken message all the same, press 1. "
    "To hear this again, press 3."
)
LANGUAGES = sorted(voice.VOICES)


def spoken(twiml: str) -> list[tuple[str, str]]:
    """List what is said, each with its language, in order."""
    return [(one.get("language") or "", one.text or "") for one in ET.fromstring(twiml).iter("Say")]


def test_every_language_of_the_hotline_has_a_voice_and_a_digit() -> None:
    # Punjabi in English letters is for phones that show no other.
    hotline = {one.code for one in locales() if one.sms} - {LATIN_PUNJABI}
    offered = [locale for page in voice.PAGES for locale, _ in page.values()]
    assert hotline <= set(voice.VOICES)
    assert sorted(offered) == LANGUAGES


def test_every_voice_is_one_that_twilio_has() -> None:
    if not TYPINGS.exists():
        cannot_run("the npm package twilio is not installed: `make lint`")
    typings = TYPINGS.read_text(encoding="utf-8")
    known = {
        name: set(re.findall(r'"([^"]+)"', re.search(rf"type {name} = ([^;]+);", typings)[1]))  # type: ignore[index]
        for name in ("SayLanguage", "SayVoice")
    }
    for language, name in voice.VOICES.values():
        assert language in known["SayLanguage"]
        assert name in known["SayVoice"]
        assert name.startswith(f"Google.{language}-")


@pytest.mark.parametrize("page", range(len(voice.PAGES)))
def test_each_language_is_offered_in_its_own_voice_with_the_digit_that_stands_for_it(page: int) -> None:
    told = spoken(voice.menu(page))
    for digit, (locale, words) in voice.PAGES[page].items():
        assert (voice.VOICES[locale][0], words) in told
        assert digit in words
        assert voice.chosen(page, digit) == locale
    assert voice.chosen(page, "0") is voice.chosen(page, "") is voice.chosen(page, "#") is None


def test_who_presses_nothing_hears_the_emergency_number_in_english_and_french_before_the_end() -> None:
    told = spoken(voice.menu())
    assert [said for language, said in told if "9 1 1" in said]
    assert ET.fromstring(voice.menu())[-1].tag == "Hangup"


@pytest.mark.parametrize("locale", LANGUAGES)
def test_emergency_numbers_come_first_and_no_voice_reads_another_language(locale: str) -> None:
    twiml = voice.information(locale, site="leeward.example", is_withheld=False)
    told = spoken(twiml)
    danger = catalogue(locale).translated(DANGER)
    assert told[0] == (voice.VOICES[danger.lang][0], danger.text)
    assert ("en-US", "leeward.example") in told
    by_language = {language: {said for one, said in told if one == language} for language, _ in told}
    assert set(by_language) <= {voice.VOICES[locale][0], "en-US", "fr-CA"}


@pytest.mark.parametrize("locale", LANGUAGES)
def test_whose_number_is_hidden_hears_that_nobody_can_answer_and_may_speak_all_the_same(locale: str) -> None:
    twiml = voice.information(locale, site="leeward.example", is_withheld=True)
    hidden = catalogue(locale).translated(HIDDEN)
    assert (voice.VOICES[hidden.lang][0], hidden.text) in spoken(twiml)
    assert ET.fromstring(twiml).find("Gather") is not None
    assert not [said for _, said in spoken(twiml) if "press 2" in said]


@pytest.mark.parametrize("quiet", [True, False])
def test_a_recording_ends_by_itself_and_is_read_by_no_machine(quiet: bool) -> None:
    (recording,) = ET.fromstring(voice.record("pa", quiet=quiet)).iter("Record")
    assert recording.get("maxLength") == "120"
    assert recording.get("transcribe") == "false"
    assert recording.get("action") == f"/sms/twilio/voice/recorded?l=pa&q={int(quiet)}"


@pytest.mark.parametrize("line", [Line.THANKS, Line.LOST])
def test_every_call_ends(line: Line) -> None:
    assert ET.fromstring(voice.goodbye(line, "es"))[-1].tag == "Hangup"


def test_nothing_that_is_said_tells_a_bystander_what_the_number_is_for() -> None:
    heard = (voice.menu(), voice.information("en", site="x", is_withheld=True), voice.record("en", quiet=False))
    said = " ".join(text for twiml in heard for _, text in spoken(twiml)).lower()
    for telling in ("report", "case", "grievance", "complain", "employer", "boss", "organization", "lawyer", "union"):
        assert telling not in said
