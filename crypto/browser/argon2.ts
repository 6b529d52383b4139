/** Argon2id in WebAssembly. Only the worker, whose policy allows WebAssembly, and tests may import this. */

import { argon2id as compute } from "hash-wasm";

/** What to stretch, and how hard: memory in KiB. */
export interface Stretch {
  readonly secret: Uint8Array;
  readonly salt: Uint8Array;
  readonly memory: number;
  readonly passes: number;
}

/** A way to run Argon2id (RFC 9106) with one lane, 32 bytes out. */
export type Argon2id = (stretch: Stretch) => Promise<Uint8Array>;

/** Run Argon2id here, on this thread. */
export const argon2id: Argon2id = ({ secret, salt, memory, passes }) =>
  compute({ password: secret, salt, memorySize: memory, iterations: passes, parallelism: 1, hashLength: 32, outputType: "binary" });
