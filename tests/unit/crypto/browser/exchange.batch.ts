/** The exchange as a program: a line of JSON in, a line of JSON out (tests/vectors/README.md). */

import { readFileSync, writeFileSync } from "node:fs";
import { argon2id } from "../../../../crypto/browser/argon2";
import { answer, type Answer } from "./exchange";

/** Write JSON in ASCII: some characters beyond it end a line for some readers. */
function asciiJson(value: Answer): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replace(/[^ -~]/g, escaped);
}

for (const line of readFileSync(0, "utf8").split("\n").filter((line) => line.trim() !== "")) {
  writeFileSync(1, `${asciiJson(await answer(JSON.parse(line), argon2id))}\n`);
}
