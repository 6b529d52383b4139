"""What a worker's request may be: from our own pages, no larger than the longest form, in a language that we have.

No cookie is asked of anyone, and nobody is refused for an address.
"""

from typing import Final

from flask import current_app, request
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter

from intake.report import Intake
from intake.web import uploads
from intake.web.groups import GroupList, Groups
from service import csrf
from translations.locales import SOURCE, Locale, form_locales

# The longest answers that are taken, in a script of three bytes a letter and percent-encoded, with room to say "too
# long" of a text and still give it back.
BODY_LIMIT: Final = 256 * 1024


class LocaleConverter(BaseConverter):
    """The first part of a worker's path: the code of a language of the form."""

    regex = "|".join(one.code for one in form_locales())


def know_locales(state: BlueprintSetupState) -> None:
    """Let the app's addresses begin with a language."""
    state.app.url_map.converters["locale"] = LocaleConverter


def intake() -> Intake:
    """Give what taking in a report stands on, for the app that handles this request."""
    found: Intake = current_app.extensions["leeward.intake"]
    return found


def groups() -> Groups:
    """Give the organizations that a form names. It asks nothing of a database."""
    found: GroupList = current_app.extensions["leeward.groups"]
    return found.current()


def has_hotline() -> bool:
    """Say whether texts can go out from here."""
    return bool(current_app.extensions["leeward.gateways"])


def check_request() -> None:
    """Refuse what another site's page could have sent, and bodies that no form of ours makes. Raises Forbidden."""
    request.max_content_length = BODY_LIMIT
    csrf.check_anonymous(request)
    uploads.allow()


def language_of_path(path: str) -> Locale:
    """Find the language of a page by its path, also of a page that does not exist; English where it names none."""
    first = path.lstrip("/").partition("/")[0]
    by_code = {one.code: one for one in form_locales()}
    return by_code.get(first, by_code[SOURCE])
