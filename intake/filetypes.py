"""What a file is, by its first bytes and never by its name. Pure.

Only what a worker's phone makes is taken: pictures, sound, film, and PDF. What could run on a caseworker's machine when
it is opened (programs, documents with macros, web pages, archives) is not.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file: its media type, the ending of its name, and whether metadata can be taken out of it."""

    mime: str
    ending: str
    is_picture: bool = False


JPEG: Final = FileType("image/jpeg", "jpg", is_picture=True)
PNG: Final = FileType("image/png", "png", is_picture=True)
WEBP: Final = FileType("image/webp", "webp", is_picture=True)
HEIC: Final = FileType("image/heic", "heic", is_picture=True)
PDF: Final = FileType("application/pdf", "pdf")
MP3: Final = FileType("audio/mpeg", "mp3")
OGG: Final = FileType("audio/ogg", "ogg")
WAV: Final = FileType("audio/wav", "wav")
AMR: Final = FileType("audio/amr", "amr")
AAC: Final = FileType("audio/aac", "aac")
M4A: Final = FileType("audio/mp4", "m4a")
MP4: Final = FileType("video/mp4", "mp4")
MOV: Final = FileType("video/quicktime", "mov")
THREE_GP: Final = FileType("video/3gpp", "3gp")
WEBM: Final = FileType("video/webm", "webm")

# The first bytes that decide alone.
_STARTS: Final = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"%PDF-", PDF),
    (b"OggS\0", OGG),
    (b"#!AMR", AMR),
    (b"ID3", MP3),
)
# What stands in a RIFF container (its bytes 8 to 12).
_RIFF: Final = {b"WEBP": WEBP, b"WAVE": WAV}
# Brands of ISO 14496-12: the major one of a file's first box.
_BRANDS: Final = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), HEIC),
    **dict.fromkeys((b"M4A ", b"M4B "), M4A),
    **dict.fromkeys((b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V "), MP4),
    **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3gr6", b"3gs7", b"3g2a", b"3g2b", b"3g2c"), THREE_GP),
    b"qt  ": MOV,
}


class FileTypeUnknown(Exception):
    """A file is none of the kinds that are taken."""


def type_of(content: bytes | bytearray | memoryview) -> FileType:
    """Tell what a file is by its content. Raises FileTypeUnknown."""
    head = bytes(content[:64])
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    if head[4:8] == b"ftyp" and head[8:12] in _BRANDS:
        return _BRANDS[head[8:12]]
    if head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head:
        return WEBM
    # Frames of MPEG audio begin with eleven set bits, then version and layer; layer 0 is AAC's ADTS.
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        if head[1] & 0xF6 == 0xF0:
            return AAC
        if head[1] & 0x06 == 0x02 and head[2] & 0xF0 not in (0x00, 0xF0):
            return MP3
    raise FileTypeUnknown
