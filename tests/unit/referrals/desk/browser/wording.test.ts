/** Words that give a worker away are found in every language that is written to phones, and others are let be. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { givingAway } from "../../../../../referrals/desk/browser/wording";

const NAMES = ["Valle Workers' Centre (fictional)", "Centre d'appui Olivier", ""];

for (const [message, found] of [
  ["Your report and your CASE, dear caseworker.", ["report", "CASE", "caseworker"]],
  ["Grievance? Retaliation! receipt; consent", ["Grievance", "Retaliation", "receipt", "consent"]],
  ["Traiga su recibo y el permiso para la denuncia", ["recibo", "permiso", "denuncia"]],
  ["Votre dossier, les repre\u0301sailles", ["dossier", "représailles"]],
  ["ਤੁਹਾਡਾ ਕੇਸ ਅਤੇ ਸ਼ਿਕਾਇਤ", ["ਕੇਸ", "ਸ਼ਿਕਾਇਤ"]],
  ["ＲＥＰＯＲＴ", ["REPORT"]],
  ["case case Case", ["case"]],
  ["Leeward says hello", ["Leeward"]],
] as const) {
  test(`${message}: ${found.join(", ")}`, () => assert.deepEqual(givingAway(message, NAMES), found));
}

for (const message of [
  "",
  "Can we talk on Sunday at 3? Bring a friend.",
  "In caseload and reporter, permisivo and consentido there is no such word",
  "Workers' Centre",
  "ਕੇਸਰ",
]) {
  test(`nothing gives away in: ${message}`, () => assert.deepEqual(givingAway(message, NAMES), []));
}

test("an organization's name is found however it is written, without what stands in parentheses", () => {
  assert.deepEqual(givingAway("Go to the VALLE workers’ centre.", NAMES), ["VALLE workers’ centre"]);
  assert.deepEqual(givingAway("Le centre d’appui Olivier", NAMES), ["centre d’appui Olivier"]);
  assert.deepEqual(givingAway("Valle", NAMES), []);
});
