// Builds what the studio's pages load from src/ into evaluator/web/studio/static/, with licences and hashes.
//
// Every src/*.css is built, and the scripts named below. The same sources and lock file give the same bytes.
import { createHash } from "node:crypto";
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const SCRIPTS = ["studio.js", "editor.js"];
const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "src");
const target = join(here, "../../evaluator/web/studio/static");

const styles = (await readdir(source)).filter((name) => name.endsWith(".css")).sort();

const bundled = async () => {
  const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: [...SCRIPTS, ...styles].map((name) => join(source, name)),
    outdir: target,
    bundle: true,
    minify: true,
    format: "iife",
    target: ["es2022", "chrome110", "firefox110", "safari16"],
    charset: "utf8",
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
  return Object.keys(metafile.inputs);
};

// The folder of the package that a bundled file belongs to; undefined for a file of our own.
const packageOf = (file) => /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];

const licenceOf = async (name) => {
  const folder = join(here, "node_modules", name);
  const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
  const words = file ? (await readFile(join(folder, file), "utf8")).replaceAll("\r\n", "\n").trim() : `Licence: ${about.license}`;
  return `${name} ${about.version} (${about.license})\n\n${words}\n`;
};

const licences = async (inputs) => {
  const names = [...new Set(inputs.map(packageOf).filter(Boolean))].sort();
  const parts = await Promise.all(names.map(licenceOf));
  const head = "The scripts in this folder hold these packages, each under its licence.\n";
  await writeFile(join(target, "LICENCES.txt"), [head, ...parts].join(`\n${"-".repeat(80)}\n\n`));
};

const hashOf = async (file) => createHash("sha256").update(await readFile(file)).digest("hex");

const filesBelow = async (folder) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name));

// Says what was built and from what, so that a test sees an edit by hand and a build that was forgotten.
const manifest = async () => {
  const inputs = [...(await filesBelow(source)), ...["build.mjs", "package.json", "package-lock.json"].map((name) => join(here, name))];
  const hashes = async (files, root) =>
    Object.fromEntries(await Promise.all(files.sort().map(async (file) => [relative(root, file), await hashOf(file)])));
  const outputs = await filesBelow(target);
  const told = { built: await hashes(outputs, target), from: await hashes(inputs, here) };
  await writeFile(join(target, "manifest.json"), `${JSON.stringify(told, null, 2)}\n`);
};

await rm(target, { recursive: true, force: true });
await licences(await bundled());
await manifest();
