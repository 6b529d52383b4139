"""The table of docs/hotline.md is what the code does: every alternative of every row is a conversation held here."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from intake.sms.conversation import Effect, Turn, invitation, kept
from intake.sms.texts import SENTENCES, text
from intake.sms.towns import TOWNS, cards
from referrals.geography.places import area_name
from tests.unit.intake.sms.talks import Talk
from translations.locales import locale

PAGE: Final = (Path(__file__).parents[4] / "docs" / "hotline.md").read_text(encoding="utf-8")
HEADER: Final = "| open question | what comes | what is sent | what happens |"
STORY: Final = "my boss has my passport and he does not pay us"
SPANISH: Final = "mi jefe no me paga y tiene mi pasaporte"
PLACES: Final = ("Hamilton, Ontario", "Hamilton, Metro Vancouver")
CODE: Final = "1234 5678 9012"
LONG: Final = "They told us to work in the rain near Oliver and nobody paid us for it at all"

# What is done: a text, or something else. A name in the table stands for one act, or for several that are told alike.
Act = str | Callable[[Talk], Turn]
Named = str | tuple[str, Act | Sequence[Act]]
Before = Sequence[str]


class Row(NamedTuple):
    """A row of the table: the questions that it is about, and what comes then, by name."""

    label: str
    acts: dict[str, Sequence[Act]]


def row(label: str, *comes: Named) -> Row:
    """Make a row. What comes is a text, or a name with what is done under it."""
    return Row(label, {one if isinstance(one, str) else one[0]: _acts(one) for one in comes})


def _acts(named: Named) -> Sequence[Act]:
    act = named if isinstance(named, str) else named[1]
    return [act] if isinstance(act, str) or callable(act) else act


def later(text: str, **passed: float) -> Act:
    """Write a text after so long."""
    return lambda talk: talk.later(**passed).says(text)


def answered_again(talk: Talk) -> Turn:
    """Let a caseworker write twice in a day."""
    talk.is_answered()
    return talk.later(hours=2).is_answered()


LANGUAGE_NAME: Final = ("the name of a language", ["español", "ਪੰਜਾਬੀ"])
SAFE_WORD: Final = ("a safe word", ["umbrella", "cái dù"])
PERSON: Final = ("I need a person now", ["I need a person now", "지금 사람이 필요해요"])
WORDS: Final = ("words", ["they said that it was in May but it was in June", "well"])
TOWN_DIGIT: Final = ("a town's digit", list("1235678"))
FOUND: Final = ("a name that is found", ["Summerland", "V0H"])
NOT_FOUND: Final = ("a name that is not found", "behind the hill")
UNSURE: Final = ("I don't know", ["I don't know", "no sé"])
HELP_AGAIN: Final = ("HELP again", lambda talk: talk.says("HELP", "AYUDA"))
ANSWER: Final = ("a caseworker's answer", Talk.is_answered)
FORTNIGHT: Final = ("words after 14 silent days", later("hello", days=14))

# What leads to each question, in one way or more; "at first" is before a yes to texts.
ROUTED: Final = [STORY, "1", "Oliver"]
QUESTIONS: Final[dict[str, Sequence[Before]]] = {
    "none yet": [[]],
    "opening": [["hi"], [STORY]],
    "town": [[STORY, "1"]],
    "town name": [[STORY, "1", "9"]],
    "town again": [[STORY, "1", "the red barn"]],
    "which town": [[STORY, "1", "Hamilton"]],
    "can you talk": [[*ROUTED, "<answer>"]],
    "languages": [[*ROUTED, "LANGUAGE"]],
    "languages, at first": [["hi", "9"], [STORY, "LANGUAGE"]],
    "more languages": [[*ROUTED, "LANGUAGE", "9"]],
    "more languages, at first": [["hi", "9", "9"]],
    "menu": [[*ROUTED, "9"]],
    "menu, at first": [[STORY, "MENU"]],
    "hours": [[*ROUTED, "9", "1"]],
    "hours, at first": [[STORY, "HOURS"]],
    "forget": [[*ROUTED, "9", "5"]],
    "forget, at first": [[STORY, "DELETE"]],
    "none": [ROUTED],
    "link": [["<link>"]],
    "none, on a phone added on the web": [["<link>", "1"]],
}
UNASKED: Final = ("none yet", "link")
_EACH: Final = [before for name, befores in QUESTIONS.items() if name not in UNASKED for before in befores]
# Moments that only rows of their own are about.
MOMENTS: Final[dict[str, Sequence[Before]]] = {
    "opening, in another language": [[SPANISH]],
    "opening, where nothing told the language": [["hi"]],
    "opening, after a card": [["17"]],
    "town, after 4": [[STORY, "4"]],
    "town, seven days later": [[STORY, "1", "<silence>", "<week>"]],
    "can you talk, seven days later": [[*ROUTED, "<answer>", "<week>"]],
    "any, after STOP": [[*before, "STOP"] for before in _EACH if "<answer>" not in before],
    "any, after STOP, while an answer waits": [[*ROUTED, "<answer>", "STOP"]],
    "any, after 0": [[*before, "0"] for before in _EACH],
    "any, after DELETE and 2": [[STORY, "DELETE", "2"], [*ROUTED, "DELETE", "2"]],
}

ROWS: Final = [
    row("none yet", WORDS, ("the two digits of a card", ["17", "1️⃣7️⃣"]), "START", "4", "9"),
    row("none yet", "WEB", "INFO", "NEW PERSON", LANGUAGE_NAME),
    row("none yet", "HELP"),
    row("none yet", PERSON),
    row("none yet", "STOP"),
    row("none yet", "0", "not my phone"),
    row("none yet", "MENU"),
    row("none yet", "HOURS"),
    row("none yet", "LANGUAGE"),
    row("none yet", "DELETE", SAFE_WORD),
    row("opening", "1", "2", "3", "yes"),
    row("opening, after a card", "1", "2", "3", "yes"),
    row("opening", "5", "6", "7"),
    row("opening", "8"),
    row("opening, in another language", "8"),
    row("opening", "9"),
    row("opening, where nothing told the language", ("words that tell it", [SPANISH, "ਮੇਰਾ ਮਾਲਕ ਪੈਸੇ ਨਹੀਂ ਦਿੰਦਾ"])),
    row("opening / menu, at first / hours, at first", "no"),
    row("any, at first", WORDS, UNSURE),
    row("menu, at first / hours, at first", "yes"),
    row("languages, at first / more languages, at first", "yes", "no"),
    row("town", TOWN_DIGIT, FOUND, UNSURE, "no"),
    row("town", ("a name that several places have", "Hamilton")),
    row("town", NOT_FOUND),
    row("town", ("a name that is not found, within 20 seconds", later("behind the hill", minutes=-0.8))),
    row("town / town name / town again / which town", ("more than six words", LONG)),
    row("town", "9"),
    row("town, after 4", TOWN_DIGIT, FOUND),
    row("town, seven days later", TOWN_DIGIT, FOUND, WORDS),
    row("town name / town again", TOWN_DIGIT, FOUND, UNSURE, "no", "9"),
    row("town name", NOT_FOUND),
    row("town again", NOT_FOUND),
    row("which town", ("a place's digit", ["1", "2"]), FOUND, UNSURE, "no"),
    row("which town", NOT_FOUND, ("another digit", list("35678")), "9"),
    row("can you talk", "1", "yes"),
    row("can you talk", WORDS, "no", ("another digit", list("235678"))),
    row("can you talk", "9"),
    row("can you talk, seven days later", WORDS, "1", "yes"),
    row("languages", ("a language's digit", list("1235678"))),
    row("languages", "9"),
    row("more languages", ("a language's digit", list("12356"))),
    row("more languages", "9"),
    row("languages, at first", ("a language's digit", list("1235678"))),
    row("more languages, at first", ("a language's digit", list("12356"))),
    row("more languages, at first", "9"),
    row("menu", "1"),
    row("menu", "2"),
    row("menu", "3"),
    row("menu", "5"),
    row("menu", "6"),
    row("hours", "1", "2", "3"),
    row("hours, at first", "1", "2", "3"),
    row("forget", "1", "yes", "DELETE", SAFE_WORD),
    row("forget", "2"),
    row("forget", "3", "no"),
    row("menu / hours / forget", WORDS, "9"),
    row("menu", "MENU"),
    row("hours", "HOURS"),
    row("languages", "LANGUAGE"),
    row("none", "9"),
    row("none", WORDS, ("another digit", list("1235678"))),
    row("none", ("words, 12 hours after our last text", later(STORY, hours=12))),
    row("link", "1", "yes"),
    row("link", "0", "no", "not my phone"),
    row("link", "STOP"),
    row("link", WORDS, "4", "WEB", "INFO", "NEW PERSON"),
    row("link", "HELP"),
    row("link", "DELETE", SAFE_WORD),
    row("link", PERSON),
    row("link", ANSWER),
    row("none, on a phone added on the web", ANSWER),
    row("none, on a phone added on the web", ("a further answer that day", answered_again), WORDS, "WEB"),
    row("none, on a phone added on the web", "INFO"),
    row("none, on a phone added on the web", "4", PERSON, HELP_AGAIN),
    row("any, at first", "4", PERSON, HELP_AGAIN),
    row("any", "4", PERSON, HELP_AGAIN),
    row("any", "HELP"),
    row("any", "STOP"),
    row("any", "0", "not my phone"),
    row("any", "MENU"),
    row("any", "HOURS"),
    row("any", "LANGUAGE"),
    row("opening / town / town name / town again / menu / hours / forget", LANGUAGE_NAME),
    row("languages, at first / more languages, at first", LANGUAGE_NAME),
    row("which town", LANGUAGE_NAME),
    row("any", LANGUAGE_NAME),
    row("any", "WEB"),
    row("any", "INFO"),
    row("any, at first", "INFO"),
    row("any", "DELETE", SAFE_WORD),
    row("any", "NEW PERSON"),
    row("any", ("a sixth NEW PERSON in a day", lambda talk: talk.says(*["new person"] * 6))),
    row("any", ("15 minutes without a text", Talk.is_silent)),
    row("any", ANSWER),
    row("can you talk", ANSWER),
    row("any", FORTNIGHT),
    row("any, after STOP", "START"),
    row("any, after STOP, while an answer waits", "START"),
    row("any, after STOP", "4", PERSON, "HELP"),
    row("any, after STOP", "0", "not my phone", "DELETE", SAFE_WORD),
    row("any, after STOP", WORDS, "STOP", ANSWER),
    row("any, after STOP", FORTNIGHT),
    row("any, after 0", "4", PERSON, "HELP"),
    row("any, after 0", WORDS, "STOP", "START", ANSWER),
    row("any, after 0", FORTNIGHT),
    row("any, after DELETE and 2", ("the digits that undo it", lambda talk: kept(talk.state, now=talk.now))),
]


def telling(label: str, question: str) -> int:
    """Say how much a row with this label tells of a question: its own name most, "any" least, another one nothing."""
    names = label.split(" / ")
    at_first = ("opening", question if question.endswith(", at first") else "")
    told = [question not in UNASKED and label == "any", question.removesuffix(", at first") in names]
    told += [label == "any, at first" and question in at_first, question in names]
    return max((rank for rank, is_so in enumerate(told, start=1) if is_so), default=0)


def tried(found: Row, name: str) -> Iterator[tuple[str, Before, Act]]:
    """Yield an act of a row for each question that the row is about, and that no other row tells more of."""
    if found.label in MOMENTS:
        yield from ((found.label, before, act) for before in MOMENTS[found.label] for act in found.acts[name])
    labels = [one.label for one in ROWS if name in one.acts]
    for question, befores in QUESTIONS.items():
        if 0 < telling(found.label, question) == max(telling(label, question) for label in labels):
            yield from ((question, before, act) for before in befores for act in found.acts[name])


def talk_after(before: Before) -> Talk:
    """Hold a conversation up to a question."""
    talk = Talk()
    for one in before:
        if one == "<link>":
            talk.turns.append(invitation(None, now=talk.now))
        elif one == "<answer>":
            talk.is_answered()
        elif one == "<silence>":
            talk.is_silent()
        elif one == "<week>":
            talk.later(days=7, minutes=2)
        else:
            talk.says(one)
    return talk


def last_turn(before: Before, act: Act) -> tuple[Turn, bool]:
    """Hold a conversation to its last turn; give that, and whether its case was routed before."""
    talk = talk_after(before)
    was_routed = bool(talk.turns) and talk.state.routed
    turn = talk.says(act) if isinstance(act, str) else act(talk)
    return turn, was_routed and Effect.NEW_CASE not in turn.effects


def line(found: Row) -> str:
    """Write a row as the page has it. What is said and what happens must be the same for all of it."""
    told = [
        (name, question, *last_turn(before, act)) for name in found.acts for question, before, act in tried(found, name)
    ]
    assert {name for name, *_ in told} == set(found.acts), (
        f"{found.label}: other rows tell more of one of {list(found.acts)}"
    )
    said = {(name, question): ", ".join(dict.fromkeys(map(str, turn.said))) for name, question, turn, _ in told}
    if " / " in found.label and all(one == question.removesuffix(", at first") for (_, question), one in said.items()):
        said = dict.fromkeys(said, "that question")
    assert len(set(said.values())) == 1, f"{found.label}: {said}"
    effects = {effect for _, _, turn, _ in told for effect in turn.effects}
    # A report is routed once.
    odd = [one for one in told if one[2].effects != effects - ({Effect.SETTLE} if one[3] else set())]
    assert not odd, f"{found.label}: {odd}"
    cells = [found.label, ", ".join(found.acts), said.popitem()[1], ", ".join(sorted(map(str, effects)))]
    return f"| {' | '.join(cell or 'nothing' for cell in cells)} |"


def table() -> list[str]:
    """Write the table as the page has it."""
    return [HEADER, "|---|---|---|---|", *map(line, ROWS)]


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
