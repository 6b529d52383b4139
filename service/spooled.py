"""A file of a request: sealed as it is read, under a key that lives as long as the request, and on no disk in clear.

What is on disk is a file without a name, gone when it is closed or when the process ends, and its key is gone before.
"""

import os
import tempfile
from collections.abc import Iterator
from typing import IO, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK: Final = 64 * 1024
_SEALED_CHUNK: Final = CHUNK + 16
_NONCE_SIZE: Final = 12


class SpooledFile:
    """A file as it comes in, chunk by chunk. Up to one chunk waits in memory; the rest lies sealed on disk.

    The key seals this file alone, so a chunk's number is its nonce.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.size = 0
        self._cipher: AESGCM | None = AESGCM(os.urandom(32))
        self._rest = bytearray()
        self._sealed: IO[bytes] | None = None
        self._count = 0

    def write(self, data: bytes) -> None:
        """Take in more of it. What was dropped is only counted."""
        self.size += len(data)
        if self._cipher is None:
            return
        self._rest += data
        while len(self._rest) >= CHUNK:
            if self._sealed is None:
                self._sealed = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
            self._sealed.write(self._cipher.encrypt(self._nonce(self._count), bytes(self._rest[:CHUNK]), None))
            self._count += 1
            del self._rest[:CHUNK]

    def drop(self) -> None:
        """Forget what came, and take in no more of it: it will be refused for its size, which is still counted."""
        self.close()

    @property
    def is_dropped(self) -> bool:
        """Say whether it holds nothing any more."""
        return self._cipher is None

    def chunks(self) -> Iterator[bytes]:
        """Read it from its beginning. A dropped file has nothing to read."""
        if self._sealed is not None and self._cipher is not None:
            self._sealed.seek(0)
            for number in range(self._count):
                yield self._cipher.decrypt(self._nonce(number), self._sealed.read(_SEALED_CHUNK), None)
        if self._rest:
            yield bytes(self._rest)

    def close(self) -> None:
        """Let go of the content and of its key."""
        self._cipher = None
        self._rest = bytearray()
        if self._sealed is not None:
            self._sealed.close()
            self._sealed = None

    @staticmethod
    def _nonce(number: int) -> bytes:
        return number.to_bytes(_NONCE_SIZE)
