/**
 * The worker that runs Argon2id, so that no page needs a policy that allows WebAssembly: this script is served with one of its
 * own. It keeps nothing between two messages.
 */

import { argon2id, type Stretch } from "./argon2";
import { wipe } from "./bytes";

/** The part of a worker's scope that is used here; TypeScript's library has either a page or a worker, not both. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Stretch>) => void) | null;
  postMessage(message: Uint8Array | null, transfer: readonly Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = async ({ data }) => {
  try {
    const stretched = await argon2id(data);
    scope.postMessage(stretched, [stretched.buffer as ArrayBuffer]);
  } catch {
    scope.postMessage(null, []);
  } finally {
    wipe(data.secret);
  }
};
