"""Seals and opens what it is told, line by line, so that the other language can check it:
`python -m tests.vectors.exchange`.

tests/vectors/README.md says what a line holds. Nothing that is secret outside of tests may be sent here.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from crypto import envelope, keybag, receipt, suite
from crypto.envelope import Envelope, MessageType, Opened, Origin, Recipient, Signer, SignerKind, WrapRole
from crypto.keybag import Bag
from crypto.receipt import ReceiptMistyped
from crypto.rejected import EnvelopeRejected, SignatureRejected
from tests.vectors.encoding import raw, text

Line = dict[str, Any]


def answer(line: Line) -> Line:
    """Do what one line asks for."""
    operation = _OPERATIONS[line["op"]]
    try:
        return operation(line)
    except (EnvelopeRejected, ReceiptMistyped) as error:
        return {"error": type(error).__name__}
    except ValueError:
        return {"error": "Refused"}


def _seal(line: Line) -> Line:
    signer = line["signer"]
    sealed = envelope.seal(
        raw(line["document"]),
        message_type=MessageType(line["type"]),
        origin=Origin(line["origin"]),
        case_id=raw(line["case_id"]),
        message_id=raw(line["message_id"]),
        recipients=[
            Recipient(raw(recipient["public_key"]), WrapRole(recipient["role"])) for recipient in line["recipients"]
        ],
        signer=None if signer is None else Signer(SignerKind(signer["kind"]), raw(signer["seed"])),
    )
    return {"envelope": text(sealed.to_bytes())}


def _open(line: Line) -> Line:
    message = Envelope.parse(raw(line["envelope"]))
    opened = envelope.open_(message, suite.key_pair(raw(line["seed"])))
    return {
        "type": opened.header.type,
        "origin": opened.header.origin,
        "case_id": text(opened.header.case_id),
        "message_id": text(opened.header.message_id),
        "signer": opened.signer,
        "signature": text(opened.signature),
        "document": text(opened.document),
        "kids": [text(envelope.wrap_kid(wrap)) for wrap in message.wraps],
        "roles": [envelope.wrap_role(wrap) for wrap in message.wraps],
        "digest": text(envelope.digest(message.header, message.body)),
        "genuine": _is_genuine(opened, line["verify_key"]),
    }


def _is_genuine(opened: Opened, verify_key: str | None) -> bool | None:
    if verify_key is None:
        return None
    try:
        opened.check_signature(raw(verify_key))
    except SignatureRejected:
        return False
    return True


def _key(line: Line) -> Line:
    pair = suite.key_pair(raw(line["seed"]))
    return {"public_key": text(pair.public_key), "kid": text(pair.kid)}


def _sign(line: Line) -> Line:
    seed = raw(line["seed"])
    return {"verify_key": text(suite.verify_key(seed)), "signature": text(suite.sign(seed, raw(line["message"])))}


def _verify(line: Line) -> Line:
    try:
        suite.verify(raw(line["verify_key"]), raw(line["signature"]), raw(line["message"]))
    except SignatureRejected:
        return {"genuine": False}
    return {"genuine": True}


def _parse_receipt(line: Line) -> Line:
    digits = receipt.parse(line["typed"])
    return {"digits": digits, "shown": receipt.format(digits)}


def _derive_receipt(line: Line) -> Line:
    keys = receipt.derive(line["digits"], raw(line["instance_id"]))
    return {
        "lookup": text(keys.lookup),
        "mailbox_seed": text(keys.mailbox.seed),
        "mailbox_public_key": text(keys.mailbox.public_key),
        "signing_seed": text(keys.signing_seed),
        "verify_key": text(keys.verify_key),
    }


def _normalize(line: Line) -> Line:
    return {"normalized": keybag.normalize(line["typed"])}


def _derive_passphrase(line: Line) -> Line:
    keys = keybag.derive_passphrase(line["passphrase"], raw(line["salt"]))
    return {"kek": text(keys.kek), "login_secret": text(keys.login_secret)}


def _seal_slot(line: Line) -> Line:
    place = {"user_id": raw(line["user_id"]), "slot": line["slot"], "version": line["version"]}
    return {"sealed": text(keybag.seal_slot(raw(line["kek"]), raw(line["bag_key"]), **place))}


def _open_slot(line: Line) -> Line:
    place = {"user_id": raw(line["user_id"]), "slot": line["slot"], "version": line["version"]}
    return {"bag_key": text(keybag.open_slot(raw(line["kek"]), raw(line["sealed"]), **place))}


def _seal_bag(line: Line) -> Line:
    bag = Bag(raw(line["member_seed"]), raw(line["signing_seed"]), line["pins"])
    return {"sealed": text(keybag.seal_bag(bag, raw(line["bag_key"]), user_id=raw(line["user_id"])))}


def _open_bag(line: Line) -> Line:
    bag = keybag.open_bag(raw(line["sealed"]), raw(line["bag_key"]), user_id=raw(line["user_id"]))
    return {"member_seed": text(bag.member_seed), "signing_seed": text(bag.signing_seed), "pins": dict(bag.pins)}


def _seal_epoch(line: Line) -> Line:
    sealed = keybag.seal_epoch_seed(
        raw(line["seed"]),
        member_public_key=raw(line["member_public_key"]),
        organization_id=raw(line["organization_id"]),
        epoch=line["epoch"],
    )
    return {"sealed": text(sealed)}


def _open_epoch(line: Line) -> Line:
    seed = keybag.open_epoch_seed(
        raw(line["sealed"]),
        suite.key_pair(raw(line["member_seed"])),
        organization_id=raw(line["organization_id"]),
        epoch=line["epoch"],
    )
    return {"seed": text(seed), "signing_seed": text(keybag.epoch_signing_seed(seed))}


_OPERATIONS: dict[str, Callable[[Line], Line]] = {
    "seal": _seal,
    "open": _open,
    "key": _key,
    "sign": _sign,
    "verify": _verify,
    "parse_receipt": _parse_receipt,
    "derive_receipt": _derive_receipt,
    "normalize": _normalize,
    "derive_passphrase": _derive_passphrase,
    "seal_slot": _seal_slot,
    "open_slot": _open_slot,
    "seal_bag": _seal_bag,
    "open_bag": _open_bag,
    "seal_epoch": _seal_epoch,
    "open_epoch": _open_epoch,
}


def answers(lines: Iterable[str]) -> Iterator[str]:
    """Answer each line that holds something."""
    for line in lines:
        if line.strip():
            yield json.dumps(answer(json.loads(line)))


if __name__ == "__main__":
    for written in answers(sys.stdin):
        sys.stdout.write(written + "\n")
