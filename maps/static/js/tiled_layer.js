// A layer drawn from vector tiles: areas, lines and points by their legend rows.
/* global protomapsL */
import { openArchive } from "./archive.js";
import { UNLISTED, paintArea, paintLine, paintMark } from "./paint.js";

const POINT = 1;
const LINE = 2;
const REACH = 8;

/** {layer, pick(latlng), again()} for a place with tiles; `onTrouble()` is called when a tile cannot be had. */
export async function tiledLayer(map, place, rows, pane, onTrouble) {
  const archive = await openArchive(place.url, onTrouble);
  const known = new Set(rows.map(({ code }) => code));
  const unlisted = rule(place, UNLISTED, ({ props }) => !known.has(props.code));
  const layer = protomapsL.leafletLayer({
    url: archive,
    maxDataZoom: place.maxZoom ?? 14,
    paintRules: [unlisted, ...rows.map((row) => rule(place, row, ({ props }) => props.code === row.code))],
    labelRules: [],
    pane,
    attribution: "",
  });
  const pick = ({ lng, lat }) => (map.hasLayer(layer) ? found(layer, lng, lat) : []);
  return { layer, pick, again: () => { if (map.hasLayer(layer)) layer.redraw(); } };
}

// The last rule is drawn on top, so the last feature found is what is seen.
function found(layer, lng, lat) {
  const hits = [...layer.queryTileFeaturesDebug(lng, lat, REACH).values()].flat();
  return hits.map(({ feature }) => feature.props).sort((a, b) => (b.rank ?? 0) - (a.rank ?? 0));
}

function rule(place, row, takes) {
  return { dataLayer: place.tileLayer, filter: (_zoom, feature) => takes(feature), symbolizer: { draw: (context, geometry, zoom, feature) => draw(context, geometry, zoom, feature, row) } };
}

function draw(context, geometry, zoom, { geomType }, row) {
  if (geomType === POINT) geometry.forEach(([point]) => paintMark(context, point, row));
  else if (geomType === LINE) paintLine(context, geometry, row);
  else paintArea(context, geometry, row, zoom < 11 ? 0.5 : 1.1);
}
