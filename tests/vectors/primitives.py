"""The vectors of what envelopes are made of: size classes, streams, keys, signatures, receipts."""

from collections.abc import Mapping, Sequence

from tests.vectors import craft, torsion
from tests.vectors.encoding import repeated, seeded, text

Entry = Mapping[str, object]
Entries = Mapping[str, Sequence[Entry]]

_P = 2**255 - 19
_ORDER_8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")


def padding() -> Entries:
    """Sizes around every boundary, padded contents, and what no scheme makes."""
    sizes = [0, 1, 16_382, 16_383, 16_384, 65_534, 65_535, 65_536, 66_000, 100_000, 131_071, 1_000_000, 52_428_800]
    contents = [b"", b"text", b"\x80", b"ends in zeros\0\0", b"ends as padding does\x80\0"]
    wrong = [(1, 0), (1, 1), (1, 16_383), (1, 16_385), (1, 65_537), (2, 16_384), (2, 65_535), (2, 66_000)]
    rejected = [
        ("no mark", repeated(b"text"), 16_384),
        ("zeros only", repeated(b""), 16_384),
        ("another mark", repeated(b"text\x81"), 16_384),
        ("something behind the mark", repeated(b"text\x80\0\x01"), 16_384),
        ("longer than needed", repeated(b"text\x80"), 65_536),
        ("shorter than any class", repeated(b"text\x80"), 16_383),
        ("between two classes", repeated(b"\x80", 16_385), 20_000),
        ("nothing", repeated(b""), 0),
    ]
    return {
        "sizes": [
            {"scheme": scheme, "content": size, "padded": craft.padded_size(size + 1, scheme)}
            for scheme in (1, 2)
            for size in sizes
        ],
        "padded": [
            {"scheme": scheme, "content": text(content), "sha256": text(craft.sha256(craft.pad(content, scheme)))}
            for scheme in (1, 2)
            for content in contents
        ],
        "not_sizes": [{"scheme": scheme, "size": size} for scheme, size in wrong],
        "rejected": [{"name": name, "scheme": 1, "start": start, "size": size} for name, start, size in rejected],
    }


def stream() -> Entries:
    """Streams around a chunk's size, and streams that were cut, turned or continued."""
    key, aad, full = seeded("stream key"), b"aad", craft.CHUNK
    good = [(b"\x2a", size) for size in (1, 2, full - 1, full, full + 1, 2 * full, 2 * full + 1)]
    a, b = b"a" * full, b"b" * full
    bad = [
        ("nothing", []),
        ("an empty last chunk", [(0, 0, a), (1, 1, b"")]),
        ("no last chunk", [(0, 0, a)]),
        ("a short chunk that is not the last", [(0, 0, b"sssss"), (1, 1, b"eee")]),
        ("chunks swapped", [(1, 0, b), (0, 0, a), (2, 1, b"eee")]),
        ("a chunk twice", [(0, 0, a), (0, 0, a), (1, 1, b"eee")]),
        ("a chunk behind the last", [(0, 1, a), (1, 1, b"eee")]),
        ("counted from one", [(1, 1, b"eee")]),
        ("another mark for the last", [(0, 2, b"eee")]),
    ]
    return {
        "sealed": [
            {
                "key": text(key),
                "aad": text(aad),
                "plaintext": repeated(unit, size),
                "sha256": text(craft.sha256(craft.stream(key, unit * size, aad))),
            }
            for unit, size in good
        ],
        "rejected": [
            {
                "name": name,
                "key": text(key),
                "aad": text(aad),
                "chunks": [
                    {"counter": index, "last": last, "plaintext": repeated(part[:1], len(part))}
                    for index, last, part in chunks
                ],
            }
            for name, chunks in bad
        ],
        "not_opened": [
            {"name": name, "key": text(other_key), "aad": text(other_aad), "sealed": text(sealed)}
            for name, other_key, other_aad, sealed in [
                ("another aad", key, b"dad", craft.stream(key, b"x", aad)),
                ("another key", seeded("another stream key"), aad, craft.stream(key, b"x", aad)),
                ("shorter than a tag", key, aad, bytes(15)),
                ("a tag alone", key, aad, bytes(16)),
            ]
        ],
    }


def key() -> Entries:
    """Seeds, their public keys and key ids."""
    pairs = [(seed, craft.public_key(seed)) for seed in (seeded(f"key {index}") for index in range(3))]
    return {
        "keys": [
            {"seed": text(seed), "public_key": text(public), "kid": text(craft.kid(public))} for seed, public in pairs
        ]
    }


def signature() -> Entries:
    """Ed25519 signatures, and keys and signatures that must not be believed."""
    seed, message = seeded("signer"), b"leeward/1/sign\0 a message"
    true = craft.sign(seed, message)
    public = craft.verify_key(seed)
    neutral = bytes((1,)) + bytes(31)
    order = 2**252 + 27742317777372353535851937790883648493
    shifted = true[:32] + (int.from_bytes(true[32:], "little") + order).to_bytes(32, "little")
    small = {
        "a key that fits every message: the neutral element": 1,
        "a key of order 2": _P - 1,
        "a key of order 4": 0,
        "a key of order 8": _ORDER_8,
        "another key of order 8": _P - _ORDER_8,
        "the neutral element written out of range": _P + 1,
        "a key of order 4 written out of range": _P,
    }
    refused = [
        ("another message", public, true, message + b"!"),
        ("another key", craft.verify_key(seeded("another signer")), true, message),
        ("a changed byte", public, bytes((true[0] ^ 1,)) + true[1:], message),
        ("S out of range", public, shifted, message),
        ("zeros", public, craft.ZEROS, message),
        ("cut", public, true[:-1], message),
        ("a key that is cut", public[:-1], true, message),
        ("a key that is no point", bytes((2,)) + bytes(31), true, message),
    ]
    for name, moved in {"a nonce": (False, True), "a key": (True, False)}.items():
        moved_key, signed = torsion.sign(seed, message, key_moved=moved[0], nonce_moved=moved[1])
        refused.append((f"{name} moved by a point of order 8", moved_key, signed, message))
    refused += [
        (name, *_fitting((y | sign << 255).to_bytes(32, "little"), neutral + bytes(32)))
        for name, y in small.items()
        for sign in (0, 1)
    ]
    return {
        "made": [{"seed": text(seed), "verify_key": text(public), "message": text(message), "signature": text(true)}],
        "refused": [
            {"name": name, "verify_key": text(wrong), "signature": text(signed), "message": text(told)}
            for name, wrong, signed, told in refused
        ],
    }


def _fitting(key: bytes, signature: bytes) -> tuple[bytes, bytes, bytes]:
    """Find a message that OpenSSL takes this signature for: one in eight, for a key of order 8."""
    messages = [b"message %d" % index for index in range(200)]
    return key, signature, next(message for message in messages if craft.verifies(key, signature, message))


def receipt() -> Entries:
    """Receipts and their keys, what people type, and what is refused before any look-up."""
    instance = seeded("instance", 16)
    drawn = [seeded(f"receipt {index}") for index in range(3)] + [bytes(32), b"\xff" * 32]
    digits = [_digits(random) for random in drawn]
    first = digits[0]
    grouped = " ".join(first[at : at + 4] for at in range(0, 20, 4))
    arabic = first.translate({ord("0") + value: 0x0660 + value for value in range(10)})
    gurmukhi = first.translate({ord("0") + value: 0x0A66 + value for value in range(10)})
    bold = first.translate({ord("0") + value: 0x1D7CE + value for value in range(10)})
    wide = first.translate({ord("0") + value: 0xFF10 + value for value in range(10)})
    typed = [first, grouped, f"\u2066{grouped}\u2069\n", grouped.replace(" ", "-"), grouped.replace(" ", "\u2013")]
    typed += [
        grouped.replace(" ", "\u00a0"),
        grouped.replace(" ", "\u2212"),
        arabic,
        gurmukhi,
        bold,
        wide,
        "\ufeff" + first,
    ]
    swapped = next(at for at in range(19) if first[at] != first[at + 1])
    mistyped = ["", first[:-1], first + "0", f"{first[:-1]}{(int(first[-1]) + 1) % 10}", grouped.replace(" ", ".")]
    mistyped += [first[:swapped] + first[swapped + 1] + first[swapped] + first[swapped + 2 :], first[:-1] + "\u2460"]
    mistyped += [first[:-1] + "x", first.replace(first[0], "\u4e00"), "0" * 21]
    return {
        "drawn": [{"random": text(random), "digits": made} for random, made in zip(drawn, digits, strict=True)],
        "derived": [_receipt_keys(made, instance) for made in digits[:2]] + [_receipt_keys(first, bytes(16))],
        "shown": [{"digits": first, "shown": grouped}],
        "typed": [{"typed": given, "digits": first} for given in typed],
        "mistyped": [{"typed": given} for given in mistyped],
    }


def _digits(random: bytes) -> str:
    drawn = f"{int.from_bytes(random, 'big') % 10**19:019d}"
    # Without the table: the check digit is the one that makes the row end in 0, which the table's test shows.
    return drawn + next(str(digit) for digit in range(10) if damm(drawn + str(digit)) == 0)


def damm(digits: str) -> int:
    """Run Damm's check; 0 for a row that checks."""
    interim = 0
    for digit in digits:
        interim = DAMM[interim][int(digit)]
    return interim


# The quasigroup of order 10 of Damm's thesis (2004), page 111.
DAMM = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
]


def _receipt_keys(digits: str, instance: bytes) -> dict[str, object]:
    salt = craft.sha256(b"leeward/1/receipt\0", instance)[:16]
    master = craft.argon2id(digits.encode(), salt, 19_456, 2)
    mailbox = craft.hkdf(master, b"leeward/1/receipt-mailbox\0")
    signing = craft.hkdf(master, b"leeward/1/receipt-sign\0")
    public = craft.public_key(mailbox)
    return {
        "digits": digits,
        "instance_id": text(instance),
        "salt": text(salt),
        "master": text(master),
        "lookup": text(craft.hkdf(master, b"leeward/1/receipt-lookup\0")),
        "mailbox_seed": text(mailbox),
        "mailbox_public_key_sha256": text(craft.sha256(public)),
        "mailbox_kid": text(craft.kid(public)),
        "signing_seed": text(signing),
        "verify_key": text(craft.verify_key(signing)),
    }
