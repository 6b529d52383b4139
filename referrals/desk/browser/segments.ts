/**
 * How many texts a message becomes on a phone (3GPP TS 23.038, sections 6.1.2.1 and 6.2): intake/sms/segments.py counts the same for
 * the hotline, and both are held to the same examples.
 */

/** GSM 7 bit default alphabet: one unit a letter. */
const ALPHABET = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
/** Its extension: an escape and a letter, two units. */
const EXTENSION = new Set("\f^{}\\[~]|€");
/** Units that fit one text, and each part of one that is sent in parts. */
const LIMITS = { "GSM-7": { alone: 160, part: 153 }, "UCS-2": { alone: 70, part: 67 } } as const;

export interface Length {
  readonly encoding: keyof typeof LIMITS;
  readonly units: number;
  readonly segments: number;
}

/** Count a message as it is sent: composed (NFC), no escape and no surrogate pair split. Nothing is no text. */
export function lengthOf(message: string): Length {
  const letters = [...message.normalize("NFC")];
  const encoding = letters.every((letter) => ALPHABET.has(letter) || EXTENSION.has(letter)) ? "GSM-7" : "UCS-2";
  const sizes = letters.map((letter) => (encoding === "UCS-2" ? letter.length : EXTENSION.has(letter) ? 2 : 1));
  const units = sizes.reduce((sum, size) => sum + size, 0);
  const { alone, part } = LIMITS[encoding];
  return { encoding, units, segments: units <= alone ? Math.min(units, 1) : partsOf(sizes, part) };
}

function partsOf(sizes: readonly number[], room: number): number {
  let [parts, used] = [1, 0];
  for (const size of sizes) {
    if (used + size > room) [parts, used] = [parts + 1, 0];
    used += size;
  }
  return parts;
}
