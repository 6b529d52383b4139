/**
 * Seals and opens what it is told, so that the other language can check it, in Node and in a page. tests/vectors/README.md says
 * what a line holds. Nothing that is secret outside of tests may be sent here.
 */

import type { Argon2id } from "../../../../crypto/browser/argon2";
import { fromBase64url as bytes, toBase64url as text } from "../../../../crypto/browser/base64url";
import * as envelope from "../../../../crypto/browser/envelope";
import * as keybag from "../../../../crypto/browser/keybag";
import * as receipt from "../../../../crypto/browser/receipt";
import { EnvelopeRejected, SignatureRejected } from "../../../../crypto/browser/rejected";
import * as suite from "../../../../crypto/browser/suite";

type Line = any;
export type Answer = Readonly<Record<string, unknown>>;

const operations: Readonly<Record<string, (line: Line, argon2id: Argon2id) => Answer | Promise<Answer>>> = {
  seal: (line) => {
    const sealed = envelope.seal(bytes(line.document), {
      messageType: line.type,
      origin: line.origin,
      caseId: bytes(line.case_id),
      messageId: bytes(line.message_id),
      recipients: line.recipients.map(({ public_key, role }: Line) => ({ publicKey: bytes(public_key), role })),
      ...(line.signer === null ? {} : { signer: { kind: line.signer.kind, seed: bytes(line.signer.seed) } }),
    });
    return { envelope: text(envelope.toBytes(sealed)) };
  },
  open: (line) => {
    const message = envelope.parse(bytes(line.envelope));
    const opened = envelope.open(message, suite.keyPair(bytes(line.seed)));
    return {
      type: opened.header.type,
      origin: opened.header.origin,
      case_id: text(opened.header.caseId),
      message_id: text(opened.header.messageId),
      signer: opened.signer,
      signature: text(opened.signature),
      document: text(opened.document),
      kids: message.wraps.map((wrap) => text(envelope.wrapKid(wrap))),
      roles: message.wraps.map(envelope.wrapRole),
      digest: text(envelope.digest(message.header, message.body)),
      genuine: line.verify_key === null ? null : isGenuine(() => opened.checkSignature(bytes(line.verify_key))),
    };
  },
  key: (line) => {
    const pair = suite.keyPair(bytes(line.seed));
    return { public_key: text(pair.publicKey), kid: text(pair.kid) };
  },
  sign: (line) => {
    const seed = bytes(line.seed);
    return { verify_key: text(suite.verifyKey(seed)), signature: text(suite.sign(seed, bytes(line.message))) };
  },
  verify: (line) => ({
    genuine: isGenuine(() => suite.verify(bytes(line.verify_key), bytes(line.signature), bytes(line.message))),
  }),
  parse_receipt: (line) => {
    const digits = receipt.parse(line.typed);
    return { digits, shown: receipt.format(digits) };
  },
  derive_receipt: async (line, argon2id) => {
    const keys = await receipt.derive(line.digits, bytes(line.instance_id), argon2id);
    return {
      lookup: text(keys.lookup),
      mailbox_seed: text(keys.mailbox.seed),
      mailbox_public_key: text(keys.mailbox.publicKey),
      signing_seed: text(keys.signingSeed),
      verify_key: text(keys.verifyKey),
    };
  },
  normalize: (line) => ({ normalized: keybag.normalizePassphrase(line.typed) }),
  derive_passphrase: async (line, argon2id) => {
    const keys = await keybag.derivePassphrase(line.passphrase, bytes(line.salt), argon2id);
    return { kek: text(keys.kek), login_secret: text(keys.loginSecret) };
  },
  seal_slot: (line) => ({ sealed: text(keybag.sealSlot(bytes(line.kek), bytes(line.bag_key), slotOf(line))) }),
  open_slot: (line) => ({ bag_key: text(keybag.openSlot(bytes(line.kek), bytes(line.sealed), slotOf(line))) }),
  seal_bag: (line) => {
    const bag = { memberSeed: bytes(line.member_seed), signingSeed: bytes(line.signing_seed), pins: line.pins };
    return { sealed: text(keybag.sealBag(bag, bytes(line.bag_key), { userId: bytes(line.user_id) })) };
  },
  open_bag: (line) => {
    const bag = keybag.openBag(bytes(line.sealed), bytes(line.bag_key), { userId: bytes(line.user_id) });
    return { member_seed: text(bag.memberSeed), signing_seed: text(bag.signingSeed), pins: bag.pins };
  },
  seal_epoch: (line) => {
    const memberPublicKey = bytes(line.member_public_key);
    return { sealed: text(keybag.sealEpochSeed(bytes(line.seed), { ...epochOf(line), memberPublicKey })) };
  },
  open_epoch: (line) => {
    const seed = keybag.openEpochSeed(bytes(line.sealed), suite.keyPair(bytes(line.member_seed)), epochOf(line));
    return { seed: text(seed), signing_seed: text(keybag.epochSigningSeed(seed)) };
  },
};

function slotOf({ user_id, slot, version }: Line): keybag.SlotPlace {
  return { userId: bytes(user_id), slot, version };
}

function epochOf({ organization_id, epoch }: Line): { organizationId: Uint8Array; epoch: number } {
  return { organizationId: bytes(organization_id), epoch };
}

function isGenuine(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof SignatureRejected) return false;
    throw error;
  }
}

/** Do what one line asks for. What is refused is an answer; any other error is thrown. */
export async function answer(line: Line, argon2id: Argon2id): Promise<Answer> {
  const operation = operations[line.op];
  if (operation === undefined) throw new Error(`there is no operation ${line.op}`);
  try {
    return await operation(line, argon2id);
  } catch (error) {
    if (error instanceof EnvelopeRejected || error instanceof receipt.ReceiptMistyped) return { error: error.name };
    if (error instanceof RangeError) return { error: "Refused" };
    throw error;
  }
}
