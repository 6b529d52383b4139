"""Every kind of mistreatment carries what staff need, and the forced-labour flag rises by the rule of the design."""

import pytest

from referrals.categories import CATEGORIES, WorkingGroup, forced_labour_flag
from referrals.geography.provinces import PROVINCES


def test_the_order_is_the_designs() -> None:
    assert " ".join(CATEGORIES) == (
        "pay_hours contract_deception recruitment_fees_debt documents_held movement_isolation threats_intimidation "
        "reprisal violence sexual_violence_harassment discrimination_bullying unsafe_work_injury health_care_access "
        "housing_living immigration_status other_unsure"
    )


def test_each_category_is_filed_under_its_own_code() -> None:
    assert all(code == category.code and category.label for code, category in CATEGORIES.items())


def test_working_groups_are_the_networks() -> None:
    groups = {
        group: {code for code, category in CATEGORIES.items() if category.working_group is group}
        for group in WorkingGroup
    }
    assert groups[WorkingGroup.ACCESS] == {"immigration_status", "health_care_access", "other_unsure"}
    assert groups[WorkingGroup.RETRIBUTION] == {"reprisal", "threats_intimidation", "documents_held"}
    assert len(groups[WorkingGroup.MISTREATMENT]) == 9


@pytest.mark.parametrize("province", PROVINCES)
def test_a_province_names_an_authority_for_each_category_but_the_open_one(province: str) -> None:
    named = {code for code, category in CATEGORIES.items() if category.authority(province)}
    assert named == set(CATEGORIES) - {"other_unsure"}
    assert set(PROVINCES[province].authorities) <= set(CATEGORIES)


def test_a_province_without_a_file_names_no_authority() -> None:
    assert CATEGORIES["pay_hours"].authority("ON") is None


@pytest.mark.parametrize(
    ("categories", "raised"),
    [
        ((), False),
        (("documents_held",), False),
        (("documents_held", "pay_hours"), False),
        (("documents_held", "movement_isolation"), True),
        (("documents_held", "threats_intimidation"), True),
        (("recruitment_fees_debt", "documents_held"), True),
        (("pay_hours", "contract_deception"), False),
        (("pay_hours", "contract_deception", "housing_living"), True),
        # Two categories of one indicator are one indicator.
        (("violence", "sexual_violence_harassment", "pay_hours"), False),
        (("pay_hours", "contract_deception", "discrimination_bullying", "other_unsure", "not_a_code"), False),
    ],
)
def test_forced_labour_flag(categories: tuple[str, ...], raised: bool) -> None:
    assert forced_labour_flag(categories) is raised
