"""The desk's JSON API: sealed bytes in and out. Nothing that passes here can be opened by the server.

Every fault is a 4xx with {error, message}; a case of another organization is not found, like one that never was.
"""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from crypto.rejected import EnvelopeRejected
from referrals import delivery, referral
from referrals.attachments import AttachmentNotFound
from referrals.case import PAGE_LIMIT, CaseNotFound, QueueRow, case_file, queue_counts, queue_page
from referrals.caseworkers import accounts, epochs, invitations, sessions, totp
from referrals.desk import access, files, organizations, schemas
from referrals.desk.schemas import Fields, RequestMalformed
from referrals.geography.places import area_name
from referrals.referral import Change, EnvelopeNotForCase, TransitionRefused
from service.keystore import KeyDestroyed
from service.runtime import Runtime, runtime

api = Blueprint("desk_api", __name__, url_prefix="/desk/api")
files.install(api)

# What a browser may call before it is signed in. Every other endpoint needs a session.
ANONYMOUS = frozenset({"session", "salt", "sign_in", "open_invitation", "enrol", "unknown"})

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Act = Callable[[Session, Change], object]

_FAULTS: tuple[tuple[type[Exception], int, str, str], ...] = (
    (access.CsrfRefused, 403, "csrf", "The request did not carry this site's own token."),
    (sessions.SessionEnded, 401, "signed_out", "Nobody is signed in here, or the session is over."),
    (CaseNotFound, 404, "case_not_found", "There is no such case at this desk."),
    (AttachmentNotFound, 404, "file_not_found", "There is no such file at this desk."),
    (KeyDestroyed, 410, "case_erased", "The key of this case was destroyed; nothing of it can be read any more."),
    (EnvelopeNotForCase, 400, "envelope_not_for_case", "The message is sealed for another case, or for others."),
    (EnvelopeRejected, 400, "envelope_malformed", "This is not a sealed message."),
    (invitations.InvitationSpent, 404, "invitation_spent", "This invitation was used, is over, or never was."),
    (invitations.EmailTaken, 409, "email_taken", "Somebody has enrolled under this address."),
    (totp.CodeRefused, 403, "code_refused", "The six digits are wrong or were used before."),
    (epochs.EpochNotFirst, 409, "epoch_not_first", "The organization has a key already."),
    (epochs.EpochMalformed, 400, "epoch_malformed", "The organization's key is not one."),
    (epochs.MembershipRefused, 403, "membership_refused", "This key cannot be handed on like that."),
)


@api.before_request
def admit() -> None:
    """Let in who may come in."""
    access.check_request()
    name = (request.endpoint or "").rpartition(".")[2]
    if name not in ANONYMOUS:
        access.admit(runtime())


@api.get("/session")
def session() -> Response:
    """Say whether somebody is signed in here, and give the token that requests must carry."""
    try:
        access.admit(runtime())
        signed_in = True
    except sessions.SessionEnded:
        signed_in = False
    return jsonify(csrf=access.csrf_token(), signed_in=signed_in)


@api.post("/salt")
def salt() -> Response:
    """Give the salt of an address, known or not."""
    desk, fields = runtime(), _fields()
    with desk.database.session() as session:
        found = sessions.salt_for(session, schemas.parse_email(fields), salt_key=desk.secret("salt"))
    return jsonify(salt=schemas.base64url(found))


@api.post("/sign-in")
def sign_in() -> Response:
    """Start a session; the sealed keys come from `keys`, so that a locked desk asks for them in the same way."""
    desk, fields = runtime(), _fields()
    email = schemas.parse_email(fields)
    with desk.database.session(write=True) as session:
        attempt = sessions.sign_in(
            session,
            email=email,
            login_secret=fields.raw("login_secret"),
            code=fields.text("code"),
            host_key=desk.secret("totp"),
            now=desk.clock.now(),
            random=desk.random,
        )
    if attempt.token is None:
        if attempt.wait_until is not None:
            return _fault(429, "wait", "Too many wrong codes.", until=schemas.moment(attempt.wait_until))
        return _fault(403, "sign_in_refused", "Address, passphrase and code do not belong together.")
    response = jsonify(signed_in=True)
    access.set_cookie(response, attempt.token)
    return response


@api.post("/sign-out")
def sign_out() -> Response:
    """End the session."""
    with runtime().database.session(write=True) as session:
        sessions.end(session, request.cookies.get(access.COOKIE, ""))
    response = jsonify(signed_in=False)
    access.drop_cookie(response)
    return response


@api.post("/invitation")
def open_invitation() -> Response:
    """Show a person who holds an invitation what it is for."""
    desk, fields = runtime(), _fields()
    with desk.database.session(write=True) as session:
        opened = invitations.open_invitation(
            session,
            fields.text("token", longest=64),
            host_key=desk.secret("totp"),
            now=desk.clock.now(),
            random=desk.random,
        )
        first = not epochs.has_epoch(session, opened.organization_id)
    code = totp.qr_code(totp.provisioning_uri(opened.totp_secret, opened.email))
    return jsonify(
        caseworker=opened.caseworker_id.hex(),
        organization=opened.organization_id.hex(),
        organization_name=opened.organization_name,
        email=opened.email,
        role=opened.role,
        first=first,
        totp={"key": totp.text_key(opened.totp_secret), "size": code.size, "path": code.path},
    )


@api.post("/enrolment")
def enrol() -> tuple[Response, int]:
    """Make the account of a person who holds an invitation."""
    desk, fields = runtime(), _fields()
    token = fields.text("token", longest=64)
    enrolment = schemas.parse_enrolment(fields)
    with desk.database.session(write=True) as session:
        accounts.enrol(
            session,
            token,
            enrolment,
            host_key=desk.secret("totp"),
            now=desk.clock.now(),
            random=desk.random,
        )
    return jsonify(enrolled=True), 201


@api.get("/keys")
def keys() -> Response:
    """Hand the sealed keys out to who is signed in, and say who waits for theirs."""
    who = access.visitor()
    with runtime().database.session() as session:
        handed_out = accounts.handed_out(session, who.caseworker_id)
        waiting = epochs.waiting_for(session, who.organization_id, who.caseworker_id)
        names = organizations.names(session)
    return jsonify(schemas.keys_json(handed_out, waiting, names))


@api.post("/epoch-seeds")
def hand_on() -> Response:
    """Keep an epoch's seed, sealed for a colleague who waits for it."""
    desk, fields, who = runtime(), _fields(), access.visitor()
    with desk.database.session(write=True) as session:
        epochs.hand_on(
            session,
            organization_id=who.organization_id,
            giver_id=who.caseworker_id,
            caseworker_id=fields.id("caseworker"),
            epoch_id=fields.id("epoch"),
            sealed_seed=fields.raw("sealed_seed"),
            now=desk.clock.now(),
            random=desk.random,
        )
    return jsonify(kept=True)


@api.get("/queue")
def queue() -> Response:
    """Give one page of the own organization's queue and the counts of its open views."""
    view = schemas.parse_view(request.args.get("view", "new"))
    after = schemas.parse_rank(request.args.get("after", ""))
    who = access.visitor()
    with runtime().database.session() as session:
        rows = queue_page(session, organization_id=who.organization_id, view=view, after=after, limit=PAGE_LIMIT)
        counts = queue_counts(session, organization_id=who.organization_id)
        lines = _lines(session, rows)
    return jsonify(view=view, rows=lines, counts=counts, more=len(rows) == PAGE_LIMIT)


@api.get("/cases/<case_id>")
def case(case_id: str) -> Response:
    """Give a case with its sealed messages."""
    desk, who = runtime(), access.visitor()
    with desk.database.session() as session:
        file = case_file(session, desk.keystore, organization_id=who.organization_id, case_id=_case_id(case_id))
        (line,) = _lines(session, [file.row])
        delivered = delivery.told_of(session, file.row.case_id)
    return jsonify(schemas.case_json(file, line, delivered))


@api.post("/cases/<case_id>/read")
def mark_read(case_id: str) -> Response:
    """Take the mark of a new message off: its text was shown."""
    return _act(case_id, lambda session, change: referral.mark_read(session, change.actor, change.case_id))


@api.post("/cases/<case_id>/acknowledge")
def acknowledge(case_id: str) -> Response:
    """Say that a person has seen the case."""
    return _act(case_id, referral.acknowledge)


@api.post("/cases/<case_id>/accept")
def accept(case_id: str) -> Response:
    """Take the case."""
    return _act(case_id, referral.accept)


@api.post("/cases/<case_id>/decline")
def decline(case_id: str) -> Response:
    """Hand the case to the next organization in line."""
    reason = _fields().text("reason")
    return _act(case_id, lambda session, change: referral.decline(session, change, reason))


@api.post("/cases/<case_id>/close")
def close(case_id: str) -> Response:
    """End the work on a case."""
    reason = _fields().text("reason")
    return _act(case_id, lambda session, change: referral.close(session, change, reason))


@api.post("/cases/<case_id>/replies")
def reply(case_id: str) -> Response:
    """Keep an answer for the worker, sealed in the caseworker's browser."""
    sealed = schemas.parse_envelope(_fields(schemas.ENVELOPE_LIMIT))
    return _act(case_id, lambda session, change: referral.add_reply(session, change, sealed))


@api.post("/cases/<case_id>/notes")
def note(case_id: str) -> Response:
    """Keep an internal note, sealed in the caseworker's browser."""
    sealed = schemas.parse_envelope(_fields(schemas.ENVELOPE_LIMIT))
    return _act(case_id, lambda session, change: referral.add_note(session, change, sealed))


@api.route("/", methods=_METHODS)
@api.route("/<path:rest>", methods=_METHODS)
def unknown(rest: str = "") -> Response:
    """Answer as JSON where there is nothing."""
    return _fault(404, "not_found", "There is nothing here.")


@api.errorhandler(RequestMalformed)
def malformed(error: RequestMalformed) -> Response:
    """Name what is wrong with a request."""
    return _fault(400, error.code, "The request is not what this address takes.", field=error.field)


@api.errorhandler(accounts.EnrolmentMalformed)
def enrolment_malformed(error: accounts.EnrolmentMalformed) -> Response:
    """Name which key is not one."""
    return _fault(400, "enrolment_malformed", "One of the keys is not what it should be.", field=error.field)


@api.errorhandler(TransitionRefused)
def refused(error: TransitionRefused) -> Response:
    """Say which rule stands in the way."""
    return _fault(409, error.code, "The case is not in a state that allows this.")


@api.errorhandler(HTTPException)
def http_fault(error: HTTPException) -> Response:
    """Answer what the framework refuses (too large, wrong method) in the API's own shape."""
    return _fault(error.code or 500, (error.name or "error").lower().replace(" ", "_"), error.name or "")


def _register_faults() -> None:
    for exception, status, code, message in _FAULTS:
        api.register_error_handler(
            exception, lambda _error, status=status, code=code, message=message: _fault(status, code, message)
        )


_register_faults()


def _fields(limit: int = schemas.BODY_LIMIT) -> Fields:
    request.max_content_length = limit
    return Fields.parse(request.get_data(cache=False))


def _case_id(text: str) -> bytes:
    try:
        return schemas.parse_id(text)
    except RequestMalformed as error:
        raise CaseNotFound from error


def _act(case_id: str, act: Act) -> Response:
    """Run one change of a case and say that it was kept."""
    desk: Runtime = runtime()
    change = Change(access.actor(), _case_id(case_id), desk.clock.now(), desk.keystore, desk.random)
    with desk.database.session(write=True) as session:
        act(session, change)
    return jsonify(kept=True)


def _lines(session: Session, rows: Sequence[QueueRow]) -> list[dict[str, Any]]:
    """Lay out lines of the queue with the names that they need."""
    who = access.visitor()
    holders = accounts.colleagues(session, who.organization_id)
    leaders = organizations.leaders(session, [row.case_id for row in rows if row.kind != "primary"])
    return [
        schemas.row_json(
            row,
            holders=holders,
            leaders=leaders,
            me=who.caseworker_id,
            area_name=area_name(row.area) if row.area else "",
        )
        for row in rows
    ]


def _fault(status: int, code: str, message: str, **more: str | None) -> Response:
    response = jsonify(error=code, message=message, **more)
    response.status_code = status
    return response
