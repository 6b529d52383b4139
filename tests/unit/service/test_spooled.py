"""A file of a request waits sealed, under a key that is nowhere but in the request, and is gone with it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.spooled import CHUNK, SpooledFile

CANARY = b"CANARYspooled"


def open_files() -> list[bytes]:
    """Read every file that this process holds open and that has no name any more."""
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            if "(deleted)" in str(entry.readlink()):
                found.append(entry.read_bytes())
        except OSError:
            continue
    return found


@given(st.lists(st.binary(max_size=200), max_size=20), st.integers(1, 2000))
def test_what_is_written_is_read_again_and_again(pieces: list[bytes], times: int) -> None:
    file = SpooledFile("a")
    for piece in pieces:
        file.write(piece * times)
    whole = b"".join(piece * times for piece in pieces)
    assert file.size == len(whole)
    for _ in range(2):
        assert b"".join(file.chunks()) == whole
    file.close()


def test_a_large_file_is_on_disk_sealed_and_has_no_name() -> None:
    file = SpooledFile("a")
    file.write(CANARY * CHUNK)
    held = open_files()
    assert sum(map(len, held)) >= len(CANARY) * (CHUNK - 1)
    assert not any(CANARY in content for content in held)
    file.close()
    assert sum(map(len, open_files())) < CHUNK


def test_a_small_file_is_not_on_disk_at_all() -> None:
    before = len(open_files())
    file = SpooledFile("a")
    file.write(CANARY)
    assert len(open_files()) == before
    file.close()


@pytest.mark.parametrize("size", [10, 3 * CHUNK])
def test_a_closed_file_gives_nothing_and_takes_nothing(size: int) -> None:
    file = SpooledFile("a")
    file.write(bytes(size))
    file.drop()
    assert file.is_dropped
    file.write(bytes(5))
    assert file.size == size + 5
    assert list(file.chunks()) == []
    file.close()
