"""Gzip for pages on slow phones, without telling an eavesdropper what is in them.

Compression leaks a secret where text that a stranger chose shares a stream with it (BREACH): their length then tells
how alike they are. So nothing is compressed unless a view asks, and a view may ask only for a page that repeats
nothing of the request and holds no secret. The receipt and the answers are never compressed: `compress_around` sends
them as they are, between a style and a menu that are the same for everybody and are compressed apart from them.
"""

import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from flask import Request, Response

# The end of a gzip stream's header: no name, no time, unknown system (RFC 1952 section 2.3).
_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
_STORED_LIMIT: Final = 65_535


class PrecompressedPage:
    """A page that is the same for everybody but for one value, compressed once and then served by joining bytes.

    The form is such a page: its submission id differs each time. The id stands in a stored block, which nothing is
    compressed against, so the length says nothing of it, and serving costs no compression at all.
    """

    def __init__(self, page: str, placeholder: str) -> None:
        """Take the rendered page with `placeholder` where the value goes, once."""
        before, found, after = page.partition(placeholder)
        if not found or placeholder in after:
            raise ValueError("the placeholder must stand in the page exactly once")
        self._before, self._after = before.encode(), after.encode()
        self._packed_before = _deflate(self._before, zlib.Z_FULL_FLUSH)
        self._packed_after = _deflate(self._after, zlib.Z_FINISH)

    def response(self, request: Request, value: str) -> Response:
        """Give the page with its value, as the browser can take it."""
        filled = value.encode()
        page = self._before + filled + self._after
        response = Response(mimetype="text/html")
        if accepts_gzip(request):
            parts = [_HEADER, self._packed_before, *_stored(filled), self._packed_after, _trailer(page)]
            page = b"".join(parts)
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        response.set_data(page)
        return response


def compress(request: Request, response: Response) -> Response:
    """Compress a page that holds no secret and repeats nothing of the request. The same page is compressed once."""
    response.headers["Vary"] = "Accept-Encoding"
    if accepts_gzip(request) and "Content-Encoding" not in response.headers:
        source: Any = response.response
        response.direct_passthrough = False
        response.set_data(gzip_once(response.get_data()))
        if hasattr(source, "close"):
            source.close()
        response.headers["Content-Encoding"] = "gzip"
    return response


def compress_around(request: Request, page: str, opening: str, closing: str) -> Response:
    """Give a page whose part from `opening` to `closing` is somebody's alone, and of which only the rest is compressed.

    That part stands in stored blocks, and each end is a stream of its own, so no length tells what is in it. A page
    without such a part is sent as it is.
    """
    response = Response(mimetype="text/html")
    response.headers["Vary"] = "Accept-Encoding"
    start, end = page.find(opening), page.rfind(closing)
    if not accepts_gzip(request) or not 0 <= start < end:
        response.set_data(page)
        return response
    before, inside, after = page[:start].encode(), page[start:end].encode(), page[end:].encode()
    parts = (_HEADER, _flushed(before), *_stored(inside), _deflate(after, zlib.Z_FINISH), _trailer(page.encode()))
    response.set_data(b"".join(parts))
    response.headers["Content-Encoding"] = "gzip"
    return response


def accepts_gzip(request: Request) -> bool:
    """Say whether the browser takes gzip."""
    return request.accept_encodings["gzip"] > 0


@lru_cache(maxsize=64)
def gzip_once(body: bytes) -> bytes:
    """Compress as far as it goes; what was compressed lately is remembered."""
    return b"".join((_HEADER, _deflate(body, zlib.Z_FINISH), _trailer(body)))


@lru_cache(maxsize=64)
def _flushed(body: bytes) -> bytes:
    return _deflate(body, zlib.Z_FULL_FLUSH)


def _deflate(body: bytes, ending: int) -> bytes:
    """Give raw deflate blocks (RFC 1951); with Z_FULL_FLUSH they end at a byte and others can follow."""
    stream = zlib.compressobj(level=9, wbits=-zlib.MAX_WBITS, memLevel=9)
    return stream.compress(body) + stream.flush(ending)


def _stored(body: bytes) -> Iterator[bytes]:
    """Give blocks that hold a value as it is (RFC 1951 section 3.2.4)."""
    for start in range(0, len(body), _STORED_LIMIT):
        piece = body[start : start + _STORED_LIMIT]
        length = len(piece)
        yield b"\x00" + length.to_bytes(2, "little") + (length ^ 0xFFFF).to_bytes(2, "little") + piece


def _trailer(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(4, "little") + (len(body) & 0xFFFFFFFF).to_bytes(4, "little")
