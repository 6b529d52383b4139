"""Keeping a server's memory to what it uses. It changes how freed memory is kept, never what is in it."""

import ctypes
from typing import Final

# Names of glibc's malloc.h, which no module of Python's has.
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8
# Well above what pages and reports need, and far below what Argon2id takes (19 MiB and more).
LARGE: Final = 1024 * 1024
# Places from which threads take small blocks. Python lets one thread run at a time, so more of them only lie about.
ARENAS: Final = 2


def keep_little() -> None:
    """Have every freed block of LARGE bytes or more given back to the system at once, and threads share their arenas.

    glibc learns from the first one to keep them, for each thread apart (mallopt(3), "Dynamic adjustment of the mmap
    threshold"): after a few receipts, eight threads would hold 150 MiB that nobody uses. A C library without this
    setting is left as it is.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE)
        mallopt(_M_ARENA_MAX, ARENAS)
