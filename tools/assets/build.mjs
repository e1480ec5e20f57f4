// Builds what the studio's pages load from src/ into evaluator/web/studio/static/, with licences and hashes.
//
// Every src/*.css is built, and the scripts named below. The same sources and lock file give the same bytes.
// The checks of accessibility go to the browser tests as they came, so that these need neither Node nor a network.
import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const SCRIPTS = ["studio.js", "editor.js"];
const CHECKS = ["axe.min.js", "LICENSE", "LICENSE-3RD-PARTY.txt"];
const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "src");
const target = join(here, "../../evaluator/web/studio/static");
const checks = join(here, "../../tests/browser/axe-core");
const made = await mkdtemp(join(tmpdir(), "assets-"));

const styles = (await readdir(source)).filter((name) => name.endsWith(".css")).sort();

// The pages' policy lets no script write a <style>, which is how CodeMirror's styles come into a document; the
// way that it takes into a shadow tree, a sheet that belongs to the script, is open to it everywhere.
const adoptedStyles = {
  name: "adopted-styles",
  setup({ onLoad }) {
    onLoad({ filter: /node_modules\/style-mod\/src\/style-mod\.js$/ }, async ({ path }) => {
      const code = await readFile(path, "utf8");
      const mended = code.replace("!root.head && root.adoptedStyleSheets", "root.adoptedStyleSheets");
      if (mended === code) throw new Error("style-mod has changed: see how it puts styles into a document");
      return { contents: mended, loader: "js" };
    });
  },
};

const bundled = async () => {
  const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: [...SCRIPTS, ...styles].map((name) => join(source, name)),
    outdir: made,
    plugins: [adoptedStyles],
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
  await writeFile(join(made, "LICENCES.txt"), [head, ...parts].join(`\n${"-".repeat(80)}\n\n`));
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
  const outputs = await filesBelow(made);
  const told = { built: await hashes(outputs, made), from: await hashes(inputs, here) };
  await writeFile(join(made, "manifest.json"), `${JSON.stringify(told, null, 2)}\n`);
};

// All is built before anything is replaced, so that a build that fails leaves the pages as they are.
const replace = async () => {
  await mkdir(target, { recursive: true });
  const [fresh, old] = [await readdir(made), await readdir(target)];
  await Promise.all(fresh.map((name) => copyFile(join(made, name), join(target, name))));
  await Promise.all(old.filter((name) => !fresh.includes(name)).map((name) => rm(join(target, name))));
};

const copyChecks = async () => {
  await mkdir(checks, { recursive: true });
  await Promise.all(CHECKS.map((name) => copyFile(join(here, "node_modules/axe-core", name), join(checks, name))));
};

try {
  await licences(await bundled());
  await manifest();
  await replace();
  await copyChecks();
} finally {
  await rm(made, { recursive: true });
}
