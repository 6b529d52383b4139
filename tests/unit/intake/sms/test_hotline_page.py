"""The table of docs/hotline.md is what the code does: each row is a conversation that is held here."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from intake.sms.conversation import Turn, invitation, kept
from intake.sms.texts import SENTENCES, text
from intake.sms.towns import TOWNS, cards
from referrals.geography.places import area_name
from tests.unit.intake.sms.talks import Talk
from translations.locales import locale

PAGE: Final = (Path(__file__).parents[4] / "docs" / "hotline.md").read_text(encoding="utf-8")
HEADER: Final = "| open question | what comes | what is sent | what happens |"
STORY: Final = "my boss has my passport and he does not pay us"
PLACES: Final = ("Hamilton, Ontario", "Hamilton, Metro Vancouver")
CODE: Final = "1234 5678 9012"
LONG: Final = "They told us to work in the rain near Oliver and nobody paid us for it at all"

# Open question, what comes, the texts that lead to the question, and what is done then (a text, or something else).
Act = str | Callable[[Talk], Turn]
ROWS: Final[list[tuple[str, str, list[str], Act]]] = [
    ("none yet", "words", [], STORY),
    ("none yet", "the two digits of a card", [], "17"),
    ("none yet", "HELP", [], "HELP"),
    ("none yet", "STOP", [], "STOP"),
    ("none yet", "0", [], "0"),
    ("opening", "1, 2, 3, yes", [STORY], "1"),
    ("opening", "1, 2, 3 after a card", ["17"], "1"),
    ("opening", "4", [STORY], "4"),
    ("opening", "5, 6, 7, 8", ["hi"], "5"),
    ("opening", "9", ["hi"], "9"),
    ("opening", "the name of a language", ["hi"], "español"),
    ("opening", "0, no", [STORY], "0"),
    ("opening", "words", [STORY], "it was in May"),
    ("opening", "words in a language that was not seen before", ["hi"], "mi jefe no me paga y tiene mi pasaporte"),
    ("town", "a town's digit", [STORY, "1"], "2"),
    ("town", "a name that is found", [STORY, "1"], "Summerland"),
    ("town", "a name that several places have", [STORY, "1"], "Hamilton"),
    ("town", "a name that is not found", [STORY, "1"], "the red barn"),
    ("town", "9", [STORY, "1"], "9"),
    ("town", "I don't know, no", [STORY, "1"], "I don't know"),
    ("town", "more than six words", [STORY, "1"], LONG),
    ("town", "4", [STORY, "1"], "4"),
    ("town, after 4", "a town", [STORY, "4"], "2"),
    ("town name", "a name that is found", [STORY, "1", "9"], "V0H"),
    ("town name", "a name that is not found", [STORY, "1", "9"], "the red barn"),
    ("town name", "9", [STORY, "1", "9"], "9"),
    ("town again", "a name that is found", [STORY, "1", "the red barn"], "Oliver"),
    ("town again", "a name that is not found, 9", [STORY, "1", "the red barn"], "behind the hill"),
    ("which town", "a place's digit", [STORY, "1", "Hamilton"], "2"),
    ("which town", "9, a name that is not found", [STORY, "1", "Hamilton"], "9"),
    ("can you talk", "1, yes", [STORY, "1", "Oliver", "<answer>"], "1"),
    ("can you talk", "anything else", [STORY, "1", "Oliver", "<answer>"], "who is this?"),
    ("languages", "a language's digit", ["hi", "9"], "3"),
    ("languages", "9", ["hi", "9"], "9"),
    ("more languages", "a language's digit", ["hi", "9", "9"], "5"),
    ("more languages", "9", ["hi", "9", "9"], "9"),
    ("menu", "1", [STORY, "1", "Oliver", "9"], "1"),
    ("menu", "2", [STORY, "1", "Oliver", "9"], "2"),
    ("menu", "3", [STORY, "1", "Oliver", "9"], "3"),
    ("menu", "5", [STORY, "1", "Oliver", "9"], "5"),
    ("menu", "6", [STORY, "1", "Oliver", "9"], "6"),
    ("menu", "words", [STORY, "1", "Oliver", "9"], "one more thing"),
    ("hours", "1, 2, 3", [STORY, "1", "Oliver", "9", "1"], "2"),
    ("hours, before the first answer", "1, 2, 3", [STORY, "hours"], "2"),
    ("forget", "1, yes, DELETE again", [STORY, "1", "Oliver", "DELETE"], "1"),
    ("forget", "2", [STORY, "1", "Oliver", "DELETE"], "2"),
    ("forget", "3, no", [STORY, "1", "Oliver", "DELETE"], "3"),
    ("link", "1, yes", ["<link>"], "1"),
    ("link", "0, no", ["<link>"], "0"),
    ("link", "anything else", ["<link>"], "who is this?"),
    ("none", "9", [STORY, "1", "Oliver"], "9"),
    ("none", "words, 12 hours after our last text", [STORY, "1", "Oliver", "<day>"], "one more thing"),
    ("none", "words, sooner", [STORY, "1", "Oliver"], "one more thing"),
    ("none", "4", [STORY, "1", "Oliver"], "4"),
    ("any", "HELP", [STORY, "1"], "HELP"),
    ("any", "HELP again", [STORY, "1", "HELP"], "HELP"),
    ("any", "STOP", [STORY, "1"], "STOP"),
    ("any", "0, not my phone", [STORY, "1"], "0"),
    ("any", "MENU, HOURS", [STORY, "1"], "MENU"),
    ("any", "LANGUAGE", [STORY, "1"], "language"),
    ("any", "WEB", [STORY, "1"], "web"),
    ("any", "INFO", [STORY, "1"], "info"),
    ("any, before a yes to texts", "INFO", [STORY], "info"),
    ("any", "DELETE, a safe word", [STORY, "1"], "umbrella"),
    ("any", "NEW PERSON", [STORY, "1"], "new person"),
    ("any", "15 minutes without a text", [STORY], Talk.is_silent),
    ("any", "a caseworker's answer", [STORY, "1", "Oliver"], Talk.is_answered),
    ("any", "words after 14 silent days", [STORY, "1", "Oliver", "<fortnight>"], "hello"),
    ("any, after STOP", "START", [STORY, "STOP"], "START"),
    ("any, after STOP", "4, HELP", [STORY, "STOP"], "4"),
    ("any, after STOP", "DELETE", [STORY, "STOP"], "DELETE"),
    (
        "any, after DELETE and 2",
        "the digits that undo it",
        [STORY, "DELETE", "2"],
        lambda talk: kept(talk.state, now=talk.now),
    ),
    ("any, after STOP or 0", "words", [STORY, "STOP"], "hello"),
    ("any, after 0", "4, HELP", [STORY, "0"], "4"),
    ("any, after 0", "START, a caseworker's answer", [STORY, "0"], "START"),
]


def turn_of(before: list[str], act: Act) -> Turn:
    """Hold a conversation up to its last turn."""
    talk = Talk()
    waits = {"<day>": {"days": 1.0}, "<fortnight>": {"days": 14.0}}
    for one in before:
        if one in waits:
            talk.later(**waits[one])
        elif one == "<link>":
            talk.turns.append(invitation(None, now=talk.now))
        elif one == "<answer>":
            talk.is_answered()
        else:
            talk.says(one)
    return talk.says(act) if isinstance(act, str) else act(talk)


def table() -> list[str]:
    """Write the table as the page has it."""
    lines = [HEADER, "|---|---|---|---|"]
    for question, comes, before, act in ROWS:
        turn = turn_of(before, act)
        said = ", ".join(dict.fromkeys(map(str, turn.said))) or "nothing"
        effects = ", ".join(sorted(map(str, turn.effects))) or "nothing"
        lines.append(f"| {question} | {comes} | {said} | {effects} |")
    return lines


def test_the_page_s_table_is_what_the_code_does() -> None:
    wanted = "\n".join(table())
    assert wanted in PAGE, f"docs/hotline.md must hold:\n{wanted}"


def test_the_page_shows_every_text_as_it_is_sent_in_english() -> None:
    lines = [f"| {kind} | {text(kind, 'en', places=PLACES, code=CODE)} |" for kind in SENTENCES]
    missing = [line for line in lines if line not in PAGE]
    assert not missing, "docs/hotline.md must hold:\n" + "\n".join(missing)


def test_the_page_names_the_district_of_each_town() -> None:
    lines = [f"| {digit} | {area_name(area)} |" for digit, area in TOWNS.items()]
    missing = [line for line in lines if line not in PAGE]
    assert not missing, "docs/hotline.md must hold:\n" + "\n".join(missing)


def test_the_page_has_every_card_s_digits() -> None:
    by = {(card.language, card.areas): card.code for card in cards().values()}
    places = list(dict.fromkeys(card.areas for card in cards().values()))
    lines = ["| language | " + " | ".join(", ".join(map(area_name, names)) for names in places) + " |"]
    for language in dict.fromkeys(card.language for card in cards().values()):
        digits = " | ".join(by[language, names] for names in places)
        lines.append(f"| {locale(language).name} | {digits} |")
    missing = [line for line in lines if line not in PAGE]
    assert not missing, "docs/hotline.md must hold:\n" + "\n".join(missing)
