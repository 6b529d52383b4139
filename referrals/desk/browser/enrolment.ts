/** Makes what a new caseworker's account consists of. Secrets are made here and leave sealed, but for the login secret. */

import { toBase64url } from "../../../crypto/browser/base64url";
import { systemRandom, wipe } from "../../../crypto/browser/bytes";
import { derivePassphrase } from "../../../crypto/browser/kdf";
import * as keybag from "../../../crypto/browser/keybag";
import * as suite from "../../../crypto/browser/suite";
import { fromHex } from "./bytes";
import { PASSPHRASE_SLOT } from "./keys";
import type { InvitationAnswer } from "./shapes";
import { kdfWorkerUrl } from "./trusted";

const FIRST_EPOCH = 1;

/** An organization's first key, as its first member's browser makes it. */
interface NewEpoch {
  readonly kid: string;
  readonly public_key: string;
  readonly verify_key: string;
  readonly sealed_seed: string;
}

/** What the API's `enrolment` takes, besides the invitation's token and the six digits. */
export interface Enrolment {
  readonly language: string;
  readonly salt: string;
  readonly login_secret: string;
  readonly sealed_bag: string;
  readonly sealed_bag_key: string;
  readonly kid: string;
  readonly public_key: string;
  readonly verify_key: string;
  readonly epoch: NewEpoch | null;
}

/** Make a caseworker's keys and, for the first of an organization, its first epoch. Rejects with KdfFailed. */
export async function makeEnrolment(invitation: InvitationAnswer, passphrase: string): Promise<Enrolment> {
  const userId = fromHex(invitation.caseworker);
  const [memberSeed, signingSeed, bagKey] = [systemRandom(32), systemRandom(32), systemRandom(32)];
  const salt = systemRandom(keybag.SALT_SIZE);
  const derived = await derivePassphrase(passphrase, salt, kdfWorkerUrl());
  const member = suite.keyPair(memberSeed);
  try {
    return {
      language: document.documentElement.lang,
      salt: toBase64url(salt),
      login_secret: toBase64url(derived.loginSecret),
      sealed_bag: toBase64url(keybag.sealBag({ memberSeed, signingSeed, pins: {} }, bagKey, { userId })),
      sealed_bag_key: toBase64url(
        keybag.sealSlot(derived.kek, bagKey, { userId, slot: PASSPHRASE_SLOT, version: 1 }),
      ),
      kid: toBase64url(member.kid),
      public_key: toBase64url(member.publicKey),
      verify_key: toBase64url(suite.verifyKey(signingSeed)),
      epoch: invitation.first ? makeEpoch(member.publicKey, fromHex(invitation.organization)) : null,
    };
  } finally {
    wipe(memberSeed, signingSeed, bagKey, member.seed, derived.kek, derived.loginSecret);
  }
}

function makeEpoch(memberPublicKey: Uint8Array, organizationId: Uint8Array): NewEpoch {
  const seed = systemRandom(suite.SEED_SIZE);
  const pair = suite.keyPair(seed);
  const signingSeed = keybag.epochSigningSeed(seed);
  try {
    return {
      kid: toBase64url(pair.kid),
      public_key: toBase64url(pair.publicKey),
      verify_key: toBase64url(suite.verifyKey(signingSeed)),
      sealed_seed: toBase64url(keybag.sealEpochSeed(seed, { memberPublicKey, organizationId, epoch: FIRST_EPOCH })),
    };
  } finally {
    wipe(seed, pair.seed, signingSeed);
  }
}
