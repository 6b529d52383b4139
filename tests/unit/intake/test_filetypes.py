"""What a file is, is told by its content: its name and its sender's word for it are never asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.filetypes import FileTypeUnknown, type_of
from tests import pictures

PICTURES = {
    "image/jpeg": pictures.jpeg(),
    "image/png": pictures.png(),
    "image/webp": pictures.webp(),
    "image/heic": pictures.heic(),
}


@pytest.mark.parametrize(("mime", "content"), [*PICTURES.items(), *pictures.OTHERS.items()])
def test_each_kind_that_a_phone_makes_is_known(mime: str, content: bytes) -> None:
    kind = type_of(content)
    assert kind.mime == mime
    assert kind.is_picture == (mime in PICTURES)
    assert type_of(bytearray(content)) is kind


def test_bare_frames_of_sound_are_known() -> None:
    assert type_of(b"\xff\xfb\x90\x00" + bytes(9)).mime == "audio/mpeg"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"plain text",
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"MZ\x90\0",
        b"\x7fELF",
        b"PK\x03\x04word/document.xml",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"GIF89a",
        b"BM\x00\x00",
        b"II*\0",
        b"RIFF\0\0\0\0AVI ",
        b"\0\0\0\x20ftypcrx ",
        b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska",
        b"\xff\xff\xff\xff",
        b"\xff\xfb\x00\x00",
        b"\xff\xd8",
        b" %PDF-1.7",
    ],
)
def test_what_could_run_or_what_no_phone_makes_is_not_taken(content: bytes) -> None:
    with pytest.raises(FileTypeUnknown):
        type_of(content)


@given(st.binary(max_size=80))
def test_any_bytes_are_of_a_kind_or_of_none(content: bytes) -> None:
    try:
        type_of(content)
    except FileTypeUnknown:
        return
