/** What the desk makes of answers, as a program: a JSON list of answers in, a JSON list of [urgency, area] out. */

import { readFileSync, writeFileSync } from "node:fs";
import { areaOf, type Told, urgencyOf } from "../../../../../referrals/desk/browser/recheck";

const reports = JSON.parse(readFileSync(0, "utf8")) as readonly Told[];
writeFileSync(1, JSON.stringify(reports.map((told) => [urgencyOf(told), areaOf(told)])));
