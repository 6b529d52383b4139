"""What a worker wishes for between the questions of routing: another language, other hours, to be forgotten. Pure.

Each of these questions comes between another one and goes back to it.
"""

from collections.abc import Callable
from typing import Final

from intake import codes
from intake.sms import languages
from intake.sms.digits import Answer
from intake.sms.moves import Effect, Move
from intake.sms.state import Step
from intake.sms.texts import Kind
from intake.sms.words import Command

HOURS: Final = {1: "yes", 2: "evenings", 3: "sundays"}
_FORGET, _ERASE, _KEEP = 1, 2, 3


def take(move: Move, digits: Answer, command: Command | None) -> bool:
    """Take an answer to a question about a wish; say whether it was one. If not, the question before is open again."""
    if _STEPS[move.open_step()](move, digits, command):
        return True
    move.resume()
    return False


def take_language(move: Move, code: str) -> None:
    """Take a language that was chosen or named, and ask the open question again in it."""
    before = move.state.locale
    move.choose_language(code)
    if move.open_step() in (Step.LANGUAGES, Step.MORE_LANGUAGES):
        move.resume()
    step = move.state.step
    if step is Step.START:
        move.ask(Kind.OPENING)
    elif step is Step.OPENING and move.state.permission is not None:
        move.go_on()
    elif step is Step.NONE or move.open_step() is not step:
        if move.state.locale != before:
            move.say(Kind.OK)
    elif step is not Step.WHICH and not move.was_asked(Kind(step), move.state.locale):
        move.ask_in_this_language(step)


def forget(move: Move) -> None:
    """Ask what is to be forgotten; who asks for it twice has said it.

    So has a phone that was told nothing yet, or nothing for fourteen days: it was just forgotten, or there is nothing
    to ask about.
    """
    if move.open_step() is Step.FORGET or move.state.said is None:
        move.forget()
    else:
        move.wish(Kind.FORGET)


def go_to_web(move: Move) -> None:
    """Tell digits that lead from the web to this conversation's answers; a report from the web has its own number."""
    if not move.state.linked:
        move.tell_code(Kind.WEB, Effect.WEB, codes.LONG)


def _at_languages(move: Move, digits: Answer, command: Command | None) -> bool:
    """Take a language of one of the two pages; 9 is the next page, and after it none of these."""
    page = int(move.open_step() is Step.MORE_LANGUAGES)
    choices = languages.choices_on(page)
    chosen = digits.one_of(*choices)
    if chosen is not None:
        take_language(move, choices[chosen])
    elif languages.OTHER in digits.digits and page == 0:
        move.wish(Kind.MORE_LANGUAGES)
    elif languages.OTHER in digits.digits or command is Command.NO:
        move.resume()
        if move.state.step is Step.OPENING:
            move.go_on()
    return bool(digits) or command is Command.NO


def _at_menu(move: Move, digits: Answer, command: Command | None) -> bool:
    """Take a choice of the menu."""
    acts: dict[int, Callable[[], None]] = {
        1: lambda: move.wish(Kind.HOURS),
        2: lambda: go_to_web(move),
        3: move.share,
        5: lambda: forget(move),
        6: lambda: move.wish(Kind.LANGUAGES),
    }
    chosen = digits.one_of(*acts)
    if chosen is None:
        return bool(digits)
    if chosen in (2, 3):
        move.resume()
    acts[chosen]()
    return True


def _at_hours(move: Move, digits: Answer, command: Command | None) -> bool:
    """Take when texts may come."""
    chosen = digits.one_of(*HOURS)
    if chosen is None:
        return bool(digits)
    move.change(permission=HOURS[chosen])
    move.resume()
    if move.state.step is Step.OPENING:
        move.go_on()
    else:
        move.say(Kind.OK)
    return True


def _at_forget(move: Move, digits: Answer, command: Command | None) -> bool:
    """Take what is to be forgotten."""
    if digits.one_of(_ERASE) is not None:
        move.forget(erase=True)
    elif digits.one_of(_FORGET) is not None or command is Command.YES:
        move.forget()
    elif digits.one_of(_KEEP) is not None or command is Command.NO:
        move.resume()
        move.say(Kind.OK)
    else:
        return bool(digits)
    return True


_STEPS: Final[dict[Step, Callable[[Move, Answer, Command | None], bool]]] = {
    Step.LANGUAGES: _at_languages,
    Step.MORE_LANGUAGES: _at_languages,
    Step.MENU: _at_menu,
    Step.HOURS: _at_hours,
    Step.FORGET: _at_forget,
}
