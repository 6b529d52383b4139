"""Two names of one employer are found to be one, and two employers are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.employers import normalized, same_employer


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ("Sunridge Orchards Ltd", "SUNRIDGE ORCHARDS"),
        ("Sunridge Orchards Ltd", "sunridge orchards ltd."),
        ("Sunridge Orchards Ltd", "The Sunridge Orchard"),
        ("Sunridge Orchards Ltd", "Sun Ridge Orchards, Limited"),
        ("Sunridge Orchards Ltd", "sunridge orchards in Vernon"),
        ("Sunridge Orchards Ltd", "Sunridge"),
        ("Metro Hospitality Group", "Métro Hospitality Group, Inc."),
        ("Smith & Sons Farms", "Smith and Sons Farm"),
        ("Agrícola San José S.A. de C.V.", "agricola san jose"),
        ("O'Brien Nursery", "OBrien’s Nursery"),
        ("Les Vergers Tremblay Ltée", "VERGERS TREMBLAY"),
        ("ਸੰਧੂ ਫਾਰਮ", "ਸੰਧੂ ਫਾਰਮ"),
    ],
)
def test_one_employer(listed: str, told: str) -> None:
    assert same_employer(normalized(listed), normalized(told))
    assert same_employer(normalized(told), normalized(listed))


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ("Sunridge Orchards Ltd", "Sunrise Orchards Ltd"),
        ("Sunridge Orchards Ltd", "Orchards"),
        ("Sunridge Orchards Ltd", "Valley Farms"),
        ("Sunridge Orchards Ltd", "the farm"),
        ("Sunridge Orchards Ltd", "ltd"),
        ("Sunridge Orchards Ltd", ""),
        ("Metro Hospitality Group", "Hotel Group"),
        ("Metro Hospitality Group", "Valley Metro"),
        ("", ""),
    ],
)
def test_two_employers(listed: str, told: str) -> None:
    assert not same_employer(normalized(listed), normalized(told))
    assert not same_employer(normalized(told), normalized(listed))


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_order_of_names_does_not_matter(one: str, other: str) -> None:
    assert same_employer(normalized(one), normalized(other)) == same_employer(normalized(other), normalized(one))


@given(st.text(max_size=40))
def test_every_name_is_its_own(name: str) -> None:
    assert same_employer(normalized(name), normalized(name.upper())) or not normalized(name) or _changes(name)


def _changes(name: str) -> bool:
    """Say whether Unicode itself writes a name otherwise in capitals (the dotless i, for one)."""
    return name.upper().casefold() != name.casefold()
