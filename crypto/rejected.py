"""The one failure of opening anything sealed. Its reason is not told: a caller could learn from it, and an
attacker too.
"""


class EnvelopeRejected(Exception):
    """Something sealed did not open, whatever the cause: wrong key, wrong bytes, wrong length, wrong place."""


class SignatureRejected(EnvelopeRejected):
    """A signature does not belong to these bytes and this key."""
