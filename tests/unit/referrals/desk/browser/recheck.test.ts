/** The desk recomputes what the server sorted by (referrals.md, "Urgency"), answer by answer. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { areaFits, areaOf, code, codes, urgencyOf } from "../../../../../referrals/desk/browser/recheck";

describe("urgency", () => {
  for (const today of ["hurt", "locked_in", "afraid", "self_harm", "minor"]) {
    test(`${today} today is an emergency, whatever else`, () => {
      assert.equal(urgencyOf({ today: ["none", today], what: ["pay_hours"] }), "emergency");
    });
  }

  for (const told of [
    { what: ["violence"] },
    { what: ["sexual_violence_harassment"] },
    { what: ["pay_hours", "documents_held"] },
    { what: ["movement_isolation"] },
    { soon: ["fired"] },
    { soon: ["leave_house"], soon_when: "later" },
    { soon: ["sent_home"], soon_when: "days" },
    { soon: ["permit_ends"], soon_when: "days" },
    { soon: ["permit_ends"], soon_when: "weeks" },
    { last_day: "months_1_5" },
    { last_day: "longer" },
  ]) {
    test(`${JSON.stringify(told)} is urgent`, () => assert.equal(urgencyOf(told), "urgent"));
  }

  for (const told of [
    {},
    { today: ["none"], what: ["pay_hours", "housing_living"] },
    { soon: ["sent_home"], soon_when: "weeks" },
    { soon: ["permit_ends"], soon_when: "later" },
    { last_day: "this_month" },
    { today: "hurt", what: { 0: "violence" }, soon: null },
  ]) {
    test(`${JSON.stringify(told)} is standard`, () => assert.equal(urgencyOf(told), "standard"));
  }
});

describe("area", () => {
  const regionOf = (district: string): string | null => (district === "rd:5907" ? "region:5930" : null);

  test("the district that was chosen counts before the region", () => {
    assert.equal(areaOf({ district: "5907", region: "5930" }), "rd:5907");
    assert.equal(areaOf({ region: "5930" }), "region:5930");
    assert.equal(areaOf({ place: "Oliver" }), null);
  });

  for (const [stored, fits] of [
    ["rd:5907", true],
    ["region:5930", true],
    ["prov:BC", true],
    ["ca", true],
    [null, true],
    ["rd:5915", false],
    ["region:5920", false],
  ] as const) {
    test(`a queue that says ${stored} ${fits ? "fits" : "does not fit"} a report from 5907`, () => {
      assert.equal(areaFits("rd:5907", stored, regionOf), fits);
    });
  }

  test("a finer area than the region that was chosen is another", () => {
    assert.equal(areaFits("region:5930", "rd:5915", regionOf), false);
  });
});

test("answers of the wrong shape are no answers", () => {
  assert.equal(code({ place: ["Oliver"] }, "place"), "");
  assert.deepEqual(codes({ what: [1, "violence", null] }, "what"), ["violence"]);
  assert.deepEqual(codes({ what: "violence" }, "what"), []);
});
