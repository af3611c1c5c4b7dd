// Copies the front-end parts from node_modules into static/vendor and writes down what they are.
// Run at set-up: node maps/vendor.mjs. Nothing is fetched; the lock file decides the versions.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "..", "node_modules");
const target = join(here, "static", "vendor");

const parts = [
  { name: "leaflet", files: { "dist/leaflet.js": "leaflet.js", "dist/leaflet.css": "leaflet.css" }, images: "dist/images" },
  { name: "protomaps-leaflet", files: { "dist/protomaps-leaflet.js": "protomaps-leaflet.js" } },
  { name: "uplot", files: { "dist/uPlot.iife.min.js": "uPlot.iife.min.js", "dist/uPlot.min.css": "uPlot.min.css" } },
];

const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");

// Source maps are not shipped; a page that names one would make developer tools ask for it.
const withoutSourceMap = (text) => text.replace(/\n?\/\/# sourceMappingURL=\S+\s*$/, "\n");

async function filesOf(part) {
  const files = { ...part.files };
  if (part.images) {
    for (const name of await readdir(join(modules, part.name, part.images))) {
      files[`${part.images}/${name}`] = `images/${name}`;
    }
  }
  return files;
}

async function copy(part, from, to) {
  const raw = await readFile(join(modules, part.name, from));
  const bytes = to.endsWith(".js") ? Buffer.from(withoutSourceMap(raw.toString("utf8"))) : raw;
  await mkdir(dirname(join(target, to)), { recursive: true });
  await writeFile(join(target, to), bytes);
  return { file: to, bytes: bytes.length, sha256: digest(bytes), source_sha256: digest(raw) };
}

async function vendor(part) {
  const about = JSON.parse(await readFile(join(modules, part.name, "package.json"), "utf8"));
  const files = [];
  for (const [from, to] of Object.entries(await filesOf(part))) files.push(await copy(part, from, to));
  return { name: about.name, version: about.version, licence: about.license, files };
}

try {
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const record = [];
  for (const part of parts) record.push(await vendor(part));
  await writeFile(join(target, "vendor.json"), JSON.stringify({ parts: record }, null, 1) + "\n");
  for (const part of record) console.log(`${part.name} ${part.version} (${part.licence}): ${part.files.length} files`);
} catch (error) {
  console.error(`vendoring front-end parts: ${error.message}; run "npm ci" first`);
  process.exit(1);
}
