/** The address names a place at the desk, and nothing that somebody put into it goes further. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePlace, placeHref, type Place, viewPlace } from "../../../../../referrals/desk/browser/place";
import { VIEWS } from "../../../../../referrals/desk/browser/shapes";

const CASE_ID = "0123456789abcdef0123456789abcdef";
const QUEUE: Place = { screen: "queue", view: "ours", after: "-42", urgency: "urgent", language: "zh-Hant" };

test("every place that is written is read again", () => {
  const places: Place[] = [QUEUE, { screen: "case", caseId: CASE_ID }, ...VIEWS.map(viewPlace)];
  for (const place of places) assert.deepEqual(parsePlace(placeHref(place)), place);
});

for (const fragment of ["", "#", "#/", "#/queue", "#/queue/nowhere", "#/case/", `#/case/${CASE_ID.toUpperCase()}`, "#/x/new", "#%"]) {
  test(`${fragment || "nothing"} is the queue of new reports`, () => {
    assert.deepEqual(parsePlace(fragment), viewPlace("new"));
  });
}

for (const [name, query] of [
  ["after", "1;drop"],
  ["after", "99999999999999999999"],
  ["urgency", "<b>"],
  ["language", "en&x"],
  ["language", "a".repeat(17)],
] as const) {
  test(`${name}=${query} is left out`, () => {
    const place = parsePlace(`#/queue/ours?${new URLSearchParams({ [name]: query }).toString()}`);
    assert.deepEqual(place, viewPlace("ours"));
  });
}
