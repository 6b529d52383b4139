"""What a page says of a fault in a form, of a report's state, and of a request that cannot be answered."""

from collections.abc import Callable, Mapping
from typing import Final

from markupsafe import Markup

from intake.answers import FOLLOW_UP_LIMIT
from intake.mailbox import MailboxView
from intake.web.forms import TEXTS, Fault
from intake.web.words import Words

# The order of the questions on the page, in which faults are listed.
ORDER: Final = (
    "form",
    "about",
    "people",
    "what",
    "today",
    "soon",
    "soon_when",
    "last_day",
    "place",
    "which_place",
    "region",
    "district",
    "story",
    "files",
    "employer",
    "helper",
    "must_not_know",
    "must_not_know_other",
    "exclude",
    "answer_by",
    "reach_number",
    "reach_hours",
    "reach_mail",
    "pass_on",
    "helper_desk",
    "number",
    "text",
    "phone",
)


def fault_text(words: Words, field: str, fault: str) -> Markup:
    """Say what is wrong with a field, or with a whole form ("form")."""
    _, vital = words.say, words.vital
    if fault == Fault.TOO_LONG:
        limit = TEXTS.get(field, FOLLOW_UP_LIMIT)
        return _(
            "%(question)s This is too long. Use at most %(limit)s letters.", question=_name(words, field), limit=limit
        )
    if fault == Fault.NOT_LISTED:
        return _("%(question)s Please choose again.", question=_name(words, field))
    said: Mapping[str, Callable[[], Markup]] = {
        Fault.AMBIGUOUS: lambda: _("More than one place has this name. Which one is it?"),
        Fault.NOTHING_TOLD: lambda: _("You have answered nothing yet. One answer of any kind is enough."),
        Fault.BUSY: lambda: vital("Too many people send right now. Wait one minute, then press Send again."),
        Fault.CLOSED: lambda: vital("We can't take reports right now. You can call one of these numbers."),
        Fault.NOBODY_FITS: lambda: vital(
            "No group fits, and you said no to the helper desk. Nothing was sent. "
            "You can change that answer, or call one of these numbers."
        ),
        Fault.NOBODY_LISTENS: lambda: vital("No group has your report now. Your message was not sent."),
        Fault.CODE_OVER: lambda: vital("These 12 digits are used or too old. Ask for new ones by text: write WEB."),
        Fault.NO_PHONE: lambda: vital("This is no phone number of Canada or the U.S. Please look again."),
        Fault.ASKED_TODAY: lambda: vital("We can ask a phone only once a day. Try again tomorrow."),
        Fault.MISTYPED: lambda: vital("One digit is wrong or missing. The number has 20 digits. Please look again."),
        Fault.EMPTY: lambda: _("Write something first. Then press Send."),
        Fault.FILE_KIND: lambda: vital("We can't take this kind of file. We take pictures, PDF, sound and film."),
        Fault.FILE_SIZE: lambda: vital("This file is too large. The most is 25 MB."),
        Fault.FILE_UNREADABLE: lambda: vital(
            "This picture can't be opened. Choose another one, or make a screenshot of it."
        ),
        Fault.FILES_COUNT: lambda: vital("These are too many files. The most is 10."),
        Fault.FILES_TOTAL: lambda: vital("Your files are too large together. The most is 100 MB."),
        Fault.FILES_AGAIN: lambda: vital("Please choose your files again. The form can't keep them."),
        Fault.OVER: lambda: vital("The time is over. Type your number again. Your words are still here."),
    }
    return said[fault]()


def state_text(words: Words, mailbox: MailboxView) -> Markup:
    """Say in plain words how far the work on a report is, and who does it."""
    vital, who = words.vital, mailbox.organization_name
    if not who or mailbox.state == "declined":
        return vital("No group can take your report now. Nobody works on it. You can call one of these numbers.")
    if mailbox.state == "received":
        return vital("%(organization)s has it. Nobody there has read it yet.", organization=who)
    if mailbox.state == "acknowledged":
        return vital("A person at %(organization)s has read it.", organization=who)
    if mailbox.state == "waiting_worker":
        return vital("%(organization)s wrote to you. They wait for your words.", organization=who)
    if mailbox.state == "closed":
        return vital("%(organization)s has closed it. If you write, they open it again.", organization=who)
    return vital("%(organization)s works on it.", organization=who)


def step_text(words: Words, mailbox: MailboxView, moment: str) -> Markup:
    """Say what comes next and by when, or that it is late."""
    vital = words.vital
    if mailbox.late:
        return vital(
            "The next step was due on %(moment)s. It is late. You can write again, or call a number under Help.",
            moment=moment,
        )
    if mailbox.state == "received":
        return vital("A person should read it by %(moment)s.", moment=moment)
    if mailbox.state == "acknowledged":
        return vital("They should say by %(moment)s if they can help.", moment=moment)
    return vital("You should hear from them by %(moment)s.", moment=moment)


def refusal(words: Words, status: int) -> tuple[Markup, Markup]:
    """Say in a title and a sentence why a request could not be answered."""
    _, vital = words.say, words.vital
    again = vital("It was not sent. Press Back in the browser. Then try again.")
    said = {
        404: (_("This page does not exist"), _("You can start here:")),
        405: (_("This page does not exist"), _("You can start here:")),
        403: (vital("It was not sent"), vital("Your browser hides where the form comes from. Try another browser.")),
        413: (vital("It was not sent"), vital("It is too long. Press Back in the browser and make it shorter.")),
        429: (_("Please wait"), _("Too many tries. Wait one minute.")),
        500: (_("Something broke here"), again),
        503: (_("We are too busy now"), vital("Nothing was sent. Wait one minute. Then try again.")),
    }
    return said.get(status, (vital("It was not sent"), again))


def _name(words: Words, field: str) -> Markup:
    """Name a field as its page does."""
    _ = words.say
    named: Mapping[str, Callable[[], Markup]] = {
        "about": lambda: _("Who is this about?"),
        "people": lambda: _("If you are a group: how many people?"),
        "what": lambda: _("What happened?"),
        "today": lambda: _("Is this true today?"),
        "soon": lambda: _("What may happen soon?"),
        "soon_when": lambda: _("When will that be?"),
        "last_day": lambda: _("When was your last day there? Or when did it happen last?"),
        "place": lambda: _("Nearest town"),
        "region": lambda: _("Or a part of B.C."),
        "district": lambda: _("Or a district"),
        "story": lambda: _("What happened?"),
        "employer": lambda: _("Farm, company or contractor"),
        "helper": lambda: _("Who should help you?"),
        "must_not_know": lambda: _("Who must not know?"),
        "must_not_know_other": lambda: _("Who else?"),
        "exclude": lambda: words.vital("Is there a group that must not get it?"),
        "answer_by": lambda: _("How may we answer you?"),
        "reach_number": lambda: _("Phone number"),
        "reach_hours": lambda: _("When is a call safe?"),
        "reach_mail": lambda: _("E-mail address"),
        "pass_on": lambda: _("If they can't help, may another group read it?"),
        "helper_desk": lambda: _("May the helper desk read it?"),
    }
    return named.get(field, lambda: _("Your message"))()
