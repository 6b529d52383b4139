"""What the hotline answers to a worker who asks for the law: the statements of the page of rights, as texts. Pure.

Whoever picks up the phone reads them, and they name work and a boss. So they go out only to a number whose worker has
said that texts are welcome, and only as the answer to a question.
"""

from collections.abc import Callable, Iterable
from typing import Final

from intake.content import published
from intake.content.published import Statement
from intake.sms.segments import fits, plain, split
from intake.sms.texts import most_segments
from translations.catalogue import catalogue

Say = Callable[[str], str]
# Texts of one answer at the most. More than that nobody reads on a phone, and each one costs.
MOST_TEXTS: Final = 4


def info_lines(locale: str, topics: Iterable[str] = ()) -> tuple[str, ...]:
    """Say the law on some topics in a language, in MOST_TEXTS texts or fewer, each within the language's segments.

    `topics` are codes of topics ("pay") or the form's codes of problems ("pay_hours"); without any, and for codes that
    nobody knows, it is what the printed card says. Each topic has its turn before one has a second.
    """
    return lines_of(locale, topics, catalogue(locale).gettext)


def lines_of(locale: str, topics: Iterable[str], say: Say) -> tuple[str, ...]:
    """Say it in the words of any translation, so that one that is not compiled yet can be measured."""
    found: list[str] = []
    for statement in _chosen(set(topics)):
        texts = _texts(statement, locale, say)
        # Half a statement may say the contrary of the whole one.
        if len(found) + len(texts) <= MOST_TEXTS:
            found += texts
    return tuple(found)


def _chosen(wanted: set[str]) -> list[Statement]:
    rights = published.rights(published.PROVINCE)
    topics = [topic.statements for topic in rights.topics if wanted & {topic.code, *topic.covers}]
    if not topics:
        return [statement for statement in rights.statements if statement.card]
    longest = max(map(len, topics))
    return [statements[turn] for turn in range(longest) for statements in topics if turn < len(statements)]


def _texts(statement: Statement, locale: str, say: Say) -> tuple[str, ...]:
    """Give a statement as one text where it fits, else as several; `plain` saves the text from its accents."""
    parts = [plain(say(part)) for part in (statement.text, statement.only) if part]
    whole = " ".join(parts)
    limit = most_segments(locale)
    if fits(whole, limit):
        return (whole,)
    return tuple(text for part in parts for text in split(part, limit))
