"""What the two languages are asked on a test run, drawn anew each time: messages, keys, things typed, refusals."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from crypto import keybag, receipt, suite
from tests.vectors.encoding import raw, text
from tests.vectors.exchange import answer

Line = dict[str, Any]

SIGNED = 66
TEXT_EDGES = [edge - SIGNED + step for edge in (16_384, 65_536) for step in (-1, 0, 1, 2)]
TEXT_SIZES = [0, 1, *TEXT_EDGES, 71_680 - SIGNED, 131_072]
FILE_SIZES = [0, 1, 65_534, 65_535, 65_536, 131_071, 131_072, 200_000]
# Where lower case, NFKC and white space differ from what one expects, or between languages.
_TRICKY = "éਕſİΣßﬁ½ -Az\u00a0\u2028\x85\x1c\ufeff\u1680\u200b"
_ZEROS = (0x30, 0x660, 0x6F0, 0x966, 0xA66, 0xE50, 0xFF10, 0x1D7CE, 0x1D7D8, 0x1D7F6, 0x1E950)
_BETWEEN = " -\u2013\u2212\u00a0\u2066\t\n\r\u3000\ufeff"
_NOT_BETWEEN = "._/x\x0b\x0c\x85\u2028\u2460"


@dataclass(frozen=True, slots=True)
class Sealing:
    """A message to be sealed by either side, the seeds of its readers, and the key that its signature is true for."""

    line: Line
    seeds: Sequence[str]
    verify_key: str | None

    def opening(self, envelope: str, seed: str) -> Line:
        """Ask for the message to be opened."""
        return {"op": "open", "envelope": envelope, "seed": seed, "verify_key": self.verify_key}


@dataclass(frozen=True, slots=True)
class Keys:
    """A slot, bag or epoch seed: how it is sealed, how it is opened, and what must come out."""

    seal: Line
    open: Line
    expected: Line


class Drawing:
    """Draws from one seed, so that a failure can be drawn again."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def bytes(self, size: int) -> str:
        """Draw bytes."""
        return text(self.random.randbytes(size))

    def sealings(self) -> list[Sealing]:
        """Draw messages of every type, with sizes at every boundary and between."""
        texts = [self.sealing(self.random.choice((1, 2, 3, 5, 6)), size) for size in TEXT_SIZES]
        files = [self.sealing(4, size) for size in FILE_SIZES]
        return texts + files + [self.sealing(kind, self.random.randrange(80_000)) for kind in range(1, 7)]

    def sealing(self, kind: int, size: int) -> Sealing:
        """Draw a message: origin, ids, one to three readers, with or without a signature."""
        seeds = [self.bytes(32) for _ in range(self.random.choice((1, 2, 3)))]
        roles = [self.random.choice((1, 2, 4, 6)) for _ in seeds]
        if kind in (3, 4):
            roles[-1] = 3
        signer = None
        if kind != 4 and self.random.random() < 0.7:
            signer = {"kind": self.random.choice((1, 2)), "seed": self.bytes(32)}
        line = {
            "op": "seal",
            "type": kind,
            "origin": self.random.randrange(4),
            "case_id": self.bytes(16),
            "message_id": self.bytes(16),
            "document": self.bytes(size),
            "recipients": [
                {"public_key": public_key(seed), "role": role} for seed, role in zip(seeds, roles, strict=True)
            ],
            "signer": signer,
        }
        return Sealing(line, seeds, None if signer is None else text(suite.verify_key(raw(str(signer["seed"])))))

    def flipped(self, whole: str) -> str:
        """Change one bit of a message: half of the time of header and first wrap, which are short beside a body."""
        changed = bytearray(raw(whole))
        limit = self.random.choice((73 + 1 + 1177, len(changed)))
        changed[self.random.randrange(limit)] ^= 1 << self.random.randrange(8)
        return text(bytes(changed))

    def keys(self) -> list[Keys]:
        """Draw slots, bags and epoch seeds."""
        return [draw() for draw in (self.slot, self.bag, self.epoch) for _ in range(4)]

    def slot(self) -> Keys:
        """Draw a bag's key under one way of unlocking it."""
        place: Line = {"kek": self.bytes(32), "user_id": self.bytes(16)}
        place |= {"slot": self.random.choice((1, 2, 3, 255)), "version": self.random.choice((1, 2**31, 2**32 - 1))}
        expected = {"bag_key": self.bytes(32)}
        return Keys({"op": "seal_slot"} | place | expected, {"op": "open_slot"} | place, expected)

    def bag(self) -> Keys:
        """Draw a bag with some pins."""
        place = {"bag_key": self.bytes(32), "user_id": self.bytes(16)}
        pins = {self.text(5): self.text(5) for _ in range(self.random.randrange(4))}
        expected = {"member_seed": self.bytes(32), "signing_seed": self.bytes(32), "pins": pins}
        return Keys({"op": "seal_bag"} | place | expected, {"op": "open_bag"} | place, expected)

    def epoch(self) -> Keys:
        """Draw an epoch's seed for a member."""
        seed, member_seed = self.bytes(32), self.bytes(32)
        place = {"organization_id": self.bytes(16), "epoch": self.random.choice((1, 2, 2**32 - 1))}
        return Keys(
            {"op": "seal_epoch", "seed": seed, "member_public_key": public_key(member_seed)} | place,
            {"op": "open_epoch", "member_seed": member_seed} | place,
            {"seed": seed, "signing_seed": text(keybag.epoch_signing_seed(raw(seed)))},
        )

    def alike(self) -> list[Line]:
        """Draw what both must answer alike: derivations, things typed, signatures."""
        digits = receipt.generate(self.random.randbytes)
        derived = [digits, receipt.generate(self.random.randbytes), "", "1" * 20, "x" * 20]
        lines: list[Line] = [{"op": "key", "seed": self.bytes(32)} for _ in range(3)]
        lines += [{"op": "derive_receipt", "digits": one, "instance_id": self.bytes(16)} for one in derived]
        lines += [{"op": "derive_receipt", "digits": digits, "instance_id": self.bytes(15)}]
        lines += [{"op": "derive_passphrase", "passphrase": self.text(8) + "a", "salt": self.bytes(16)}]
        lines += [{"op": "derive_passphrase", "passphrase": "a", "salt": self.bytes(15)}]
        lines += [{"op": "normalize", "typed": self.text(12)} for _ in range(300)]
        lines += [{"op": "parse_receipt", "typed": self.typed(digits)} for _ in range(300)]
        return lines + [line for _ in range(20) for line in self.signatures()]

    def signatures(self) -> list[Line]:
        """Draw a signature, and the same with one bit changed."""
        signing: Line = {"op": "sign", "seed": self.bytes(32), "message": self.bytes(self.random.randrange(100))}
        true = {"op": "verify", "message": signing["message"]} | answer(signing)
        changed = bytearray(raw(true["signature"]))
        changed[self.random.randrange(64)] ^= 1 << self.random.randrange(8)
        return [signing, true, true | {"signature": text(bytes(changed))}]

    def text(self, longest: int) -> str:
        """Draw text of characters that every Unicode of the last years knows."""
        drawn = []
        for _ in range(self.random.randrange(longest)):
            character = self.random.choice(_TRICKY)
            if self.random.random() < 0.4:
                character = chr(self.random.randrange(0x20000))
            if unicodedata.category(character) not in ("Cn", "Cs"):
                drawn.append(character)
        return "".join(drawn)

    def typed(self, digits: str) -> str:
        """Draw a receipt as it may be typed: other digits, things between, and sometimes a mistake."""
        typed = []
        for digit in digits:
            value = self.random.randrange(10) if self.random.random() < 0.01 else int(digit)
            typed.append(chr(self.random.choice(_ZEROS) + value))
            if self.random.random() < 0.3:
                typed.append(self.random.choice(_BETWEEN))
            if self.random.random() < 0.02:
                typed.append(self.random.choice(_NOT_BETWEEN))
        return "".join(typed)

    def refusals(self) -> list[Line]:
        """Draw what nothing may be made of."""
        good = self.sealing(1, 10).line
        reader, seed = good["recipients"][0], self.bytes(32)
        key = raw(reader["public_key"])
        bad_keys = [key[:-1], key[:1184] + bytes(32), b"\xff" * 1184 + key[1184:], key + b"\0"]
        bad_signers = [{"kind": 0, "seed": seed}, {"kind": 1, "seed": self.bytes(31)}]
        return [
            *(good | {"recipients": [reader | {"public_key": text(bad)}]} for bad in bad_keys),
            *(good | {"signer": signer} for signer in bad_signers),
            *(good | {"recipients": readers} for readers in ([], [reader] * 17, [reader | {"role": 3}])),
            good | {"case_id": self.bytes(15)},
            good | {"message_id": self.bytes(17)},
            good | {"type": 4, "signer": {"kind": 1, "seed": seed}},
            {"op": "key", "seed": self.bytes(31)},
            *self.bad_keys(),
        ]

    def bad_keys(self) -> list[Line]:
        """Draw slots, bags and epochs with parts that do not fit."""
        slot, bag, epoch = self.slot(), self.bag(), self.epoch()
        wrong_slots: list[Line] = [{"version": 2**32}, {"slot": 256}, {"slot": -1}]
        wrong_slots += [{"kek": self.bytes(16)}, {"bag_key": self.bytes(16)}, {"user_id": self.bytes(15)}]
        wrong_epochs: list[Line] = [{"seed": self.bytes(31)}, {"member_public_key": self.bytes(32)}, {"epoch": 2**32}]
        return [
            *(slot.seal | wrong for wrong in wrong_slots),
            *(bag.seal | {name: self.bytes(31)} for name in ("member_seed", "signing_seed", "bag_key", "user_id")),
            *(epoch.seal | wrong for wrong in wrong_epochs),
            slot.open | {"sealed": self.bytes(60)},
            bag.open | {"sealed": self.bytes(100)},
            epoch.open | {"sealed": self.bytes(1168)},
        ]


def public_key(seed: str) -> str:
    """Give the public key of a seed."""
    return text(suite.key_pair(raw(seed)).public_key)
