"""What a worker may tell, as the form and the hotline hand it to intake. Plain data: nothing here writes or sends.

Every answer is optional and is a code of the tuples below, or free text. Immigration status and names are never asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from referrals.categories import CATEGORIES
from referrals.geography.places import without_whole_postal_codes

ABOUT = ("me", "group", "other_knows", "other_unaware")
WHAT = tuple(CATEGORIES)
TODAY = ("hurt", "locked_in", "afraid", "self_harm", "minor", "none")
SOON = ("sent_home", "leave_house", "permit_ends", "fired")
SOON_WHEN = ("days", "weeks", "later")
LAST_DAY = ("this_month", "months_1_5", "longer")
HELPER = ("same_language", "outside_community", "either")
MUST_NOT_KNOW = ("boss", "foreman", "housemates", "consulate", "union", "faith", "agency", "other")
ANSWER_BY = ("here", "phone", "mail", "none")
REACH_HOURS = ("morning", "afternoon", "evening", "sunday")
PASS_ON = ("yes", "ask")
HELPER_DESK = ("yes", "no")

# Longest texts, in characters. A report must fit its first padding classes and one form post of 64 KiB.
STORY_LIMIT = 10_000
SHORT_LIMIT = 200
PEOPLE_LIMIT = 20
# More organizations than any network has, and longer keys than any of them.
EXCLUDE_LIMIT = 300
FOLLOW_UP_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Answers:
    """One filled form. Empty means that the worker did not answer.

    `helper_desk` is the one answer whose silence means yes: the sentence above Send says so (referrals.md, "Consent").
    `which_place` is the area that a worker meant by a name of several places ("rd:5915", "prov:ON"). `exclude` are keys
    of organizations that must not get it. `wording` is the version of the sentences that were agreed to.
    """

    locale: str
    about: str = ""
    people: str = ""
    what: tuple[str, ...] = ()
    today: tuple[str, ...] = ()
    soon: tuple[str, ...] = ()
    soon_when: str = ""
    last_day: str = ""
    place: str = ""
    which_place: str = ""
    region: str = ""
    district: str = ""
    story: str = ""
    employer: str = ""
    helper: str = ""
    must_not_know: tuple[str, ...] = ()
    must_not_know_other: str = ""
    exclude: tuple[str, ...] = ()
    answer_by: str = ""
    reach_number: str = ""
    reach_mail: str = ""
    reach_hours: tuple[str, ...] = ()
    pass_on: str = "ask"  # noqa: S105 - an answer, not a password
    helper_desk: str = "yes"
    wording: str = ""

    def document(self) -> dict[str, Any]:
        """Lay it out by field, empty ones too. Not even in the sealed report does `place` hold a whole postal code."""
        return _by_field(self) | {"place": without_whole_postal_codes(self.place)}

    def tells_nothing(self) -> bool:
        """Say whether no question was answered. One answer of any kind makes a report (worker-web.md, "Flow")."""
        return self == Answers(self.locale, which_place=self.which_place, wording=self.wording)


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a worker is shown after Send: the way back, who has it, and when to look.

    `opens_at` is when that organization opens, where it was closed at the moment of Send.
    """

    receipt: str
    organization_name: str
    come_back_at: datetime
    timezone: str
    urgency: str
    opens_at: datetime | None = None

    def document(self) -> dict[str, Any]:
        """Lay it out as JSON can hold it, for a seal."""
        opens_at = self.opens_at.isoformat() if self.opens_at else None
        return _by_field(self) | {"come_back_at": self.come_back_at.isoformat(), "opens_at": opens_at}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Submitted":
        """Read what `document` laid out."""
        come_back_at = datetime.fromisoformat(document["come_back_at"])
        opens_at = datetime.fromisoformat(document["opens_at"]) if document.get("opens_at") else None
        return cls(**{**document, "come_back_at": come_back_at, "opens_at": opens_at})


def _by_field(told: Answers | Submitted) -> dict[str, Any]:
    # Not `asdict`: it copies strings and tuples that nothing changes, at fifteen times the price, for every report.
    return {name: getattr(told, name) for name in told.__dataclass_fields__}


class NothingTold(Exception):
    """The form came back with no answer at all."""


class NobodyFits(Exception):
    """No organization may receive this report, and the worker said no to the helper desk. Nothing was sealed."""


class IntakeClosed(Exception):
    """No coordinator with a key stands behind the form, so nothing may be taken in."""
