/**
 * A caseworker's keys, in the memory of this document only. `wipe` overwrites them; whoever holds a ring after that holds
 * nothing.
 */

import { fromBase64url, toBase64url } from "../../../crypto/browser/base64url";
import { fromHex, sameBytes, toHex } from "./bytes";
import type { EpochAnswer, KeysAnswer, WaitingColleague } from "./shapes";
import * as keybag from "../../../crypto/browser/keybag";
import { EnvelopeRejected } from "../../../crypto/browser/rejected";
import * as suite from "../../../crypto/browser/suite";

export const PASSPHRASE_SLOT = 1;

/** What the server handed out does not hang together: the keys are not the ones that their names say. */
export class KeysRejected extends Error {}

/** An epoch that this caseworker can open. */
export interface OpenEpoch {
  readonly id: string;
  readonly number: number;
  readonly revoked: boolean;
  readonly pair: suite.KeyPair;
  readonly seed: Uint8Array;
  readonly signingSeed: Uint8Array;
  readonly verifyKey: Uint8Array;
}

/** The unlocked keys of one caseworker. */
export class KeyRing {
  constructor(
    readonly email: string,
    readonly organizationId: Uint8Array,
    readonly organizationName: string,
    readonly epochs: readonly OpenEpoch[],
    readonly listed: readonly EpochAnswer[],
  ) {}

  /** The newest epoch that is not revoked: what answers and notes are sealed for and signed with. */
  current(): OpenEpoch | undefined {
    return this.epochs.find((epoch) => !epoch.revoked);
  }

  /** Overwrite every secret. */
  wipe(): void {
    for (const epoch of this.epochs) {
      epoch.seed.fill(0);
      epoch.signingSeed.fill(0);
      epoch.pair.seed.fill(0);
    }
  }

  /** Seal an epoch's seed for a colleague who waits for it. Throws KeysRejected for a key that is not what it is named. */
  async handOn(person: WaitingColleague): Promise<string> {
    const epoch = this.epochs.find((held) => held.id === person.epoch);
    const publicKey = fromBase64url(person.public_key);
    if (epoch === undefined || toBase64url(suite.keyId(publicKey)) !== person.kid) throw new KeysRejected();
    const sealed = await keybag.sealEpochSeed(epoch.seed, {
      memberPublicKey: publicKey,
      organizationId: this.organizationId,
      epoch: epoch.number,
    });
    return toBase64url(sealed);
  }
}

/**
 * Open what the server handed out. Rejects with the protocol's EnvelopeRejected for a wrong passphrase, and with
 * KeysRejected for keys that do not belong to this account.
 */
export async function unlock(kek: Uint8Array, answer: KeysAnswer): Promise<KeyRing> {
  const slot = answer.slots.find((known) => known.slot === PASSPHRASE_SLOT);
  if (slot === undefined) throw new KeysRejected();
  const userId = fromHex(answer.caseworker);
  const bagKey = await keybag.openSlot(kek, fromBase64url(slot.sealed_bag_key), {
    userId,
    slot: slot.slot,
    version: slot.version,
  });
  try {
    return await openBag(bagKey, userId, answer);
  } catch (error) {
    throw error instanceof EnvelopeRejected ? new KeysRejected() : error;
  } finally {
    bagKey.fill(0);
  }
}

async function openBag(bagKey: Uint8Array, userId: Uint8Array, answer: KeysAnswer): Promise<KeyRing> {
  const bag = await keybag.openBag(fromBase64url(answer.sealed_bag), bagKey, { userId });
  const member = suite.keyPair(bag.memberSeed);
  try {
    if (toBase64url(member.kid) !== answer.kid) throw new KeysRejected();
    const organizationId = fromHex(answer.organization);
    const epochs: OpenEpoch[] = [];
    for (const epoch of answer.epochs) {
      if (epoch.sealed_seed !== null) epochs.push(await openEpoch(epoch, epoch.sealed_seed, member, organizationId));
    }
    return new KeyRing(answer.email, organizationId, answer.organization_name, epochs, answer.epochs);
  } finally {
    for (const secret of [bag.memberSeed, bag.signingSeed, member.seed]) secret.fill(0);
  }
}

async function openEpoch(
  listed: EpochAnswer,
  sealed: string,
  member: suite.KeyPair,
  organizationId: Uint8Array,
): Promise<OpenEpoch> {
  const seed = await keybag.openEpochSeed(fromBase64url(sealed), member, { organizationId, epoch: listed.number });
  const pair = suite.keyPair(seed);
  const signingSeed = await keybag.epochSigningSeed(seed);
  const verifyKey = suite.verifyKey(signingSeed);
  // The seed must be that of the key that reports are sealed for; else the server listed somebody else's.
  if (
    !sameBytes(pair.publicKey, fromBase64url(listed.public_key)) ||
    !sameBytes(verifyKey, fromBase64url(listed.verify_key)) ||
    toHex(pair.kid) !== toHex(fromBase64url(listed.kid))
  ) {
    throw new KeysRejected();
  }
  return { id: listed.id, number: listed.number, revoked: listed.revoked, pair, seed, signingSeed, verifyKey };
}
