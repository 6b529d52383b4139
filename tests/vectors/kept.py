"""HPKE's ciphertexts of the files as they are: a fresh one is made only where none opens to what it should."""

import json
from pathlib import Path

from cryptography.exceptions import InvalidTag

from tests.vectors import craft
from tests.vectors.craft import Draft
from tests.vectors.encoding import raw

_WRAP_PREFIX = 9


class Kept:
    """What the files of a folder hold, found by file, name of the entry, and place in it."""

    def __init__(self, folder: Path) -> None:
        self._ciphertexts: dict[tuple[str, str, int], bytes] = {}
        for path in sorted(folder.glob("*.json")):
            for entries in json.loads(path.read_text(encoding="utf-8")).values():
                for entry in entries:
                    self._read(path.stem, entry)

    def _read(self, file: str, entry: object) -> None:
        if not isinstance(entry, dict) or "name" not in entry:
            return
        for index, wrap in enumerate(entry.get("wraps", [])):
            self._ciphertexts[file, entry["name"], index] = raw(wrap)[_WRAP_PREFIX:]
        if "sealed_seed" in entry:
            self._ciphertexts[file, entry["name"], 0] = raw(entry["sealed_seed"])

    def hpke(self, place: tuple[str, str, int], seed: bytes, plaintext: bytes, info: bytes) -> bytes:
        """Give the ciphertext that stands at this place, or a fresh one if it does not open to this plaintext."""
        ciphertext = self._ciphertexts.get(place, b"")
        try:
            if craft.HPKE.decrypt(ciphertext, craft.private_key(seed), info) == plaintext:
                return ciphertext
        except (InvalidTag, ValueError):
            # Nothing stands there yet, or it was made for other inputs.
            pass
        return craft.hpke(craft.public_key(seed), plaintext, info)

    def wrap(
        self, place: tuple[str, str, int], draft: Draft, seed: bytes, role: int, dek: bytes | None = None
    ) -> bytes:
        """Wrap a draft's key, or another one, for the reader with this seed."""
        name = bytes(8) if role == craft.MAILBOX else craft.kid(craft.public_key(seed))
        wrapped = draft.dek if dek is None else dek
        return name + bytes((role,)) + self.hpke(place, seed, wrapped, draft.wrap_info(name, role))
