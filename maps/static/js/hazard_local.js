// What is known of a place, computed in the browser: the static site has no server to ask. The same rules as gis/at_point.py,
// gis/shelters_near.py and maps/hazard_facts.py.
import { now } from "./clock.js";
import { config, resource } from "./config.js";
import { gaugeRows } from "./hazard_gauges.js";
import { hazardsTold, reportOf } from "./hazard_report.js";
import { collection, covers, distanceTo, offsetFrom, shapesNear } from "./hazard_shapes.js";
import { stayOf } from "./shelter_facility.js";
import { world } from "./world.js";

const NOT_FOR_ALL = "welfare";
const AWAY = ["closed", "full"];

/** The report of a place in a register, in the form of `/api/hazard`. */
export async function localReport(lon, lat, register) {
  const words = await collection(resource(`/hazard-words.${register}.json`));
  const facts = await factsAt(lon, lat, words);
  const gauges = facts.inside === false ? [] : gaugeRows(lon, lat, words);
  const none = gauges.length > 0 ? "" : words.sentences.gauges_none.replace("{km}", words.gauges_km);
  return { ...reportOf(facts, words), gauges, no_gauges: none, generated_at: new Date(now() ?? Date.now()).toISOString(), stale: !world.loaded };
}

/** Point, layers and shelters as plain numbers and codes. */
async function factsAt(lon, lat, words) {
  const places = new Map((config.places ?? window.yukimoriLayers ?? []).map((place) => [place.id, place]));
  const telling = words.layers.filter(({ id }) => places.has(id));
  const shapes = await nearby(telling, places, lon, lat);
  const inside = await isInside(words, places, lon, lat);
  const shelters = {};
  if (inside !== false) for (const hazard of hazardsTold(words)) shelters[hazard] = await sheltersFor(hazard, { lon, lat, words, places, telling });
  return { lon, lat, inside, layers: telling.flatMap((layer) => layer.hazards.map((hazard) => layerHere(layer, hazard, shapes.get(layer.id), words.near_m))), shelters };
}

// A layer that cannot be read is told as failed; the others still answer.
async function nearby(layers, places, lon, lat) {
  const read = await Promise.all(layers.map(({ id }) => shapesNear(places.get(id), lon, lat).catch(() => null)));
  return new Map(layers.map(({ id }, index) => [id, read[index]]));
}

async function isInside(words, places, lon, lat) {
  const [id] = words.boundary_layers;
  if (!places.has(id)) return null;
  const shapes = await shapesNear(places.get(id), lon, lat).catch(() => null);
  return shapes && shapes.some(covers);
}

function layerHere(layer, hazard, shapes, near) {
  if (!shapes) return { id: layer.id, hazard, failed: true, found: [], nearby: [] };
  const own = shapes.filter(({ properties }) => (properties.hazard ?? layer.hazards[0]) === hazard);
  const found = coveringOf(own);
  const least = found[0]?.rank ?? -1;
  const nearest = new Map();
  for (const shape of own.filter(({ properties }) => rankOf(properties) > least)) {
    const distance = covers(shape) ? 0 : distanceTo(shape);
    const { code } = shape.properties;
    if (distance <= near && distance < (nearest.get(code)?.distance_m ?? Infinity)) nearest.set(code, { ...areaOf(shape.properties), distance_m: distance });
  }
  const rows = [...nearest.values()].sort((a, b) => a.distance_m - b.distance_m || b.rank - a.rank);
  return { id: layer.id, hazard, failed: false, found, nearby: rows };
}

const rankOf = (properties) => Number(properties.rank ?? 0);
const areaOf = (properties) => ({ code: String(properties.code), rank: rankOf(properties), properties });
const coveringOf = (shapes) => shapes.filter(covers).map(({ properties }) => areaOf(properties)).sort((a, b) => b.rank - a.rank);

async function sheltersFor(hazard, { lon, lat, words, places, telling }) {
  const lists = await Promise.all(words.shelter_layers.filter((id) => places.has(id)).map((id) => collection(places.get(id).url)));
  const offset = offsetFrom(lon, lat);
  const known = new Map();
  for (const { geometry, properties } of lists.flatMap(({ features }) => features)) {
    const key = `${properties.id} ${geometry.coordinates.join(" ")}`;
    if (properties[hazard] === true && properties.code !== NOT_FOR_ALL && !known.has(key)) known.set(key, siteOf(properties, geometry.coordinates, offset));
  }
  const sites = [...known.values()].sort((a, b) => a.distance_m - b.distance_m || (a.id < b.id ? -1 : 1));
  const chosen = nearestUsable(sites, words.shelters_most);
  return Promise.all(chosen.map(async (site) => ({ ...site, inside: await gravestAt(site, hazard, telling, places) })));
}

function siteOf(properties, [lon, lat], offset) {
  const [east, north] = offset([lon, lat]);
  return {
    id: properties.id,
    name: properties.name,
    address: properties.address ?? "",
    lon,
    lat,
    elevation_m: typeof properties.elevation_m === "number" ? properties.elevation_m : null,
    distance_m: Math.hypot(east, north),
    direction_deg: ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360,
    state: world.shelters.get(properties.id) ?? null,
    stay: stayOf(properties.id),
  };
}

// The nearest that may be open; closed and full ones that are no farther stand behind them, told as such.
function nearestUsable(sites, most) {
  const away = ({ state }) => AWAY.includes(state?.status);
  const usable = sites.filter((site) => !away(site)).slice(0, most);
  const reach = usable.length === most ? usable.at(-1).distance_m : Infinity;
  return [...usable, ...sites.filter((site) => away(site) && site.distance_m <= reach).slice(0, most)];
}

async function gravestAt({ lon, lat }, hazard, telling, places) {
  const layers = telling.filter(({ hazards }) => hazards.includes(hazard));
  const shapes = await nearby(layers, places, lon, lat);
  let gravest = null;
  for (const layer of layers) {
    const own = (shapes.get(layer.id) ?? []).filter(({ properties }) => (properties.hazard ?? layer.hazards[0]) === hazard);
    const [area] = coveringOf(own);
    if (area && (gravest === null || area.rank > gravest.rank)) gravest = { layer: layer.id, code: area.code, rank: area.rank };
  }
  return gravest && { layer: gravest.layer, code: gravest.code };
}
