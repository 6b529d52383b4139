"""Size classes: what a stored length tells of a text is its class, the same on every channel and in every script.

Padded text = content | 0x80 | zeros. Sizes count bytes of the padded text. Padmé: Nikitin et al., "Reducing Metadata
Leakage from Encrypted Files and Communication with PURBs", algorithm 1.
"""

from enum import IntEnum

from crypto.rejected import EnvelopeRejected

_MARK = 0x80
_SMALL = 16 * 1024
_LARGE = 64 * 1024


class PaddingScheme(IntEnum):
    """How long a body may be: a text (16 KiB, 64 KiB, then Padmé) or an attachment (Padmé from 64 KiB on)."""

    TEXT = 1
    ATTACHMENT = 2


def padded_size(content_size: int, scheme: PaddingScheme) -> int:
    """Give the padded size of a content, both in bytes."""
    needed = content_size + 1
    if scheme is PaddingScheme.TEXT and needed <= _SMALL:
        return _SMALL
    return _LARGE if needed <= _LARGE else _padme(needed)


def pad(content: bytes | bytearray, scheme: PaddingScheme) -> bytes:
    """Pad a content to its class."""
    size = padded_size(len(content), scheme)
    return b"".join((content, bytes([_MARK]), bytes(size - len(content) - 1)))


def unpad(padded: bytes, scheme: PaddingScheme) -> bytes:
    """Take the padding off. Raises EnvelopeRejected unless the padding is exactly what `pad` makes."""
    content = padded.rstrip(b"\0")
    if not content or content[-1] != _MARK or padded_size(len(content) - 1, scheme) != len(padded):
        raise EnvelopeRejected
    return content[:-1]


def is_padded_size(size: int, scheme: PaddingScheme) -> bool:
    """Say whether a padded text of this scheme may have this size."""
    if size == _LARGE or (size == _SMALL and scheme is PaddingScheme.TEXT):
        return True
    return size > _LARGE and _padme(size) == size


def _padme(size: int) -> int:
    exponent = size.bit_length() - 1
    mantissa_bits = exponent.bit_length()
    mask = (1 << (exponent - mantissa_bits)) - 1
    return (size + mask) & ~mask
