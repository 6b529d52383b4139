/**
 * Builds the browser code into the folders of BUNDLES, and with --tests its tests into build/browser-tests/: programs
 * for Node, and scripts for a page. Two builds of the same sources must give the same bytes: no time, no path of this machine and no
 * random name may get into them.
 */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = dirname(fileURLToPath(import.meta.url));
/** Where scripts are built to, and from what. */
const BUNDLES = {
  "referrals/desk/static/bundle": [
    "crypto/browser/kdf-worker.ts",
    "referrals/desk/browser/desk.ts",
    "referrals/desk/browser/enrol.ts",
  ],
  // These stand inside their pages (intake/web/pages.py).
  "intake/web/bundle": ["intake/web/browser/form.ts", "intake/web/browser/page.ts"],
};
/** Workers' phones are old ones; a browser that cannot read a script at all loses its way out. */
const OLD_PHONES = { "intake/web/browser": "es2017" };
const TESTS = ["tests/unit/crypto/browser", "tests/unit/referrals/desk/browser"];
const BUILT_TESTS = "build/browser-tests";

/** Settings that both builds share. `absWorkingDir` keeps the place of the checkout out of the output. */
const SHARED = { absWorkingDir: ROOT, bundle: true, charset: "utf8", logLevel: "warning", target: "es2022", write: false };

async function main() {
  const [option, value] = process.argv.slice(2);
  if (option === "--tests") return buildTests();
  if (option !== undefined && (option !== "--outdir" || value === undefined)) {
    throw new Error("usage: node build.mjs [--tests | --outdir FOLDER]");
  }
  // With --outdir all of them stand in one folder.
  const all = Object.values(BUNDLES).flat();
  const folders = option === undefined ? Object.entries(BUNDLES) : [[value, all]];
  for (const [folder, entryPoints] of folders) await buildBundle(resolve(ROOT, folder), entryPoints);
}

async function buildBundle(folder, sources) {
  const entryPoints = sources.filter((path) => existsSync(join(ROOT, path)));
  if (entryPoints.length === 0) throw new Error(`nothing to build: none of ${sources.join(", ")} exists`);
  const files = new Map();
  for (const entryPoint of entryPoints) {
    // One self-contained script each, so that a page's script-src 'self' and one hash cover all that it runs.
    const { outputFiles } = await build({
      ...SHARED,
      entryPoints: [entryPoint],
      format: "iife",
      legalComments: "eof",
      minify: true,
      outfile: `${basename(entryPoint, ".ts")}.js`,
      platform: "browser",
      target: OLD_PHONES[dirname(entryPoint)] ?? SHARED.target,
    });
    for (const { path, contents } of outputFiles) files.set(basename(path), contents);
  }
  files.set("manifest.json", manifest(files));
  await replace(folder, files);
}

/** List every file with its SHA-256: what a signed directory will vouch for. */
function manifest(files) {
  const names = [...files.keys()].sort();
  const digest = (name) => createHash("sha256").update(files.get(name)).digest("hex");
  const hashes = Object.fromEntries(names.map((name) => [name, digest(name)]));
  return new TextEncoder().encode(`${JSON.stringify({ sha256: hashes }, null, 2)}\n`);
}

async function buildTests() {
  const inFolder = async (folder) => (await readdir(join(ROOT, folder))).map((name) => join(folder, name));
  const paths = (await Promise.all(TESTS.map(inFolder))).flat();
  const files = new Map();
  const add = async (ending, options) => {
    const entryPoints = paths.filter((path) => path.endsWith(ending));
    const built = await build({ ...SHARED, ...options, entryPoints, outdir: join(ROOT, BUILT_TESTS), sourcemap: "inline" });
    for (const { path, contents } of built.outputFiles) {
      if (files.has(basename(path))) throw new Error(`two tests are named ${basename(path)}`);
      files.set(basename(path), contents);
    }
  };
  await add(".test.ts", { format: "esm", platform: "node" });
  await add(".batch.ts", { format: "esm", platform: "node" });
  await add(".page.ts", { format: "iife", platform: "browser" });
  await replace(join(ROOT, BUILT_TESTS), files);
}

/** Write the files of a folder, each whole or not at all, since a server may be reading them; then remove the others. */
async function replace(folder, files) {
  await mkdir(folder, { recursive: true });
  for (const [name, contents] of files) {
    const unfinished = join(folder, `.${name}.${process.pid}`);
    await writeFile(unfinished, contents);
    await rename(unfinished, join(folder, name));
  }
  for (const name of await readdir(folder)) {
    if (!files.has(name) && !name.startsWith(".")) await rm(join(folder, name));
  }
}

main().catch((error) => {
  console.error(`The browser code was not built: ${error.message}`);
  process.exitCode = 1;
});
