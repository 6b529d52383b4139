"""A program of its own that takes one picture from its standard input and writes it anew, without metadata.

A decoder is the likeliest place for a crafted file to break in. So each picture is decoded in a process that has a few
seconds, bounded memory, no secrets in its environment, and, where the kernel can do it (Landlock), no files and no
network. What comes out holds the pixels and nothing else: no EXIF, XMP, IPTC, comment, profile or thumbnail.

It imports nothing of ours: `intake.metadata` starts it by its path.
"""

import ctypes
import resource
import sys
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from typing import Any, Final

# Address space holds the pixels twice, at four bytes each, while a picture is turned.
_MEMORY: Final = 1024**3
_CPU_SECONDS: Final = 25
_LONGEST_OUTPUT: Final = 48 * 1024 * 1024
# As phones make them. A larger JPEG is decoded at a half, a quarter or an eighth of its size instead.
MOST_PIXELS: Final = 50_000_000
_QUALITY: Final = 90
# Pillow's names of what phones make. A JPEG with more pictures than one is an MPO; the first is kept.
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
UNREADABLE: Final = 3

# Numbers of the kernel's interface (landlock_create_ruleset(2), landlock_restrict_self(2), prctl(2)).
_CREATE_RULESET, _RESTRICT_SELF, _NO_NEW_PRIVILEGES = 444, 446, 38
# How many rights over files each version of Landlock knows; from 4 on also two over TCP, from 6 on two scopes.
_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15}
_FILE_RIGHTS_NOW: Final = 16


class PictureRefused(Exception):
    """A picture that is too large, or that cannot be decoded."""


def main() -> int:
    """Strip the picture on standard input; give an exit status."""
    _limit()
    content = sys.stdin.buffer.read()
    # All that decoding needs is loaded before the door is closed.
    from PIL import Image, ImageCms, ImageFile, ImageOps, JpegImagePlugin, MpoImagePlugin, WebPImagePlugin  # noqa: F401

    Image.preinit()
    if _is_heif(content):
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
    # A picture whose end was lost on the way still shows what came.
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    # Ours is stricter, and looks before anything is decoded.
    Image.MAX_IMAGE_PIXELS = None
    lock_in()
    try:
        stripped = strip(content)
    except Exception:  # noqa: BLE001 - decoders raise whatever they like; nothing of it may be told
        return UNREADABLE
    sys.stdout.buffer.write(stripped)
    sys.stdout.buffer.flush()
    return 0


def strip(content: bytes) -> bytes:
    """Write a picture anew. HEIC becomes JPEG, since no browser of a desk shows it. Raises PictureRefused."""
    from PIL import Image, ImageOps

    with Image.open(BytesIO(content), formats=("HEIF",) if _is_heif(content) else _FORMATS) as picture:
        _fit(picture)
        # What says how to write it, before turning it makes it another kind of object.
        options = _options(picture, content)
        picture.load()
        ImageOps.exif_transpose(picture, in_place=True)
        pixels = _in_plain_colours(picture)
        kept = pixels.info.get("transparency")
        pixels.info = {} if kept is None else {"transparency": kept}
        out = BytesIO()
        pixels.save(out, **options)
        return out.getvalue()


def lock_in() -> bool:
    """Give up files and network for good; False where the kernel has no Landlock."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, 0, 1)
    if version < 1:
        return False
    rights = (1 << _FILE_RIGHTS.get(version, _FILE_RIGHTS_NOW)) - 1
    attributes = (ctypes.c_uint64 * 3)(rights, 3, 3)
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = libc.syscall(_CREATE_RULESET, attributes, size, 0)
    return bool(
        rules >= 0 and libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0 and libc.syscall(_RESTRICT_SELF, rules, 0) == 0
    )


def _is_heif(content: bytes) -> bool:
    return content[4:8] == b"ftyp"


def _limit() -> None:
    limits = {
        resource.RLIMIT_AS: _MEMORY,
        resource.RLIMIT_CPU: _CPU_SECONDS,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: _LONGEST_OUTPUT,
        resource.RLIMIT_NOFILE: 64,
    }
    for name, most in limits.items():
        resource.setrlimit(name, (most, most))


def _fit(picture: Any) -> None:
    """Refuse a picture of too many pixels; a JPEG is decoded smaller instead, as far as its format can."""
    width, height = picture.size
    if width * height <= MOST_PIXELS:
        return
    for divisor in (2, 4, 8):
        if picture.format in ("JPEG", "MPO") and -(-width // divisor) * -(-height // divisor) <= MOST_PIXELS:
            picture.draft(picture.mode, (-(-width // divisor), -(-height // divisor)))
            break
    if picture.size[0] * picture.size[1] > MOST_PIXELS:
        raise PictureRefused


def _options(picture: Any, content: bytes) -> Mapping[str, Any]:
    """Say how to write a picture so that it loses as little as can be."""
    from PIL import JpegImagePlugin

    if picture.format == "PNG":
        return {"format": "PNG", "compress_level": 4}
    if picture.format == "WEBP":
        lossless = b"VP8L" in content[:64]
        return {"format": "WEBP", "lossless": lossless, "quality": _QUALITY, "method": 2, "exact": lossless}
    if picture.format in ("JPEG", "MPO"):
        # The camera's own tables: each value falls where it was, so that writing it again costs next to nothing.
        sampling = JpegImagePlugin.get_sampling(picture)
        own = {"qtables": picture.quantization} | ({"subsampling": sampling} if sampling >= 0 else {})
        return {"format": "JPEG", **own}
    if picture.format == "HEIF":
        return {"format": "JPEG", "quality": _QUALITY}
    raise PictureRefused


def _in_plain_colours(picture: Any) -> Any:
    """Move a picture's colours to sRGB, since its profile goes: that names the device, and once its owner."""
    from PIL import ImageCms

    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "RGBA"):
        # A profile that makes no sense is passed over, as a viewer would.
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            own, plain = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
            ImageCms.profileToProfile(picture, own, plain, inPlace=True)
    if picture.format == "HEIF" and picture.mode != "RGB":
        return picture.convert("RGB")
    return picture


if __name__ == "__main__":
    sys.exit(main())
