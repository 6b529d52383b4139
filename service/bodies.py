"""Reading a form's body: what is cut off, mis-encoded or too much is refused, never repaired and never half-read.

Werkzeug's own parser forgives: a cut multipart body becomes an empty form, wrong bytes become question marks, and a
large part goes to a temporary file in clear. Nothing of a body touches the disk here.
"""

from typing import IO, Any, Final
from urllib.parse import parse_qsl

from flask import Request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.formparser import FormDataParser
from werkzeug.sansio.multipart import Data, Epilogue, Field, MultipartDecoder, NeedData, Preamble

FIELDS_LIMIT: Final = 500

_Parsed = tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]


class StrictFormParser(FormDataParser):
    """Parse the two ways in which a browser posts a form; anything wrong with it is a 400, 413 or 415."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> _Parsed:
        """Read the whole body, which the stream's limit bounds. Raises BadRequest and its neighbours."""
        body = stream.read()
        # A body that does not say its length is read up to the limit, and only another read tells that there was more:
        # it raises then.
        stream.read(1)
        try:
            if mimetype == "application/x-www-form-urlencoded":
                fields = _urlencoded(body)
            elif mimetype == "multipart/form-data":
                fields = _multipart(body, (options or {}).get("boundary", "").encode("ascii"))
            elif body:
                raise UnsupportedMediaType
            else:
                fields = []
        except ValueError as error:
            # UnicodeError is a ValueError too. The text of the error quotes the body, so it goes no further.
            raise BadRequest from error
        return stream, self.cls(fields), self.cls()


class StrictRequest(Request):
    """A request whose form is read by `StrictFormParser`."""

    form_data_parser_class = StrictFormParser

    @property
    def want_form_data_parsed(self) -> bool:
        """Parse always, so that a body of no stated type is refused and not overlooked."""
        return True


def _urlencoded(body: bytes) -> list[tuple[str, str]]:
    if body.count(b"&") >= FIELDS_LIMIT:
        raise RequestEntityTooLarge
    return parse_qsl(body.decode("utf-8"), keep_blank_values=True, encoding="utf-8", errors="strict")


def _multipart(body: bytes, boundary: bytes) -> list[tuple[str, str]]:
    if not boundary:
        raise ValueError("a multipart body without a boundary")
    decoder = MultipartDecoder(boundary, max_parts=FIELDS_LIMIT)
    decoder.receive_data(body)
    decoder.receive_data(None)
    fields: list[tuple[str, str]] = []
    name, value = "", b""
    while not isinstance(event := decoder.next_event(), Epilogue):
        if isinstance(event, Field):
            name, value = _name(event.name), b""
        elif isinstance(event, Data):
            value += event.data
            if not event.more_data:
                fields.append((name, value.decode("utf-8")))
        elif not isinstance(event, Preamble | NeedData):
            raise BadRequest("files are not taken here")
    return fields


def _name(name: Any) -> str:
    """Give a part's name; the decoder promises text and gives None where there was none."""
    if not isinstance(name, str):
        raise ValueError("a part without a name")
    return name
