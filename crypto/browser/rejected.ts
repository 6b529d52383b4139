/** The one failure of opening anything sealed. Its reason is not told: a caller could learn from it, and an attacker too. */

/** Something sealed did not open, whatever the cause: wrong key, wrong bytes, wrong length, wrong place. */
export class EnvelopeRejected extends Error {
  override name = "EnvelopeRejected";
}

/** A signature does not belong to these bytes and this key. */
export class SignatureRejected extends EnvelopeRejected {
  override name = "SignatureRejected";
}
