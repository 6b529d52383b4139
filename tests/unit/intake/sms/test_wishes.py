"""What a worker may wish for at any time: a menu, hours, a language, the web, digits of their own, to be forgotten."""

import pytest

from intake import codes
from intake.sms.conversation import Effect, Step, answer_waiting, invitation, kept, next_text
from intake.sms.info import info_lines
from intake.sms.languages import LOCALES
from intake.sms.moves import NEW_PEOPLE_A_DAY
from referrals.geography.places import resolve
from tests.unit.intake.sms.talks import NOON, Talk, bytes_of_a_test

ENGLISH = "my boss has my passport and he does not pay us"
DONE = [ENGLISH, "1", "Oliver"]


@pytest.mark.parametrize("text", ["9", "９", "menu", "OPTIONS", "ਮੀਨੂ", "opciones"])
def test_nine_or_a_word_for_it_shows_what_there_is_to_choose(text: str) -> None:
    assert Talk(*DONE, text).turn.said == ("menu",)


@pytest.mark.parametrize(
    ("digit", "said"), [("1", "hours"), ("2", "web"), ("3", "shared"), ("5", "forget"), ("6", "languages")]
)
def test_each_digit_of_the_menu_leads_where_it_says(digit: str, said: str) -> None:
    assert Talk(*DONE, "9", digit).turn.said == (said,)


def test_a_story_at_the_menu_is_story_and_a_four_a_person() -> None:
    assert Talk(*DONE, "9", "they hit us again yesterday").turn.replies == ()
    assert "danger" in Talk(*DONE, "9", "4").turn.said


def test_the_menu_is_not_sent_twice_in_a_row_and_again_when_it_is_wished_for_later() -> None:
    talk = Talk(*DONE, "9", "menu")
    assert talk.turn.replies == ()
    assert talk.later(hours=2).says("menu").said == ("menu",)


@pytest.mark.parametrize("text", ["hours", "horario", "ਸਮਾਂ", "evenings only"])
def test_hours_can_be_chosen_later(text: str) -> None:
    talk = Talk(*DONE, text)
    assert talk.turn.said == ("hours",)
    assert talk.says("3").said == ("ok",)
    assert talk.state.permission == "sundays"


def test_a_wish_comes_between_and_the_question_before_it_is_open_again() -> None:
    talk = Talk(ENGLISH, "1", "hours", "2")
    assert (talk.state.permission, talk.state.step) == ("evenings", Step.TOWN)
    assert talk.says("Oliver").said == ("done",)


def test_a_town_may_be_told_while_a_wish_is_open() -> None:
    talk = Talk(ENGLISH, "1", "menu", "Oliver")
    assert talk.turn.said == ("done",)
    assert talk.state.place == "rd:5907"


def test_hours_that_are_chosen_before_the_first_question_is_answered_answer_it() -> None:
    assert Talk(ENGLISH, "hours", "1").turn.said == ("town",)


def test_nine_at_the_first_question_leads_to_the_languages_and_back_to_it() -> None:
    talk = Talk("hi", "9")
    assert talk.turn.said == ("languages",)
    assert talk.says("3").said == ("opening",)
    assert talk.state.locale == "pa"
    assert "9" not in talk.turn.replies[0]


def test_the_second_page_of_languages_comes_after_a_nine_and_the_town_after_another() -> None:
    talk = Talk("hi", "9", "9")
    assert talk.turn.said == ("more languages",)
    assert talk.says("5").state.locale == "es"
    assert Talk("hi", "9", "9", "9").turn.said == ("town",)


def test_the_permission_is_not_asked_again_for_a_language() -> None:
    assert Talk("hi", "1 9", "3").said == ["opening", "languages", "town"]


@pytest.mark.parametrize(
    ("name", "locale"), [("español", "es"), ("Punjabi", "pa-Latn"), ("ਪੰਜਾਬੀ", "pa"), ("French", "fr")]
)
def test_a_language_may_be_named(name: str, locale: str) -> None:
    talk = Talk("hi", name)
    assert talk.turn.said == ("opening",)
    assert talk.state.locale == locale


def test_a_language_that_is_chosen_later_asks_the_open_question_in_it_or_says_ok() -> None:
    assert Talk(ENGLISH, "1", "español").turn.said == ("town",)
    assert Talk(*DONE, "español").turn.said == ("ok",)
    assert Talk(*DONE, "english").turn.replies == ()


def test_hindi_is_a_language_and_never_taken_for_a_no() -> None:
    talk = Talk("hi", "Hindi")
    assert not talk.state.mute
    assert talk.state.language == "hi"


@pytest.mark.parametrize(
    "text",
    ["DELETE", "delete me", "borrar", "effacer", "ਮਿਟਾਓ", "मिटाओ", "删除", "xóa", "apagar", "삭제", "حذف", "burahin"],
)
def test_delete_is_read_in_every_language(text: str) -> None:
    assert Talk(*DONE, text).turn.said == ("forget",)


@pytest.mark.parametrize(
    "text",
    [
        "umbrella",
        "paraguas",
        "parapluie",
        "payong",
        "ਛਤਰੀ",
        "छाता",
        "雨傘",
        "雨伞",
        "cái dù",
        "guarda-chuva",
        "우산",
        "مظلة",
    ],
)
def test_a_harmless_word_asks_for_the_same(text: str) -> None:
    assert Talk(*DONE, text).turn.said == ("forget",)


def test_one_drops_the_number_at_once_and_says_nothing_more() -> None:
    talk = Talk(*DONE, "DELETE", "1")
    assert talk.turn.effects == {Effect.FORGET}
    assert talk.turn.replies == ()
    assert talk.state.mute
    assert talk.is_answered().replies == ()


def test_whoever_asks_twice_to_be_forgotten_is() -> None:
    assert Talk(*DONE, "DELETE", "DELETE").turn.effects == {Effect.FORGET}


def test_two_also_erases_what_was_written_and_tells_once_how_to_undo_it() -> None:
    talk = Talk(*DONE, "DELETE", "2")
    assert talk.turn.effects == {Effect.FORGET, Effect.ERASE}
    assert talk.turn.said == ("erasing",)
    assert talk.turn.code is not None
    assert codes.read(talk.turn.code) == talk.turn.code
    assert codes.shown(talk.turn.code) in talk.turn.replies[0]
    assert talk.says("hello", "4").replies == ()


def test_three_forgets_nothing() -> None:
    talk = Talk(*DONE, "DELETE", "3")
    assert talk.turn.said == ("ok",)
    assert not talk.state.mute


def test_what_is_not_routed_yet_is_routed_before_its_number_is_forgotten() -> None:
    assert Talk(ENGLISH, "DELETE", "1").turn.effects == {Effect.FORGET, Effect.SETTLE}


def test_an_erasure_that_is_undone_goes_on_where_it_was() -> None:
    state = Talk(*DONE, "DELETE", "2").state
    turn = kept(state, now=NOON)
    assert turn.said == ("kept",)
    assert not turn.state.mute
    assert not turn.state.erasing


def test_a_phone_that_wants_no_texts_and_is_to_be_forgotten_stays_silent_for_ever() -> None:
    talk = Talk(*DONE, "STOP", "DELETE")
    assert talk.turn.effects == {Effect.SILENCE}
    assert talk.says("START").replies == ()


def test_so_many_new_people_a_day_are_told_digits_and_more_the_day_after() -> None:
    talk = Talk(*DONE)
    for _ in range(NEW_PEOPLE_A_DAY):
        assert talk.says("new person").effects == {Effect.SHARE}
    assert talk.says("new person").replies == ()
    assert talk.turn.effects == frozenset()
    talk.later(days=1)
    assert talk.says("new person").effects == {Effect.SHARE}


def test_somebody_else_on_the_same_phone_gets_digits_of_their_own() -> None:
    talk = Talk(*DONE, "new person")
    assert talk.turn.said == ("shared",)
    assert talk.turn.effects == {Effect.SHARE}
    assert talk.state.shared
    assert talk.turn.code is not None
    assert codes.leading(f"{talk.turn.code} they took my papers") == (talk.turn.code, "they took my papers")


def test_the_web_gets_twelve_digits_that_are_told_in_groups() -> None:
    talk = Talk(*DONE, "web")
    assert talk.turn.effects == {Effect.WEB}
    assert talk.turn.code is not None
    assert len(talk.turn.code) == codes.LONG


@pytest.mark.parametrize("text", ["INFO", "my rights", "derechos", "ਮੇਰੇ ਹੱਕ", "karapatan"])
def test_the_law_is_told_where_texts_are_welcome(text: str) -> None:
    talk = Talk(*DONE, text)
    assert set(talk.turn.said) == {"info"}
    assert talk.turn.replies == info_lines("en")


def test_the_law_is_not_told_to_a_phone_of_which_nobody_said_that_it_is_safe() -> None:
    talk = Talk("info")
    assert talk.turn.said == ("opening",)
    assert talk.says("info").replies == ()
    assert "info" in talk.says("1", "info").said


def test_a_first_text_about_the_web_or_another_person_begins_like_any_other() -> None:
    assert Talk("internet").turn.said == ("opening",)
    assert Talk("another person").turn.said == ("opening",)


class Invited(Talk):
    """A phone that was added to a report from the web."""

    def __init__(self, *texts: str) -> None:
        super().__init__()
        self.turns.append(invitation("es", now=self.now))
        for text in texts:
            self.says(text)


def test_a_phone_that_was_added_from_the_web_is_asked_once_and_neutrally() -> None:
    talk = Invited()
    assert talk.turn.said == ("link",)
    assert talk.says("1").effects == {Effect.LINKED}
    assert talk.turn.said == ("ok",)


@pytest.mark.parametrize("text", ["0", "no", "STOP", "not my phone"])
def test_a_no_to_that_is_silence(text: str) -> None:
    talk = Invited(text)
    assert talk.state.mute
    assert talk.says("hello").replies == ()


@pytest.mark.parametrize("text", [ENGLISH, "who is this?", "4", "help", "2"])
def test_whatever_else_such_a_phone_says_begins_a_case_of_its_own(text: str) -> None:
    talk = Invited(text)
    assert Effect.NEW_CASE in talk.turn.effects
    assert not talk.state.linked


def test_a_yes_after_seven_days_is_no_yes() -> None:
    talk = Invited()
    talk.later(days=8).says("1")
    assert Effect.NEW_CASE in talk.turn.effects


def test_a_phone_that_was_added_from_the_web_never_hears_more_than_that_there_is_something() -> None:
    talk = Invited("1")
    assert talk.is_answered().said == ("look",)
    assert talk.is_answered().replies == ()
    assert talk.later(days=2).is_answered().said == ("look",)
    assert talk.says("web").replies == ()


def test_an_answer_that_waits_for_its_hour_does_not_take_the_digit_of_another_question() -> None:
    talk = Talk(*DONE)
    talk.later(hours=2)
    waiting = answer_waiting(talk.state, now=talk.now)
    assert waiting.not_before is not None
    assert waiting.not_before > talk.now

    def says(text: str) -> frozenset[Effect]:
        nonlocal waiting
        turn = next_text(waiting.state, text, now=talk.now, resolve_place=resolve, random=bytes_of_a_test)
        waiting = turn
        return turn.effects

    assert says("1") == frozenset()
    assert says("DELETE") == frozenset()
    assert says("1") == {Effect.FORGET}


def test_the_question_whether_a_worker_can_talk_leaves_a_question_that_was_just_asked_its_digit() -> None:
    talk = Talk(*DONE, "DELETE")
    talk.is_answered()
    assert talk.says("1").effects == {Effect.FORGET}


def test_after_a_wish_the_answer_that_waits_is_still_open() -> None:
    talk = Talk(*DONE)
    talk.is_answered()
    assert talk.says("9", "1", "2").said == ("ok",)
    assert talk.says("1").effects == {Effect.ANSWER_YES}


@pytest.mark.parametrize("code", LOCALES)
def test_every_wish_is_said_in_every_language(code: str) -> None:
    talk = Talk("hi", "9")
    for wish in ("menu", "hours", "DELETE", "web", "new person"):
        assert len(talk.says(wish).replies) == 1, (code, wish)
