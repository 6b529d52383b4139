"""Our own vectors, tests/vectors/protocol-1/: the files are what their script makes, and `crypto` agrees."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from crypto import casekey, envelope, keybag, padding, receipt, stream, suite, symmetric
from crypto.envelope import Envelope, MessageType, Origin, Recipient, Signer, SignerKind, WrapRole
from crypto.padding import PaddingScheme
from crypto.rejected import EnvelopeRejected, SignatureRejected
from tests.vectors import make
from tests.vectors.craft import sha256
from tests.vectors.encoding import expand, raw, text

Entry = dict[str, Any]


def entries(file: str, kind: str) -> list[Entry]:
    """Read entries of one kind from one file; a missing file or an empty list is an error."""
    found: list[Entry] = json.loads((make.FOLDER / f"{file}.json").read_text(encoding="utf-8"))[kind]
    assert found
    return found


def each(file: str, kind: str) -> pytest.MarkDecorator:
    """Run a test once for each entry."""
    found = entries(file, kind)
    names = [str(entry.get("name", index)) for index, entry in enumerate(found)]
    return pytest.mark.parametrize("entry", found, ids=names)


@dataclass
class Scripted:
    """Randomness that is known beforehand, and is used up exactly."""

    parts: list[bytes]

    def __call__(self, size: int) -> bytes:
        part = self.parts.pop(0)
        assert len(part) == size
        return part


def parts_of(entry: Entry) -> Envelope:
    return Envelope(raw(entry["header"]), tuple(raw(wrap) for wrap in entry["wraps"]), raw(entry["body"]))


def assembled() -> dict[str, bytes]:
    return {entry["name"]: parts_of(entry).to_bytes() for entry in entries("envelope", "envelopes")}


def joined(pieces: Sequence[Entry], messages: dict[str, bytes]) -> bytes:
    """Put the pieces of a tampered message together."""
    return b"".join(
        raw(piece["bytes"]) if "bytes" in piece else messages[piece["of"]][piece["from"] : piece["to"]]
        for piece in pieces
    )


def test_the_files_are_what_their_script_makes() -> None:
    made = dict(make.files())
    assert set(made) == {path.name for path in make.FOLDER.glob("*.json")}
    for name, content in made.items():
        assert (make.FOLDER / name).read_text(encoding="utf-8") == content, f"{name}: python -m tests.vectors.make"


@each("padding", "sizes")
def test_padded_size(entry: Entry) -> None:
    scheme = PaddingScheme(entry["scheme"])
    assert padding.padded_size(entry["content"], scheme) == entry["padded"]
    assert padding.is_padded_size(entry["padded"], scheme)


@each("padding", "padded")
def test_padded(entry: Entry) -> None:
    scheme, content = PaddingScheme(entry["scheme"]), raw(entry["content"])
    padded = padding.pad(content, scheme)
    assert text(sha256(padded)) == entry["sha256"]
    assert padding.unpad(padded, scheme) == content


@each("padding", "not_sizes")
def test_not_a_padded_size(entry: Entry) -> None:
    assert not padding.is_padded_size(entry["size"], PaddingScheme(entry["scheme"]))


@each("padding", "rejected")
def test_padding_rejected(entry: Entry) -> None:
    padded = expand(entry["start"]).ljust(entry["size"], b"\0")
    with pytest.raises(EnvelopeRejected):
        padding.unpad(padded, PaddingScheme(entry["scheme"]))


@each("stream", "sealed")
def test_stream(entry: Entry) -> None:
    key, aad, plaintext = raw(entry["key"]), raw(entry["aad"]), expand(entry["plaintext"])
    sealed = stream.seal(key, plaintext, aad=aad)
    assert text(sha256(sealed)) == entry["sha256"]
    assert stream.open_(key, sealed, aad=aad) == plaintext


@each("stream", "rejected")
def test_stream_of_wrong_chunks_rejected(entry: Entry) -> None:
    key, aad = raw(entry["key"]), raw(entry["aad"])
    chunks = [
        symmetric.seal(
            key,
            expand(chunk["plaintext"]),
            aad=aad,
            random=Scripted([chunk["counter"].to_bytes(11) + bytes([chunk["last"]])]),
        )[symmetric.NONCE_SIZE :]
        for chunk in entry["chunks"]
    ]
    with pytest.raises(EnvelopeRejected):
        stream.open_(key, b"".join(chunks), aad=aad)


@each("stream", "not_opened")
def test_stream_not_opened(entry: Entry) -> None:
    with pytest.raises(EnvelopeRejected):
        stream.open_(raw(entry["key"]), raw(entry["sealed"]), aad=raw(entry["aad"]))


@each("key", "keys")
def test_key(entry: Entry) -> None:
    pair = suite.key_pair(raw(entry["seed"]))
    assert (text(pair.public_key), text(pair.kid)) == (entry["public_key"], entry["kid"])


@each("signature", "made")
def test_signature(entry: Entry) -> None:
    seed, message, signature = raw(entry["seed"]), raw(entry["message"]), raw(entry["signature"])
    assert suite.sign(seed, message) == signature
    assert text(suite.verify_key(seed)) == entry["verify_key"]
    suite.verify(raw(entry["verify_key"]), signature, message)


@each("signature", "refused")
def test_signature_refused(entry: Entry) -> None:
    with pytest.raises(SignatureRejected):
        suite.verify(raw(entry["verify_key"]), raw(entry["signature"]), raw(entry["message"]))


@each("receipt", "drawn")
def test_receipt_drawn(entry: Entry) -> None:
    assert receipt.generate(Scripted([raw(entry["random"])])) == entry["digits"]


@each("receipt", "derived")
def test_receipt_derived(entry: Entry) -> None:
    keys = receipt.derive(entry["digits"], raw(entry["instance_id"]))
    assert text(keys.lookup) == entry["lookup"]
    assert text(keys.mailbox.seed) == entry["mailbox_seed"]
    assert text(sha256(keys.mailbox.public_key)) == entry["mailbox_public_key_sha256"]
    assert text(keys.mailbox.kid) == entry["mailbox_kid"]
    assert text(keys.signing_seed) == entry["signing_seed"]
    assert text(keys.verify_key) == entry["verify_key"]


@each("receipt", "shown")
def test_receipt_shown(entry: Entry) -> None:
    assert receipt.format(entry["digits"]) == entry["shown"]


@each("receipt", "typed")
def test_receipt_typed(entry: Entry) -> None:
    assert receipt.parse(entry["typed"]) == entry["digits"]


@each("receipt", "mistyped")
def test_receipt_mistyped(entry: Entry) -> None:
    with pytest.raises(receipt.ReceiptMistyped):
        receipt.parse(entry["typed"])


@each("passphrase", "normalized")
def test_passphrase_normalized(entry: Entry) -> None:
    assert keybag.normalize(entry["typed"]) == entry["normalized"]


@each("passphrase", "derived")
def test_passphrase_derived(entry: Entry) -> None:
    keys = keybag.derive_passphrase(entry["typed"], raw(entry["salt"]))
    assert (text(keys.kek), text(keys.login_secret)) == (entry["kek"], entry["login_secret"])


@each("passphrase", "refused")
def test_passphrase_refused(entry: Entry) -> None:
    with pytest.raises(ValueError, match="a secret has"):
        keybag.derive_passphrase(entry["typed"], bytes(16))


@each("passphrase", "drawn")
def test_passphrase_drawn(entry: Entry) -> None:
    random = raw(entry["random"])
    scripted = Scripted([random[at : at + 32] for at in range(0, len(random), 32)])
    words = [f"w{index}" for index in range(7776)]
    assert keybag.generate_passphrase(words, scripted) == " ".join(words[index] for index in entry["indexes"])


@each("keybag", "slots")
def test_slot(entry: Entry) -> None:
    place = {"slot": entry["slot"], "version": entry["version"]}
    kek, bag_key, user_id = raw(entry["kek"]), raw(entry["bag_key"]), raw(entry["user_id"])
    sealed = keybag.seal_slot(kek, bag_key, user_id=user_id, random=Scripted([raw(entry["nonce"])]), **place)
    assert text(sealed) == entry["sealed"]
    assert keybag.open_slot(kek, sealed, user_id=user_id, **place) == bag_key


@each("keybag", "slots_rejected")
def test_slot_rejected(entry: Entry) -> None:
    place = {"user_id": raw(entry["user_id"]), "slot": entry["slot"], "version": entry["version"]}
    with pytest.raises(EnvelopeRejected):
        keybag.open_slot(raw(entry["kek"]), raw(entry["sealed"]), **place)


@each("keybag", "bags")
def test_bag(entry: Entry) -> None:
    bag = keybag.Bag(raw(entry["member_seed"]), raw(entry["signing_seed"]), entry["pins"])
    bag_key, user_id = raw(entry["bag_key"]), raw(entry["user_id"])
    sealed = keybag.seal_bag(bag, bag_key, user_id=user_id, random=Scripted([raw(entry["nonce"])]))
    assert text(sealed) == entry["sealed"]
    assert keybag.open_bag(sealed, bag_key, user_id=user_id) == bag


@each("keybag", "bags_rejected")
def test_bag_rejected(entry: Entry) -> None:
    with pytest.raises(EnvelopeRejected):
        keybag.open_bag(raw(entry["sealed"]), raw(entry["bag_key"]), user_id=raw(entry["user_id"]))


@each("keybag", "case_wraps")
def test_wrap_at_rest(entry: Entry) -> None:
    key, wrap = raw(entry["key"]), raw(entry["wrap"])
    place = {"case_id": raw(entry["case_id"]), "message_id": raw(entry["message_id"])}
    assert text(casekey.seal_wrap(key, wrap, random=Scripted([raw(entry["nonce"])]), **place)) == entry["sealed"]
    assert casekey.open_wrap(key, raw(entry["sealed"]), **place) == wrap


@each("epoch", "epochs")
def test_epoch(entry: Entry) -> None:
    member = suite.key_pair(raw(entry["member_seed"]))
    place = {"organization_id": raw(entry["organization_id"]), "epoch": entry["epoch"]}
    seed = keybag.open_epoch_seed(raw(entry["sealed_seed"]), member, **place)
    assert text(seed) == entry["seed"]
    pair = suite.key_pair(seed)
    assert (text(pair.kid), text(sha256(pair.public_key))) == (entry["kid"], entry["public_key_sha256"])
    signing_seed = keybag.epoch_signing_seed(seed)
    assert text(signing_seed) == entry["signing_seed"]
    assert text(suite.verify_key(signing_seed)) == entry["verify_key"]
    again = keybag.seal_epoch_seed(seed, member_public_key=member.public_key, **place)
    assert keybag.open_epoch_seed(again, member, **place) == seed


@each("epoch", "rejected")
def test_epoch_rejected(entry: Entry) -> None:
    member = suite.key_pair(raw(entry["member_seed"]))
    with pytest.raises(EnvelopeRejected):
        keybag.open_epoch_seed(
            raw(entry["sealed_seed"]), member, organization_id=raw(entry["organization_id"]), epoch=entry["epoch"]
        )


@each("envelope", "envelopes")
def test_envelope_opens_for_each_of_its_readers(entry: Entry) -> None:
    message = parts_of(entry)
    assert Envelope.parse(message.to_bytes()) == message
    assert text(envelope.digest(message.header, message.body)) == entry["digest"]
    for reader, wrap in zip(entry["readers"], message.wraps, strict=True):
        assert (text(envelope.wrap_kid(wrap)), envelope.wrap_role(wrap)) == (reader["kid"], reader["role"])
        pair = suite.key_pair(raw(reader["seed"]))
        if not reader["opens"]:
            with pytest.raises(EnvelopeRejected):
                envelope.open_(message, pair)
            continue
        opened = envelope.open_(message, pair)
        assert opened.document == expand(entry["document"])
        assert (opened.signer, text(opened.signature)) == (entry["signer"], entry["signature"])
        assert opened.header.to_bytes() == message.header
        if entry["verify_key"] is not None:
            opened.check_signature(raw(entry["verify_key"]))


@each("envelope", "envelopes")
def test_envelope_is_sealed_alike(entry: Entry) -> None:
    seed = entry["signing_seed"]
    sealed = envelope.seal(
        expand(entry["document"]),
        message_type=MessageType(entry["type"]),
        origin=Origin(entry["origin"]),
        case_id=raw(entry["case_id"]),
        message_id=raw(entry["message_id"]),
        recipients=[
            Recipient(suite.key_pair(raw(reader["seed"])).public_key, WrapRole(reader["role"]))
            for reader in entry["readers"]
        ],
        signer=None if seed is None else Signer(SignerKind(entry["signer"]), raw(seed)),
        random=Scripted([raw(entry["dek"])]),
    )
    assert (text(sealed.header), text(sealed.body)) == (entry["header"], entry["body"])
    starts = [wrap[: suite.KID_SIZE + 1] for wrap in sealed.wraps]
    assert starts == [raw(reader["kid"]) + bytes([reader["role"]]) for reader in entry["readers"]]


@each("forged", "forged")
def test_forged_message_opens_but_is_not_signed(entry: Entry) -> None:
    opened = envelope.open_(parts_of(entry), suite.key_pair(raw(entry["reader"])))
    with pytest.raises(SignatureRejected):
        opened.check_signature(raw(entry["verify_key"]))


@each("tampered", "cut_and_joined")
def test_tampered_message_is_refused(entry: Entry) -> None:
    tampered = joined(entry["pieces"], assembled())
    if entry["refused"] == "parse":
        with pytest.raises(EnvelopeRejected):
            Envelope.parse(tampered)
        return
    message = Envelope.parse(tampered)
    assert message.to_bytes() == tampered
    with pytest.raises(EnvelopeRejected):
        envelope.open_(message, suite.key_pair(raw(entry["reader"])))


@each("tampered", "crafted")
def test_wrongly_sealed_message_is_refused(entry: Entry) -> None:
    message = parts_of(entry)
    if entry["refused"] == "parse":
        with pytest.raises(EnvelopeRejected):
            Envelope.parse(message.to_bytes())
    else:
        assert Envelope.parse(message.to_bytes()) == message
    with pytest.raises(EnvelopeRejected):
        envelope.open_(message, suite.key_pair(raw(entry["reader"])))
    if "opened_by" in entry:
        assert envelope.open_(message, suite.key_pair(raw(entry["opened_by"]))).document
