// Copies the front-end parts from node_modules into static/vendor and writes down what they are.
// Run at set-up: node maps/vendor.mjs. Nothing is fetched; the lock file decides the versions.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "..", "node_modules");
const target = join(here, "static", "vendor");
const fonts = join(here, "fonts");

const parts = [
  { name: "leaflet", files: { "dist/leaflet.js": "leaflet.js", "dist/leaflet.css": "leaflet.css" }, images: "dist/images" },
  { name: "protomaps-leaflet", files: { "dist/protomaps-leaflet.js": "protomaps-leaflet.js" } },
  { name: "uplot", files: { "dist/uPlot.iife.min.js": "uPlot.iife.min.js", "dist/uPlot.min.css": "uPlot.min.css" } },
];

// For documents written by us, not for pages: embedded in what is printed, never sent to a browser as such.
const font = {
  name: "@expo-google-fonts/biz-udpgothic",
  folder: fonts,
  files: {
    "400Regular/BIZUDPGothic_400Regular.ttf": "BIZUDPGothic-Regular.ttf",
    "700Bold/BIZUDPGothic_700Bold.ttf": "BIZUDPGothic-Bold.ttf",
    LICENSE_FONT: "OFL.txt",
  },
};

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
  const folder = part.folder ?? target;
  await mkdir(dirname(join(folder, to)), { recursive: true });
  await writeFile(join(folder, to), bytes);
  return { file: to, bytes: bytes.length, sha256: digest(bytes), source_sha256: digest(raw) };
}

async function vendor(part) {
  const about = JSON.parse(await readFile(join(modules, part.name, "package.json"), "utf8"));
  const files = [];
  for (const [from, to] of Object.entries(await filesOf(part))) files.push(await copy(part, from, to));
  return { name: about.name, version: about.version, licence: about.license, files };
}

try {
  for (const folder of [target, fonts]) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
  }
  const record = [];
  for (const part of [...parts, font]) record.push(await vendor(part));
  await writeFile(join(target, "vendor.json"), JSON.stringify({ parts: record }, null, 1) + "\n");
  for (const part of record) console.log(`${part.name} ${part.version} (${part.licence}): ${part.files.length} files`);
} catch (error) {
  console.error(`vendoring front-end parts: ${error.message}; run "npm ci" first`);
  process.exit(1);
}
