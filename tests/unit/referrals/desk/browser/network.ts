/** An organization with a key, a worker with a receipt's keys, and the messages between them, for tests. Nothing is faked. */

import { toBase64url } from "../../../../../crypto/browser/base64url";
import { systemRandom } from "../../../../../crypto/browser/bytes";
import * as envelope from "../../../../../crypto/browser/envelope";
import * as keybag from "../../../../../crypto/browser/keybag";
import * as suite from "../../../../../crypto/browser/suite";
import { toHex } from "../../../../../referrals/desk/browser/bytes";
import { KeyRing, type OpenEpoch } from "../../../../../referrals/desk/browser/keys";
import type { EpochAnswer, SealedMessage } from "../../../../../referrals/desk/browser/shapes";

export const CASE_ID = systemRandom(16);
export const ORGANIZATION_ID = systemRandom(16);

/** Make an epoch as a member's browser holds it. */
export function epochOf(number: number, { revoked = false } = {}): OpenEpoch {
  const seed = systemRandom(32);
  const signingSeed = keybag.epochSigningSeed(seed);
  const verifyKey = suite.verifyKey(signingSeed);
  return { id: toHex(systemRandom(16)), number, revoked, pair: suite.keyPair(seed), seed, signingSeed, verifyKey };
}

/** List an epoch as the server does. */
export function listed(epoch: OpenEpoch, sealedSeed: Uint8Array | null = null): EpochAnswer {
  return {
    id: epoch.id,
    number: epoch.number,
    kid: toBase64url(epoch.pair.kid),
    public_key: toBase64url(epoch.pair.publicKey),
    verify_key: toBase64url(epoch.verifyKey),
    revoked: epoch.revoked,
    ends_at: "2026-10-01T00:00:00+00:00",
    sealed_seed: sealedSeed === null ? null : toBase64url(sealedSeed),
  };
}

/** Hold some epochs, and list others that were not handed on. */
export function ringOf(held: readonly OpenEpoch[], others: readonly OpenEpoch[] = []): KeyRing {
  const list = [...held, ...others].map((epoch) => listed(epoch));
  return new KeyRing("a@org01.example", ORGANIZATION_ID, "Valle", held, list);
}

/** A worker: a mailbox to answer to, and a key that signs. */
export class Worker {
  readonly mailbox = suite.keyPair(systemRandom(32));
  readonly signingSeed = systemRandom(32);
  #seq = 0;
  #prev: Uint8Array = new Uint8Array(32);

  /** Send a report or, after it, a follow-up, in order. */
  send(to: readonly OpenEpoch[], told: Readonly<Record<string, unknown>> = { story: "They do not pay." }): SealedMessage {
    const first = this.#seq === 0;
    const keys = { mailbox: toBase64url(this.mailbox.publicKey), verify: toBase64url(suite.verifyKey(this.signingSeed)) };
    const document = { v: 1, seq: this.#seq, prev: toBase64url(this.#prev), day: "2026-07-08", lang: "es", fields: told };
    const sealed = seal(first ? { ...document, ...keys } : document, {
      messageType: first ? envelope.MessageType.REPORT : envelope.MessageType.FOLLOW_UP,
      to,
      signer: { kind: envelope.SignerKind.REPORTER, seed: this.signingSeed },
      position: this.#seq,
    });
    this.#prev = envelope.digest(sealed.envelope.header, sealed.envelope.body);
    this.#seq += 1;
    return sealed.message;
  }
}

export interface SealOptions {
  readonly messageType: envelope.MessageType;
  readonly to: readonly OpenEpoch[];
  readonly signer?: envelope.Signer;
  readonly position?: number;
  readonly origin?: envelope.Origin;
}

/** Seal any document, right or wrong, and give it as the server would. */
export function seal(
  document: unknown,
  { messageType, to, signer, position = 0, origin = envelope.Origin.FORM }: SealOptions,
): { envelope: envelope.Envelope; message: SealedMessage } {
  const messageId = systemRandom(16);
  const text = typeof document === "string" ? document : JSON.stringify(document);
  const sealed = envelope.seal(new TextEncoder().encode(text), {
    messageType,
    origin,
    caseId: CASE_ID,
    messageId,
    recipients: to.map((epoch) => ({ publicKey: epoch.pair.publicKey, role: envelope.WrapRole.RECIPIENT })),
    ...(signer === undefined ? {} : { signer }),
  });
  return { envelope: sealed, message: asStored(sealed, position) };
}

/** Give an envelope as the API does. */
export function asStored(sealed: envelope.Envelope, position: number): SealedMessage {
  const header = envelope.parseHeader(sealed.header);
  return {
    id: toHex(header.messageId),
    position,
    type: Number(header.type),
    origin: Number(header.origin),
    day: "2026-07-08",
    header: toBase64url(sealed.header),
    wraps: sealed.wraps.map(toBase64url),
    body: toBase64url(sealed.body),
    delivery: null,
  };
}
