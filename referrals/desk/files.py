"""A case's files, by the desk's API: the sealed bytes of one, as they are stored. The server can open none of them."""

from collections.abc import Iterator

from flask import Blueprint, Response

from referrals.attachments import AttachmentNotFound, StoredFile, pieces, stored_file
from referrals.desk import access, schemas
from referrals.desk.schemas import RequestMalformed
from service.database import Database
from service.runtime import runtime


def install(api: Blueprint) -> None:
    """Put the files among the API's addresses."""
    api.add_url_rule("/cases/<case_id>/files/<message_id>", view_func=sealed_file, methods=["GET"])


def sealed_file(case_id: str, message_id: str) -> Response:
    """Give one file as an envelope: header, the caller's wraps, and the body, read while it is sent."""
    desk, who = runtime(), access.visitor()
    with desk.database.session() as session:
        found = stored_file(
            session,
            desk.keystore,
            organization_id=who.organization_id,
            case_id=_id(case_id),
            message_id=_id(message_id),
        )
    head = found.header + bytes((len(found.wraps),)) + b"".join(found.wraps)
    response = Response(_all(head, desk.database, found), mimetype="application/octet-stream")
    response.content_length = len(head) + found.size
    # Whoever opens the address by hand gets bytes that only the desk's page can open, and no page.
    response.headers["Content-Disposition"] = "attachment"
    return response


def _all(head: bytes, database: Database, found: StoredFile) -> Iterator[bytes]:
    yield head
    yield from pieces(database, found.message_id)


def _id(text: str) -> bytes:
    try:
        return schemas.parse_id(text)
    except RequestMalformed as error:
        raise AttachmentNotFound from error
