"""Taking metadata out of a picture, in a child process that may fail without costing the service anything.

What went wrong in it is not told: a crash, a bomb and a picture that is none are one failure.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import IO, Final

from intake.filetypes import FileType, FileTypeUnknown, type_of

_PROGRAM: Final = Path(__file__).with_name("stripping.py")
_SECONDS: Final = 30


class PictureUnreadable(Exception):
    """A picture could not be decoded within the limits, so its metadata could not be taken out."""


def stripped(
    content: Iterable[bytes], *, program: Path = _PROGRAM, seconds: float = _SECONDS
) -> tuple[bytes, FileType]:
    """Write a picture anew without metadata, and tell what it is now. Raises PictureUnreadable.

    `program` does it, within `seconds`. Both ways lead through files that exist in memory only, so that this process
    never holds the two pictures at once.
    """
    with closing(_in_memory()) as given, closing(_in_memory()) as made:
        for piece in content:
            given.write(piece)
        given.flush()
        given.seek(0)
        _run(program, seconds, given, made)
        given.close()
        made.seek(0)
        picture = made.read()
    try:
        return picture, type_of(picture)
    except FileTypeUnknown as error:
        raise PictureUnreadable from error


def _in_memory() -> IO[bytes]:
    return os.fdopen(os.memfd_create("picture"), "w+b")


def _run(program: Path, seconds: float, given: IO[bytes], made: IO[bytes]) -> None:
    # Isolated: no environment, so no secret of ours, no user's packages, and nothing of the folder that we run in.
    command = [sys.executable, "-I", "-B", str(program)]
    try:
        done = subprocess.run(  # noqa: S603 - a program of ours, without a shell
            command, stdin=given, stdout=made, stderr=subprocess.DEVNULL, env={}, cwd="/", timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise PictureUnreadable from error
    if done.returncode != 0:
        raise PictureUnreadable
