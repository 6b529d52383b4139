/**
 * A case's files: what a message says of them, and fetching one. Nothing of a file is handed out before its last chunk, its
 * size and its SHA-256 are what the message says that names it.
 */

import * as envelope from "../../../crypto/browser/envelope";
import { fromBase64url } from "../../../crypto/browser/base64url";
import { EnvelopeRejected } from "../../../crypto/browser/rejected";
import { sameBytes, toHex } from "./bytes";
import type { KeyRing } from "./keys";

/** What a message says of one file. */
export interface Attachment {
  /** The id of the message that holds it, in hexadecimal. */
  readonly id: string;
  readonly sha256: Uint8Array;
  readonly size: number;
  readonly mime: string;
  /** The name that it came with: written by whoever sent it, and only ever shown. */
  readonly name: string;
  /** Metadata was taken out. */
  readonly stripped: boolean;
}

/** A file is not the one that its message names, or does not open with the keys that are here. */
export class FileRejected extends Error {}

/** A file is the right one, and this browser cannot draw it. */
export class PictureUnreadable extends Error {}

/** Which files there are, by their media types, and the endings of the names that they are saved under. */
const ENDINGS: Readonly<Record<string, string>> = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/webp": "webp",
  "application/pdf": "pdf",
  "audio/mpeg": "mp3",
  "audio/ogg": "ogg",
  "audio/wav": "wav",
  "audio/amr": "amr",
  "audio/aac": "aac",
  "audio/mp4": "m4a",
  "video/mp4": "mp4",
  "video/quicktime": "mov",
  "video/3gpp": "3gp",
  "video/webm": "webm",
};

/** Read what a message says of its files; an entry that is written wrongly is left out. */
export function parseAttachments(value: unknown): readonly Attachment[] {
  return Array.isArray(value) ? value.flatMap((entry) => parseOne(entry)) : [];
}

function parseOne(entry: unknown): readonly Attachment[] {
  const { message, sha256, bytes, mime, name, stripped } = Object(entry) as Record<string, unknown>;
  try {
    if (typeof message !== "string" || typeof sha256 !== "string" || typeof mime !== "string") return [];
    const [id, digest] = [fromBase64url(message), fromBase64url(sha256)];
    if (id.length !== envelope.ID_SIZE || digest.length !== 32 || !Number.isSafeInteger(bytes)) return [];
    const shown = typeof name === "string" ? name : "";
    return [{ id: toHex(id), sha256: digest, size: Number(bytes), mime, name: shown, stripped: stripped === true }];
  } catch {
    return [];
  }
}

/** Say whether this page can show a file as a picture. */
export function isPicture({ mime }: Attachment): boolean {
  return mime in ENDINGS && mime.startsWith("image/");
}

/** Name a file for a computer's disk: nothing in it tells whose it is, and its ending follows what it is. */
export function neutralName(mime: string, number: number): string {
  return `file-${number}.${ENDINGS[mime] ?? "bin"}`;
}

/** Open a sealed file that was fetched. Rejects with FileRejected. */
export async function openAttachment(
  sealed: Uint8Array,
  attachment: Attachment,
  keys: KeyRing,
  caseId: string,
): Promise<Uint8Array> {
  const opened = unseal(sealed, keys);
  const { type, caseId: ofCase, messageId } = opened.header;
  const isNamed =
    type === envelope.MessageType.ATTACHMENT && toHex(ofCase) === caseId && toHex(messageId) === attachment.id;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", opened.document as BufferSource));
  if (!isNamed || opened.document.length !== attachment.size || !sameBytes(digest, attachment.sha256)) {
    opened.document.fill(0);
    throw new FileRejected();
  }
  return opened.document;
}

function unseal(sealed: Uint8Array, keys: KeyRing): envelope.Opened {
  try {
    const whole = envelope.parse(sealed);
    const kids = new Set(whole.wraps.map((wrap) => toHex(envelope.wrapKid(wrap))));
    const epoch = keys.epochs.find((held) => kids.has(toHex(held.pair.kid)));
    if (epoch === undefined) throw new FileRejected();
    return envelope.open(whole, epoch.pair);
  } catch (error) {
    throw error instanceof EnvelopeRejected ? new FileRejected() : error;
  }
}
