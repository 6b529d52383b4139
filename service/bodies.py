"""Reading a form's body: what is cut off, mis-encoded or too much is refused, never repaired and never half-read.

Werkzeug's own parser forgives: a cut multipart body becomes an empty form, wrong bytes become question marks, and a
large part goes to a temporary file in clear. Nothing of a body touches the disk here but files, where a view takes any,
and these only sealed (spooled.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Final, NoReturn
from urllib.parse import parse_qsl

from flask import Request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.formparser import FormDataParser
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData, Preamble

from service.spooled import SpooledFile

FIELDS_LIMIT: Final = 500
# All that is no file, names and encoding included, in bytes: the most that any of our forms is allowed.
TEXT_LIMIT: Final = 256 * 1024
_READ: Final = 64 * 1024

_Parsed = tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]


@dataclass(frozen=True, slots=True)
class FileRules:
    """Which files a view takes: those of one field, so many, so large each and together, in bytes.

    A file beyond that is read to its end and dropped, so that the view can say what is wrong and give the rest back.
    """

    field: str
    count: int
    size: int
    total: int


class StrictFormParser(FormDataParser):
    """Parse the two ways in which a browser posts a form; anything wrong with it is a 400, 413 or 415."""

    rules: FileRules | None = None
    uploads: tuple[SpooledFile, ...] = ()

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> _Parsed:
        """Read the whole body, which the stream's limit bounds. Raises BadRequest and its neighbours."""
        try:
            if mimetype == "multipart/form-data":
                parts = _Parts(self.rules, (options or {}).get("boundary", "").encode("ascii"))
                fields = parts.read(stream)
                self.uploads = tuple(parts.files)
            else:
                fields = _without_parts(_whole(stream), mimetype)
        except ValueError as error:
            # UnicodeError is a ValueError too. The text of the error quotes the body, so it goes no further.
            raise BadRequest from error
        return stream, self.cls(fields), self.cls()


class StrictRequest(Request):
    """A request whose form is read by `StrictFormParser`. Files come only where a view set `file_rules` before."""

    form_data_parser_class = StrictFormParser
    file_rules: FileRules | None = None
    _parser: StrictFormParser | None = None

    @property
    def want_form_data_parsed(self) -> bool:
        """Parse always, so that a body of no stated type is refused and not overlooked."""
        return True

    @property
    def uploads(self) -> tuple[SpooledFile, ...]:
        """The files that came with the form, those included that were dropped for their size."""
        self._load_form_data()
        return self._parser.uploads if self._parser is not None else ()

    def make_form_data_parser(self) -> FormDataParser:
        """Make the parser of this request."""
        parser = super().make_form_data_parser()
        if isinstance(parser, StrictFormParser):
            parser.rules = self.file_rules
            self._parser = parser
        return parser

    def close(self) -> None:
        """Let go of the files, with the keys that open them."""
        super().close()
        for upload in self._parser.uploads if self._parser is not None else ():
            upload.close()

    def _get_file_stream(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        # Werkzeug's own would write to the disk in clear.
        raise RuntimeError("files are spooled sealed, by StrictFormParser")


def _whole(stream: IO[bytes]) -> bytes:
    """Read a body that holds no files."""
    body = stream.read(TEXT_LIMIT)
    # A body that does not say its length is read up to the limit, and only another read tells that there was more: it
    # raises then.
    if stream.read(1):
        raise RequestEntityTooLarge
    return body


def _without_parts(body: bytes, mimetype: str) -> list[tuple[str, str]]:
    if mimetype == "application/x-www-form-urlencoded":
        if body.count(b"&") >= FIELDS_LIMIT:
            raise RequestEntityTooLarge
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, encoding="utf-8", errors="strict")
    if body:
        raise UnsupportedMediaType
    return []


class _Parts:
    """A multipart body, read once from its beginning to its end."""

    def __init__(self, rules: FileRules | None, boundary: bytes) -> None:
        if not boundary:
            raise ValueError("a multipart body without a boundary")
        self._decoder = MultipartDecoder(boundary, TEXT_LIMIT, max_parts=FIELDS_LIMIT)
        self._rules = rules
        self._text = 0
        self.files: list[SpooledFile] = []

    def read(self, stream: IO[bytes]) -> list[tuple[str, str]]:
        """Read it and give its fields; its files are in `files`. A body that is refused leaves none behind."""
        try:
            return list(self._fields(stream))
        except BaseException:
            for file in self.files:
                file.close()
            raise

    def _fields(self, stream: IO[bytes]) -> Iterator[tuple[str, str]]:
        name, value, file = "", bytearray(), None
        for event in self._events(stream):
            if isinstance(event, Field):
                name, value, file = _name(event.name), bytearray(), None
            elif isinstance(event, File):
                file = self._begin(event)
            elif isinstance(event, Data) and file is not None:
                self._write(file, event)
            elif isinstance(event, Data):
                self._weigh(event.data)
                value += event.data
                if not event.more_data:
                    yield name, value.decode("utf-8")
            elif not isinstance(event, Preamble):
                raise BadRequest

    def _events(self, stream: IO[bytes]) -> Iterator[Event]:
        """Give every event up to the end, which must come: a cut body raises ValueError."""
        ended = False
        while not ended:
            data = stream.read(_READ)
            ended = not data
            self._decoder.receive_data(data or None)
            while not isinstance(event := self._decoder.next_event(), NeedData | Epilogue):
                yield event

    def _begin(self, event: File) -> SpooledFile:
        if self._rules is None:
            raise BadRequest("files are not taken here")
        name = _name(event.name)
        self._weigh(event.filename.encode())
        file = SpooledFile(event.filename)
        if name != self._rules.field:
            file.drop()
        else:
            self.files.append(file)
        return file

    def _write(self, file: SpooledFile, event: Data) -> None:
        rules = self._rules
        file.write(event.data)
        if rules is not None and not file.is_dropped:
            total = sum(one.size for one in self.files)
            if len(self.files) > rules.count or file.size > rules.size or total > rules.total:
                file.drop()
        # A browser sends an empty part without a name where no file was chosen.
        if not event.more_data and not file.name and file.size == 0 and file in self.files:
            self.files.remove(file)

    def _weigh(self, text: bytes | bytearray) -> None:
        self._text += len(text)
        if self._text > TEXT_LIMIT:
            raise RequestEntityTooLarge


def _name(name: Any) -> str:
    """Give a part's name; the decoder promises text and gives None where there was none."""
    if not isinstance(name, str):
        raise ValueError("a part without a name")
    return name
