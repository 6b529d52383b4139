/**
 * Size classes: what a stored length tells of a text is its class, the same on every channel and in every script.
 *
 * Padded text = content | 0x80 | zeros. Sizes count bytes of the padded text. Padmé: Nikitin et al., "Reducing Metadata
 * Leakage from Encrypted Files and Communication with PURBs", algorithm 1.
 */

import { EnvelopeRejected } from "./rejected";

const MARK = 0x80;
const SMALL = 16 * 1024;
const LARGE = 64 * 1024;

/** How long a body may be: a text (16 KiB, 64 KiB, then Padmé) or an attachment (Padmé from 64 KiB on). */
export enum PaddingScheme {
  TEXT = 1,
  ATTACHMENT = 2,
}

/** Give the padded size of a content, both in bytes. */
export function paddedSize(contentSize: number, scheme: PaddingScheme): number {
  const needed = contentSize + 1;
  if (scheme === PaddingScheme.TEXT && needed <= SMALL) return SMALL;
  return needed <= LARGE ? LARGE : padme(needed);
}

/** Pad a content to its class. */
export function pad(content: Uint8Array, scheme: PaddingScheme): Uint8Array {
  const padded = new Uint8Array(paddedSize(content.length, scheme));
  padded.set(content);
  padded[content.length] = MARK;
  return padded;
}

/** Take the padding off. Throws EnvelopeRejected unless the padding is exactly what `pad` makes. */
export function unpad(padded: Uint8Array, scheme: PaddingScheme): Uint8Array {
  let mark = padded.length - 1;
  while (mark >= 0 && padded[mark] === 0) mark -= 1;
  if (padded[mark] !== MARK || paddedSize(mark, scheme) !== padded.length) throw new EnvelopeRejected();
  return padded.slice(0, mark);
}

/** Say whether a padded text of this scheme may have this size. */
export function isPaddedSize(size: number, scheme: PaddingScheme): boolean {
  if (size === LARGE || (size === SMALL && scheme === PaddingScheme.TEXT)) return true;
  return size > LARGE && padme(size) === size;
}

// Arithmetic, not bit operators: those end at 2**31, and an attachment's size need not.
function padme(size: number): number {
  const exponent = bitLength(size) - 1;
  const step = 2 ** (exponent - bitLength(exponent));
  return Math.ceil(size / step) * step;
}

function bitLength(value: number): number {
  return value.toString(2).length;
}
