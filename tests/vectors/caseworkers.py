"""The vectors of what a caseworker keeps: passphrases, slots, bags and epoch seeds."""

import json

from tests.vectors import craft
from tests.vectors.encoding import seeded, text
from tests.vectors.kept import Kept
from tests.vectors.primitives import Entries

USER = seeded("user", 16)
ORGANIZATION = seeded("organization", 16)
_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000"


def passphrase() -> Entries:
    """Passphrases as they are typed and stretched, and how words are drawn."""
    plain = "drop-down yo-yo abacus zoom unwed felt-tip"
    typed = [
        plain,
        f"  {plain.upper()}\n",
        plain.replace(" ", "   "),
        plain.replace(" ", "\u3000"),
        "\uff41\uff42\uff43",
    ]
    typed += [f"abacus{_SPACES}zoom", "\ufb01nal \u00c9TUDE", "\u1e9e \u0130", "\u03a3\u0391\u03a3 x"]
    randoms = [seeded("passphrase", 192), bytes(192), b"\xff" * 192]
    normalized = [
        plain,
        plain,
        plain,
        plain,
        "abc",
        "abacus zoom",
        "final \u00e9tude",
        "\u00df i\u0307",
        "\u03c3\u03b1\u03c2 x",
    ]
    return {
        "normalized": [{"typed": one, "normalized": other} for one, other in zip(typed, normalized, strict=True)],
        "derived": [_passphrase_keys(given, plain, seeded("salt", 16)) for given in typed[:2]],
        "refused": [{"typed": ""}, {"typed": _SPACES}, {"typed": "x" * 1025}],
        "drawn": [
            {
                "random": text(random),
                "indexes": [int.from_bytes(random[at : at + 32], "big") % 7776 for at in range(0, 192, 32)],
            }
            for random in randoms
        ],
    }


def keybag() -> Entries:
    """Slots and bags, under fixed nonces, and what must not open."""
    kek, bag_key, nonce = seeded("kek"), seeded("bag key"), seeded("nonce", 12)
    slot = {"kek": text(kek), "user_id": text(USER), "slot": 1, "version": 1, "sealed": text(_slot(kek, bag_key, 1, 1))}
    others: list[tuple[str, dict[str, object]]] = [
        ("another user", {"user_id": text(ORGANIZATION)}),
        ("another slot", {"slot": 2}),
        ("another version", {"version": 2}),
        ("another key", {"kek": text(bag_key)}),
        ("a bag's key that is too short", {"sealed": text(_slot(kek, bag_key[:16], 1, 1))}),
        ("cut", {"sealed": text(_slot(kek, bag_key, 1, 1)[:27])}),
    ]
    seeds = {"member_seed": seeded("member"), "signing_seed": seeded("member signs")}
    pinned = {"organization": text(ORGANIZATION), "\u00e9": '\u0a15 "\\\u2028', "Z": ""}
    bags = [_bag(seeds, pins) for pins in ({}, pinned)]
    aad = b"leeward/1/bag\0" + USER
    return {
        "slots": [
            slot | {"nonce": text(nonce), "bag_key": text(bag_key)},
            slot
            | {"nonce": text(nonce), "bag_key": text(bag_key), "slot": 255, "version": 2**32 - 1}
            | {"sealed": text(_slot(kek, bag_key, 255, 2**32 - 1))},
        ],
        "slots_rejected": [{"name": name} | slot | other for name, other in others],
        "bags": [
            {name: text(seed) for name, seed in seeds.items()}
            | {"pins": json.loads(bag)["pins"], "bag_key": text(bag_key), "user_id": text(USER), "nonce": text(nonce)}
            | {"plaintext": text(bag), "sealed": text(craft.gcm(bag_key, nonce, bag, aad))}
            for bag in bags
        ],
        "bags_rejected": [
            {"name": "another user", "bag_key": text(bag_key), "user_id": text(ORGANIZATION)}
            | {"sealed": text(craft.gcm(bag_key, nonce, bags[0], aad))},
            {"name": "another key", "bag_key": text(kek), "user_id": text(USER)}
            | {"sealed": text(craft.gcm(bag_key, nonce, bags[0], aad))},
        ]
        + [
            {"name": name, "bag_key": text(bag_key), "user_id": text(USER)}
            | {"sealed": text(craft.gcm(bag_key, nonce, plaintext, aad))}
            for name, plaintext in _not_bags(bags[0])
        ],
        "case_wraps": [_case_wrap()],
    }


def _case_wrap() -> dict[str, object]:
    parts = {"key": seeded("case key"), "nonce": seeded("nonce", 12), "wrap": seeded("wrap", 1177)}
    place = {"case_id": seeded("case", 16), "message_id": seeded("message report", 16)}
    aad = b"leeward/1/case-wrap\0" + place["case_id"] + place["message_id"]
    sealed = craft.gcm(parts["key"], parts["nonce"], parts["wrap"], aad)
    return {name: text(value) for name, value in (parts | place | {"sealed": sealed}).items()}


def epoch(kept: Kept) -> Entries:
    """Epochs' seeds, sealed for members, and the keys that they yield."""
    entries: list[dict[str, object]] = []
    for number in (1, 2**32 - 1):
        seed, member = seeded(f"epoch {number}"), seeded("member")
        name = f"epoch {number}"
        info = b"leeward/1/epoch\0" + ORGANIZATION + number.to_bytes(4, "big") + craft.kid(craft.public_key(member))
        signing = craft.hkdf(seed, b"leeward/1/epoch-sign\0")
        entries.append(
            {
                "name": name,
                "seed": text(seed),
                "member_seed": text(member),
                "organization_id": text(ORGANIZATION),
                "epoch": number,
                "sealed_seed": text(kept.hpke(("epoch", name, 0), member, seed, info)),
                "kid": text(craft.kid(craft.public_key(seed))),
                "public_key_sha256": text(craft.sha256(craft.public_key(seed))),
                "signing_seed": text(signing),
                "verify_key": text(craft.verify_key(signing)),
            }
        )
    first = {name: entries[0][name] for name in ("member_seed", "organization_id", "epoch", "sealed_seed")}
    others: list[tuple[str, dict[str, object]]] = [
        ("another organization", {"organization_id": text(USER)}),
        ("another epoch", {"epoch": 2}),
        ("another member", {"member_seed": text(seeded("another member"))}),
        ("cut", {"sealed_seed": str(first["sealed_seed"])[:-4]}),
        ("nothing", {"sealed_seed": ""}),
    ]
    member = craft.public_key(seeded("member"))
    info = b"leeward/1/epoch\0" + ORGANIZATION + (1).to_bytes(4, "big") + craft.kid(member)
    short = kept.hpke(("epoch", "a seed that is too short", 0), seeded("member"), bytes(31), info)
    others.append(("a seed that is too short", {"sealed_seed": text(short)}))
    return {"epochs": entries, "rejected": [{"name": name} | first | other for name, other in others]}


def _passphrase_keys(typed: str, normalized: str, salt: bytes) -> dict[str, object]:
    master = craft.argon2id(normalized.encode(), salt, 65_536, 3)
    return {
        "typed": typed,
        "salt": text(salt),
        "master": text(master),
        "kek": text(craft.hkdf(master, b"leeward/1/kek\0")),
        "login_secret": text(craft.hkdf(master, b"leeward/1/login\0")),
    }


def _slot(kek: bytes, bag_key: bytes, slot: int, version: int) -> bytes:
    aad = b"leeward/1/slot\0" + USER + bytes((slot,)) + version.to_bytes(4, "big")
    return craft.gcm(kek, seeded("nonce", 12), bag_key, aad)


def _bag(seeds: dict[str, bytes], pins: dict[str, str]) -> bytes:
    """Write a bag out by hand, so that no library's idea of order decides."""
    written = ",".join(f"{_quoted(name)}:{_quoted(pins[name])}" for name in sorted(pins))
    member, signing = text(seeds["member_seed"]), text(seeds["signing_seed"])
    return f'{{"member_seed":"{member}","pins":{{{written}}},"signing_seed":"{signing}","v":1}}'.encode()


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _not_bags(bag: bytes) -> list[tuple[str, bytes]]:
    seed = text(seeded("member")).encode()
    return [
        ("not JSON", bag[:-1]),
        ("not UTF-8", bag[:-1] + b"\xff}"),
        ("not an object", b"[" + bag + b"]"),
        ("a later version", bag.replace(b'"v":1', b'"v":2')),
        ("no version", bag.replace(b',"v":1', b"")),
        ("no seed", bag.replace(b'"member_seed":"' + seed + b'",', b"")),
        ("a seed that is too short", bag.replace(seed, seed[:-2])),
        ("a seed that is a number", bag.replace(b'"' + seed + b'"', b"1")),
        ("a seed that is not base64url", bag.replace(seed, b"+" + seed[1:])),
        ("pins that are a list", bag.replace(b'"pins":{}', b'"pins":[]')),
        ("a pin that is a number", bag.replace(b'"pins":{}', b'"pins":{"a":1}')),
    ]
