"""Receipts made ahead of time, in memory only, so that a burst of reports does not wait for Argon2id.

A receipt costs about 28 ms of one core and never less (protocol.md). A few wait ready; a thread fills their place while
the machine has nothing better to do. Nothing here is ever stored.
"""

import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from crypto import receipt
from crypto.receipt import ReceiptKeys
from service.throttle import FairQueue, TooBusy


@dataclass(frozen=True, slots=True)
class Receipt:
    """A reporter's 20 digits and the keys that they yield."""

    digits: str
    keys: ReceiptKeys


class ReceiptPool:
    """Hand out fresh receipts. The first one taken starts the filling, so that a forked server fills its own."""

    def __init__(
        self,
        instance_id: bytes,
        kdf: FairQueue,
        *,
        size: int = 32,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._instance_id = instance_id
        self._kdf = kdf
        self._size = size
        self._random = random
        self._ready: deque[Receipt] = deque()
        self._filling = threading.Lock()

    def take(self) -> Receipt:
        """Give a receipt that nobody has. Raises TooBusy when the queue for the cores is full."""
        try:
            taken = self._ready.popleft()
        except IndexError:
            taken = self._make()
        if len(self._ready) < self._size and self._filling.acquire(blocking=False):
            # No daemon: ended with the process in the middle of a derivation, it would abort the process instead.
            threading.Thread(target=self._fill, name="receipts").start()
        return taken

    def give_back(self, unused: Receipt) -> None:
        """Take back a receipt that was not shown to anyone."""
        self._ready.appendleft(unused)

    def derive(self, digits: str) -> ReceiptKeys:
        """Derive the keys of a receipt that a worker typed. Raises TooBusy."""
        with self._kdf.place():
            return receipt.derive(digits, self._instance_id)

    def _make(self) -> Receipt:
        digits = receipt.generate(self._random)
        return Receipt(digits, self.derive(digits))

    def _fill(self) -> None:
        try:
            while len(self._ready) < self._size and threading.main_thread().is_alive():
                self._ready.append(self._make())
        except TooBusy:
            # Workers who wait for the cores come first; the next one taken starts the filling again.
            return
        finally:
            self._filling.release()
