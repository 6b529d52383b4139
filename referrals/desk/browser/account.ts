/** Signing in and unlocking: the passphrase becomes keys in this browser, and only a login secret derived from it leaves. */

import { fromBase64url, toBase64url } from "../../../crypto/browser/base64url";
import { derivePassphrase } from "../../../crypto/browser/kdf";
import { type PassphraseKeys, SALT_SIZE } from "../../../crypto/browser/keybag";
import { EnvelopeRejected } from "../../../crypto/browser/rejected";
import { ApiError, get, post } from "./api";
import { type KeyRing, KeysRejected, unlock } from "./keys";
import type { KeysAnswer, WaitingColleague } from "./shapes";
import { kdfWorkerUrl } from "./trusted";

/** The passphrase does not open the keys of who is signed in. */
export class PassphraseWrong extends Error {}

/** What a desk that is open holds. */
export interface OpenDesk {
  readonly keys: KeyRing;
  readonly waiting: readonly WaitingColleague[];
  readonly organizations: readonly string[];
}

/** Sign in and unlock. Rejects like `unlockAgain`, with KeysRejected also where the keys are not this account's. */
export async function signIn(email: string, passphrase: string, code: string): Promise<OpenDesk> {
  const { salt } = await post<{ salt: string }>("salt", { email });
  const derived = await keysOf(passphrase, fromBase64url(salt));
  try {
    const login_secret = toBase64url(derived.loginSecret);
    await post("sign-in", { email, login_secret, code: code.replace(/\s/g, "") });
    return await open(derived.kek, await get<KeysAnswer>("keys"));
  } catch (error) {
    // The server took the login secret, so it is not the passphrase that is wrong.
    throw error instanceof EnvelopeRejected ? new KeysRejected() : error;
  } finally {
    derived.kek.fill(0);
    derived.loginSecret.fill(0);
  }
}

/** Unlock the desk of who is signed in. Rejects with PassphraseWrong, ApiError, KdfFailed or KeysRejected. */
export async function unlockAgain(passphrase: string): Promise<OpenDesk> {
  const answer = await get<KeysAnswer>("keys");
  const derived = await keysOf(passphrase, fromBase64url(answer.salt));
  try {
    return await open(derived.kek, answer);
  } catch (error) {
    throw error instanceof EnvelopeRejected ? new PassphraseWrong() : error;
  } finally {
    derived.kek.fill(0);
    derived.loginSecret.fill(0);
  }
}

/**
 * Derive what a passphrase yields. One without a word, or too long for the protocol to stretch, was never given out, so it is
 * wrong like any other. Rejects with PassphraseWrong, KdfFailed, and KeysRejected for a salt that is none.
 */
export async function keysOf(passphrase: string, salt: Uint8Array): Promise<PassphraseKeys> {
  if (salt.length !== SALT_SIZE) throw new KeysRejected();
  try {
    return await derivePassphrase(passphrase, salt, kdfWorkerUrl());
  } catch (error) {
    throw error instanceof RangeError ? new PassphraseWrong() : error;
  }
}

/** Give the address of who is signed in; null where nobody is. */
export async function whoIsSignedIn(): Promise<string | null> {
  try {
    return (await get<KeysAnswer>("keys")).email;
  } catch (error) {
    if (error instanceof ApiError && error.code === "signed_out") return null;
    throw error;
  }
}

async function open(kek: Uint8Array, answer: KeysAnswer): Promise<OpenDesk> {
  return { keys: await unlock(kek, answer), waiting: answer.waiting, organizations: answer.organization_names };
}
