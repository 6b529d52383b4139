/** What is computed here is what others have published: HPKE, X-Wing, ML-KEM, X25519, Ed25519, AES-GCM, HKDF, Argon2id. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { x25519 } from "@noble/curves/ed25519.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { argon2id } from "hash-wasm";
import { concat, type Random } from "../../../../crypto/browser/bytes";
import * as hpke from "../../../../crypto/browser/hpke";
import { EnvelopeRejected } from "../../../../crypto/browser/rejected";
import * as suite from "../../../../crypto/browser/suite";
import * as symmetric from "../../../../crypto/browser/symmetric";
import * as xwing from "../../../../crypto/browser/xwing";
import { blocks, hex, published } from "./files";

const X_WING = 0x647a;
const HKDF_SHA256 = 1;
const AES_256_GCM = 2;
const KEY_SIZES: Readonly<Record<number, number>> = { 1: 16, 2: 32, 3: 32 };

interface Hpke {
  readonly mode: number;
  readonly kem_id: number;
  readonly kdf_id: number;
  readonly aead_id: number;
  readonly info: string;
  readonly ikmE: string;
  readonly skRm: string;
  readonly pkRm: string;
  readonly enc: string;
  readonly shared_secret: string;
  readonly key: string;
  readonly base_nonce: string;
  readonly encryptions: readonly { readonly aad: string; readonly ct: string; readonly nonce: string; readonly pt: string }[];
}

const rfc9180: readonly Hpke[] = JSON.parse(published("HPKE/test-vectors.json"));
const postQuantum: readonly Hpke[] = JSON.parse(published("HPKE/hpke-pq-test-vectors.json"));
const xWing = postQuantum.filter((vector) => vector.kem_id === X_WING);

/** Give out bytes in turn, and nothing that was not asked for. */
function dealt(bytes: Uint8Array): Random {
  let offset = 0;
  return (size) => {
    offset += size;
    assert.ok(offset <= bytes.length);
    return bytes.slice(offset - size, offset);
  };
}

test("X-Wing key pairs, encapsulations and shared secrets are those of the HPKE draft", () => {
  assert.ok(xWing.length >= 2);
  for (const vector of xWing) {
    assert.deepEqual(xwing.publicKey(hex(vector.skRm)), hex(vector.pkRm));
    assert.deepEqual(suite.keyPair(hex(vector.skRm)).publicKey, hex(vector.pkRm));
    assert.deepEqual(xwing.decapsulate(hex(vector.skRm), hex(vector.enc)), hex(vector.shared_secret));
    const made = xwing.encapsulate(hex(vector.pkRm), dealt(hex(vector.ikmE)));
    assert.deepEqual(made.encapsulation, hex(vector.enc));
    assert.deepEqual(made.sharedSecret, hex(vector.shared_secret));
  }
});

test("the key schedule is that of RFC 9180 in base mode, for every KEM and AEAD", () => {
  const base = [...rfc9180, ...postQuantum].filter(
    ({ mode, kdf_id, aead_id }) => mode === 0 && kdf_id === HKDF_SHA256 && aead_id in KEY_SIZES,
  );
  assert.ok(base.length >= 16);
  assert.ok(base.some(({ kem_id }) => kem_id === X_WING));
  for (const vector of base) {
    const suiteId = hpke.suiteId(vector.kem_id, vector.aead_id);
    const size = KEY_SIZES[vector.aead_id] ?? 0;
    const schedule = hpke.keySchedule(suiteId, hex(vector.shared_secret), hex(vector.info), size);
    assert.deepEqual(schedule, { key: hex(vector.key), nonce: hex(vector.base_nonce) });
  }
});

test("messages under AES-256-GCM are those of RFC 9180", () => {
  const vectors = rfc9180.filter(({ mode, kdf_id, aead_id }) => mode === 0 && kdf_id === HKDF_SHA256 && aead_id === AES_256_GCM);
  assert.ok(vectors.length >= 4);
  for (const { key, encryptions } of vectors) {
    for (const { aad, ct, nonce, pt } of encryptions) {
      assert.deepEqual(symmetric.sealWithNonce(hex(key), hex(nonce), hex(pt), hex(aad)), hex(ct));
      assert.deepEqual(symmetric.openWithNonce(hex(key), hex(nonce), hex(ct), hex(aad)), hex(pt));
    }
  }
});

test("ML-KEM-768 keys, ciphertexts and implicit rejections are those of its known answers", () => {
  const answers = blocks(published("asymmetric/MLKEM/kat_MLKEM_768.rsp")).filter((_, index) => index % 25 === 0);
  assert.ok(answers.length >= 40);
  for (const answer of answers) {
    const { d, z, msg, pk, sk, ct, ss, ct_n: otherCiphertext, ss_n: rejected } = answer;
    const pair = ml_kem768.keygen(concat(hex(d), hex(z)));
    assert.deepEqual(pair, { publicKey: hex(pk), secretKey: hex(sk) });
    assert.deepEqual(ml_kem768.encapsulate(hex(pk), hex(msg)), { cipherText: hex(ct), sharedSecret: hex(ss) });
    assert.deepEqual(ml_kem768.decapsulate(hex(ct), hex(sk)), hex(ss));
    assert.deepEqual(ml_kem768.decapsulate(hex(otherCiphertext), hex(sk)), hex(rejected));
  }
});

test("X25519 is that of RFC 7748", () => {
  const answers = blocks(published("asymmetric/X25519/rfc7748.txt"));
  assert.ok(answers.length >= 2);
  for (const { INPUT_SCALAR, INPUT_U, OUTPUT_U } of answers) {
    assert.deepEqual(x25519.scalarMult(hex(INPUT_SCALAR), hex(INPUT_U)), hex(OUTPUT_U));
  }
});

test("Ed25519 keys and signatures are those that its authors published", () => {
  const lines = published("asymmetric/Ed25519/sign.input").trim().split("\n").filter((_, index) => index % 16 === 0);
  assert.ok(lines.length >= 60);
  for (const line of lines) {
    const [secret = "", publicKey, message, signed = ""] = line.split(":");
    const [seed, signature] = [hex(secret.slice(0, 64)), hex(signed.slice(0, 128))];
    assert.deepEqual(suite.verifyKey(seed), hex(publicKey));
    assert.deepEqual(suite.sign(seed, hex(message)), signature);
    suite.verify(hex(publicKey), signature, hex(message));
  }
});

test("AES-256-GCM opens and refuses what NIST's vectors say", () => {
  const answers = blocks(published("ciphers/AES/GCM/gcmDecrypt256.rsp")).filter(
    ({ IVlen, Taglen }) => IVlen === "96" && Taglen === "128",
  );
  const refused = answers.filter(({ FAIL }) => FAIL !== undefined);
  assert.ok(answers.length >= 300 && refused.length >= 50);
  for (const { Key, IV, CT, AAD, Tag, PT, FAIL } of answers) {
    const open = () => symmetric.openWithNonce(hex(Key), hex(IV), concat(hex(CT), hex(Tag)), hex(AAD));
    if (FAIL === undefined) assert.deepEqual(open(), hex(PT));
    else assert.throws(open, EnvelopeRejected);
  }
});

test("HKDF-SHA256 with an empty salt is that of RFC 5869", () => {
  const answers = blocks(published("KDF/rfc-5869-HKDF-SHA256.txt")).filter(({ salt }) => salt === "");
  assert.ok(answers.length >= 1);
  for (const { IKM, info, L, OKM } of answers) {
    assert.deepEqual(symmetric.derive(hex(IKM), hex(info), Number(L)), hex(OKM));
  }
});

test("Argon2id is that of RFC 9106 and of the reference program", async () => {
  const answers = blocks(published("KDF/argon2id.txt")).filter(({ ad, pass }) => ad === undefined && pass !== "");
  assert.ok(answers.length >= 4);
  for (const { length, lanes, iter, memcost, pass, salt, secret, output } of answers) {
    const made = await argon2id({
      password: hex(pass),
      salt: hex(salt),
      iterations: Number(iter),
      parallelism: Number(lanes),
      memorySize: Number(memcost),
      hashLength: Number(length),
      outputType: "binary",
      ...(secret === undefined ? {} : { secret: hex(secret) }),
    });
    assert.deepEqual(Uint8Array.from(made), hex(output));
  }
});
