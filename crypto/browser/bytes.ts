/** Bytes as the protocol writes them: joined, big-endian, compared without telling where they differ, wiped after use. */

/** Where random bytes come from; tests pass their own. */
export type Random = (size: number) => Uint8Array;

/** Take random bytes from the browser. */
export function systemRandom(size: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(size));
}

/** Draw a number below a count of at most 64 bits: 256 bits are drawn, so what is left of a bias is below 2**-192. */
export function below(count: number, random: Random): number;
export function below(count: bigint, random: Random): bigint;
export function below(count: number | bigint, random: Random): number | bigint {
  const drawn = random(32).reduce((number, byte) => number * 256n + BigInt(byte), 0n);
  return typeof count === "bigint" ? drawn % count : Number(drawn % BigInt(count));
}

/** Join byte strings. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Write an ASCII text, such as the name of a purpose. */
export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Write a non-negative number in big-endian bytes of a fixed width. */
export function bigEndian(value: number, width: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** width) throw new RangeError("a number does not fit");
  const bytes = new Uint8Array(width);
  for (let index = width - 1, rest = value; index >= 0; index -= 1, rest = Math.floor(rest / 256)) bytes[index] = rest % 256;
  return bytes;
}

/** Compare without stopping at the first difference. */
export function equal(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  return left.reduce((difference, byte, index) => difference | (byte ^ (right[index] ?? 0)), 0) === 0;
}

/** Refuse, with a RangeError, bytes that do not have the length that the protocol gives them. */
export function checkSize(bytes: Uint8Array, size: number, what: string): Uint8Array {
  if (bytes.length !== size) throw new RangeError(`${what} has ${size} bytes`);
  return bytes;
}

/** Overwrite secrets. The engine may still hold copies: this shortens their life and promises no more. */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}
