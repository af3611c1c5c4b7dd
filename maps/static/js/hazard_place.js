// The place an address names, read as strictly as web/place.py reads it: plain degrees inside the site's box, each once.
import { config } from "./config.js";

const KNOWN = ["lat", "lon"];
const DEGREES = /^-?\d{1,3}(\.\d{1,15})?$/;

const fill = (text, places) => text.replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);

/** {place: [lon, lat]} in degrees, or {mistake} in the words of the register; `say` are its sentences. */
export function readPlace(asked, say) {
  const names = [...asked.keys()];
  if (names.some((name) => !KNOWN.includes(name))) return { mistake: fill(say.wrong_unknown, { known: KNOWN.join(", ") }) };
  const twice = names.find((name) => asked.getAll(name).length > 1);
  if (twice) return { mistake: fill(say.wrong_twice, { name: named(twice, say) }) };
  const [[south, west], [north, east]] = config.bounds;
  const middle = { lat: (south + north) / 2, lon: (west + east) / 2 };
  for (const name of KNOWN) {
    const text = (asked.get(name) ?? "").trim();
    if (text === "") return { mistake: fill(say.wrong_missing, { name: named(name, say) }) };
    if (!DEGREES.test(text)) return { mistake: fill(say.wrong_number, { name: named(name, say), example: middle[name].toFixed(4) }) };
  }
  const place = [Number(asked.get("lon")), Number(asked.get("lat"))];
  const within = place[0] >= west && place[0] <= east && place[1] >= south && place[1] <= north;
  return within ? { place } : { mistake: fill(say.wrong_beyond, { west, east, south, north }) };
}

const named = (name, say) => (config.register === "en" ? name : say[`form_${name}`]);
