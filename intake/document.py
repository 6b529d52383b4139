"""The JSON of a message as protocol.md lays it out. It stands only inside a seal, never in a column or a log."""

import base64
from collections.abc import Mapping, Sequence
from datetime import date


def message_document(
    *,
    seq: int,
    prev: bytes,
    day: date,
    locale: str,
    fields: Mapping[str, object],
    attachments: Sequence[Mapping[str, object]] = (),
) -> dict[str, object]:
    """Lay out the JSON of a message as protocol.md does; it stands only inside a seal."""
    return {
        "v": 1,
        "seq": seq,
        "prev": text_of(prev),
        "day": day.isoformat(),
        "lang": locale,
        "fields": dict(fields),
        "attachments": [dict(entry) for entry in attachments],
    }


def text_of(raw: bytes) -> str:
    """Write bytes as base64url without padding, as JSON holds them."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
