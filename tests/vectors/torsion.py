"""Ed25519 signatures that only their own signer can make: true for a verifier that multiplies by the cofactor,
false for one that does not (Chalkias, Garillot and Nikolaenko, "Taming the many EdDSAs", 2020). Two languages must
agree on them.
"""

import hashlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]
_NEUTRAL: Point = (0, 1)


def _add(one: Point, other: Point) -> Point:
    (x1, y1), (x2, y2) = one, other
    cross = _D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + cross, -1, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - cross, -1, P)
    return x % P, y % P


def _multiply(scalar: int, point: Point) -> Point:
    product = _NEUTRAL
    for bit in bin(scalar)[2:]:
        product = _add(product, product)
        if bit == "1":
            product = _add(product, point)
    return product


def _with_y(y: int) -> Point:
    square = (y * y - 1) * pow(_D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return (x if x % 2 == 0 else P - x), y


def _encode(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


_BASE = _with_y(4 * pow(5, -1, P) % P)
_OF_ORDER_8 = _with_y(
    int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
)


def sign(seed: bytes, message: bytes, *, key_moved: bool, nonce_moved: bool) -> tuple[bytes, bytes]:
    """Sign with a key, or a nonce, that is moved by a point of order 8; give verify key and signature.

    With neither it is RFC 8032, section 5.1.6.
    """
    expanded = hashlib.sha512(seed).digest()
    secret = int.from_bytes(expanded[:32], "little") & (2**254 - 8) | 2**254
    key = _multiply(secret, _BASE)
    nonce = int.from_bytes(hashlib.sha512(expanded[32:] + message).digest(), "little") % ORDER
    committed = _multiply(nonce, _BASE)
    public = _encode(_add(key, _OF_ORDER_8) if key_moved else key)
    commitment = _encode(_add(committed, _OF_ORDER_8) if nonce_moved else committed)
    challenge = int.from_bytes(hashlib.sha512(commitment + public + message).digest(), "little") % ORDER
    response = (nonce + challenge * secret) % ORDER
    return public, commitment + response.to_bytes(32, "little")
