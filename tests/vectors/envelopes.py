"""The vectors of whole messages: one of each type and more, and forged ones that open but carry no true signature."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tests.vectors import craft
from tests.vectors.craft import Draft
from tests.vectors.encoding import repeated, seeded, text
from tests.vectors.kept import Kept
from tests.vectors.primitives import Entries

RECIPIENT, STANDBY, MAILBOX, TRANSFER, HOLDING = 1, 2, 3, 4, 6
_CASE = seeded("case", 16)
REPORTER = seeded("reporter signs")
ORGANIZATION = craft.hkdf(seeded("epoch 1"), b"leeward/1/epoch-sign\0")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who gets a wrap: the label of their seed and the role; `dek` where the wrap holds another key."""

    label: str
    role: int = RECIPIENT
    dek: bytes | None = None

    @property
    def seed(self) -> bytes:
        """Make the reader's seed."""
        return seeded(self.label)


A, B, C, MINE = Reader("reader a"), Reader("reader b"), Reader("reader c", STANDBY), Reader("mailbox", MAILBOX)
STRANGER = Reader("stranger")


@dataclass(frozen=True, slots=True)
class Message:
    """A draft with its readers. `unit` and `count` say how its document is written down."""

    name: str
    draft: Draft
    readers: Sequence[Reader]
    unit: bytes
    count: int = 1


def draft(name: str, **fields: object) -> Draft:
    """Draft a message of the one case; ids and key come from its name."""
    start = Draft(case_id=_CASE, message_id=seeded(f"message {name}", 16), dek=seeded(f"dek {name}"))
    return replace(start, **fields)  # type: ignore[arg-type]


def messages() -> list[Message]:
    """Draft a case from report to reply, and what else can be sealed."""
    report = _text("report", [A, B, C], REPORTER, {"story": "No me pagan."}, type=1, origin=1, signer=1)
    follow_up = _text("follow-up", [A, C], REPORTER, {"text": "ਮਦਦ ਕਰੋ"}, previous=report, type=2, origin=1, signer=1)
    reply = _text("reply", [A, MINE], ORGANIZATION, {"text": "Venga el martes."}, type=3, origin=3, signer=2)
    note = _text("note", [A], ORGANIZATION, {"text": "Called back."}, type=5, origin=3, signer=2)
    testimony = _text(
        "testimony", [A, replace(B, role=TRANSFER)], REPORTER, {"text": "We."}, type=6, origin=0, signer=1
    )
    held = _text("held, from SMS, unsigned", [Reader("holding", HOLDING)], None, {"text": "help"}, type=1, origin=2)
    many = [Reader(f"reader {index}") for index in range(16)]
    sizes = [
        _sized("nothing in it", b"", 0, A),
        _sized("as long as 16 KiB hold", b"m", 16_384 - 66, A),
        _sized("one byte longer", b"m", 16_384 - 65, A),
        _sized("two chunks", b"seventy ", 8_750, A),
    ]
    return [
        *(report, follow_up, reply, note, testimony, held),
        _attachment("attachment", b"\x89PNG", 1, MINE, A),
        _attachment("attachment of three chunks", b"\0\x80", 68_000, A),
        *sizes,
        _text("sixteen readers", many, REPORTER, {"text": "to all"}, type=1, origin=1, signer=1),
        _text(
            "behind decoys",
            [replace(A, dek=seeded("other dek")), replace(MINE, label="stranger"), A, MINE],
            ORGANIZATION,
            {"text": "A true wrap stands behind two that open to another key or not at all."},
            type=3,
            origin=3,
            signer=2,
        ),
    ]


def envelope(kept: Kept) -> Entries:
    """Messages that open."""
    return {"envelopes": [_entry(kept, message) for message in messages()]}


def forged(kept: Kept) -> Entries:
    """Messages that open for their reader and whose signature is not true."""
    base = draft("forged", type=3, origin=3, signer=2, signing_seed=ORGANIZATION, document=b'{"v":1}')
    as_reporter = replace(base, signer=1).inner[1:65]
    other = replace(base, message_id=seeded("another message", 16))
    drafts = {
        "signed by another key": replace(base, signing_seed=REPORTER),
        "signed as another kind of signer": replace(base, signature=as_reporter),
        "signed for another message": replace(base, signature=other.inner[1:65]),
        "signed over another text": replace(base, signature=replace(base, document=b'{"v":2}').inner[1:65]),
        "signed by nobody": replace(base, signer=0, signing_seed=None),
        "signed with zeros": replace(base, signature=craft.ZEROS),
    }
    return {
        "forged": [
            {"name": name, "reader": text(A.seed), "verify_key": text(craft.verify_key(ORGANIZATION))}
            | parts(kept, "forged", name, wrong, [A])
            for name, wrong in drafts.items()
        ]
    }


def parts(kept: Kept, file: str, name: str, made: Draft, readers: Sequence[Reader]) -> dict[str, object]:
    """Write the parts of a message."""
    wraps = wraps_of(kept, file, name, made, readers)
    return {"header": text(made.header), "wraps": [text(wrap) for wrap in wraps], "body": text(made.body)}


def wraps_of(kept: Kept, file: str, name: str, made: Draft, readers: Sequence[Reader]) -> list[bytes]:
    """Wrap a message's key for its readers."""
    return [
        kept.wrap((file, name, index), made, reader.seed, reader.role, reader.dek)
        for index, reader in enumerate(readers)
    ]


def _text(
    name: str,
    readers: Sequence[Reader],
    signing_seed: bytes | None,
    told: Mapping[str, str],
    previous: Message | None = None,
    **fields: object,
) -> Message:
    prev = craft.sha256(previous.draft.header, previous.draft.body) if previous else bytes(32)
    document: dict[str, object] = {"v": 1, "seq": int(previous is not None), "prev": text(prev), "day": "2026-07-08"}
    document |= {"lang": "en", "fields": told, "attachments": []}
    if fields["type"] == 1:
        document |= {"mailbox": text(craft.public_key(MINE.seed)), "verify": text(craft.verify_key(REPORTER))}
    unit = json.dumps(document, ensure_ascii=False).encode()
    return Message(name, draft(name, document=unit, signing_seed=signing_seed, **fields), readers, unit)


def _sized(name: str, unit: bytes, count: int, *readers: Reader) -> Message:
    return Message(name, draft(name, type=2, origin=0, document=unit * count), readers, unit, count)


def _attachment(name: str, unit: bytes, count: int, *readers: Reader) -> Message:
    return Message(name, draft(name, type=4, origin=3, document=unit * count), readers, unit, count)


def _entry(kept: Kept, message: Message) -> dict[str, object]:
    made = message.draft
    wraps = wraps_of(kept, "envelope", message.name, made, message.readers)
    seed = made.signing_seed
    return {
        "name": message.name,
        "type": made.type,
        "origin": made.origin,
        "case_id": text(made.case_id),
        "message_id": text(made.message_id),
        "dek": text(made.dek),
        "document": repeated(message.unit, message.count),
        "signer": made.signer,
        "signing_seed": None if seed is None else text(seed),
        "verify_key": None if seed is None else text(craft.verify_key(seed)),
        "signature": text(craft.ZEROS if made.type == 4 else made.inner[1:65]),
        "readers": [
            {"seed": text(reader.seed), "role": reader.role, "kid": text(wrap[:8]), "opens": opens(message, reader)}
            for reader, wrap in zip(message.readers, wraps, strict=True)
        ],
        "header": text(made.header),
        "wraps": [text(wrap) for wrap in wraps],
        "body": text(made.body),
        "body_key": text(craft.hkdf(made.dek, b"leeward/1/body\0" + made.header)),
        "digest": text(craft.sha256(made.header, made.body)),
    }


def opens(message: Message, reader: Reader) -> bool:
    """Say whether a reader finds a wrap that holds the message's key."""
    return any(other.seed == reader.seed and other.dek is None for other in message.readers)
