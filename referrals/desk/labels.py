"""What the desk calls the codes of a report: questions, answers, areas and reasons, in the caseworker's language.

The desk knows codes and labels only. Which codes exist is intake's to say; a test holds the two together.
"""

from collections.abc import Callable

from referrals.geography.places import DISTRICTS, REGIONS

Gettext = Callable[[str], str]
Labels = tuple[tuple[str, str], ...]


def questions(_: Gettext) -> Labels:
    """Name the questions in the order that a caseworker reads them: danger first, consent last."""
    return (
        ("today", _("Today")),
        ("soon", _("Soon")),
        ("soon_when", _("How soon")),
        ("what", _("What happened")),
        ("about", _("Whom it is about")),
        ("people", _("How many people")),
        ("last_day", _("Last day there, or when it last happened")),
        ("place", _("Nearest town, as written")),
        ("which_place", _("Which of the places with that name")),
        ("region", _("Region")),
        ("district", _("District")),
        ("employer", _("Farm, company or contractor")),
        ("helper", _("Who should help")),
        ("must_not_know", _("Must not know")),
        ("must_not_know_other", _("Must not know, in their words")),
        ("exclude", _("Organizations that must not get it")),
        ("answer_by", _("How to answer")),
        ("reach_number", _("Phone number")),
        ("reach_mail", _("Mail address")),
        ("reach_hours", _("Safe hours to call")),
        ("pass_on", _("If you can't help, may another group read it?")),
        ("helper_desk", _("May the helper desk read it?")),
        ("wording", _("Version of the words that they agreed to")),
    )


def answers(_: Gettext) -> Labels:
    """Name the answers, each by its question and its code."""
    return (
        *_answers_about_danger(_),
        *_answers_about_what(_),
        *_answers_about_people(_),
        *_answers_about_contact(_),
    )


def decline_reasons(_: Gettext) -> Labels:
    """Name the reasons of referrals.referral.DECLINE_REASONS."""
    return (
        ("no_capacity", _("We have no capacity now")),
        ("not_our_work", _("It is not our kind of work")),
        ("language", _("We don't have the language")),
        ("conflict_of_interest", _("We have a conflict of interest")),
        ("out_of_area", _("It is outside our area")),
        ("other", _("Another reason")),
    )


def closing_reasons(_: Gettext) -> Labels:
    """Name the reasons of referrals.referral.CLOSING_REASONS."""
    return (
        ("resolved", _("It was solved")),
        ("referred_on", _("Referred on")),
        ("worker_asked", _("The worker asked to stop")),
        ("unreachable", _("The worker could not be reached")),
        ("duplicate", _("It was told before")),
        ("not_for_us", _("Not our kind of work")),
    )


def areas() -> Labels:
    """Name every region and district; their names are the same in every language of the desk."""
    regions = ((f"region:{code}", region.name) for code, region in REGIONS.items())
    return (*regions, *((f"rd:{code}", district.name) for code, district in DISTRICTS.items()))


def regions_of_districts() -> Labels:
    """Say which region each district lies in."""
    return tuple((f"rd:{code}", f"region:{district.region}") for code, district in DISTRICTS.items())


def _answers_about_danger(_: Gettext) -> Labels:
    return (
        ("today.hurt", _("Is hurt")),
        ("today.locked_in", _("Is locked in")),
        ("today.afraid", _("Is afraid that someone will hurt them")),
        ("today.self_harm", _("Thinks about hurting themselves")),
        ("today.minor", _("Someone under 18 is in this")),
        ("today.none", _("None of these")),
        ("soon.sent_home", _("Will be sent home")),
        ("soon.leave_house", _("Must leave the house")),
        ("soon.permit_ends", _("Permit ends")),
        ("soon.fired", _("Was fired")),
        ("soon_when.days", _("In 1 to 3 days")),
        ("soon_when.weeks", _("In 2 weeks")),
        ("soon_when.later", _("Later")),
        ("last_day.this_month", _("This month")),
        ("last_day.months_1_5", _("1 to 5 months ago")),
        ("last_day.longer", _("Longer ago")),
    )


def _answers_about_what(_: Gettext) -> Labels:
    return (
        ("what.pay_hours", _("Pay, hours, overtime or deductions")),
        ("what.contract_deception", _("Job or conditions not as promised")),
        ("what.recruitment_fees_debt", _("Recruitment fees, fraud or debt")),
        ("what.documents_held", _("Passport, permit, bank card or phone held")),
        ("what.movement_isolation", _("Movement or contacts controlled")),
        ("what.threats_intimidation", _("Threats, also of deportation")),
        ("what.reprisal", _("Punished for complaining, organizing or seeking help")),
        ("what.violence", _("Physical violence")),
        ("what.sexual_violence_harassment", _("Sexual violence or harassment")),
        ("what.discrimination_bullying", _("Discrimination, bullying or racism")),
        ("what.unsafe_work_injury", _("Unsafe work, pesticides or injury")),
        ("what.health_care_access", _("No care when ill or injured")),
        ("what.housing_living", _("Unsafe or crowded housing, water or food")),
        ("what.immigration_status", _("Permit, status, or being tied to one employer")),
        ("what.other_unsure", _("Something else, or not sure")),
    )


def _answers_about_people(_: Gettext) -> Labels:
    return (
        ("about.me", _("The person who writes")),
        ("about.group", _("The person who writes, and others")),
        ("about.other_knows", _("Another person, who knows of this report")),
        ("about.other_unaware", _("Another person, who does not know of this report")),
        ("helper.same_language", _("Someone who speaks their language")),
        ("helper.outside_community", _("Someone from outside their community, with an interpreter")),
        ("helper.either", _("Either")),
        ("must_not_know.boss", _("The boss")),
        ("must_not_know.foreman", _("The foreman")),
        ("must_not_know.housemates", _("The people they live with")),
        ("must_not_know.consulate", _("The consulate")),
        ("must_not_know.union", _("The union")),
        ("must_not_know.faith", _("The church, temple or mosque")),
        ("must_not_know.agency", _("The agency")),
        ("must_not_know.other", _("Someone else")),
    )


def _answers_about_contact(_: Gettext) -> Labels:
    return (
        ("answer_by.here", _("Here, with their receipt")),
        ("answer_by.phone", _("By phone")),
        ("answer_by.mail", _("By mail")),
        ("answer_by.none", _("Not at all")),
        ("reach_hours.morning", _("Morning")),
        ("reach_hours.afternoon", _("Afternoon")),
        ("reach_hours.evening", _("Evening")),
        ("reach_hours.sunday", _("Sunday")),
        ("pass_on.yes", _("Yes")),
        ("pass_on.ask", _("Ask first")),
        ("helper_desk.yes", _("Yes")),
        ("helper_desk.no", _("No")),
    )
