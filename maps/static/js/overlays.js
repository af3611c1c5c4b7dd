// The published layers on the map: fetched by address when first wanted, drawn in the order they were told in.
import { addBoundary, addRoads } from "./basemap.js";
import { pane } from "./canvas_layer.js";
import { config, word } from "./config.js";
import { floodLayer } from "./flood.js";
import { shelterLayer } from "./shelters.js";

/**
 * Starts loading; answers {setTheme(theme), hit(latlng, layer point)}. `onFailed(text)` is told what is missing,
 * `onShelters(title, features)` what shelters there are.
 */
export function addOverlays(map, places, { onFailed, onShelters }) {
  const loaded = new Map();
  let theme = { id: "all", layers: [] };
  pane(map, "flood", 350);
  pane(map, "shelters", 600);

  for (const place of places) if (["boundary", "roads"].includes(place.kind)) load(place);

  function load(place) {
    if (!loaded.has(place.id)) loaded.set(place.id, build(place).catch((error) => failed(place, error)));
    return loaded.get(place.id);
  }

  async function build(place) {
    if (place.kind === "flood_depth") return floodLayer(map, place);
    const collection = await fetchLayer(place);
    if (place.kind === "boundary") return { bounds: addBoundary(map, collection) };
    if (place.kind === "roads") return { layer: addRoads(map, collection) };
    if (place.kind === "shelters") {
      onShelters(titleOf(place.id), collection.features);
      return shelterLayer(map, place, collection);
    }
    return {};
  }

  // Words come first, the layer may be asked for again: the rest of the map does not wait for it.
  function failed(place) {
    loaded.delete(place.id);
    onFailed(word("layer_failed", { title: titleOf(place.id) }));
    return null;
  }

  const wanted = (place) => (theme.id === "all" ? place.shown : theme.layers.includes(place.kind));

  async function setTheme(chosen) {
    theme = chosen;
    await Promise.all(places.filter(({ kind }) => ["flood_depth", "shelters"].includes(kind)).map(apply));
  }

  async function apply(place) {
    if (!wanted(place)) {
      const known = await loaded.get(place.id);
      if (known?.layer && !wanted(place)) map.removeLayer(known.layer);
      return;
    }
    const known = await load(place);
    if (!known?.layer || !wanted(place)) return;
    known.foremost?.(theme.id === "shelter");
    map.addLayer(known.layer);
  }

  /** What of the overlays lies under a point: {shelter} or {flood place, properties}, or null. */
  async function hit(latLng, layerPoint) {
    for (const place of places.filter(({ kind }) => kind === "shelters")) {
      const spot = (await loaded.get(place.id))?.at(layerPoint);
      if (spot) return { kind: "shelter", properties: spot.properties };
    }
    return hitFlood(latLng);
  }

  async function hitFlood(latLng) {
    let asked = null;
    for (const place of places.filter(({ kind }) => kind === "flood_depth")) {
      const known = await loaded.get(place.id);
      if (!known?.layer || !map.hasLayer(known.layer)) continue;
      const properties = known.pick(latLng);
      asked = { kind: "flood", place: config.layers.find(({ id }) => id === place.id), properties };
      if (properties) return asked;
    }
    return asked;
  }

  return { setTheme, hit };
}

const titleOf = (id) => config.layers.find((layer) => layer.id === id)?.title ?? id;

async function fetchLayer(place) {
  const response = await fetch(place.format === "geojson" ? place.url : place.url.replace(/\.pmtiles/, ".geojson"));
  if (!response.ok) throw new Error(`${place.url}: ${response.status}`);
  return response.json();
}
