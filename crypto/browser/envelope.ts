/**
 * A message as it is stored and sent: a header, wraps of its key for each reader, and a padded, chunked body. A key that
 * sealed one body never seals another.
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { ascii, bigEndian, checkSize, concat, equal, type Random, systemRandom, wipe } from "./bytes";
import { isPaddedSize, pad, PaddingScheme, unpad } from "./padding";
import { EnvelopeRejected } from "./rejected";
import * as stream from "./stream";
import * as suite from "./suite";
import { derive, KEY_SIZE } from "./symmetric";

export const HEADER_SIZE = 73;
export const WRAP_SIZE = suite.KID_SIZE + 1 + suite.SEALED_OVERHEAD + KEY_SIZE;
export const MAX_WRAPS = 16;
export const ID_SIZE = 16;
const COMMITTED_SIZE = 41;
const MAGIC = ascii("LWE1");
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
  const scheme = paddingScheme(messageType);
  const dek = random(KEY_SIZE);
  const blank = headerToBytes({ ...sealing, type: messageType, paddingScheme: scheme, commit: new Uint8Array(32) });
  const header = concat(blank.subarray(0, COMMITTED_SIZE), commitment(dek, blank));
  const padded = pad(messageType === MessageType.ATTACHMENT ? document : content(header, document, signer), scheme);
  const bodyKey = deriveBodyKey(dek, header);
  const body = stream.seal(bodyKey, padded, { aad: sha256(header) });
  const wraps = recipients.map((recipient) => wrapFor(recipient, dek, header, random));
  wipe(dek, bodyKey, padded);
  return { header, wraps, body };
}

/** Open a message with a key pair, trying each wrap that may be its own. Throws EnvelopeRejected. */
export function open(envelope: Envelope, pair: suite.KeyPair): Opened {
  const header = parseHeader(envelope.header);
  if (!isPaddedSize(stream.plaintextSize(envelope.body.length), header.paddingScheme)) throw new EnvelopeRejected();
  const dek = openWrap(envelope, pair);
  const bodyKey = deriveBodyKey(dek, envelope.header);
  wipe(dek);
  const padded = stream.open(bodyKey, envelope.body, { aad: sha256(envelope.header) });
  wipe(bodyKey);
  const text = unpad(padded, header.paddingScheme);
  wipe(padded);
  if (header.type === MessageType.ATTACHMENT) return new Opened(header, SignerKind.NONE, NO_SIGNATURE, text);
  const kind = text[0];
  if (text.length < 1 + suite.SIGNATURE_SIZE || kind === undefined || SignerKind[kind] === undefined)
    throw new EnvelopeRejected();
  const signature = text.slice(1, 1 + suite.SIGNATURE_SIZE);
  return new Opened(header, kind, signature, text.slice(1 + suite.SIGNATURE_SIZE));
}
