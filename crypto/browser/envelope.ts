/**
 * A message as it is stored and sent: a header, wraps of its key for each reader, and a padded, chunked body. A key that
 * sealed one body never seals another.
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { ascii, bigEndian, checkSize, concat, equal, type Random, systemRandom, wipe } from "./bytes";
import { isPaddedSize, pad, PaddingScheme, unpad } from "./padding";
import { EnvelopeRejected, SignatureRejected } from "./rejected";
import * as stream from "./stream";
import * as suite from "./suite";
import { derive, KEY_SIZE } from "./symmetric";

export const HEADER_SIZE = 73;
export const WRAP_SIZE = suite.KID_SIZE + 1 + suite.SEALED_OVERHEAD + KEY_SIZE;
export const MAX_WRAPS = 16;
export const ID_SIZE = 16;
const COMMITTED_SIZE = 41;
const COMMIT_SIZE = HEADER_SIZE - COMMITTED_SIZE;
const SIGNED_SIZE = 1 + suite.SIGNATURE_SIZE;
const MAGIC = ascii("LWE1");
const COMMIT_NAME = ascii("leeward/1/commit\0");
const BODY_NAME = ascii("leeward/1/body\0");
const WRAP_NAME = ascii("leeward/1/wrap\0");
const SIGN_NAME = ascii("leeward/1/sign\0");
const NO_KID = new Uint8Array(suite.KID_SIZE);
const NO_SIGNATURE = new Uint8Array(suite.SIGNATURE_SIZE);

export enum MessageType {
  REPORT = 1,
  FOLLOW_UP = 2,
  REPLY = 3,
  ATTACHMENT = 4,
  NOTE = 5,
  TESTIMONY = 6,
}

/** Where a message was sealed: the server's claim, never proof. */
export enum Origin {
  BROWSER = 0,
  FORM = 1,
  SMS = 2,
  DESK = 3,
}

export enum WrapRole {
  RECIPIENT = 1,
  STANDBY = 2,
  MAILBOX = 3,
  TRANSFER = 4,
  HOLDING = 6,
}

export enum SignerKind {
  NONE = 0,
  REPORTER = 1,
  ORGANIZATION = 2,
}

/** Who is to read a message: an X-Wing public key, and why. */
export interface Recipient {
  readonly publicKey: Uint8Array;
  readonly role: WrapRole;
}

/** Who signs a message: an Ed25519 seed of 32 bytes. */
export interface Signer {
  readonly kind: SignerKind;
  readonly seed: Uint8Array;
}

/** What stands in clear in front of a message: 73 bytes. */
export interface Header {
  readonly type: MessageType;
  readonly origin: Origin;
  readonly caseId: Uint8Array;
  readonly messageId: Uint8Array;
  readonly paddingScheme: PaddingScheme;
  readonly commit: Uint8Array;
}

/** The parts of a message, which are stored apart: wraps come and go, header and body stay. */
export interface Envelope {
  readonly header: Uint8Array;
  readonly wraps: readonly Uint8Array[];
  readonly body: Uint8Array;
}

/** A message that opened. Its signature is not checked yet, since the key to check it with may stand inside. */
export class Opened {
  constructor(
    readonly header: Header,
    readonly signer: SignerKind,
    readonly signature: Uint8Array,
    readonly document: Uint8Array,
  ) {}

  /** Return quietly if the holder of this key signed this message; throw SignatureRejected otherwise. */
  checkSignature(verifyKey: Uint8Array): void {
    if (this.signer === SignerKind.NONE) throw new SignatureRejected();
    suite.verify(verifyKey, this.signature, signedBytes(this.signer, headerToBytes(this.header), this.document));
  }
}

/** What is to be sealed, and for whom. */
export interface Sealing {
  readonly messageType: MessageType;
  readonly origin: Origin;
  readonly caseId: Uint8Array;
  readonly messageId: Uint8Array;
  readonly recipients: readonly Recipient[];
  readonly signer?: Signer;
  readonly random?: Random;
}

/** Seal a document, JSON or an attachment's bytes, for its recipients. Throws RangeError for what cannot be sealed. */
export function seal(document: Uint8Array, sealing: Sealing): Envelope {
  const { messageType, recipients, signer, random = systemRandom } = sealing;
  if (recipients.length < 1 || recipients.length > MAX_WRAPS) throw new RangeError("a message has 1 to 16 readers");
  if (!recipients.every(({ role }) => mayRead(role, messageType))) {
    throw new RangeError("only answers and their files are sealed for a mailbox");
  }
  const scheme = paddingScheme(messageType);
  const dek = random(KEY_SIZE);
  const blank = headerToBytes({ ...sealing, type: messageType, paddingScheme: scheme, commit: new Uint8Array(COMMIT_SIZE) });
  const header = concat(blank.subarray(0, COMMITTED_SIZE), commitment(dek, blank));
  const inner = content(header, document, signer);
  const padded = pad(inner, scheme);
  const bodyKey = deriveBodyKey(dek, header);
  const body = stream.seal(bodyKey, padded, { aad: sha256(header) });
  const wraps = recipients.map((recipient) => wrapFor(recipient, dek, header, random));
  wipe(dek, bodyKey, padded, inner);
  return { header, wraps, body };
}

/** Open a message with a key pair, trying each wrap that may be its own. Throws EnvelopeRejected. */
export function open(envelope: Envelope, pair: suite.KeyPair): Opened {
  const header = check(envelope);
  const inner = openBody(envelope, header.paddingScheme, openWrap(envelope, pair));
  if (header.type === MessageType.ATTACHMENT) return new Opened(header, SignerKind.NONE, NO_SIGNATURE.slice(), inner);
  const kind = inner[0];
  if (inner.length < SIGNED_SIZE || kind === undefined || !isOneOf(SignerKind, kind)) throw new EnvelopeRejected();
  const signature = inner.slice(1, SIGNED_SIZE);
  // An unsigned content has one form only, so that its bytes carry nothing that nobody looks at.
  if (kind === SignerKind.NONE && !equal(signature, NO_SIGNATURE)) throw new EnvelopeRejected();
  const document = inner.slice(SIGNED_SIZE);
  wipe(inner);
  return new Opened(header, kind, signature, document);
}

/** Write an envelope: header, number of wraps, wraps, body. Throws RangeError for parts that make none. */
export function toBytes({ header, wraps, body }: Envelope): Uint8Array {
  checkSize(header, HEADER_SIZE, "a header");
  if (wraps.length < 1 || wraps.length > MAX_WRAPS) throw new RangeError("a message has 1 to 16 readers");
  for (const wrap of wraps) checkSize(wrap, WRAP_SIZE, "a wrap");
  return concat(header, Uint8Array.of(wraps.length), ...wraps, body);
}

/** Take an envelope apart without opening it. Throws EnvelopeRejected for bytes that `toBytes` would not write. */
export function parse(bytes: Uint8Array): Envelope {
  const start = HEADER_SIZE + 1;
  const count = bytes[HEADER_SIZE] ?? 0;
  const envelope = {
    header: bytes.slice(0, HEADER_SIZE),
    wraps: Array.from({ length: count }, (_, index) => bytes.slice(start + index * WRAP_SIZE, start + (index + 1) * WRAP_SIZE)),
    body: bytes.slice(start + count * WRAP_SIZE),
  };
  check(envelope);
  return envelope;
}

/** Check all that can be checked without a key, and give the header. Throws EnvelopeRejected. */
export function check({ header, wraps, body }: Envelope): Header {
  const parsed = parseHeader(header);
  if (wraps.length < 1 || wraps.length > MAX_WRAPS) throw new EnvelopeRejected();
  if (!wraps.every((wrap) => mayRead(wrapRole(wrap), parsed.type))) throw new EnvelopeRejected();
  if (!isPaddedSize(stream.plaintextSize(body.length), parsed.paddingScheme)) throw new EnvelopeRejected();
  return parsed;
}

/** Write a header. Throws RangeError for ids or a commitment of another size. */
export function headerToBytes(header: Header): Uint8Array {
  return concat(
    MAGIC,
    Uint8Array.of(header.type, header.origin),
    bigEndian(suite.SUITE, 2),
    checkSize(header.caseId, ID_SIZE, "a case id"),
    checkSize(header.messageId, ID_SIZE, "a message id"),
    Uint8Array.of(header.paddingScheme),
    checkSize(header.commit, COMMIT_SIZE, "a commitment"),
  );
}

/** Read a header. Throws EnvelopeRejected for what this protocol does not know. */
export function parseHeader(bytes: Uint8Array): Header {
  if (bytes.length !== HEADER_SIZE || !equal(bytes.subarray(0, 4), MAGIC)) throw new EnvelopeRejected();
  const [type = 0, origin] = bytes.subarray(4, 6);
  if (!isOneOf(MessageType, type) || !isOneOf(Origin, origin)) throw new EnvelopeRejected();
  const scheme = paddingScheme(type);
  if (!equal(bytes.subarray(6, 8), bigEndian(suite.SUITE, 2)) || bytes[40] !== scheme) throw new EnvelopeRejected();
  return {
    type,
    origin,
    caseId: bytes.slice(8, 24),
    messageId: bytes.slice(24, 40),
    paddingScheme: scheme,
    commit: bytes.slice(COMMITTED_SIZE),
  };
}

/** Give the key id that a wrap names: where to look for its reader, never who that is. Eight zeros for a mailbox. */
export function wrapKid(wrap: Uint8Array): Uint8Array {
  return wrap.slice(0, suite.KID_SIZE);
}

/** Give the role of a wrap. Throws EnvelopeRejected for what is no wrap, and for a mailbox that is named. */
export function wrapRole(wrap: Uint8Array): WrapRole {
  const role = wrap[suite.KID_SIZE];
  if (wrap.length !== WRAP_SIZE || !isOneOf(WrapRole, role)) throw new EnvelopeRejected();
  // A named mailbox would let a thief of the database test guessed receipts.
  if (role === WrapRole.MAILBOX && !equal(wrapKid(wrap), NO_KID)) throw new EnvelopeRejected();
  return role;
}

/** Name a message for good, whoever can read it: the `prev` of its author's next message. */
export function digest(header: Uint8Array, body: Uint8Array): Uint8Array {
  return sha256.create().update(header).update(body).digest();
}

/** Say how bodies of a type are padded. */
function paddingScheme(type: MessageType): PaddingScheme {
  return type === MessageType.ATTACHMENT ? PaddingScheme.ATTACHMENT : PaddingScheme.TEXT;
}

/** Keep what was told out of the mailbox: whoever finds a receipt sees the answers and no more. */
function mayRead(role: WrapRole, type: MessageType): boolean {
  return role !== WrapRole.MAILBOX || type === MessageType.REPLY || type === MessageType.ATTACHMENT;
}

/** What is padded and sealed: signer, signature and JSON; of an attachment, its bytes alone. */
function content(header: Uint8Array, document: Uint8Array, signer: Signer | undefined): Uint8Array {
  if (header[4] === MessageType.ATTACHMENT) {
    if (signer !== undefined) throw new RangeError("an attachment is vouched for by the message that names it");
    return document.slice();
  }
  if (signer === undefined) return concat(Uint8Array.of(SignerKind.NONE), NO_SIGNATURE, document);
  if (signer.kind === SignerKind.NONE) throw new RangeError("a signature needs a signer");
  const signature = suite.sign(signer.seed, signedBytes(signer.kind, header, document));
  return concat(Uint8Array.of(signer.kind), signature, document);
}

function signedBytes(kind: SignerKind, header: Uint8Array, document: Uint8Array): Uint8Array {
  return concat(SIGN_NAME, Uint8Array.of(kind), header, sha256(document));
}

function wrapFor({ publicKey, role }: Recipient, dek: Uint8Array, header: Uint8Array, random: Random): Uint8Array {
  const kid = role === WrapRole.MAILBOX ? NO_KID : suite.keyId(publicKey);
  const sealed = suite.seal(publicKey, dek, { info: wrapInfo(role, kid, header), random });
  return concat(kid, Uint8Array.of(role), sealed);
}

/** Find the message's key. A wrap that opens to another key is passed over: anyone can wrap anything for a reader. */
function openWrap({ header, wraps }: Envelope, pair: suite.KeyPair): Uint8Array {
  for (const wrap of wraps) {
    const [role, kid] = [wrapRole(wrap), wrapKid(wrap)];
    if (!equal(kid, role === WrapRole.MAILBOX ? NO_KID : pair.kid)) continue;
    const dek = tryWrap(pair, wrap.subarray(suite.KID_SIZE + 1), wrapInfo(role, kid, header));
    if (dek === null) continue;
    // AES-GCM alone lets one ciphertext open to two texts under two keys.
    if (equal(commitment(dek, header), header.subarray(COMMITTED_SIZE))) return dek;
    wipe(dek);
  }
  throw new EnvelopeRejected();
}

function tryWrap(pair: suite.KeyPair, sealed: Uint8Array, info: Uint8Array): Uint8Array | null {
  try {
    return suite.open(pair, sealed, { info });
  } catch (error) {
    if (error instanceof EnvelopeRejected) return null;
    throw error;
  }
}

/** Open and unpad a body with its key, which is wiped. */
function openBody({ header, body }: Envelope, scheme: PaddingScheme, dek: Uint8Array): Uint8Array {
  const bodyKey = deriveBodyKey(dek, header);
  try {
    const padded = stream.open(bodyKey, body, { aad: sha256(header) });
    try {
      return unpad(padded, scheme);
    } finally {
      wipe(padded);
    }
  } finally {
    wipe(dek, bodyKey);
  }
}

function wrapInfo(role: WrapRole, kid: Uint8Array, header: Uint8Array): Uint8Array {
  return concat(WRAP_NAME, Uint8Array.of(role), kid, sha256(header));
}

function commitment(dek: Uint8Array, header: Uint8Array): Uint8Array {
  return derive(dek, concat(COMMIT_NAME, header.subarray(0, COMMITTED_SIZE)));
}

function deriveBodyKey(dek: Uint8Array, header: Uint8Array): Uint8Array {
  return derive(dek, concat(BODY_NAME, header));
}

/** Say whether a byte is one of an enum's values. */
function isOneOf<E extends number>(values: Readonly<Record<string, string | E>>, byte: number | undefined): byte is E {
  return byte !== undefined && values[byte] !== undefined;
}
