/** The files of vectors that tests are held to: ours, and those that the Python package cryptography-vectors ships. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const OURS = "tests/vectors/protocol-1";
const PACKAGES = ".venv/lib";

/** Name our files, without their ending. Tests run in the root of the checkout. */
export function ourFiles(): readonly string[] {
  return readdirSync(OURS).flatMap((name) => (name.endsWith(".json") ? [name.slice(0, -".json".length)] : []));
}

/** Read one of our files: lists of entries. */
export function ours(name: string): Record<string, any[]> {
  return JSON.parse(readFileSync(join(OURS, `${name}.json`), "utf8"));
}

/** Read a published file. The variable CRYPTOGRAPHY_VECTORS names the package's folder; without it, .venv is searched. */
export function published(path: string): string {
  const folder = process.env["CRYPTOGRAPHY_VECTORS"] ?? installed();
  return readFileSync(join(folder, path), "utf8");
}

/** Read the blocks of a NIST file: "Name = value" lines; what stands in brackets holds for all blocks after it. */
export function blocks(text: string): readonly Record<string, string>[] {
  const found: Record<string, string>[] = [];
  let shared: Record<string, string> = {};
  let current: Record<string, string> | null = null;
  for (const line of text.split("\n").map((line) => line.trim())) {
    const [, bracket, name = "", value = ""] = /^(\[?)(\w+)(?:\s*=\s*([^\]]*))?\]?$/.exec(line) ?? [];
    if (name === "") continue;
    if (bracket === "[") shared = { ...shared, [name]: value };
    else if (/^count$/i.test(name)) found.push((current = { ...shared }));
    else if (current !== null) current[name] = value;
  }
  return found;
}

/** Read hexadecimal. */
export function hex(text: string | undefined): Uint8Array {
  if (text === undefined) throw new Error("a field is missing");
  return Uint8Array.from(Buffer.from(text, "hex"));
}

function installed(): string {
  const versions = existsSync(PACKAGES) ? readdirSync(PACKAGES) : [];
  const folders = versions.map((version) => join(PACKAGES, version, "site-packages", "cryptography_vectors"));
  const folder = folders.find((candidate) => existsSync(candidate));
  if (folder === undefined) throw new Error("cryptography-vectors is not installed: CRYPTOGRAPHY_VECTORS may name its folder");
  return folder;
}
