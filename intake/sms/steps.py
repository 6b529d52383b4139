"""What a text means, by the question that is open. Pure.

A digit beside a few words of the question counts. A long text is story: it answers nothing, and nobody searches it for
places.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

from intake.sms import languages, towns, wishes, words
from intake.sms.digits import Answer, answer, leads_with_zero
from intake.sms.moves import WISHES, Effect, Move
from intake.sms.state import Step
from intake.sms.texts import Kind, words_of
from intake.sms.words import Command
from referrals.geography.outcomes import Place

_YES: Final = 1
# These two mean the same in every question.
_PERSON_NOW: Final = 4
_SILENCE: Final = 0
_MORE: Final = 9
_UNASKED: Final = (Step.START, Step.NONE)
# A longer text than this is no town.
_TOWN_WORDS: Final = 6
_TOWN_LETTERS: Final = 60


def take(move: Move, message: str) -> None:
    """Take a text from a phone that may be answered."""
    keyword = words.keyword(message)
    command = keyword.command if keyword else None
    if move.is_invitation() and not _answers_invitation(move, message, command):
        move.begin_anew()
    step = move.open_step()
    digits = _digits_of(step, message)
    if _is_zero(step, message, digits):
        if _PERSON_NOW in digits.digits:
            move.raise_urgency()
        move.fall_silent(is_friends=step in (Step.OPENING, Step.LINK))
    elif command is Command.PERSON:
        move.learn_language(message, keyword)
        _take_danger(move, step, digits)
    elif _PERSON_NOW in digits.digits and move.offers_a_person():
        _take_danger(move, step, digits)
    elif keyword is not None and _is_command(step, command):
        move.learn_language(message, keyword)
        _COMMANDS[keyword.command](move)
    elif keyword is not None and keyword.language and command is Command.NAME:
        wishes.take_language(move, keyword.language)
    elif step not in WISHES or not wishes.take(move, digits, command):
        _STEPS[move.open_step()](move, message, digits, command)


def _answers_invitation(move: Move, message: str, command: Command | None) -> bool:
    """Say whether a text answers the question whether this phone wants texts, while that is open."""
    digits = _digits_of(Step.LINK, message)
    answers = command in (Command.YES, Command.NO, Command.STOP, Command.FRIEND) or digits.digits == (_YES,)
    return move.open_step() is Step.LINK and (answers or _is_zero(Step.LINK, message, digits))


def _is_command(step: Step, command: Command | None) -> bool:
    """Say whether a keyword is obeyed: in a first text there is nothing to go on with, and nobody else."""
    return command in _COMMANDS and not (step is Step.START and command in (Command.WEB, Command.ANOTHER))


def take_muted(move: Move, message: str) -> None:
    """Take a text from a phone that gets none. It is read, and a call for help counts."""
    keyword = words.keyword(message)
    command = keyword.command if keyword else None
    state = move.state
    if command in (Command.HELP, Command.PERSON) or _PERSON_NOW in _digits_of(state.step, message).digits:
        move.raise_urgency()
    if leads_with_zero(message) or command is Command.FRIEND:
        move.fall_silent(is_friends=command is Command.FRIEND)
    elif command is Command.START and state.opted_out and not (state.silenced or state.friend_phone):
        move.start()
    elif command is Command.FORGET and not state.forgotten:
        # The number goes; that it wants no texts is all that stays known of it.
        move.fall_silent()
    move.settle()


def _is_zero(step: Step, message: str, digits: Answer) -> bool:
    """Say whether a text asks for silence: a zero before any other digit, or the letter O in its place."""
    is_letter = step not in _UNASKED and words.spelled(message) == "o"
    return leads_with_zero(message) or digits.digits[:1] == (_SILENCE,) or is_letter


def _digits_of(step: Step, message: str) -> Answer:
    """Read a text's digits. Courtesies and words of the open question, in any language, may stand beside them."""
    beside = _words_of(step)
    if step is Step.WHICH and _can_be_town(message):
        # The places that were named are not remembered, and whoever repeats one of them means its digit.
        beside |= set(words.key_of(message).split())
    return answer(message, beside)


@cache
def _words_of(step: Step) -> frozenset[str]:
    """Give the words that a worker may repeat beside a digit."""
    kinds = [Kind.HELP] if step in _UNASKED else [Kind(step), Kind.HELP]
    return words.courtesies().union(*(words_of(kind, code) for kind in kinds for code in languages.LOCALES))


def _take_danger(move: Move, step: Step, digits: Answer) -> None:
    """Take a 4, and what else the first question was told in the same text."""
    if step is Step.OPENING:
        _take_choices(move, digits, command=None)
        move.confirm_language()
    move.warn()


def _take_choices(move: Move, digits: Answer, command: Command | None) -> bool:
    """Take language and permission from an answer to the first question; say whether there was a language."""
    chosen = digits.one_of(*languages.CHOICES)
    permission = digits.one_of(*wishes.HOURS)
    if chosen is not None:
        move.choose_language(languages.CHOICES[chosen])
    if permission is not None or command is Command.YES:
        move.change(permission=wishes.HOURS[permission or _YES])
    return chosen is not None


def _at_start(move: Move, message: str, digits: Answer, command: Command | None) -> None:
    """Take the first text, or the first after a call for help: ask whether it is good to text here."""
    card = towns.card(message)
    if card is not None:
        move.change(card=card.code, language=card.language)
        move.remember(card.place)
    else:
        move.learn_language(message)
    move.ask(Kind.OPENING)


def _at_opening(move: Move, message: str, digits: Answer, command: Command | None) -> None:
    """Take permission and language, or both. Whatever else is written skips the question."""
    if command is Command.NO:
        return move.fall_silent(is_friends=True)
    chose_language = _take_choices(move, digits, command)
    if languages.OTHER in digits.digits:
        return move.wish(Kind.LANGUAGES)
    if move.state.permission is not None:
        move.confirm_language()
        return move.go_on()
    if not chose_language:
        move.learn_language(message)
    if not move.was_asked(Kind.OPENING, move.state.locale):
        return move.ask(Kind.OPENING)
    return None if chose_language else move.go_on()


def _at_town(move: Move, message: str, digits: Answer, command: Command | None) -> None:
    """Take where the worker is: a name, or a digit."""
    if command in (Command.NO, Command.UNSURE):
        return move.finish()
    step = move.open_step()
    place = move.resolve_place(message) if _can_be_town(message) else Place()
    if place.districts or (place.province and not place.needs_question):
        return move.placed(place)
    area = _area_of_digit(move, step, digits)
    if area is not None:
        move.confirm_language(if_suggested=True)
        move.change(place=area, districts=())
        return move.finish()
    if towns.OTHER in digits.digits:
        return _take_other(move, step)
    if command is None and _can_be_town(message) and move.may_ask_back():
        return move.ask_back(place)
    return move.told(message)


def _take_other(move: Move, step: Step) -> None:
    """Take a 9: another town than those, none of these, or none at all."""
    if step is Step.TOWN:
        move.ask(Kind.TOWN_NAME)
    elif step is Step.WHICH and not move.was_asked(Kind.TOWN_AGAIN):
        move.ask(Kind.TOWN_AGAIN)
    else:
        move.finish()


def _area_of_digit(move: Move, step: Step, digits: Answer) -> str | None:
    """Give the area that a digit chooses."""
    if step is Step.WHICH:
        candidates = move.state.candidates
        number = digits.one_of(*range(1, len(candidates) + 1))
        return candidates[number - 1] if number is not None else None
    number = digits.one_of(*towns.TOWNS)
    return towns.TOWNS[number] if number is not None else None


def _can_be_town(message: str) -> bool:
    """Say whether a text can be the answer to the question for a town."""
    is_short = len(message) <= _TOWN_LETTERS and len(message.split()) <= _TOWN_WORDS
    return is_short and any(letter.isalnum() for letter in message)


def _at_can_talk(move: Move, message: str, digits: Answer, command: Command | None) -> None:
    """Take the worker's yes to hearing what was written to them; anything else is no yes."""
    if digits.one_of(_YES) is not None or command is Command.YES:
        move.change(waiting_for_yes=False, talk_at=None)
        move.effects.add(Effect.ANSWER_YES)
    elif digits.digits == (_MORE,):
        move.wish(Kind.MENU)
    else:
        move.told(message)


def _at_link(move: Move, message: str, digits: Answer, command: Command | None) -> None:
    """Take the yes or the no of a phone that was added to a report from the web."""
    if command is Command.NO:
        return move.fall_silent(is_friends=True)
    move.change(step=Step.NONE, asked_at=None, linked=True)
    move.effects.add(Effect.LINKED)
    return move.say(Kind.OK)


def _at_rest(move: Move, message: str, digits: Answer, command: Command | None) -> None:
    """Take a text that answers nothing. An answer that still waits is offered again, once its question is old."""
    if digits.digits == (_MORE,):
        move.wish(Kind.MENU)
    elif move.state.waiting_for_yes and not move.will_ask_to_talk():
        move.ask_to_talk()
    else:
        move.told(message)


_COMMANDS: Final[dict[Command, Callable[[Move], None]]] = {
    Command.STOP: Move.stop,
    Command.HELP: Move.help,
    Command.FRIEND: lambda move: move.fall_silent(is_friends=True),
    Command.FORGET: wishes.forget,
    Command.HOURS: lambda move: move.wish(Kind.HOURS),
    Command.MENU: lambda move: move.wish(Kind.MENU),
    Command.LANGUAGE: lambda move: move.wish(Kind.LANGUAGES),
    Command.WEB: wishes.go_to_web,
    Command.INFO: Move.inform,
    Command.ANOTHER: Move.share,
}
_STEPS: Final[dict[Step, Callable[[Move, str, Answer, Command | None], None]]] = {
    Step.START: _at_start,
    Step.OPENING: _at_opening,
    Step.TOWN: _at_town,
    Step.TOWN_NAME: _at_town,
    Step.TOWN_AGAIN: _at_town,
    Step.WHICH: _at_town,
    Step.CAN_TALK: _at_can_talk,
    Step.LINK: _at_link,
    Step.NONE: _at_rest,
}
