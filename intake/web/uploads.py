"""Files on a worker's form: which requests may bring any, and what is said of those that cannot be taken.

A form that goes back never brings its files along: a browser keeps none, and so do we.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final

from flask import current_app, g, request
from flask.sansio.blueprints import BlueprintSetupState

from intake.attachments import FILE_LIMIT, FILES_LIMIT, TOTAL_LIMIT, FilesRefused, check_sizes
from intake.web.forms import FILES, Fault, Filled
from service.bodies import TEXT_LIMIT, FileRules, StrictRequest
from service.spooled import SpooledFile
from service.throttle import FairQueue

# Where files may come: the report, and what is written later.
ENDPOINTS: Final = frozenset({"form.send", "form.write"})
RULES: Final = FileRules(FILES, FILES_LIMIT, FILE_LIMIT, TOTAL_LIMIT)
# What is beyond the rules is read and dropped up to here, so that the text beside it can be given back. The rest is
# refused by its stated length, before any of it is sent.
BODY_LIMIT: Final = 320 * 1024 * 1024
_PLACES: Final = "leeward.uploads"


def prepare(state: BlueprintSetupState) -> None:
    """Keep half of the threads free of files on their way in: each holds one for as long as a phone sends."""
    threads: int = state.app.extensions["leeward"].settings.threads
    state.app.extensions[_PLACES] = FairQueue(width=max(1, threads // 2), waiting=0, patience=0)


def allow() -> None:
    """Let this request bring files, if it is one that may. Raises TooBusy where too many bring some."""
    if request.endpoint not in ENDPOINTS:
        return
    _request().max_content_length = BODY_LIMIT
    _request().file_rules = RULES
    if request.content_length is None or request.content_length > TEXT_LIMIT:
        places: FairQueue = current_app.extensions[_PLACES]
        g.upload_place = ExitStack()
        g.upload_place.enter_context(places.place())


def release(_error: BaseException | None) -> None:
    """Give the place of this request's files to the next."""
    place: ExitStack | None = g.pop("upload_place", None)
    if place is not None:
        place.close()


def given() -> Sequence[SpooledFile]:
    """Give the files of this request."""
    return _request().uploads if request.endpoint in ENDPOINTS else ()


def weighed(filled: Filled) -> Filled:
    """Add to a form what is wrong with the size or the number of its files."""
    try:
        check_sizes(given())
    except FilesRefused as error:
        return refused(filled, error)
    return filled


def refused(filled: Filled, error: FilesRefused) -> Filled:
    """Add to a form why its files were not taken, and which."""
    values = {**filled.values, FILES: list(error.names)}
    return Filled(values, {**filled.faults, FILES: Fault(error.reason)}, filled.submission_id)


def to_be_chosen_again(filled: Filled) -> Filled:
    """Say on a form that goes back for other reasons that its files did not come along."""
    if not given() or FILES in filled.faults:
        return filled
    return filled.with_fault(FILES, Fault.FILES_AGAIN)


def _request() -> StrictRequest:
    # The app makes no other kind (service/hardening.py); the proxy does not know.
    found: Any = request
    return found  # type: ignore[no-any-return]
