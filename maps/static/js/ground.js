// What lies beneath: our own basemap, or what can be drawn without it, or 地理院タイル where the town offers them.
import { addBoundary, addGrid, addRoads } from "./basemap.js";
import { config, word } from "./config.js";
import { byId } from "./elements.js";
import { gsiBasemap } from "./gsi.js";
import { addOwnBasemap } from "./own_basemap.js";

/** What the map beneath is drawn from; everything else lies on it. */
export const GROUND_KINDS = new Set(["boundary", "rivers", "roads", "place_names"]);
const NOTHING = { reduce: () => {} };

/** Draws the ground of the map; `onFailed(place)` is told of layers not even the plain ground could be drawn from. */
export async function addGround(map, places, onFailed) {
  addGrid(map);
  // A town without any of these has no basemap: asking for it would end in an error at every visit.
  const published = places.some(({ kind }) => GROUND_KINDS.has(kind));
  const own = published ? addOwnBasemap(map, () => say(word("base_failed"))).catch(() => plain(map, places, onFailed)) : NOTHING;
  if (config.gsi) offer(map, own);
  await own;
}

async function plain(map, places, onFailed) {
  const draw = { boundary: addBoundary, roads: addRoads };
  const drawn = places.filter(({ kind }) => draw[kind]).map(async (place) => {
    try {
      const response = await fetch(place.url.replace(/\.pmtiles/, ".geojson"));
      if (!response.ok) throw new Error(`${place.url}: ${response.status}`);
      draw[place.kind](map, await response.json());
    } catch {
      onFailed(place);
    }
  });
  await Promise.all(drawn);
  return NOTHING;
}

function offer(map, own) {
  const box = byId("gsi-switch");
  const credit = byId("base-credit");
  const gsi = gsiBasemap(map, config.gsi, async (shown) => {
    box.checked = shown;
    credit.hidden = !shown;
    (await own).reduce(shown);
  });
  box.addEventListener("change", () => gsi.setShown(box.checked));
  if (config.gsi.first) gsi.setShown(true);
}

function say(text) {
  byId("base-note").textContent = text;
  byId("base-note").hidden = false;
}
