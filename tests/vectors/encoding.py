"""How the vectors write bytes, and where their secrets come from: a label, so that anybody can make them again."""

import base64
import hashlib


def text(raw: bytes) -> str:
    """Write bytes as base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(encoded: str) -> bytes:
    """Read base64url without padding."""
    return base64.b64decode(encoded + "=" * (-len(encoded) % 4), b"-_", validate=True)


def repeated(unit: bytes, count: int = 1) -> dict[str, object]:
    """Write long bytes as a unit and how often it comes."""
    return {"unit": text(unit), "count": count}


def expand(written: dict[str, object]) -> bytes:
    """Read what `repeated` wrote."""
    return raw(str(written["unit"])) * int(str(written["count"]))


def seeded(label: str, size: int = 32) -> bytes:
    """Make bytes of a label: SHAKE256("leeward vector" | label)."""
    return hashlib.shake_256(b"leeward vector " + label.encode()).digest(size)
