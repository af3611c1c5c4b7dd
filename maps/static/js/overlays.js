// The published layers over the map: fetched by address when first wanted, drawn in the order they were told in.
import { pane } from "./canvas_layer.js";
import { config } from "./config.js";
import { drawnLayer } from "./drawn_layer.js";
import { GROUND_KINDS } from "./ground.js";
import { onPalette } from "./palette.js";
import { shelterLayer } from "./shelters.js";
import { tiledLayer } from "./tiled_layer.js";

const BELOW = 310;
const ABOVE = 420;

/**
 * Keeps what is shown; answers {ids, defaults(theme), setShown(id, on), retry(id), isShown(id), shown(), hit(latlng, layer point)}.
 * `onState(id, state)` is told `off`, `loading`, `on`, `partly` (a tile is missing) or `failed`; `onShelters(title, features)` what
 * shelters there are.
 */
export function addOverlays(map, places, { onState, onShelters }) {
  const overlays = places.filter(({ kind }) => !GROUND_KINDS.has(kind));
  const known = new Map(overlays.map((place, index) => [place.id, { place, meaning: meaningOf(place.id), pane: paneOf(place, index), wanted: false, drawn: null }]));

  function paneOf(place, index) {
    if (place.kind === "shelters") return map.getPane("shelters") ? "shelters" : pane(map, "shelters", 600);
    return pane(map, place.id.replace(/[^a-z0-9-]/g, "-"), (place.below ? BELOW : ABOVE) + index);
  }

  onPalette(async () => {
    for (const { drawn } of known.values()) (await drawn?.catch(() => null))?.again?.();
  });

  function load(entry) {
    entry.drawn ??= build(entry).catch((error) => {
      entry.drawn = null;
      throw error;
    });
    return entry.drawn;
  }

  async function build({ place, meaning, pane: name }) {
    const trouble = () => { if (known.get(place.id).wanted) onState(place.id, "partly"); };
    if (place.kind === "shelters") return shelters(place, meaning);
    return place.format === "pmtiles" ? tiledLayer(map, place, meaning.legend, name, trouble) : drawnLayer(map, place, meaning.legend, name);
  }

  async function shelters(place, meaning) {
    const response = await fetch(place.format === "geojson" ? place.url : place.url.replace(/\.pmtiles/, ".geojson"));
    if (!response.ok) throw new Error(`${place.url}: ${response.status}`);
    const collection = await response.json();
    onShelters(meaning.title, collection.features);
    return shelterLayer(map, place, collection);
  }

  async function setShown(id, on) {
    const entry = known.get(id);
    if (!entry) return;
    entry.wanted = on;
    if (!on) {
      const drawn = await entry.drawn?.catch(() => null);
      if (drawn && !entry.wanted) map.removeLayer(drawn.layer);
      if (!entry.wanted) onState(id, "off");
      return;
    }
    onState(id, "loading");
    try {
      const drawn = await load(entry);
      if (!entry.wanted) return;
      if (!map.hasLayer(drawn.layer)) {
        onState(id, "on");
        map.addLayer(drawn.layer);
      } else onState(id, "on");
    } catch {
      if (entry.wanted) onState(id, "failed");
    }
  }

  async function retry(id) {
    const drawn = await known.get(id).drawn?.catch(() => null);
    drawn?.again?.();
    return setShown(id, true);
  }

  /** The ids a theme shows at first: of layers about one hazard only the first, the others by choice. */
  function defaults(theme) {
    const told = new Set();
    const chosen = [];
    for (const place of [...overlays].sort((a, b) => Number(b.shown) - Number(a.shown))) {
      const wanted = theme.id === "all" ? place.shown : theme.layers.includes(place.kind);
      const hazards = place.kind === "shelters" ? [] : place.hazards;
      if (!wanted || (hazards.length > 0 && hazards.every((hazard) => told.has(hazard)))) continue;
      hazards.forEach((hazard) => told.add(hazard));
      chosen.push(place.id);
    }
    return chosen;
  }

  async function setForemost(flag) {
    for (const { place, drawn } of known.values()) if (place.kind === "shelters") (await drawn?.catch(() => null))?.foremost?.(flag);
  }

  /** What lies under a point, the uppermost first: {kind: shelter | feature, hazard, place, properties}; null where nothing does. */
  async function hit(latLng, layerPoint) {
    const order = [...known.values()].reverse().sort((a, b) => Number(a.place.below) - Number(b.place.below));
    for (const { place, meaning, drawn } of order) {
      const layer = await drawn?.catch(() => null);
      if (!layer || !map.hasLayer(layer.layer)) continue;
      const kind = place.kind === "shelters" ? "shelter" : "feature";
      const properties = kind === "shelter" ? layer.at(layerPoint)?.properties : layer.pick(latLng, layerPoint)[0];
      if (properties) return { kind, hazard: kind === "feature" && place.hazards.length > 0, place: meaning, properties };
    }
    return null;
  }

  return {
    ids: [...known.keys()],
    defaults,
    setShown,
    retry,
    setForemost,
    isShown: (id) => known.get(id)?.wanted ?? false,
    shown: () => [...known.values()].filter(({ wanted }) => wanted).map(({ place, meaning }) => ({ place, meaning })),
    hit,
  };
}

const meaningOf = (id) => config.layers.find((layer) => layer.id === id);
