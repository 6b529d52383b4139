/** A message opens for its readers, and for nobody else, and not when anything of it was touched. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ascii, concat, equal } from "../../../../crypto/browser/bytes";
import * as envelope from "../../../../crypto/browser/envelope";
import { pad, PaddingScheme } from "../../../../crypto/browser/padding";
import { EnvelopeRejected, SignatureRejected } from "../../../../crypto/browser/rejected";
import * as stream from "../../../../crypto/browser/stream";
import * as suite from "../../../../crypto/browser/suite";
import { derive } from "../../../../crypto/browser/symmetric";
import { sha256 } from "@noble/hashes/sha2.js";
import * as samples from "./samples";

const { MessageType, Origin, SignerKind, WrapRole } = envelope;
const sealed = envelope.seal(samples.document, samples.sealing());
const firstWrap = sealed.wraps[0] ?? new Uint8Array(0);

function refuses(tampered: envelope.Envelope, pair = samples.epoch): void {
  assert.throws(() => envelope.open(tampered, pair), EnvelopeRejected);
}

/** Seal a content that `seal` would never make, under a key of one's own. */
function forge(type: envelope.MessageType, padded: Uint8Array): envelope.Envelope {
  const dek = samples.named("a forged key");
  const scheme = type === MessageType.ATTACHMENT ? PaddingScheme.ATTACHMENT : PaddingScheme.TEXT;
  const parts = { ...samples.sealing(), type, paddingScheme: scheme };
  const blank = envelope.headerToBytes({ ...parts, commit: new Uint8Array(32) });
  const commit = derive(dek, concat(ascii("leeward/1/commit\0"), blank.subarray(0, 41)));
  const header = envelope.headerToBytes({ ...parts, commit });
  const body = stream.seal(derive(dek, concat(ascii("leeward/1/body\0"), header)), padded, { aad: sha256(header) });
  return { header, wraps: [wrapOf(dek, header)], body };
}

function wrapOf(dek: Uint8Array, header: Uint8Array, kid = samples.epoch.kid): Uint8Array {
  const info = concat(ascii("leeward/1/wrap\0"), Uint8Array.of(WrapRole.RECIPIENT), kid, sha256(header));
  return concat(kid, Uint8Array.of(WrapRole.RECIPIENT), suite.seal(samples.epoch.publicKey, dek, { info }));
}

test("a message opens for each of its readers", () => {
  for (const pair of [samples.epoch, samples.standby, samples.mailbox]) {
    const opened = envelope.open(sealed, pair);
    assert.deepEqual(opened.document, samples.document);
    assert.equal(opened.signer, SignerKind.NONE);
    assert.equal(opened.header.type, MessageType.REPLY);
    assert.equal(opened.header.origin, Origin.DESK);
    assert.deepEqual(opened.header.caseId, samples.sealing().caseId);
    assert.deepEqual(opened.header.messageId, samples.sealing().messageId);
  }
});

test("a message of every type comes back as it was", () => {
  for (const messageType of [1, 2, 3, 4, 5, 6]) {
    const sealing = samples.sealing({ messageType, recipients: samples.organizations });
    const opened = envelope.open(envelope.seal(samples.document, sealing), samples.epoch);
    assert.equal(opened.header.type, messageType);
    assert.deepEqual(opened.document, samples.document);
  }
});

test("an empty document and one of many chunks come back as they were", () => {
  for (const size of [0, 1, 16_318, 16_319, 65_470, 65_471, 65_535, 65_536, 200_000]) {
    const text = samples.randomOf("text")(size);
    for (const messageType of [MessageType.REPLY, MessageType.ATTACHMENT]) {
      const message = envelope.seal(text, samples.sealing({ messageType }));
      assert.ok(equal(envelope.open(message, samples.epoch).document, text), `${size} bytes as type ${messageType}`);
    }
  }
});

test("the sizes of a message are its class and nothing else", () => {
  assert.equal(sealed.header.length, envelope.HEADER_SIZE);
  assert.ok(sealed.wraps.every((wrap) => wrap.length === 1177));
  const sizes = new Set([0, 1, 5_000, 16_318].map((size) => envelope.seal(new Uint8Array(size), samples.sealing()).body.length));
  assert.deepEqual([...sizes], [stream.sealedSize(16_384)]);
});

test("no two messages share a key", () => {
  const own = { random: undefined } as unknown as Partial<envelope.Sealing>;
  const [first, second] = [1, 2].map(() => envelope.seal(samples.document, samples.sealing(own)));
  assert.notDeepEqual(first?.body, second?.body);
  assert.notDeepEqual(first?.header, second?.header);
});

test("a stranger's key is refused", () => refuses(sealed, samples.stranger));

test("a key whose own wrap was removed is refused", () => refuses({ ...sealed, wraps: sealed.wraps.slice(1) }));

test("a mailbox is not named", () => {
  const roles = sealed.wraps.map(envelope.wrapRole);
  assert.deepEqual(roles, [WrapRole.RECIPIENT, WrapRole.STANDBY, WrapRole.MAILBOX]);
  assert.deepEqual(envelope.wrapKid(firstWrap), samples.epoch.kid);
  assert.deepEqual(envelope.wrapKid(sealed.wraps[2] ?? firstWrap), new Uint8Array(8));
});

test("only answers and their files are sealed for a mailbox, and opened from one", () => {
  const recipients = [{ publicKey: samples.mailbox.publicKey, role: WrapRole.MAILBOX }];
  for (const messageType of [MessageType.REPORT, MessageType.FOLLOW_UP, MessageType.NOTE, MessageType.TESTIMONY]) {
    const sealing = samples.sealing({ messageType, recipients });
    assert.throws(() => envelope.seal(samples.document, sealing), RangeError);
    const own = envelope.seal(samples.document, { ...sealing, recipients: samples.organizations });
    const bytes = envelope.toBytes({ ...own, wraps: [...own.wraps, sealed.wraps[2] ?? firstWrap] });
    assert.throws(() => envelope.parse(bytes), EnvelopeRejected);
  }
});

test("a wrap of a colliding key id is passed over", () => {
  const foreign = concat(samples.epoch.kid, (sealed.wraps[1] ?? firstWrap).subarray(8));
  const opened = envelope.open({ ...sealed, wraps: [foreign, ...sealed.wraps] }, samples.epoch);
  assert.deepEqual(opened.document, samples.document);
});

test("a wrap that opens to another key is passed over", () => {
  const other = wrapOf(samples.named("another key"), sealed.header);
  assert.deepEqual(envelope.open({ ...sealed, wraps: [other, firstWrap] }, samples.epoch).document, samples.document);
  refuses({ ...sealed, wraps: [other] });
});

test("a wrap that names another key is not tried", () => {
  const forged = forge(MessageType.NOTE, pad(new Uint8Array(65), PaddingScheme.TEXT));
  const misnamed = wrapOf(samples.named("a forged key"), forged.header, samples.standby.kid);
  assert.equal(envelope.open(forged, samples.epoch).document.length, 0);
  refuses({ ...forged, wraps: [misnamed] });
});

test("a wrap of another size is none, whoever it is for", () => {
  for (const size of [0, 8, 9, 1176, 1178]) {
    const wrap = new Uint8Array(size);
    wrap.set(firstWrap.subarray(0, Math.min(size, 1177)));
    assert.throws(() => envelope.wrapRole(wrap), EnvelopeRejected, `${size} bytes`);
    refuses({ ...sealed, wraps: [firstWrap, wrap] });
  }
});

test("a wrap of another message is refused", () => {
  const other = envelope.seal(samples.document, samples.sealing({ messageId: samples.named("another").slice(0, 16) }));
  refuses({ ...sealed, wraps: other.wraps });
});

test("a wrap under another role is refused", () => {
  refuses({ ...sealed, wraps: [samples.replaced(firstWrap, 8, WrapRole.TRANSFER)] });
});

test("every byte of a header that is changed is refused", () => {
  for (let place = 0; place < envelope.HEADER_SIZE; place += 1) {
    refuses({ ...sealed, header: samples.flipped(sealed.header, place) });
  }
});

test("a changed commitment is refused even where the body would open", () => {
  // The commitment is checked by itself: with a header of one's own the body and the wrap fit, and it does not.
  const padded = pad(concat(new Uint8Array(65), samples.document), PaddingScheme.TEXT);
  const dek = samples.named("a key");
  const header = envelope.headerToBytes({
    ...samples.sealing(),
    type: MessageType.NOTE,
    paddingScheme: PaddingScheme.TEXT,
    commit: samples.named("some other commitment"),
  });
  const body = stream.seal(derive(dek, concat(ascii("leeward/1/body\0"), header)), padded, { aad: sha256(header) });
  refuses({ header, wraps: [wrapOf(dek, header)], body });
});

test("a body that was changed anywhere is refused", () => {
  const long = envelope.seal(new Uint8Array(200_000), samples.sealing());
  for (const place of [0, 65_535, 65_536, 65_551, 65_552, 131_103, -17, -16, -1]) {
    refuses({ ...long, body: samples.flipped(long.body, place) });
  }
});

test("chunks that were left out, swapped, repeated or added are refused", () => {
  const chunk = 65_552;
  const { header, wraps, body } = envelope.seal(new Uint8Array(260_000), samples.sealing());
  const [first, second] = [body.slice(0, chunk), body.slice(chunk, 2 * chunk)];
  refuses({ header, wraps, body: body.slice(0, -chunk) });
  refuses({ header, wraps, body: body.slice(chunk) });
  refuses({ header, wraps, body: concat(second, first, body.slice(2 * chunk)) });
  refuses({ header, wraps, body: concat(first, first, body.slice(2 * chunk)) });
  refuses({ header, wraps, body: concat(body, first) });
  refuses({ header, wraps, body: body.slice(0, -1) });
  refuses({ header, wraps, body: concat(body, Uint8Array.of(0)) });
});

test("the body of another message is refused", () => {
  const other = envelope.seal(samples.document, samples.sealing({ random: samples.randomOf("another message") }));
  refuses({ ...sealed, body: other.body });
  refuses({ ...sealed, header: other.header });
  refuses({ ...sealed, header: other.header, body: other.body });
});

test("a body of another scheme's length is refused before anything is tried", () => {
  const padded = pad(new Uint8Array(100), PaddingScheme.TEXT);
  refuses(forge(MessageType.ATTACHMENT, padded));
  refuses(forge(MessageType.NOTE, new Uint8Array(20_000)));
});

test("a body without its padding's mark, or padded more than it needs, is refused", () => {
  refuses(forge(MessageType.NOTE, new Uint8Array(16_384)));
  const toLarge = new Uint8Array(65_536);
  toLarge[100] = 0x80;
  refuses(forge(MessageType.NOTE, toLarge));
});

test("a content without room for a signature is refused", () => {
  for (const signer of [SignerKind.NONE, SignerKind.REPORTER]) {
    for (const size of [1, 64]) {
      refuses(forge(MessageType.NOTE, pad(samples.replaced(new Uint8Array(size), 0, signer), PaddingScheme.TEXT)));
    }
  }
  refuses(forge(MessageType.NOTE, pad(new Uint8Array(0), PaddingScheme.TEXT)));
  assert.equal(envelope.open(forge(MessageType.NOTE, pad(new Uint8Array(65), PaddingScheme.TEXT)), samples.epoch).document.length, 0);
});

test("an unknown signer, or a signature of nobody, is refused", () => {
  refuses(forge(MessageType.NOTE, pad(samples.replaced(new Uint8Array(80), 0, 3), PaddingScheme.TEXT)));
  refuses(forge(MessageType.NOTE, pad(samples.replaced(new Uint8Array(80), 64, 1), PaddingScheme.TEXT)));
});

test("a signature is true for its key and its message alone", () => {
  const signer = { kind: SignerKind.ORGANIZATION, seed: samples.organizationSeed };
  const verifyKey = suite.verifyKey(samples.organizationSeed);
  const opened = envelope.open(envelope.seal(samples.document, samples.sealing({ signer })), samples.epoch);
  assert.equal(opened.signer, SignerKind.ORGANIZATION);
  opened.checkSignature(verifyKey);
  const { header, signature, document } = opened;
  const others = [
    new envelope.Opened(header, SignerKind.REPORTER, signature, document),
    new envelope.Opened({ ...header, origin: Origin.FORM }, opened.signer, signature, document),
    new envelope.Opened({ ...header, caseId: samples.named("another case").slice(0, 16) }, opened.signer, signature, document),
    new envelope.Opened(header, opened.signer, signature, samples.flipped(document, 0)),
    new envelope.Opened(header, opened.signer, samples.flipped(signature, 0), document),
    new envelope.Opened(header, opened.signer, signature.slice(1), document),
  ];
  for (const other of others) assert.throws(() => other.checkSignature(verifyKey), SignatureRejected);
  assert.throws(() => opened.checkSignature(suite.verifyKey(samples.reporterSeed)), SignatureRejected);
  assert.throws(() => opened.checkSignature(verifyKey.slice(1)), SignatureRejected);
});

test("an unsigned message is never truly signed", () => {
  const opened = envelope.open(sealed, samples.epoch);
  assert.throws(() => opened.checkSignature(suite.verifyKey(samples.reporterSeed)), SignatureRejected);
  const { header, document } = opened;
  const signed = concat(ascii("leeward/1/sign\0"), Uint8Array.of(0), envelope.headerToBytes(header), sha256(document));
  const asNobody = new envelope.Opened(header, SignerKind.NONE, suite.sign(samples.reporterSeed, signed), document);
  assert.throws(() => asNobody.checkSignature(suite.verifyKey(samples.reporterSeed)), SignatureRejected);
  // Not even by a key of small order, under which any message has a signature of zeros.
  assert.throws(() => opened.checkSignature(samples.replaced(new Uint8Array(32), 0, 1)), SignatureRejected);
});

test("a signed attachment, a signature of nobody, and ids of another size cannot be sealed", () => {
  const signer = { kind: SignerKind.REPORTER, seed: samples.reporterSeed };
  const faults: Partial<envelope.Sealing>[] = [
    { signer, messageType: MessageType.ATTACHMENT },
    { signer: { kind: SignerKind.NONE, seed: samples.reporterSeed } },
    { signer: { kind: SignerKind.REPORTER, seed: new Uint8Array(31) } },
    { caseId: new Uint8Array(15) },
    { messageId: new Uint8Array(17) },
    { recipients: [] },
    { recipients: Array.from({ length: 17 }, () => ({ publicKey: samples.epoch.publicKey, role: WrapRole.RECIPIENT })) },
    { recipients: [{ publicKey: new Uint8Array(1215), role: WrapRole.RECIPIENT }] },
    { recipients: [{ publicKey: new Uint8Array(1216).fill(255), role: WrapRole.MAILBOX }] },
  ];
  for (const fault of faults) assert.throws(() => envelope.seal(samples.document, samples.sealing(fault)), RangeError);
});

test("an envelope comes back from its bytes, with 1 and with 16 readers", () => {
  for (const count of [1, 16]) {
    const recipient = { publicKey: samples.epoch.publicKey, role: WrapRole.RECIPIENT };
    const recipients = Array.from({ length: count }, () => recipient);
    const message = envelope.seal(samples.document, samples.sealing({ recipients }));
    const bytes = envelope.toBytes(message);
    assert.equal(bytes.length, 73 + 1 + count * 1177 + stream.sealedSize(16_384));
    assert.deepEqual(envelope.parse(bytes), message);
  }
});

test("bytes that no envelope has are refused", () => {
  const bytes = envelope.toBytes(sealed);
  const faults = [
    new Uint8Array(0),
    bytes.slice(0, 73),
    bytes.slice(0, 74),
    bytes.slice(0, -1),
    concat(bytes, Uint8Array.of(0)),
    ...[0, 1, 2, 4, 16, 17, 255].map((count) => samples.replaced(bytes, 73, count)),
    samples.replaced(bytes, 0, 0x6c),
    samples.replaced(bytes, 4, 0),
    samples.replaced(bytes, 4, 7),
    samples.replaced(bytes, 4, MessageType.ATTACHMENT),
    samples.replaced(bytes, 5, 4),
    samples.replaced(bytes, 6, 1),
    samples.replaced(bytes, 7, 2),
    samples.replaced(bytes, 40, 0),
    samples.replaced(bytes, 40, PaddingScheme.ATTACHMENT),
    samples.replaced(bytes, 74 + 8, 0),
    samples.replaced(bytes, 74 + 8, 5),
    samples.replaced(bytes, 74 + 8, 7),
    samples.replaced(bytes, 74 + 8, WrapRole.MAILBOX),
  ];
  for (const fault of faults) assert.throws(() => envelope.parse(fault), EnvelopeRejected);
});

test("parts that make no envelope are not written, and not opened", () => {
  const faults = [
    { ...sealed, header: sealed.header.slice(1) },
    { ...sealed, wraps: [] },
    { ...sealed, wraps: Array.from({ length: 17 }, () => firstWrap) },
    { ...sealed, wraps: [firstWrap.slice(1)] },
  ];
  for (const fault of faults) {
    assert.throws(() => envelope.toBytes(fault), RangeError);
    refuses(fault);
  }
});

test("a digest names header and body, not the readers", () => {
  const digest = envelope.digest(sealed.header, sealed.body);
  assert.deepEqual(digest, sha256(concat(sealed.header, sealed.body)));
  assert.notDeepEqual(digest, envelope.digest(sealed.header, samples.flipped(sealed.body, 0)));
});

test("what a message was sealed with is wiped, and what a caller gave is not", () => {
  const drawn: Uint8Array[] = [];
  const source = samples.randomOf("wiped");
  const random = (size: number) => {
    const bytes = source(size);
    drawn.push(bytes);
    return bytes;
  };
  const [text, seed] = [samples.document.slice(), samples.reporterSeed.slice()];
  const signer = { kind: SignerKind.REPORTER, seed };
  const message = envelope.seal(text, samples.sealing({ random, signer }));
  // The message's key, and for each reader two seeds of an encapsulation.
  assert.equal(drawn.length, 1 + 3 * 2);
  assert.ok(drawn.every(samples.isWiped));
  assert.deepEqual([text, seed], [samples.document, samples.reporterSeed]);
  const pair = suite.keyPair(samples.epoch.seed);
  envelope.open(message, pair);
  assert.deepEqual(pair.seed, samples.epoch.seed);
});
