"""The kinds of mistreatment that a report can name, and what each one means to staff. Pure data.

The codes are those of the form, the directory and the router. Texts for workers are translations, not these labels.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final

from referrals.geography.provinces import PROVINCES


class Indicator(StrEnum):
    """The indicators of forced labour that the categories touch (ILO Indicators of Forced Labour, 2012)."""

    ABUSE_OF_VULNERABILITY = "abuse of vulnerability"
    DECEPTION = "deception"
    RESTRICTION_OF_MOVEMENT = "restriction of movement"
    VIOLENCE = "physical and sexual violence"
    INTIMIDATION = "intimidation and threats"
    DOCUMENTS = "retention of identity documents"
    WAGES = "withholding of wages"
    DEBT_BONDAGE = "debt bondage"
    CONDITIONS = "abusive working and living conditions"


class WorkingGroup(IntEnum):
    """The Network's working groups (referrals.md, "Categories")."""

    ACCESS = 1  # Education and Access to Services
    RETRIBUTION = 2  # Addressing Retribution
    MISTREATMENT = 3  # Preventing and Responding to Mistreatment and Emergencies


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of mistreatment. `label` is for staff; `indicator` is None where the ILO names none."""

    code: str
    label: str
    indicator: Indicator | None
    working_group: WorkingGroup

    def authority(self, province: str) -> str | None:
        """Name who enforces the law on this in a province; None where no file of a province says."""
        known = PROVINCES.get(province)
        return known.authorities.get(self.code) if known else None


_ALL: Final = (
    Category(
        "pay_hours", "Unpaid or wrong pay, hours, overtime, deductions", Indicator.WAGES, WorkingGroup.MISTREATMENT
    ),
    Category(
        "contract_deception",
        "Job or conditions differ from what was offered",
        Indicator.DECEPTION,
        WorkingGroup.MISTREATMENT,
    ),
    Category(
        "recruitment_fees_debt", "Recruitment fees, fraud, debt", Indicator.DEBT_BONDAGE, WorkingGroup.MISTREATMENT
    ),
    Category("documents_held", "Passport, ID, bank card or phone held", Indicator.DOCUMENTS, WorkingGroup.RETRIBUTION),
    Category(
        "movement_isolation",
        "Movement or contact controlled",
        Indicator.RESTRICTION_OF_MOVEMENT,
        WorkingGroup.MISTREATMENT,
    ),
    Category(
        "threats_intimidation", "Threats, deportation threats too", Indicator.INTIMIDATION, WorkingGroup.RETRIBUTION
    ),
    Category(
        "reprisal",
        "Punished for complaining, organizing or seeking help",
        Indicator.INTIMIDATION,
        WorkingGroup.RETRIBUTION,
    ),
    Category("violence", "Physical violence", Indicator.VIOLENCE, WorkingGroup.MISTREATMENT),
    Category(
        "sexual_violence_harassment", "Sexual violence or harassment", Indicator.VIOLENCE, WorkingGroup.MISTREATMENT
    ),
    Category("discrimination_bullying", "Discrimination, bullying, racism", None, WorkingGroup.MISTREATMENT),
    Category(
        "unsafe_work_injury",
        "Unsafe work, pesticides, no protection, injury",
        Indicator.CONDITIONS,
        WorkingGroup.MISTREATMENT,
    ),
    Category("health_care_access", "No care when ill or injured, no sick leave", None, WorkingGroup.ACCESS),
    Category(
        "housing_living", "Unsafe or overcrowded housing, water, food", Indicator.CONDITIONS, WorkingGroup.MISTREATMENT
    ),
    Category(
        "immigration_status",
        "Permit, status, being tied to one employer",
        Indicator.ABUSE_OF_VULNERABILITY,
        WorkingGroup.ACCESS,
    ),
    Category("other_unsure", "Other or not sure", None, WorkingGroup.ACCESS),
)
CATEGORIES: Final[Mapping[str, Category]] = MappingProxyType({category.code: category for category in _ALL})

_WITH_DOCUMENTS_HELD = frozenset({"movement_isolation", "threats_intimidation", "recruitment_fees_debt"})
_ENOUGH_INDICATORS = 3


def forced_labour_flag(categories: Collection[str]) -> bool:
    """Say whether a supervisor must look for forced labour (referrals.md, "Categories"), unknown codes aside."""
    told = set(categories)
    if "documents_held" in told and told & _WITH_DOCUMENTS_HELD:
        return True
    indicators = {CATEGORIES[code].indicator for code in told if code in CATEGORIES} - {None}
    return len(indicators) >= _ENOUGH_INDICATORS
