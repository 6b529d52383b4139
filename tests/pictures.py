"""Pictures as phones make them, for tests: with a place and other words hidden in every corner of their format."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin

HIDDEN = b"CANARYhidden"
# EXIF tags: image description, make, artist, and the pointer to the place (Exif 2.32, table 4).
_DESCRIPTION, _MAKE, _ARTIST, _GPS, _ORIENTATION = 0x010E, 0x010F, 0x013B, 0x8825, 0x0112


def pixels(width: int = 96, height: int = 64, mode: str = "RGB") -> Image.Image:
    """Give a picture whose left half is red and whose right half is blue."""
    picture = Image.new("RGB", (width, height), (200, 30, 30))
    picture.paste((30, 30, 200), (width // 2, 0, width, height))
    return picture.convert(mode)


def exif(orientation: int = 1) -> bytes:
    """Give EXIF data with a description, a maker, an artist and a place."""
    data = Image.Exif()
    for tag in (_DESCRIPTION, _MAKE, _ARTIST):
        data[tag] = HIDDEN.decode()
    data[_ORIENTATION] = orientation
    data[_GPS] = {1: "N", 2: (49.0, 11.0, 12.0), 3: "W", 4: (119.0, 33.0, 2.0)}
    return data.tobytes()


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """Write a picture in a format of Pillow's."""
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def jpeg(orientation: int = 1, *, width: int = 96, height: int = 64) -> bytes:
    """Give a JPEG with EXIF, XMP, a comment, and bytes after its end."""
    picture = pixels(width, height)
    return saved(picture, "JPEG", exif=exif(orientation), comment=HIDDEN, xmp=HIDDEN, quality=88) + HIDDEN


def png() -> bytes:
    """Give a PNG with transparency, EXIF and texts, one of them compressed."""
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", HIDDEN.decode())
    told.add_text("Comment", HIDDEN.decode(), zip=True)
    told.add_itxt("XML:com.adobe.xmp", HIDDEN.decode())
    return saved(pixels(mode="RGBA"), "PNG", exif=exif(), pnginfo=told) + HIDDEN


def webp(*, lossless: bool = False) -> bytes:
    """Give a WebP with EXIF and XMP."""
    return saved(pixels(), "WEBP", exif=exif(), xmp=HIDDEN, lossless=lossless, quality=80)


def heic() -> bytes:
    """Give a HEIC, as iPhones make them, with EXIF and XMP."""
    import pillow_heif

    out = BytesIO()
    pillow_heif.from_pillow(pixels()).save(out, exif=exif(), xmp=HIDDEN, quality=80)
    return out.getvalue()


def with_profile() -> bytes:
    """Give a JPEG whose colours belong to a profile of its own."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return saved(pixels(), "JPEG", icc_profile=profile.replace(b"sRGB built-in", HIDDEN.ljust(13, b"!")[:13]))


def bomb(side: int = 30_000) -> bytes:
    """Give a PNG of a hundred kilobytes that would take gigabytes to decode."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    shape = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", shape) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


# The least that each kind of file is told by. What stands in it does not matter: only pictures are decoded.
OTHERS = {
    "application/pdf": b"%PDF-1.7\n" + HIDDEN,
    "audio/mpeg": b"ID3\x04\0" + HIDDEN,
    "audio/ogg": b"OggS\0\x02" + HIDDEN,
    "audio/wav": b"RIFF\x24\0\0\0WAVEfmt " + HIDDEN,
    "audio/amr": b"#!AMR\n" + HIDDEN,
    "audio/aac": b"\xff\xf1\x50\x80" + HIDDEN,
    "audio/mp4": b"\0\0\0\x20ftypM4A \0\0\0\0" + HIDDEN,
    "video/mp4": b"\0\0\0\x20ftypisom\0\0\x02\0" + HIDDEN,
    "video/quicktime": b"\0\0\0\x14ftypqt  \0\0\0\0" + HIDDEN,
    "video/3gpp": b"\0\0\0\x18ftyp3gp4\0\0\0\0" + HIDDEN,
    "video/webm": b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + HIDDEN,
}
