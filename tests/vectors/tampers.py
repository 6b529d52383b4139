"""The vectors of what must be refused: true messages with their bytes changed, cut, moved and joined, and messages
whose author sealed them wrongly on purpose.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tests.vectors import craft
from tests.vectors.collision import collide, keystream, xor
from tests.vectors.craft import Draft
from tests.vectors.encoding import seeded, text
from tests.vectors.envelopes import (
    MINE,
    ORGANIZATION,
    REPORTER,
    STRANGER,
    A,
    B,
    C,
    Reader,
    draft,
    messages,
    parts,
)
from tests.vectors.kept import Kept
from tests.vectors.primitives import Entries, Entry

HEADER, WRAP, SEALED_CHUNK = 73, 1177, 65_552
_FIRST_WRAP = HEADER + 1
Piece = Mapping[str, object]
_FIELDS = {"magic": 0, "case id": 8, "message id": 24, "commit": 41, "last byte of commit": 72}
_VALUES = [
    ("type 0", 4, 0, "parse"),
    ("type 7", 4, 7, "parse"),
    ("type changed to another text's", 4, 2, "open"),
    ("type changed to an attachment's", 4, 4, "parse"),
    ("origin 4", 5, 4, "parse"),
    ("origin changed", 5, 0, "open"),
    ("suite 0", 7, 0, "parse"),
    ("suite 2", 7, 2, "parse"),
    ("suite 257", 6, 1, "parse"),
    ("scheme 0", 40, 0, "parse"),
    ("scheme 2 for a text", 40, 2, "parse"),
    ("scheme 3", 40, 3, "parse"),
]


def tampered(kept: Kept) -> Entries:
    """Messages that must be refused."""
    return {"cut_and_joined": [*_changed(), *_moved()], "crafted": [*_crafted(kept), _two_texts(kept)]}


def _case(name: str, refused: str, *pieces: Piece, reader: Reader = A) -> Entry:
    return {"name": name, "refused": refused, "reader": text(reader.seed), "pieces": list(pieces)}


def _of(name: str, start: int, end: int | None = None) -> Piece:
    """Take bytes of a message of envelope.json; to its end where no end is given."""
    return {"of": name, "from": start, "to": end}


def _with(name: str, at: int, value: bytes) -> tuple[Piece, ...]:
    return _of(name, 0, at), {"bytes": text(value)}, _of(name, at + len(value))


def _changed() -> Iterator[Entry]:
    """Change single bytes of the report: of each field of the header, of each part of a wrap, of the body."""
    report = next(message for message in messages() if message.name == "report")
    header, body = report.draft.header, report.draft.body
    for name, at in _FIELDS.items():
        refused = "parse" if name == "magic" else "open"
        yield _case(f"{name} changed", refused, *_with("report", at, bytes((header[at] ^ 1,))))
    for name, at, value, refused in _VALUES:
        yield _case(name, refused, *_with("report", at, bytes((value,))))
    role = _FIRST_WRAP + 8
    for value in (0, 5, 7):
        yield _case(f"wrap's role {value}", "parse", *_with("report", role, bytes((value,))))
    for value in (2, 4, 6):
        yield _case(f"wrap's role changed to {value}", "open", *_with("report", role, bytes((value,))))
    yield _case("a report's wrap for a mailbox", "parse", *_with("report", _FIRST_WRAP, bytes(8) + b"\x03"))
    yield _case("a mailbox wrap with a kid", "parse", *_with("reply", _FIRST_WRAP + WRAP, b"\x01"), reader=MINE)
    yield _case("a wrap's kid changed", "open", *_with("report", _FIRST_WRAP, bytes(8)))
    swapped_kid = craft.kid(craft.public_key(B.seed))
    yield _case("a wrap with another reader's kid", "open", *_with("report", _FIRST_WRAP, swapped_kid))
    yield _case("another reader's wrap with one's own kid", "open", *_renamed())
    body_at = _FIRST_WRAP + len(report.readers) * WRAP
    for name, at in {"first byte": 0, "byte in the padding": 9_000, "tag": len(body) - 1}.items():
        changed = bytes((body[at] ^ 1,))
        yield _case(f"the body's {name} changed", "open", *_with("report", body_at + at, changed))


def _renamed() -> tuple[Piece, ...]:
    """Give reader A's kid to the wrap of B, and to no other."""
    second = _FIRST_WRAP + WRAP
    own = {"bytes": text(craft.kid(craft.public_key(A.seed)))}
    start = _of("report", 0, HEADER)
    return (
        start,
        {"bytes": text(b"\x01")},
        own,
        _of("report", second + 8, second + WRAP),
        _of("report", second + 2 * WRAP),
    )


def _moved() -> Iterator[Entry]:
    """Cut, move and join whole parts."""
    one, body = {"bytes": text(b"\x01")}, _FIRST_WRAP + 3 * WRAP
    yield _case("nothing", "parse")
    yield _case("half a header", "parse", _of("report", 0, 40))
    yield _case("a header alone", "parse", _of("report", 0, HEADER))
    yield _case("no wraps", "parse", _of("report", 0, HEADER), {"bytes": text(b"\0")}, _of("report", body))
    many = [_of("sixteen readers", _FIRST_WRAP, _FIRST_WRAP + WRAP), _of("sixteen readers", _FIRST_WRAP)]
    seventeen = _of("sixteen readers", 0, HEADER), {"bytes": text(b"\x11")}, *many
    yield _case("seventeen wraps", "parse", *seventeen, reader=Reader("reader 0"))
    for count in (2, 4, 255):
        yield _case(f"three wraps counted as {count}", "parse", *_with("report", HEADER, bytes((count,))))
    yield _case("the reader's wrap taken out", "open", *_without_first())
    yield _case("no body", "parse", _of("report", 0, body))
    yield _case("a body without its last byte", "parse", _of("report", 0, body + 16_399))
    yield _case("a byte behind the body", "parse", _of("report", 0), {"bytes": text(b"\0")})
    yield _case("the body of another message", "open", _of("report", 0, body), _of("follow-up", _FIRST_WRAP + 2 * WRAP))
    yield _case("the wraps of another message", "open", *_foreign_wraps(body))
    yield _case("the header of another message", "open", _of("follow-up", 0, HEADER), _of("report", HEADER))
    yield _case(
        "a text's body under an attachment's header", "parse", _of("attachment", 0, HEADER), _of("report", HEADER)
    )
    chunk = _FIRST_WRAP + WRAP
    first, second = (chunk, chunk + SEALED_CHUNK), (chunk + SEALED_CHUNK, chunk + 2 * SEALED_CHUNK)
    name, third = "attachment of three chunks", chunk + 2 * SEALED_CHUNK
    start = _of(name, 0, chunk)
    yield _case("the last chunk dropped", "open", start, _of(name, chunk, third))
    yield _case("two chunks dropped", "open", start, _of(name, *first))
    yield _case("chunks swapped", "open", start, _of(name, *second), _of(name, *first), _of(name, third))
    yield _case("the first chunk twice", "open", start, _of(name, *first), _of(name, *first), _of(name, third))
    yield _case("a chunk appended", "parse", _of(name, 0), _of(name, third))
    yield _case("a chunk cut", "parse", start, _of(name, chunk + 16), reader=A)
    yield _case("opened by a stranger", "open", _of("report", 0), reader=STRANGER)
    yield _case("a standby wrap made one of a recipient", "open", *_with("report", chunk + WRAP + 8, b"\x01"), reader=C)
    yield _case("a reply opened by another receipt", "open", _of("reply", 0), reader=STRANGER)
    yield _case("a wrap that is a copy of the header", "parse", _of("report", 0, HEADER), one, _of("report", 0, HEADER))


def _without_first() -> tuple[Piece, ...]:
    return _of("report", 0, HEADER), {"bytes": text(b"\x02")}, _of("report", _FIRST_WRAP + WRAP)


def _foreign_wraps(body: int) -> tuple[Piece, ...]:
    wraps = _of("follow-up", HEADER, _FIRST_WRAP + 2 * WRAP)
    return _of("report", 0, HEADER), wraps, _of("report", body)


def _crafted(kept: Kept) -> Iterator[Entry]:
    """Seal messages as no honest author does."""
    for name, wrong in drafts().items():
        yield {"name": name, "refused": "open", "reader": text(A.seed)} | parts(kept, "tampered", name, wrong, [A])
    oversized = replace(draft("between classes"), padded=bytes(17_000))
    name = "a body between two classes"
    yield {"name": name, "refused": "parse", "reader": text(A.seed)} | parts(kept, "tampered", name, oversized, [A])


def drafts() -> dict[str, Draft]:
    """Draft messages that are each wrong in one way that only their author can bring about."""
    base = draft("crafted", type=3, origin=3, document=b'{"v":1}', signer=2, signing_seed=ORGANIZATION)
    padded = craft.pad(base.inner, 1)
    return {
        "commits to another key": replace(base, commit=craft.hkdf(seeded("other dek"), b"leeward/1/commit\0")),
        "commits to nothing": replace(base, commit=bytes(32)),
        "not padded": replace(base, padded=base.inner.ljust(16_384, b" ")),
        "padded with zeros only": replace(base, padded=base.inner.ljust(16_384, b"\0")),
        "another mark of padding": replace(base, padded=padded.replace(b"\x80\0", b"\x81\0", 1)),
        "something behind the padding": replace(base, padded=padded[:-1] + b"\x01"),
        "padded to a longer class": replace(base, padded=padded.ljust(65_536, b"\0")),
        "too short for a signature": replace(base, content=bytes(64)),
        "no content": replace(base, content=b""),
        "signer 3": replace(base, signer=3),
        "signer 0 with a signature": replace(base, signer=0, signature=base.inner[1:65]),
        "signer 0 with one bit": replace(base, signer=0, signature=bytes(63) + b"\x01"),
        "a body bound to nothing": replace(base, body_aad=b""),
        "a body under the key of another header": replace(
            base, body_info=b"leeward/1/body\0" + base.header[:72] + b"\0"
        ),
        "a last chunk that is not marked": replace(base, chunks=[(0, 0, padded)]),
        "a chunk counted from one": replace(base, chunks=[(1, 1, padded)]),
        "signed as a report by nobody known": replace(base, type=1, signer=255, signing_seed=REPORTER),
    }


def _two_texts(kept: Kept) -> Entry:
    """Seal one ciphertext that is a true file under two keys: the header commits to A's, and B must be refused."""
    name = "two texts under two keys"
    made = draft(name, type=4, origin=3)
    keys = second_key(made)
    body = two_text_body(made, keys)
    wraps = [
        kept.wrap(("tampered", name, index), made, reader.seed, reader.role, dek)
        for index, (reader, dek) in enumerate(((A, None), (B, keys)))
    ]
    return {
        "name": name,
        "refused": "open",
        "reader": text(B.seed),
        "opened_by": text(A.seed),
        "header": text(made.header),
        "wraps": [text(wrap) for wrap in wraps],
        "body": text(body),
    }


def body_keys(made: Draft, second: bytes) -> tuple[bytes, bytes]:
    """Derive the two keys under which the one body is to open."""
    info = b"leeward/1/body\0" + made.header
    return craft.hkdf(made.dek, info), craft.hkdf(second, info)


def second_key(made: Draft) -> bytes:
    """Search a second message key under which the last byte, the mark of the padding, comes out the same."""
    for attempt in range(100_000):
        candidate = seeded(f"second key {attempt}")
        one, other = (keystream(key, bytes(11) + b"\x01", craft.CHUNK) for key in body_keys(made, candidate))
        if one[-1] == other[-1]:
            return candidate
    raise AssertionError("no second key was found")


def two_text_body(made: Draft, second: bytes) -> bytes:
    """Make the body: but for 16 free bytes, half reads well under one key and half under the other."""
    keys, half, nonce = body_keys(made, second), craft.CHUNK // 2, bytes(11) + b"\x01"
    one, other = (keystream(key, nonce, craft.CHUNK) for key in keys)
    first, last = (
        (bytes(16) + b"meet me at nine ").ljust(half, b"."),
        b"do not come here".ljust(half - 1, b".") + b"\x80",
    )
    ciphertext = xor(one[:half], first) + xor(other[half:], last)
    return collide(keys, nonce, ciphertext, craft.sha256(made.header))
