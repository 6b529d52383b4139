/** Writes what a caseworker says: sealed for its readers and signed with the organization's key, before it leaves. */

import * as envelope from "../../../crypto/browser/envelope";
import { toBase64url } from "../../../crypto/browser/base64url";
import { fromHex, toHex } from "./bytes";
import type { KeyRing, OpenEpoch } from "./keys";
import { nextInLine, NOTE, REPLY } from "./messages";
import type { SealedMessage } from "./shapes";

/** There is no epoch to seal for: its key was not handed to this caseworker, or it was revoked. */
export class NoEpoch extends Error {}

/** What is to be sent. */
export interface Draft {
  readonly caseId: string;
  readonly text: string;
  readonly language: string;
  readonly messages: readonly SealedMessage[];
}

/** A message that is ready to leave; sent again after a lost answer, the same bytes are kept once. */
export interface SealedDraft {
  readonly messageId: string;
  readonly envelope: string;
}

/** Seal an answer for the worker's mailbox and for the own organization. */
export async function sealReply(draft: Draft, keys: KeyRing, mailbox: Uint8Array): Promise<SealedDraft> {
  const epoch = currentEpoch(keys);
  return seal(draft, REPLY, epoch, [
    { publicKey: epoch.pair.publicKey, role: envelope.WrapRole.RECIPIENT },
    { publicKey: mailbox, role: envelope.WrapRole.MAILBOX },
  ]);
}

/** Seal an internal note for the own organization. */
export async function sealNote(draft: Draft, keys: KeyRing): Promise<SealedDraft> {
  const epoch = currentEpoch(keys);
  return seal(draft, NOTE, epoch, [{ publicKey: epoch.pair.publicKey, role: envelope.WrapRole.RECIPIENT }]);
}

/** The calendar day of a moment where this desk stands: what a worker reads beside the answer. */
export function dayHere(moment: Date): string {
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

function currentEpoch(keys: KeyRing): OpenEpoch {
  const epoch = keys.current();
  if (epoch === undefined) throw new NoEpoch();
  return epoch;
}

async function seal(
  draft: Draft,
  type: typeof REPLY | typeof NOTE,
  epoch: OpenEpoch,
  recipients: readonly envelope.Recipient[],
): Promise<SealedDraft> {
  const { seq, prev } = await nextInLine(draft.messages, type);
  const document = {
    v: 1,
    seq,
    prev: toBase64url(prev),
    day: dayHere(new Date()),
    lang: draft.language,
    fields: { text: draft.text },
    attachments: [],
  };
  const messageId = crypto.getRandomValues(new Uint8Array(16));
  const sealed = await envelope.seal(new TextEncoder().encode(JSON.stringify(document)), {
    messageType: type === REPLY ? envelope.MessageType.REPLY : envelope.MessageType.NOTE,
    origin: envelope.Origin.DESK,
    caseId: fromHex(draft.caseId),
    messageId,
    recipients,
    signer: { kind: envelope.SignerKind.ORGANIZATION, seed: epoch.signingSeed },
  });
  return { messageId: toHex(messageId), envelope: toBase64url(envelope.toBytes(sealed)) };
}
