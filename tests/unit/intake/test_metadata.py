"""Pictures lose all that is not a pixel, and a picture that breaks its decoder costs the service nothing."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from intake import stripping
from intake.metadata import PictureUnreadable, stripped
from tests import pictures
from tests.pictures import HIDDEN

MAKERS: dict[str, Callable[[], bytes]] = {
    "image/jpeg": pictures.jpeg,
    "image/png": pictures.png,
    "image/webp": pictures.webp,
    "image/heic": pictures.heic,
}
# HEIC becomes JPEG, since no browser of a desk shows it.
BECOMES = {"image/heic": "image/jpeg"}


def in_pieces(content: bytes) -> Iterator[bytes]:
    for at in range(0, len(content), 1000):
        yield content[at : at + 1000]


def opened(content: bytes) -> Image.Image:
    picture = Image.open(BytesIO(content))
    picture.load()
    return picture


def looks_alike(one: Image.Image, other: Image.Image) -> bool:
    """Say whether two pictures show the same, but for what a lossy format changes."""
    left, right = (picture.convert("RGB").resize((12, 8)).tobytes() for picture in (one, other))
    return one.size == other.size and max(abs(a - b) for a, b in zip(left, right, strict=True)) < 24


@pytest.mark.parametrize("mime", MAKERS)
def test_a_picture_keeps_its_pixels_and_nothing_else(mime: str) -> None:
    content = MAKERS[mime]()
    assert content.count(HIDDEN) > 1
    clean, kind = stripped(in_pieces(content))
    assert kind.mime == BECOMES.get(mime, mime)
    assert HIDDEN not in clean
    after = opened(clean)
    assert not dict(after.getexif())
    assert not {"exif", "xmp", "comment", "icc_profile", "XML:com.adobe.xmp", "Author"} & set(after.info)
    assert looks_alike(after, pictures.pixels())


def test_a_picture_that_was_held_sideways_is_turned_before_what_says_so_goes() -> None:
    clean, _ = stripped([pictures.jpeg(orientation=6, width=96, height=64)])
    after = opened(clean)
    assert after.size == (64, 96)
    assert after.convert("RGB").getpixel((32, 10))[0] > 150  # type: ignore[index]
    assert after.convert("RGB").getpixel((32, 86))[2] > 150  # type: ignore[index]


def test_transparency_and_lossless_pixels_stay_as_they_are() -> None:
    clean, _ = stripped([pictures.png()])
    assert opened(clean).mode == "RGBA"
    assert opened(clean).tobytes() == pictures.pixels(mode="RGBA").tobytes()
    lossless, kind = stripped([pictures.webp(lossless=True)])
    assert kind.mime == "image/webp"
    assert opened(lossless).convert("RGB").tobytes() == pictures.pixels().tobytes()


def test_a_palette_keeps_its_transparent_colour() -> None:
    picture = pictures.pixels(mode="P")
    clean, _ = stripped([pictures.saved(picture, "PNG", transparency=0)])
    assert opened(clean).info.get("transparency") is not None


def test_a_colour_profile_goes_and_the_colours_stay() -> None:
    content = pictures.with_profile()
    assert b"ICC_PROFILE" in content
    clean, _ = stripped([content])
    assert b"ICC_PROFILE" not in clean
    assert looks_alike(opened(clean), pictures.pixels())


def test_a_jpeg_keeps_the_tables_of_its_camera_and_so_its_quality() -> None:
    content = pictures.jpeg()
    clean, _ = stripped([content])
    assert opened(clean).quantization == opened(content).quantization  # type: ignore[attr-defined]


def test_a_picture_whose_end_was_lost_shows_what_came() -> None:
    content = pictures.jpeg(width=640, height=480)
    clean, _ = stripped([content[: len(content) * 2 // 3]])
    assert opened(clean).size == (640, 480)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xd8\xff", b"\xff\xd8\xff" + b"\0" * 5000, b"\x89PNG\r\n\x1a\n" + b"x" * 100, b"RIFF\0\0\0\0WEBPVP8 "],
)
def test_what_is_no_picture_is_one_failure(content: bytes) -> None:
    with pytest.raises(PictureUnreadable):
        stripped([content])


def test_a_picture_of_another_kind_than_phones_make_is_not_decoded() -> None:
    with pytest.raises(PictureUnreadable):
        stripped([pictures.saved(pictures.pixels(), "TIFF")])


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    content = pictures.bomb()
    assert len(content) < 600_000
    with pytest.raises(PictureUnreadable):
        stripped([content])


def test_a_jpeg_of_too_many_pixels_is_made_smaller_and_not_refused() -> None:
    width, height = 9000, 6000
    assert width * height > stripping.MOST_PIXELS
    content = pictures.saved(Image.new("L", (width, height), 128), "JPEG")
    clean, _ = stripped([content])
    assert opened(clean).size == (width // 2, height // 2)


@pytest.mark.parametrize(
    "crash",
    [
        "import os; os.abort()",
        "import time; time.sleep(60)",
        "raise SystemExit(1)",
        "import sys; sys.stdout.write('no picture')",
        "import sys; sys.stdout.buffer.write(b'MZ a program')",
        "",
    ],
    ids=["crashed", "hung", "failed", "wrote text", "wrote a program", "wrote nothing"],
)
def test_whatever_a_decoder_does_is_the_same_failure(tmp_path: Path, crash: str) -> None:
    program = tmp_path / "decoder.py"
    program.write_text(crash, encoding="utf-8")
    with pytest.raises(PictureUnreadable):
        stripped([pictures.jpeg()], program=program, seconds=2)


def test_a_decoder_can_take_no_more_memory_and_no_more_disk_than_it_is_given(tmp_path: Path) -> None:
    limits = f"import runpy; runpy.run_path({str(Path(stripping.__file__))!r})['_limit']()\n"
    program = tmp_path / "decoder.py"
    for greed in ("bytearray(2 * 1024**3)", "import sys; sys.stdout.buffer.write(bytes(64 * 1024**2))"):
        program.write_text(limits + greed, encoding="utf-8")
        with pytest.raises(PictureUnreadable):
            stripped([pictures.jpeg()], program=program, seconds=20)


def test_the_decoder_gives_up_files_and_network_for_good() -> None:
    script = (
        "import runpy, socket, sys\n"
        f"locked = runpy.run_path({str(Path(stripping.__file__))!r})['lock_in']()\n"
        "def tries(act):\n"
        "    try: act()\n"
        "    except OSError as error: return type(error).__name__\n"
        "    return 'done'\n"
        "print(locked, tries(lambda: open('/etc/hostname')), tries(lambda: open('/tmp/leeward-locked', 'w')),\n"
        "    tries(lambda: socket.create_connection(('127.0.0.1', 9))))\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30).stdout
    # Kernels before 5.13, and some containers, have no Landlock; the other limits stand without it.
    assert told.split() in (
        ["True", "PermissionError", "PermissionError", "PermissionError"],
        ["False", "done", "done", "ConnectionRefusedError"],
    )


def test_the_decoder_knows_no_secret_of_the_service(tmp_path: Path) -> None:
    program = Path(stripping.__file__)
    done = subprocess.run(
        [sys.executable, "-I", "-B", str(program)], stdin=subprocess.DEVNULL, env={}, cwd=tmp_path, check=False
    )
    assert done.returncode == stripping.UNREADABLE
