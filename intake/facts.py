"""What routing needs to know of a worker's answers. Pure: answers go in, facts come out, nothing is kept.

Rules only raise urgency; a person lowers it, with a reason (referrals.md, "Urgency").
"""

from intake.answers import Answers
from referrals.candidates import Facts
from referrals.geography.places import Place, area, resolve

_TODAY_FLAGS = {
    "hurt": "injured",
    "locked_in": "confined_now",
    "afraid": "immediate_danger",
    "self_harm": "self_harm",
    "minor": "minor",
}
_EXCLUDED_ROLES = {"consulate": "foreign_government", "union": "union"}


def flags_of(answers: Answers) -> tuple[str, ...]:
    """Read the urgency flags off the answers about today and soon (vocabulary of referrals.md)."""
    flags = [_TODAY_FLAGS[code] for code in answers.today if code in _TODAY_FLAGS]
    if "sent_home" in answers.soon and answers.soon_when == "days":
        flags.append("repatriation_72h")
    if "leave_house" in answers.soon:
        flags.append("evicted")
    if "permit_ends" in answers.soon and answers.soon_when in ("days", "weeks"):
        flags.append("permit_expires_14d")
    if "fired" in answers.soon:
        flags.append("dismissed")
    # An employment standards complaint is due within six months (RSBC 1996 c. 113, s. 74(3)): from "1-5 months ago" on,
    # thirty days may be all that is left.
    if answers.last_day in ("months_1_5", "longer"):
        flags.append("legal_limit_30d")
    return tuple(flags)


def place_of(answers: Answers) -> Place:
    """Resolve where it happened: the district or region that was chosen, else the town that was written."""
    if answers.district:
        return area(answers.district)
    if answers.region:
        return area(answers.region)
    return resolve(answers.place)


def facts_of(answers: Answers, case_id: bytes) -> Facts:
    """Gather the router's facts. `other_unsure` stands in where no kind of problem was chosen."""
    return Facts(
        id=case_id.hex(),
        place=place_of(answers),
        language=answers.locale,
        categories=answers.what or ("other_unsure",),
        flags=flags_of(answers),
        employer=answers.employer or None,
        exclude_roles=tuple(_EXCLUDED_ROLES[code] for code in answers.must_not_know if code in _EXCLUDED_ROLES),
        consent={"coordinator": answers.helper_desk != "no"},
        helper=answers.helper or "either",
    )


def area_of(place: Place) -> str | None:
    """Give the coarsest area that routing used, as kept in clear: one district, else the region, else the province."""
    if len(place.districts) == 1:
        return "rd:" + next(iter(place.districts))
    if place.region:
        return "region:" + place.region
    return "prov:" + place.province if place.province else None
