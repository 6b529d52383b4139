/**
 * Opens a case's messages, each for itself: one that does not open says why and the others still do. Signatures and the
 * order of each author's messages are checked here, because the server that delivers them could be wrong or lie.
 */

import * as envelope from "../../../crypto/browser/envelope";
import * as suite from "../../../crypto/browser/suite";
import { fromBase64url } from "../../../crypto/browser/base64url";
import { type Attachment, parseAttachments } from "./attachments";
import { sameBytes, toHex } from "./bytes";
import type { KeyRing } from "./keys";
import type { Told } from "./recheck";
import type { SealedMessage } from "./shapes";

export const REPORT = 1;
export const FOLLOW_UP = 2;
export const REPLY = 3;
export const NOTE = 5;
/** The origin of what came as a text message (protocol.md, "Envelope"). */
export const BY_TEXT = 2;
const VERIFY_KEY_SIZE = 32;

/** Why a message stays closed; `key` names the key that it needs. */
export type Closed =
  | { readonly why: "no_epoch"; readonly key: string }
  | { readonly why: "unknown_key"; readonly key: string }
  | { readonly why: "broken" | "unreadable"; readonly key: "" };

/** The JSON inside a message (protocol.md, "Envelope"). */
export interface Document {
  readonly seq: number;
  readonly prev: Uint8Array;
  readonly day: string;
  readonly lang: string;
  readonly fields: Told;
  readonly mailbox: Uint8Array | null;
  readonly verify: Uint8Array | null;
  readonly attachments: readonly Attachment[];
}

/** `by_phone`: a text message, which nobody can sign, in a case that began with one. */
export type Signature = "true" | "by_phone" | "missing" | "false" | "unchecked";
export type Order = "in_order" | "gap" | "fork";

/** A message as the page shows it. */
export interface Shown {
  readonly sealed: SealedMessage;
  readonly document: Document | null;
  readonly closed: Closed | null;
  readonly signature: Signature;
  readonly order: Order;
}

interface Opened extends envelope.Envelope {
  readonly sealed: SealedMessage;
  readonly document: Document | null;
  readonly closed: Closed | null;
  readonly opened: envelope.Opened | null;
}

/** Open a case's messages, in order. */
export async function openMessages(
  messages: readonly SealedMessage[],
  keys: KeyRing,
  caseId: string,
): Promise<readonly Shown[]> {
  const opened = messages.map((message) => openOne(message, keys, caseId));
  const report = opened.find((message) => message.sealed.type === REPORT);
  const orders = await ordersOf(opened);
  return opened.map((message, index) => ({
    sealed: message.sealed,
    document: message.document,
    closed: message.closed,
    signature: signatureOf(message, report, keys),
    order: orders[index] ?? "in_order",
  }));
}

/** Give `seq` and `prev` for the organization's next message of one type. */
export async function nextInLine(
  messages: readonly SealedMessage[],
  type: number,
): Promise<{ seq: number; prev: Uint8Array }> {
  const own = messages.filter((message) => message.type === type);
  const last = own.at(-1);
  if (last === undefined) return { seq: 0, prev: new Uint8Array(32) };
  return { seq: own.length, prev: await envelope.digest(fromBase64url(last.header), fromBase64url(last.body)) };
}

function openOne(sealed: SealedMessage, keys: KeyRing, caseId: string): Opened {
  const parts = partsOf(sealed);
  const shut = (closed: Closed): Opened => ({ sealed, ...parts, document: null, closed, opened: null });
  const kids = new Set(parts.wraps.map((wrap) => toHex(envelope.wrapKid(wrap))));
  const epoch = keys.epochs.find((held) => kids.has(toHex(held.pair.kid)));
  if (epoch === undefined) return shut(kids.size === 0 ? { why: "broken", key: "" } : missingKey(kids, keys));
  let opened: envelope.Opened;
  try {
    opened = envelope.open(parts, epoch.pair);
  } catch {
    return shut({ why: "broken", key: "" });
  }
  const document = parseDocument(opened.document);
  if (document === null || !describes(opened.header, sealed, caseId)) return shut({ why: "unreadable", key: "" });
  return { sealed, ...parts, document, closed: null, opened };
}

/** Read the bytes of an envelope; those that are none are told as broken, like any other damage. */
function partsOf({ header, wraps, body }: SealedMessage): envelope.Envelope {
  try {
    return { header: fromBase64url(header), wraps: wraps.map(fromBase64url), body: fromBase64url(body) };
  } catch {
    return { header: new Uint8Array(0), wraps: [], body: new Uint8Array(0) };
  }
}

function missingKey(kids: ReadonlySet<string>, keys: KeyRing): Closed {
  const listed = keys.listed.find((epoch) => kids.has(toHex(fromBase64url(epoch.kid))));
  if (listed !== undefined) return { why: "no_epoch", key: String(listed.number) };
  return { why: "unknown_key", key: [...kids].join(", ") };
}

/** The server says which case, type and id a message has; the sealed header has the last word. */
function describes(header: envelope.Header, sealed: SealedMessage, caseId: string): boolean {
  return (
    toHex(header.caseId) === caseId &&
    Number(header.type) === sealed.type &&
    Number(header.origin) === sealed.origin &&
    toHex(header.messageId) === sealed.id
  );
}

function parseDocument(raw: Uint8Array): Document | null {
  try {
    const json: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(raw));
    if (typeof json !== "object" || json === null) return null;
    const { v, seq, prev, day, lang, fields, mailbox, verify, attachments } = json as Record<string, unknown>;
    if (v !== 1 || !Number.isInteger(seq) || typeof prev !== "string" || typeof fields !== "object" || fields === null)
      return null;
    return {
      seq: Number(seq),
      prev: fromBase64url(prev),
      day: typeof day === "string" ? day : "",
      lang: typeof lang === "string" ? lang : "",
      fields: fields as Told,
      mailbox: keyOf(mailbox, suite.PUBLIC_KEY_SIZE),
      verify: keyOf(verify, VERIFY_KEY_SIZE),
      attachments: parseAttachments(attachments),
    };
  } catch {
    return null;
  }
}

/** A key of the wrong size is no key: nothing could be sealed for it or checked with it. */
function keyOf(value: unknown, size: number): Uint8Array | null {
  const key = typeof value === "string" ? fromBase64url(value) : null;
  return key?.length === size ? key : null;
}

function signatureOf(message: Opened, report: Opened | undefined, keys: KeyRing): Signature {
  const { opened, sealed } = message;
  if (opened === null) return "unchecked";
  if (sealed.type === REPORT || sealed.type === FOLLOW_UP) {
    const reporterKey = report?.document?.verify ?? null;
    if (opened.signer === envelope.SignerKind.NONE) {
      // A report with a key was signed, so what comes without a signature after it is no worker's text.
      return isText(message) && report?.document != null && isText(report) && reporterKey === null ? "by_phone" : "missing";
    }
    if (reporterKey === null) return "unchecked";
    return opened.signer === envelope.SignerKind.REPORTER && isSignedBy(opened, [reporterKey]) ? "true" : "false";
  }
  if (opened.signer === envelope.SignerKind.NONE) return "missing";
  const own = keys.listed.map((epoch) => fromBase64url(epoch.verify_key));
  return opened.signer === envelope.SignerKind.ORGANIZATION && isSignedBy(opened, own) ? "true" : "false";
}

function isText({ sealed }: Opened): boolean {
  return sealed.origin === BY_TEXT;
}

function isSignedBy(opened: envelope.Opened, verifyKeys: readonly Uint8Array[]): boolean {
  return verifyKeys.some((key) => {
    try {
      opened.checkSignature(key);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whose line a message stands in: the worker's, the organization's answers, or its notes. */
function lineOf(type: number): number {
  return type === FOLLOW_UP ? REPORT : type;
}

/** Check `seq` and `prev` along each author's line. A message that stays closed keeps its place in it. */
async function ordersOf(messages: readonly Opened[]): Promise<readonly Order[]> {
  const lines = new Map<number, { seq: number; prev: Uint8Array | null }>();
  const orders: Order[] = [];
  for (const message of messages) {
    const line = lineOf(message.sealed.type);
    const expected = lines.get(line) ?? { seq: 0, prev: new Uint8Array(32) };
    const told = message.document;
    orders.push(told === null ? "in_order" : orderOf(told, expected));
    // What follows a damaged message names it as it was before; that it is damaged is told already.
    const damaged = message.closed?.why === "broken";
    lines.set(line, {
      seq: Math.max(told?.seq ?? expected.seq, expected.seq - 1) + 1,
      prev: damaged ? null : await envelope.digest(message.header, message.body),
    });
  }
  return orders;
}

function orderOf(told: Document, expected: { seq: number; prev: Uint8Array | null }): Order {
  if (told.seq > expected.seq) return "gap";
  if (told.seq < expected.seq) return "fork";
  return expected.prev === null || sameBytes(told.prev, expected.prev) ? "in_order" : "fork";
}
