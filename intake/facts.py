"""What routing needs to know of a worker's answers. Pure: answers go in, facts come out, nothing is kept.

Rules only raise urgency; a person lowers it, with a reason (referrals.md, "Urgency").
"""

from intake.answers import Answers
from referrals.candidates import Facts
from referrals.geography.outcomes import PlaceCandidate
from referrals.geography.places import Place, area, resolve
from referrals.routing import EMERGENCY, urgency_of

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
    """Resolve where it happened: the district or region that was chosen, else the town that was written.

    Of a name of several places it is the one that the worker chose, if they did.
    """
    chosen = answers.district or answers.region
    if chosen:
        return area(chosen)
    written = resolve(answers.place)
    meant = {area_code(candidate) for candidate in written.candidates}
    return area(answers.which_place) if answers.which_place in meant else written


def area_code(candidate: PlaceCandidate) -> str:
    """Give the area of one place that a name may mean: "rd:5915", or "prov:ON" where no district is known."""
    return f"rd:{candidate.district}" if candidate.district else f"prov:{candidate.province}"


def places_to_ask(answers: Answers) -> tuple[PlaceCandidate, ...]:
    """List the places among which a worker must choose, none where it is clear.

    An emergency is never held up by a question: somebody who can ask reads it at once.
    """
    if urgency_of(flags_of(answers), answers.what) == EMERGENCY:
        return ()
    return place_of(answers).candidates


def facts_of(answers: Answers, case_id: bytes) -> Facts:
    """Gather the router's facts. `other_unsure` stands in where no kind of problem was chosen."""
    return Facts(
        id=case_id.hex(),
        place=place_of(answers),
        language=answers.locale,
        categories=answers.what or ("other_unsure",),
        flags=flags_of(answers),
        employer=answers.employer or None,
        exclude_orgs=answers.exclude,
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
