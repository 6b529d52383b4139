/** Bytes as JSON carries them: base64url without padding (RFC 4648, section 5). */

import { EnvelopeRejected } from "./rejected";

/** Write base64url. */
export function toBase64url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** Read base64url. Throws EnvelopeRejected for anything else, padding included. */
export function fromBase64url(text: string): Uint8Array {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) throw new EnvelopeRejected();
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
