"""A card says what the form says, and says its English where nobody has checked the translation."""

from intake.content import published
from tests.unit.intake.outreach.printed import said
from translations.catalogue import catalogue


def test_the_english_card_needs_no_english_beside_it() -> None:
    assert said("en").originals == ()


def test_a_translation_that_nobody_approved_carries_the_english_of_each_vital_sentence() -> None:
    originals = said("pa").originals
    assert "In danger now? Call 911." in originals
    assert "Your boss or the agency must not take your passport or other papers." in originals
    assert len(originals) == len(set(originals))


def test_the_rights_on_it_are_those_of_the_page_of_rights() -> None:
    statements = [one for one in published.rights(published.PROVINCE).statements if one.card]
    assert said("es").rights == tuple(catalogue("es").gettext(one.text) for one in statements)
    # A rule for some workers would need more words than a card has.
    assert all(one.only is None for one in statements)


def test_the_numbers_are_those_of_the_emergency_panel() -> None:
    assert [number for number, _ in said("fr").numbers] == [one.shown for one in published.numbers() if one.panel]


def test_only_what_is_carried_must_be_hidden() -> None:
    assert said("en").hide == ("Do not let your boss see this card.",)
    assert said("en", carried=False).hide == ()
    assert "Do not let your boss see this card." not in said("pa", carried=False).originals
