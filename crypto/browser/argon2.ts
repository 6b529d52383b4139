/** Argon2id in WebAssembly. Only the worker, whose policy allows WebAssembly, and tests may import this. */

import { argon2id as compute } from "hash-wasm";
import { checkSize } from "./bytes";

/** What to stretch (at most 1,024 bytes, with a salt of 16), and how hard: memory in KiB. */
export interface Stretch {
  readonly secret: Uint8Array;
  readonly salt: Uint8Array;
  readonly memory: number;
  readonly passes: number;
}

/** A way to run Argon2id (RFC 9106) with one lane, 32 bytes out. */
export type Argon2id = (stretch: Stretch) => Promise<Uint8Array>;

const SALT_SIZE = 16;
const LONGEST_SECRET = 1024;
/** The protocol's two costs, a receipt's and a passphrase's. Less would be weak, and more would never end on a phone. */
const MEMORY = { least: 19 * 1024, most: 64 * 1024 };
const PASSES = { least: 2, most: 3 };

/** Run Argon2id here, on this thread. Rejects with RangeError for what lies outside of the protocol's bounds. */
export const argon2id: Argon2id = async ({ secret, salt, memory, passes }) => {
  checkSize(salt, SALT_SIZE, "a salt");
  if (secret.length < 1 || secret.length > LONGEST_SECRET) throw new RangeError("a secret has 1 to 1,024 bytes");
  checkBounds(memory, MEMORY);
  checkBounds(passes, PASSES);
  return compute({
    password: secret,
    salt,
    memorySize: memory,
    iterations: passes,
    parallelism: 1,
    hashLength: 32,
    outputType: "binary",
  });
};

function checkBounds(cost: number, { least, most }: { least: number; most: number }): void {
  if (!Number.isInteger(cost) || cost < least || cost > most) throw new RangeError("Argon2id's cost is out of bounds");
}
