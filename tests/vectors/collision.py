"""Makes one AES-GCM ciphertext that opens under two keys to two texts: the attack that an envelope's commitment is for.

After Dodis, Grubbs, Ristenpart and Woodage, "Fast Message Franking" (2018), section 3: GHASH is linear, so one free
block makes the tags agree.
"""

from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 16
_REDUCTION = 0xE1 << 120


def _multiply(left: int, right: int) -> int:
    product = 0
    for bit in range(127, -1, -1):
        if left >> bit & 1:
            product ^= right
        right = right >> 1 ^ (_REDUCTION if right & 1 else 0)
    return product


def _inverse(value: int) -> int:
    # value ** (2**128 - 2)
    result, power = 1 << 127, value
    for _ in range(127):
        power = _multiply(power, power)
        result = _multiply(result, power)
    return result


def _block_cipher(key: bytes) -> Callable[[bytes], int]:
    # Single blocks, as GCM's own definition has them.
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return lambda block: int.from_bytes(encryptor.update(block), "big")


def keystream(key: bytes, nonce: bytes, size: int) -> bytes:
    """Give what a text of this size is XORed with."""
    return Cipher(algorithms.AES(key), modes.CTR(nonce + (2).to_bytes(4, "big"))).encryptor().update(bytes(size))


def xor(left: bytes, right: bytes) -> bytes:
    """XOR two byte strings of one length."""
    return bytes(one ^ other for one, other in zip(left, right, strict=True))


class _Side:
    """What GCM computes under one key."""

    def __init__(self, key: bytes, nonce: bytes) -> None:
        encrypt = _block_cipher(key)
        self.h = encrypt(bytes(_BLOCK))
        self.mask = encrypt(nonce + (1).to_bytes(4, "big"))

    def tag(self, aad: bytes, ciphertext: bytes) -> int:
        digest = 0
        blocks = aad + bytes(-len(aad) % _BLOCK) + ciphertext + bytes(-len(ciphertext) % _BLOCK)
        blocks += (8 * len(aad)).to_bytes(8, "big") + (8 * len(ciphertext)).to_bytes(8, "big")
        for at in range(0, len(blocks), _BLOCK):
            digest = _multiply(digest ^ int.from_bytes(blocks[at : at + _BLOCK], "big"), self.h)
        return digest ^ self.mask


def collide(keys: tuple[bytes, bytes], nonce: bytes, ciphertext: bytes, aad: bytes) -> bytes:
    """Set the first block of a ciphertext of whole blocks so that its tag is true under both keys; tag behind."""
    first, second = _Side(keys[0], nonce), _Side(keys[1], nonce)
    blank = bytes(_BLOCK) + ciphertext[_BLOCK:]
    difference = first.tag(aad, blank) ^ second.tag(aad, blank)
    # The first block is multiplied by H once for itself, once for each block behind it, and once for the lengths.
    weight = _power(first.h, len(blank) // _BLOCK + 1) ^ _power(second.h, len(blank) // _BLOCK + 1)
    block = _multiply(difference, _inverse(weight)).to_bytes(_BLOCK, "big")
    collided = block + blank[_BLOCK:]
    return collided + first.tag(aad, collided).to_bytes(_BLOCK, "big")


def _power(value: int, exponent: int) -> int:
    result = value
    for _ in range(exponent - 1):
        result = _multiply(result, value)
    return result
