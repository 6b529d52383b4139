"""A caseworker's keys open with their passphrase, for them, in their place, and in no other way."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import keybag, suite, symmetric
from crypto.keybag import Bag
from crypto.rejected import EnvelopeRejected

USER, ORGANIZATION, SALT = b"u" * 16, b"o" * 16, b"s" * 16
KEK, BAG_KEY = b"k" * 32, b"b" * 32
MEMBER, STRANGER = suite.key_pair(b"m" * 32), suite.key_pair(b"x" * 32)
BAG = Bag(member_seed=b"m" * 32, signing_seed=b"g" * 32, pins={"one": "two"})
SLOT = keybag.seal_slot(KEK, BAG_KEY, user_id=USER, slot=1, version=1)
SEALED_BAG = keybag.seal_bag(BAG, BAG_KEY, user_id=USER)
EPOCH_SEED = b"e" * 32
SEALED_SEED = keybag.seal_epoch_seed(
    EPOCH_SEED, member_public_key=MEMBER.public_key, organization_id=ORGANIZATION, epoch=1
)
WORDS = [f"word{index}" for index in range(7776)]


def test_a_passphrase_has_six_words_of_the_list() -> None:
    drawn = [keybag.generate_passphrase(WORDS).split(" ") for _ in range(20)]
    assert {len(words) for words in drawn} == {6}
    assert {word for words in drawn for word in words} <= set(WORDS)
    assert len({tuple(words) for words in drawn}) == 20


@pytest.mark.parametrize("index", [0, 1, 7775])
def test_every_word_of_the_list_can_be_drawn(index: int) -> None:
    drawn = keybag.generate_passphrase(WORDS, lambda size: (index + 7776 * 5).to_bytes(size))
    assert drawn == " ".join([WORDS[index]] * 6)


@pytest.mark.parametrize(
    "words", [[], WORDS[:-1], [*WORDS[:-1], WORDS[0]], [*WORDS[:-1], WORDS[0].upper()], [*WORDS[:-1], f" {WORDS[0]}"]]
)
def test_a_list_with_too_few_different_words_is_refused(words: list[str]) -> None:
    with pytest.raises(ValueError, match="7,776 different words"):
        keybag.generate_passphrase(words)


@given(st.text(max_size=30))
def test_spaces_and_capitals_of_a_passphrase_do_not_matter(passphrase: str) -> None:
    once = keybag.normalize(passphrase)
    assert keybag.normalize(f" \t{passphrase}\u3000\n") == once
    assert once == once.strip(" ")
    assert "  " not in once


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8), st.sampled_from([" ", "\n", "  ", "\u00a0", "\u2003"]))
def test_words_are_words_however_they_are_typed(words: list[str], space: str) -> None:
    assert keybag.normalize(space.join(words).upper()) == " ".join(words)


def test_a_passphrase_yields_two_keys_that_do_not_tell_of_each_other() -> None:
    keys = keybag.derive_passphrase("one two", SALT)
    again = keybag.derive_passphrase(" ONE\ttwo ", SALT)
    assert (keys.kek, keys.login_secret) == (again.kek, again.login_secret)
    others = [keybag.derive_passphrase("one three", SALT), keybag.derive_passphrase("one two", b"t" * 16)]
    found = {key for each in (keys, *others) for key in (each.kek, each.login_secret)}
    assert len(found) == 6
    assert {len(key) for key in found} == {32}


@pytest.mark.parametrize("passphrase", ["", " ", "\n\u3000", "x" * 1025, "\u0a15" * 400])
def test_a_passphrase_without_words_or_without_end_is_refused(passphrase: str) -> None:
    with pytest.raises(ValueError, match="1 to 1,024 bytes"):
        keybag.derive_passphrase(passphrase, SALT)


@pytest.mark.parametrize("size", [0, 8, 15, 17])
def test_a_salt_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        keybag.derive_passphrase("one", bytes(size))


def test_a_slot_comes_back() -> None:
    assert len(SLOT) == 60
    assert keybag.open_slot(KEK, SLOT, user_id=USER, slot=1, version=1) == BAG_KEY


@pytest.mark.parametrize(
    ("kek", "user_id", "slot", "version"),
    [
        (BAG_KEY, USER, 1, 1),
        (KEK, ORGANIZATION, 1, 1),
        (KEK, USER, 2, 1),
        (KEK, USER, 1, 2),
        (KEK, USER, 1, 0),
        (KEK, USER, 1, 256),
    ],
)
def test_a_slot_opens_in_its_place_only(kek: bytes, user_id: bytes, slot: int, version: int) -> None:
    with pytest.raises(EnvelopeRejected):
        keybag.open_slot(kek, SLOT, user_id=user_id, slot=slot, version=version)


@pytest.mark.parametrize("sealed", [b"", SLOT[:27], SLOT[:-1], SLOT + b"\0", SEALED_BAG])
def test_other_bytes_are_no_slot(sealed: bytes) -> None:
    with pytest.raises(EnvelopeRejected):
        keybag.open_slot(KEK, sealed, user_id=USER, slot=1, version=1)


def test_a_slot_with_a_key_of_another_size_is_rejected() -> None:
    aad = b"leeward/1/slot\0" + USER + b"\x01" + (1).to_bytes(4)
    with pytest.raises(EnvelopeRejected):
        keybag.open_slot(KEK, symmetric.seal(KEK, bytes(16), aad=aad), user_id=USER, slot=1, version=1)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_of_another_size_goes_into_no_slot(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        keybag.seal_slot(KEK, bytes(size), user_id=USER, slot=1, version=1)
    with pytest.raises(ValueError, match="32 bytes"):
        keybag.seal_slot(bytes(size), BAG_KEY, user_id=USER, slot=1, version=1)


@pytest.mark.parametrize(("slot", "version"), [(256, 1), (-1, 1), (1, 2**32), (1, -1)])
def test_a_number_that_does_not_fit_is_refused(slot: int, version: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        keybag.seal_slot(KEK, BAG_KEY, user_id=USER, slot=slot, version=version)
    with pytest.raises(ValueError, match="does not fit"):
        keybag.open_slot(KEK, SLOT, user_id=USER, slot=slot, version=version)


@pytest.mark.parametrize("size", [0, 15, 17])
def test_an_id_of_another_size_is_refused(size: int) -> None:
    calls: list[Callable[[], object]] = [
        lambda: keybag.seal_slot(KEK, BAG_KEY, user_id=bytes(size), slot=1, version=1),
        lambda: keybag.seal_bag(BAG, BAG_KEY, user_id=bytes(size)),
        lambda: keybag.open_bag(SEALED_BAG, BAG_KEY, user_id=bytes(size)),
        lambda: keybag.open_epoch_seed(SEALED_SEED, MEMBER, organization_id=bytes(size), epoch=1),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="expected 16 bytes"):
            call()


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=5))
def test_a_bag_comes_back(pins: dict[str, str]) -> None:
    bag = Bag(BAG.member_seed, BAG.signing_seed, pins)
    assert keybag.open_bag(keybag.seal_bag(bag, BAG_KEY, user_id=USER), BAG_KEY, user_id=USER) == bag


def test_a_bag_is_written_in_one_way() -> None:
    one = keybag.seal_bag(Bag(bytes(32), bytes(32), {"b": "1", "a": "2"}), BAG_KEY, user_id=USER)
    plaintext = symmetric.open_(BAG_KEY, one, aad=b"leeward/1/bag\0" + USER)
    seed = b"A" * 43
    assert plaintext == b'{"member_seed":"%b","pins":{"a":"2","b":"1"},"signing_seed":"%b","v":1}' % (seed, seed)


@pytest.mark.parametrize(("bag_key", "user_id"), [(KEK, USER), (BAG_KEY, ORGANIZATION)])
def test_a_bag_opens_for_its_user_and_key_only(bag_key: bytes, user_id: bytes) -> None:
    with pytest.raises(EnvelopeRejected):
        keybag.open_bag(SEALED_BAG, bag_key, user_id=user_id)


SEED = b"A" * 43


@pytest.mark.parametrize(
    "plaintext",
    [
        b"",
        b"\xff",
        b"null",
        b"1",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"member_seed":"%b","pins":{},"signing_seed":"%b","v":2}' % (SEED, SEED),
        b'{"member_seed":"%b","pins":{},"signing_seed":"%b","v":"1"}' % (SEED, SEED),
        b'{"member_seed":"%b","pins":{},"signing_seed":"%b"}' % (SEED, SEED),
        b'{"member_seed":"%b","signing_seed":"%b","v":1}' % (SEED, SEED),
        b'{"member_seed":"%b","pins":{},"v":1}' % SEED,
        b'{"pins":{},"signing_seed":"%b","v":1}' % SEED,
        b'{"member_seed":"%b","pins":[],"signing_seed":"%b","v":1}' % (SEED, SEED),
        b'{"member_seed":"%b","pins":{"a":1},"signing_seed":"%b","v":1}' % (SEED, SEED),
        b'{"member_seed":"%b","pins":{},"signing_seed":"%b=","v":1}' % (SEED, SEED),
        b'{"member_seed":"%b","pins":{},"signing_seed":"%b","v":1}' % (SEED[:42], SEED),
        b'{"member_seed":"%b","pins":{},"signing_seed":"%b","v":1}' % (SEED[:42] + b"B", SEED),
        b'{"member_seed":"%b","pins":{},"signing_seed":"%b","v":1}' % (b"+" + SEED[1:], SEED),
        b'{"member_seed":"%b","pins":{},"signing_seed":"%b","v":1}' % ("é".encode() + SEED[1:], SEED),
        b'{"member_seed":1,"pins":{},"signing_seed":"%b","v":1}' % SEED,
        b'{"member_seed":null,"pins":{},"signing_seed":"%b","v":1}' % SEED,
    ],
)
def test_what_is_no_bag_inside_is_rejected(plaintext: bytes) -> None:
    sealed = symmetric.seal(BAG_KEY, plaintext, aad=b"leeward/1/bag\0" + USER)
    with pytest.raises(EnvelopeRejected):
        keybag.open_bag(sealed, BAG_KEY, user_id=USER)


@pytest.mark.parametrize("bag", [Bag(bytes(31), bytes(32), {}), Bag(bytes(32), bytes(33), {})])
def test_seeds_of_another_size_go_into_no_bag(bag: Bag) -> None:
    with pytest.raises(ValueError, match="expected 32 bytes"):
        keybag.seal_bag(bag, BAG_KEY, user_id=USER)


def test_an_epochs_seed_comes_back() -> None:
    assert len(SEALED_SEED) == 1168
    assert keybag.open_epoch_seed(SEALED_SEED, MEMBER, organization_id=ORGANIZATION, epoch=1) == EPOCH_SEED


@pytest.mark.parametrize(
    ("pair", "organization_id", "epoch"),
    [
        (STRANGER, ORGANIZATION, 1),
        (suite.KeyPair(MEMBER.seed, MEMBER.public_key, STRANGER.kid), ORGANIZATION, 1),
        (MEMBER, USER, 1),
        (MEMBER, ORGANIZATION, 2),
        (MEMBER, ORGANIZATION, 2**24 + 1),
    ],
)
def test_an_epochs_seed_opens_in_its_place_only(pair: suite.KeyPair, organization_id: bytes, epoch: int) -> None:
    with pytest.raises(EnvelopeRejected):
        keybag.open_epoch_seed(SEALED_SEED, pair, organization_id=organization_id, epoch=epoch)


@pytest.mark.parametrize("sealed", [b"", SEALED_SEED[:-1], SEALED_SEED + b"\0", SLOT])
def test_other_bytes_are_no_sealed_seed(sealed: bytes) -> None:
    with pytest.raises(EnvelopeRejected):
        keybag.open_epoch_seed(sealed, MEMBER, organization_id=ORGANIZATION, epoch=1)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_seed_of_another_size_is_refused(size: int) -> None:
    place = {"member_public_key": MEMBER.public_key, "organization_id": ORGANIZATION}
    with pytest.raises(ValueError, match="expected 32 bytes"):
        keybag.seal_epoch_seed(bytes(size), epoch=1, **place)
    with pytest.raises(ValueError, match="expected 32 bytes"):
        keybag.epoch_signing_seed(bytes(size))
    info = b"leeward/1/epoch\0" + ORGANIZATION + (1).to_bytes(4) + MEMBER.kid
    sealed = suite.seal(MEMBER.public_key, bytes(size), info=info)
    with pytest.raises(EnvelopeRejected):
        keybag.open_epoch_seed(sealed, MEMBER, organization_id=ORGANIZATION, epoch=1)


def test_a_message_key_is_no_epochs_seed() -> None:
    """A wrap and a sealed seed have one length and one suite; their purposes keep them apart."""
    sealed = suite.seal(MEMBER.public_key, EPOCH_SEED, info=b"leeward/1/wrap\0\x01" + MEMBER.kid + bytes(32))
    with pytest.raises(EnvelopeRejected):
        keybag.open_epoch_seed(sealed, MEMBER, organization_id=ORGANIZATION, epoch=1)


def test_an_epoch_signs_with_a_key_of_its_own() -> None:
    signing_seed = keybag.epoch_signing_seed(EPOCH_SEED)
    assert signing_seed != EPOCH_SEED
    assert signing_seed != keybag.epoch_signing_seed(b"f" * 32)


def test_nothing_secret_stands_in_a_repr() -> None:
    keys = keybag.PassphraseKeys(KEK, BAG_KEY)
    for holder, secret in ((keys, KEK), (keys, BAG_KEY), (BAG, BAG.member_seed), (BAG, b"two")):
        assert str(secret)[2:-1] not in repr(holder)
