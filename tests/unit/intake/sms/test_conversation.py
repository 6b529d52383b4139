"""The hotline's rules, one by one: what it asks, what it understands, when it routes, and when it keeps silent."""

from datetime import timedelta

import pytest

from intake.sms.conversation import Effect, Step, answer_waiting
from tests.unit.intake.sms.talks import NOON, Talk

ROUTED = Effect.SETTLE
ENGLISH = "my boss has my passport and he does not pay us"
SPANISH = "mi jefe no me paga y tiene mi pasaporte"
PUNJABI = "ਮੇਰਾ ਮਾਲਕ ਤਨਖਾਹ ਨਹੀਂ ਦਿੰਦਾ"
LONG_STORY = "They told us to work in the rain near Oliver and then in Kelowna and nobody paid us for it at all"


def test_three_texts_settle_everything() -> None:
    talk = Talk(ENGLISH, "1", "Oliver")
    assert talk.said == ["opening", "town", "done"]
    assert talk.turn.effects == {ROUTED}
    assert (talk.state.language, talk.state.permission, talk.state.place) == ("en", "yes", "rd:5907")
    assert talk.state.where().districts == {"5907": 1.0}


@pytest.mark.parametrize(("digit", "permission"), [("1", "yes"), ("2", "evenings"), ("3", "sundays")])
def test_the_first_answer_says_when_it_is_good_to_text(digit: str, permission: str) -> None:
    talk = Talk(ENGLISH, digit)
    assert talk.state.permission == permission
    assert talk.state.step is Step.TOWN


def test_a_danger_gets_the_emergency_numbers_first_and_is_routed_at_once() -> None:
    talk = Talk(SPANISH, "4")
    assert talk.turn.said == ("danger", "town")
    assert "911" in talk.turn.replies[0]
    assert talk.turn.effects == {Effect.URGENT, ROUTED}
    assert talk.state.language == "es"


def test_a_danger_is_heard_beside_the_permission_and_the_language() -> None:
    talk = Talk("hi", "5 4")
    assert (talk.state.language, talk.state.danger) == ("es", True)
    assert Talk("hi", "1, 4").state.permission == "yes"


@pytest.mark.parametrize("before", [[], ["1"], ["1", "9"], ["1", "nowhere at all"], ["1", "Hamilton"], ["1", "Oliver"]])
def test_a_four_is_a_person_now_at_every_question(before: list[str]) -> None:
    talk = Talk(ENGLISH, *before)
    assert "danger" in talk.says("4").said
    assert Effect.URGENT in talk.turn.effects


def test_the_town_after_a_danger_is_told_as_news() -> None:
    talk = Talk(ENGLISH, "4", "3")
    assert talk.turn.effects == {Effect.PLACE}
    assert talk.state.place == "rd:5909"


def test_a_second_four_within_minutes_repeats_no_numbers_and_a_later_one_does() -> None:
    talk = Talk(ENGLISH, "4")
    assert talk.says("4").replies == ()
    assert talk.later(minutes=10).says("4").said == ("danger",)


def test_a_call_for_help_gets_the_numbers_and_a_second_one_is_a_danger() -> None:
    talk = Talk("AYUDA")
    assert talk.turn.said == ("help",)
    assert talk.state.suggested == "es"
    assert not talk.turn.effects
    assert talk.says("AYUDA").said == ("danger", "town")
    assert talk.turn.effects == {Effect.URGENT, ROUTED}


def test_after_a_call_for_help_a_four_means_it_and_words_begin_the_conversation() -> None:
    assert Effect.URGENT in Talk("help", "4").turn.effects
    assert Talk("help", ENGLISH).turn.said == ("opening",)


def test_a_first_text_that_is_only_a_four_is_no_danger() -> None:
    assert Talk("4").turn.said == ("opening",)


@pytest.mark.parametrize("text", ["0", "0 no, not my phone", "0️⃣", "੦", "00", "o", "no", "No!"])
def test_no_to_the_first_question_is_silence_for_ever_and_a_friend_s_phone(text: str) -> None:
    talk = Talk(ENGLISH, text)
    assert talk.turn.replies == ()
    assert talk.turn.effects == {Effect.SILENCE, ROUTED}
    assert (talk.state.silenced, talk.state.friend_phone, talk.state.permission) == (True, True, "no")


@pytest.mark.parametrize("before", [[], [ENGLISH, "1"], [ENGLISH, "1", "Oliver"], [ENGLISH, "1", "9"], ["help"]])
def test_a_leading_zero_is_silence_at_every_step(before: list[str]) -> None:
    talk = Talk(*before, "0 please")
    assert talk.turn.replies == ()
    assert Effect.SILENCE in talk.turn.effects
    assert talk.says("4", "1", "START", "help").replies == ()
    assert talk.is_answered().replies == ()


@pytest.mark.parametrize("text", ["not my phone", "no es mi teléfono", "ਮੇਰਾ ਫ਼ੋਨ ਨਹੀਂ"])
def test_a_friend_s_phone_gets_nothing_ever_again(text: str) -> None:
    talk = Talk(ENGLISH, "1", text)
    assert Effect.SILENCE in talk.turn.effects
    assert talk.state.friend_phone
    assert talk.later(days=40).says("hello").replies == ()


@pytest.mark.parametrize("text", ["STOP", "Arrêt", "ALTO", "BAJA", "ਬੰਦ ਕਰੋ"])
def test_stop_is_confirmed_once_and_then_nothing_is_sent(text: str) -> None:
    talk = Talk(ENGLISH, text)
    assert talk.turn.said == ("stopped",)
    assert talk.turn.effects == {Effect.OPT_OUT, ROUTED}
    assert talk.says(text, "hello", "1", "Oliver").replies == ()
    assert talk.is_answered().replies == ()


def test_start_brings_the_texts_back_and_offers_what_waits() -> None:
    talk = Talk(ENGLISH, "1", "Oliver", "STOP")
    talk.is_answered()
    assert talk.says("START").said == ("resumed", "can you talk")
    assert talk.turn.effects == {Effect.OPT_IN}
    assert talk.says("1").effects == {Effect.ANSWER_YES}


def test_start_does_not_break_a_silence() -> None:
    assert Talk(ENGLISH, "STOP", "0", "START").turn.replies == ()


def test_a_call_for_help_from_a_muted_phone_is_urgent_without_a_word() -> None:
    talk = Talk(ENGLISH, "STOP", "help")
    assert talk.turn.effects == {Effect.URGENT}
    assert talk.turn.replies == ()


def test_a_stop_inside_a_story_is_story() -> None:
    talk = Talk("STOP 12345")
    assert talk.turn.said == ("opening",)
    assert not talk.turn.effects


def test_a_chosen_language_is_used_and_outranks_the_script() -> None:
    talk = Talk("hi", "5")
    assert talk.turn.said == ("opening",)
    assert talk.state.language == "es"
    assert Talk(PUNJABI).state.language == "pa"
    assert Talk(PUNJABI, "8").state.language == "en"


def test_punjabi_chosen_by_a_digit_comes_in_english_letters_until_gurmukhi_is_seen() -> None:
    talk = Talk("hi", "7")
    assert (talk.state.language, talk.state.locale) == ("pa", "pa-Latn")
    assert talk.says("1").replies[0].isascii()
    talk.says("ਮੈਂ ਦੱਸਣਾ ਚਾਹੁੰਦਾ ਹਾਂ ਕਿ ਮੇਰਾ ਮਾਲਕ ਤਨਖਾਹ ਨਹੀਂ ਦਿੰਦਾ")
    assert (talk.state.language, talk.state.locale) == ("pa", "pa")
    assert Talk(PUNJABI, "7").state.locale == "pa"


def test_gurmukhi_needs_no_question_for_the_language() -> None:
    talk = Talk(PUNJABI)
    assert "ESPAÑOL" not in talk.turn.replies[0]
    assert talk.says("੧", "ਕਲੋਨਾ").effects == {ROUTED}
    assert talk.state.place == "rd:5935"


def test_a_guess_only_picks_the_language_of_a_question_that_offers_the_others() -> None:
    talk = Talk(SPANISH)
    assert talk.state.language is None
    assert "ENGLISH 8" in talk.turn.replies[0]
    assert talk.says("1").state.language == "es"


def test_nobody_is_routed_on_a_guess() -> None:
    talk = Talk(SPANISH)
    assert talk.is_silent().effects == {ROUTED}
    assert talk.state.language is None


def test_a_language_seen_only_in_the_second_text_gets_its_own_first_question() -> None:
    talk = Talk("hi", SPANISH)
    assert talk.said == ["opening", "opening"]
    assert talk.state.locale == "es"
    assert talk.says("1").said == ("town",)


def test_a_language_without_texts_is_known_and_answered_in_english() -> None:
    talk = Talk("นายจ้างไม่จ่ายเงิน", "1")
    assert talk.state.language == "th"
    assert talk.state.locale == "en"


def test_the_same_language_chosen_again_asks_nothing_again() -> None:
    assert Talk("hi", "5", "5").turn.replies == ()
    assert Talk("hi", "5", "6", "5").said == ["opening"] * 3


def test_words_instead_of_an_answer_skip_the_first_question() -> None:
    talk = Talk("hello", LONG_STORY)
    assert talk.turn.said == ("town",)
    assert talk.state.permission is None


def test_an_answer_with_story_behind_it_is_an_answer() -> None:
    talk = Talk(ENGLISH, "1. They took our passports")
    assert talk.state.permission == "yes"


@pytest.mark.parametrize(
    "text", ["2", "２", "2.", "2 Oliver", "Oliver", "oliver bc", "near Oliver", "ਓਲੀਵਰ", "Oliveer"]
)
def test_the_town_may_be_a_digit_or_a_name(text: str) -> None:
    talk = Talk(ENGLISH, "1", text)
    assert talk.state.place == "rd:5907"
    assert talk.turn.effects == {ROUTED}


def test_a_written_town_goes_before_the_digit_beside_it() -> None:
    assert Talk(ENGLISH, "1", "2 of us in Kelowna").state.place == "rd:5935"


def test_a_postal_code_gives_weighted_districts() -> None:
    talk = Talk(ENGLISH, "1", "V0H 1T0")
    assert dict(talk.state.districts).keys() == {"5907", "5905", "5935"}
    assert talk.state.where().districts.keys() == {"5907", "5905", "5935"}


def test_a_town_of_another_province_is_a_place_too() -> None:
    assert Talk(ENGLISH, "1", "Leamington").state.place == "prov:ON"


def test_an_ambiguous_town_is_asked_back_once() -> None:
    talk = Talk(ENGLISH, "1", "Hamilton")
    assert talk.turn.said == ("which town",)
    assert "1 Hamilton, Ontario 2 Hamilton, Metro Vancouver" in talk.turn.replies[0]
    assert talk.says("2").state.place == "rd:5915"
    assert talk.turn.effects == {ROUTED}
    assert Talk(ENGLISH, "1", "Hamilton", "Hamilton").turn.said == ("town again",)


def test_a_place_s_name_may_stand_beside_its_digit() -> None:
    assert Talk(ENGLISH, "1", "Hamilton", "2 Hamilton").state.place == "rd:5915"
    assert Talk(ENGLISH, "1", "Hamilton", "Metro Vancouver").state.place == "rd:5915"


def test_a_story_in_several_quick_texts_is_not_taken_for_towns() -> None:
    talk = Talk(ENGLISH, "he keeps it in his house")
    assert talk.turn.said == ("town",)
    talk.now -= timedelta(seconds=50)
    assert talk.says("and he hit me").replies == ()
    assert talk.says("Oliver").effects == {ROUTED}


def test_none_of_several_places_leads_to_another_town() -> None:
    talk = Talk(ENGLISH, "1", "Hamilton", "9")
    assert talk.turn.said == ("town again",)
    assert talk.says("Oliver").state.place == "rd:5907"


def test_a_town_unknown_twice_is_done_without() -> None:
    talk = Talk(ENGLISH, "1", "the red barn", "behind the hill")
    assert talk.said == ["opening", "town", "town again", "done"]
    assert talk.turn.effects == {ROUTED}
    assert talk.state.place is None
    assert talk.state.where().province == "BC"


@pytest.mark.parametrize("text", ["I don't know", "no sé", "je ne sais pas", "ਪਤਾ ਨਹੀਂ", "no"])
def test_whoever_does_not_know_the_town_is_routed_without(text: str) -> None:
    assert Talk(ENGLISH, "1", text).turn.effects == {ROUTED}


def test_another_town_can_be_written_or_left_out() -> None:
    assert Talk(ENGLISH, "1", "9").turn.said == ("town name",)
    assert Talk(ENGLISH, "1", "9", "Summerland").state.place == "rd:5907"
    assert Talk(ENGLISH, "1", "9", "9").turn.effects == {ROUTED}


def test_a_story_is_never_searched_for_a_town() -> None:
    talk = Talk(LONG_STORY, "1", LONG_STORY)
    assert talk.state.place is None
    assert talk.turn.replies == ()
    assert talk.state.step is Step.TOWN


def test_fifteen_silent_minutes_route_on_what_is_known_and_say_nothing() -> None:
    talk = Talk(ENGLISH)
    assert talk.is_silent().effects == {ROUTED}
    assert talk.turn.replies == ()
    assert talk.state.where().province == "BC"
    assert talk.is_silent().effects == frozenset()


def test_a_digit_counts_for_the_open_question_for_seven_days() -> None:
    talk = Talk(ENGLISH, "1")
    talk.is_silent()
    talk.later(days=6)
    assert talk.says("3").effects == {Effect.PLACE}
    late = Talk(ENGLISH, "1")
    late.is_silent()
    late.later(days=8)
    assert late.says("3").effects == frozenset()
    assert late.state.place is None


def test_after_routing_a_town_that_is_not_found_is_not_asked_about_for_days() -> None:
    talk = Talk(ENGLISH, "1")
    talk.is_silent()
    assert talk.later(days=2).says("any news?").said == ("got it",)


def test_a_later_text_is_thanked_for_but_not_every_time() -> None:
    talk = Talk(ENGLISH, "1", "Oliver", "and one more thing", "and another")
    assert talk.said == ["opening", "town", "done"]
    assert talk.later(days=1).says("hello?").said == ("got it",)
    assert talk.says("hello?").replies == ()


def test_fourteen_silent_days_begin_a_new_case_that_repeats_nothing() -> None:
    talk = Talk(SPANISH, "1", "Oliver")
    talk.later(days=14).says("hi")
    assert talk.turn.effects == {Effect.NEW_CASE}
    assert talk.turn.said == ("opening",)
    assert (talk.state.language, talk.state.permission, talk.state.place) == (None, None, None)
    assert "ESPAÑOL 5" in talk.turn.replies[0]


def test_fourteen_days_lift_no_stop() -> None:
    talk = Talk(ENGLISH, "STOP")
    assert talk.later(days=15).says("hello").replies == ()
    assert talk.turn.effects == {Effect.NEW_CASE, ROUTED}


def test_a_card_leaves_only_the_permission_open() -> None:
    talk = Talk("17")
    assert (talk.state.card, talk.state.language, talk.state.place) == ("17", "es", "region:5930")
    assert talk.says("1").said == ("done",)
    assert talk.turn.effects == {ROUTED}


def test_an_answer_is_announced_without_content_and_waits_for_a_yes() -> None:
    talk = Talk(ENGLISH, "1", "Oliver")
    assert talk.is_answered().said == ("can you talk",)
    assert talk.says("who is this?").effects == frozenset()
    assert talk.says("1").effects == {Effect.ANSWER_YES}
    assert not talk.state.waiting_for_yes
    assert talk.says("1").effects == frozenset()


@pytest.mark.parametrize("text", ["1", "yes", "Sí", "ok", "ਹਾਂ", "👍", "1 yes I can talk"])
def test_a_yes_in_words_is_a_yes(text: str) -> None:
    talk = Talk(ENGLISH, "1", "Oliver")
    talk.is_answered()
    assert talk.says(text).effects == {Effect.ANSWER_YES}


@pytest.mark.parametrize("text", ["2", "no", "later", "yes but my boss reads this", "", "1 week", "?"])
def test_anything_else_is_no_yes(text: str) -> None:
    talk = Talk(ENGLISH, "1", "Oliver")
    talk.is_answered()
    assert talk.says(text).effects == frozenset()
    assert talk.state.waiting_for_yes


def test_the_question_for_a_yes_is_not_repeated_while_it_is_open() -> None:
    talk = Talk(ENGLISH, "1", "Oliver")
    talk.is_answered()
    assert talk.is_answered().replies == ()
    assert talk.later(days=8).says("hello").said == ("can you talk",)


@pytest.mark.parametrize(("digit", "hours"), [("1", 7), ("2", 7), ("3", 49)])
def test_what_was_not_just_asked_for_waits_for_the_evening_or_the_chosen_hours(digit: str, hours: int) -> None:
    talk = Talk(ENGLISH, digit, "Oliver")
    turn = answer_waiting(talk.state, now=NOON + timedelta(hours=2))
    assert turn.not_before == NOON + timedelta(hours=hours)
    assert turn.state.talk_at == turn.not_before


def test_the_hours_are_those_of_the_clock_where_the_worker_is() -> None:
    # In winter it is an hour later in the Peace River than in Vancouver.
    talk = Talk(ENGLISH, "1", "Fort St. John")
    assert answer_waiting(talk.state, now=NOON + timedelta(hours=2)).not_before == NOON + timedelta(hours=6)


def test_who_has_just_written_or_is_in_danger_is_asked_at_once() -> None:
    talk = Talk(ENGLISH, "1", "Oliver")
    assert talk.is_answered().not_before == talk.now
    danger = Talk(ENGLISH, "4").later(hours=3)
    assert danger.is_answered().not_before == danger.now


@pytest.mark.parametrize(
    "text", ["", " ", "\u202e\u200b", "👍" * 50, "a" * 1600, "ਮ" * 1600, "\x00\ud800", "1" * 500, "؟", "9️⃣", "\n\n\n"]
)
def test_any_text_at_any_step_is_borne(text: str) -> None:
    for before in ([], [ENGLISH], [ENGLISH, "1"], [ENGLISH, "1", "9"], [ENGLISH, "1", "Hamilton"], [ENGLISH, "1", "2"]):
        talk = Talk(*before)
        talk.says(text)
        talk.is_answered()
        talk.says(text)
        assert talk.is_silent().state.routed
