/** Each message opens or says why not, and the server's order and signatures are checked and not believed. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toBase64url } from "../../../../../crypto/browser/base64url";
import { MessageType, Origin, SignerKind } from "../../../../../crypto/browser/envelope";
import { nextInLine, NOTE, openMessages, type Shown } from "../../../../../referrals/desk/browser/messages";
import { toHex } from "../../../../../referrals/desk/browser/bytes";
import type { SealedMessage } from "../../../../../referrals/desk/browser/shapes";
import { CASE_ID, epochOf, ringOf, seal, Worker } from "./network";

const EPOCH = epochOf(2);
const KEYS = ringOf([EPOCH]);
const CASE = toHex(CASE_ID);

function only(shown: readonly Shown[]): Shown {
  assert.equal(shown.length, 1);
  return shown[0] as Shown;
}

describe("opening", () => {
  test("a report opens, signed by the key that stands in it", async () => {
    const shown = only(await openMessages([new Worker().send([EPOCH], { story: "Ils gardent mon passeport" })], KEYS, CASE));
    assert.equal(shown.closed, null);
    assert.deepEqual(shown.document?.fields, { story: "Ils gardent mon passeport" });
    assert.equal(shown.document?.mailbox?.length, 1216);
    assert.deepEqual([shown.signature, shown.order], ["true", "in_order"]);
  });

  test("a message under an epoch that was not handed on names its number, and the others open", async () => {
    const earlier = epochOf(1);
    const worker = new Worker();
    const messages = [worker.send([earlier]), worker.send([EPOCH], { text: "More" })];
    const [closed, open] = await openMessages(messages, ringOf([EPOCH], [earlier]), CASE);
    assert.deepEqual(closed?.closed, { why: "no_epoch", key: "1" });
    assert.equal(open?.document?.fields["text"], "More");
    assert.deepEqual([open?.signature, open?.order], ["unchecked", "in_order"]);
  });

  test("a message under a key that nobody lists names the key", async () => {
    const stranger = epochOf(1);
    const shown = only(await openMessages([new Worker().send([stranger])], KEYS, CASE));
    assert.equal(shown.closed?.why, "unknown_key");
    assert.match(shown.closed?.key ?? "", /^[0-9a-f]{16}$/);
  });

  test("a body that was changed is told as broken", async () => {
    const message = new Worker().send([EPOCH]);
    const flipped = message.body.startsWith("A") ? "B" : "A";
    const shown = only(await openMessages([{ ...message, body: flipped + message.body.slice(1) }], KEYS, CASE));
    assert.deepEqual(shown.closed, { why: "broken", key: "" });
  });

  test("what is not even base64url is told as broken, and the others open", async () => {
    const worker = new Worker();
    const messages = [{ ...worker.send([EPOCH]), wraps: ["%"], header: "%", body: "%" }, worker.send([EPOCH], { text: "x" })];
    const [broken, open] = await openMessages(messages, KEYS, CASE);
    assert.deepEqual(broken?.closed, { why: "broken", key: "" });
    assert.equal(open?.closed, null);
  });

  for (const [name, document] of [
    ["no JSON", "{"],
    ["no object", "[]"],
    ["another version", { v: 2, seq: 0, prev: "", fields: {} }],
    ["no fields", { v: 1, seq: 0, prev: "" }],
    ["a number for fields", { v: 1, seq: 0, prev: "", fields: 3 }],
    ["half a number for seq", { v: 1, seq: 0.5, prev: "", fields: {} }],
  ] as const) {
    test(`a document with ${name} is told as unreadable`, async () => {
      const { message } = seal(document, { messageType: MessageType.REPORT, to: [EPOCH] });
      assert.equal(only(await openMessages([message], KEYS, CASE)).closed?.why, "unreadable");
    });
  }

  test("a server that calls a note a report is not believed", async () => {
    const message = new Worker().send([EPOCH]);
    const shown = only(await openMessages([{ ...message, type: NOTE }], KEYS, CASE));
    assert.equal(shown.closed?.why, "unreadable");
  });

  test("a message of another case is not shown in this one", async () => {
    const shown = only(await openMessages([new Worker().send([EPOCH])], KEYS, "00".repeat(16)));
    assert.deepEqual([shown.closed?.why, shown.document], ["unreadable", null]);
  });

  test("a mailbox key of the wrong size is none", async () => {
    const document = { v: 1, seq: 0, prev: "", day: "2026-07-08", lang: "en", fields: {}, mailbox: "AAAA", verify: "AAAA" };
    const { message } = seal(document, { messageType: MessageType.REPORT, to: [EPOCH] });
    const shown = only(await openMessages([message], KEYS, CASE));
    assert.deepEqual([shown.closed, shown.document?.mailbox, shown.document?.verify], [null, null, null]);
  });
});

describe("signatures", () => {
  test("a follow-up from another hand is told", async () => {
    const [worker, other] = [new Worker(), new Worker()];
    other.send([EPOCH]);
    const [, forged] = await openMessages([worker.send([EPOCH]), other.send([EPOCH], { text: "Meet me" })], KEYS, CASE);
    assert.equal(forged?.signature, "false");
  });

  test("a follow-up without a signature is told", async () => {
    const worker = new Worker();
    const document = { v: 1, seq: 1, prev: "", day: "2026-07-08", lang: "es", fields: { text: "x" } };
    const { message } = seal(document, { messageType: MessageType.FOLLOW_UP, to: [EPOCH], position: 1 });
    const [, unsigned] = await openMessages([worker.send([EPOCH]), message], KEYS, CASE);
    assert.equal(unsigned?.signature, "missing");
  });

  describe("of text messages", () => {
    const text = (type: MessageType, keys: object = {}, origin = Origin.SMS): SealedMessage => {
      const seq = type === MessageType.REPORT ? 0 : 1;
      const document = { v: 1, seq, prev: "", day: "2026-07-08", lang: "und", fields: { text: "1" }, ...keys };
      return seal(document, { messageType: type, to: [EPOCH], position: seq, origin }).message;
    };
    const signatures = async (...messages: SealedMessage[]): Promise<readonly string[]> =>
      (await openMessages(messages, KEYS, CASE)).map(({ signature }) => signature);

    test("nobody can sign a text, and that is no reason for a warning", async () => {
      assert.deepEqual(await signatures(text(MessageType.REPORT), text(MessageType.FOLLOW_UP)), ["by_phone", "by_phone"]);
    });

    test("a text in a case whose report was signed is told as unsigned", async () => {
      assert.deepEqual(await signatures(new Worker().send([EPOCH]), text(MessageType.FOLLOW_UP)), ["true", "missing"]);
    });

    test("a text in a case that carries a key, or came with a form, is told as unsigned", async () => {
      const verify = toBase64url(EPOCH.verifyKey);
      assert.deepEqual(await signatures(text(MessageType.REPORT, { verify })), ["missing"]);
      assert.deepEqual(await signatures(text(MessageType.REPORT, {}, Origin.FORM)), ["missing"]);
    });

    test("a text whose report can't be opened is told as unsigned", async () => {
      const elsewhere = new Worker().send([epochOf(1)]);
      assert.deepEqual(await signatures(elsewhere, text(MessageType.FOLLOW_UP)), ["unchecked", "missing"]);
    });
  });

  for (const [name, kind, seed, expected] of [
    ["the organization's key", SignerKind.ORGANIZATION, EPOCH.signingSeed, "true"],
    ["another organization's key", SignerKind.ORGANIZATION, epochOf(1).signingSeed, "false"],
    ["its own key under the worker's name", SignerKind.REPORTER, EPOCH.signingSeed, "false"],
  ] as const) {
    test(`a note signed with ${name} is ${expected}`, async () => {
      const document = { v: 1, seq: 0, prev: "", day: "2026-07-08", lang: "en", fields: { text: "x" } };
      const { message } = seal(document, { messageType: MessageType.NOTE, to: [EPOCH], signer: { kind, seed } });
      assert.equal(only(await openMessages([message], KEYS, CASE)).signature, expected);
    });
  }
});

describe("order", () => {
  test("messages in order are in order, each author's for itself", async () => {
    const worker = new Worker();
    const messages = [worker.send([EPOCH]), worker.send([EPOCH]), worker.send([EPOCH])];
    assert.deepEqual(
      (await openMessages(messages, KEYS, CASE)).map(({ order }) => order),
      ["in_order", "in_order", "in_order"],
    );
  });

  test("a message that was left out leaves a gap, told once", async () => {
    const worker = new Worker();
    const messages = [worker.send([EPOCH]), worker.send([EPOCH]), worker.send([EPOCH]), worker.send([EPOCH])];
    const shown = await openMessages(messages.filter((_, index) => index !== 1), KEYS, CASE);
    assert.deepEqual(shown.map(({ order }) => order), ["in_order", "gap", "in_order"]);
  });

  test("a message that comes twice is a fork", async () => {
    const worker = new Worker();
    const messages = [worker.send([EPOCH]), worker.send([EPOCH])];
    const shown = await openMessages([...messages, messages[1] as (typeof messages)[0]], KEYS, CASE);
    assert.deepEqual(shown.map(({ order }) => order), ["in_order", "in_order", "fork"]);
  });

  test("what follows a damaged message is not blamed for it, and what follows another than its author saw is", async () => {
    const [worker, other] = [new Worker(), new Worker()];
    const [report, second, third] = [worker.send([EPOCH]), worker.send([EPOCH]), worker.send([EPOCH])];
    other.send([EPOCH]);
    const damaged = { ...second, body: (second.body.startsWith("A") ? "B" : "A") + second.body.slice(1) };
    const orders = async (middle: typeof second): Promise<readonly string[]> =>
      (await openMessages([report, middle, third], KEYS, CASE)).map(({ order }) => order);
    assert.deepEqual(await orders(damaged), ["in_order", "in_order", "in_order"]);
    assert.deepEqual(await orders(other.send([EPOCH])), ["in_order", "fork", "fork"]);
  });

  test("the next in line counts one's own messages and names the last by its digest", async () => {
    const document = { v: 1, seq: 0, prev: "", day: "2026-07-08", lang: "en", fields: { text: "x" } };
    const { message } = seal(document, { messageType: MessageType.NOTE, to: [EPOCH] });
    const messages = [new Worker().send([EPOCH]), message];
    assert.deepEqual(await nextInLine([], NOTE), { seq: 0, prev: new Uint8Array(32) });
    const { seq, prev } = await nextInLine(messages, NOTE);
    assert.equal(seq, 1);
    assert.notDeepEqual(prev, new Uint8Array(32));
  });
});
