/**
 * Runs Argon2id in a worker, off the page's thread and out of its policy. One worker for each derivation: it ends with it, and
 * its memory with it.
 */

import type { Argon2id, Stretch } from "./argon2";
import * as keybag from "./keybag";

/** The worker did not start or did not compute: blocked, not found, or out of memory. Never a wrong passphrase. */
export class KdfFailed extends Error {
  override name = "KdfFailed";
}

/** Give an Argon2id that runs in the worker at this address. It rejects with KdfFailed. */
export function argon2idInWorker(workerUrl: string): Argon2id {
  return (stretch: Stretch) =>
    new Promise((resolve, reject) => {
      const worker = started(workerUrl);
      const end = (result: unknown): void => {
        worker?.terminate();
        if (result instanceof Uint8Array) resolve(result);
        else reject(new KdfFailed());
      };
      if (worker === null) return end(null);
      worker.onmessage = ({ data }: MessageEvent<unknown>) => end(data);
      worker.onmessageerror = () => end(null);
      worker.onerror = (event) => {
        event.preventDefault();
        end(null);
      };
      worker.postMessage(stretch);
    });
}

/** Derive what a passphrase yields, in the worker at this address. Rejects with KdfFailed. */
export function derivePassphrase(passphrase: string, salt: Uint8Array, workerUrl: string): Promise<keybag.PassphraseKeys> {
  return keybag.derivePassphrase(passphrase, salt, argon2idInWorker(workerUrl));
}

function started(workerUrl: string): Worker | null {
  try {
    return new Worker(workerUrl);
  } catch {
    // Some browsers throw where others report an error later.
    return null;
  }
}
