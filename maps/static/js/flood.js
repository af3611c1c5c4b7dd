// Flood depth: official colours, outline, and a hatch that grows denser with depth; from PMTiles or GeoJSON.
/* global L, protomapsL */
import { config } from "./config.js";
import { vendored } from "./vendor.js";

const OPACITY = 0.68;

/** The layer for a flood place; `pick(latlng)` answers the properties of the feature there, or null. */
export async function floodLayer(map, place) {
  const legend = new Map(config.layers.find(({ id }) => id === place.id).legend.map((row) => [row.code, row]));
  return place.format === "pmtiles" ? tiled(place, legend) : drawn(map, place, legend);
}

async function tiled(place, legend) {
  await vendored("protomaps-leaflet.js");
  const head = await fetch(place.url, { headers: { Range: "bytes=0-126" } });
  if (!head.ok) throw new Error(`${place.url}: ${head.status}`);
  const layer = protomapsL.leafletLayer({
    url: place.url,
    maxDataZoom: place.maxZoom ?? 14,
    paintRules: [...legend.values()].map((row) => rule(place, row)),
    labelRules: [],
    pane: "flood",
    attribution: "",
  });
  const pick = (at) => topmost([...layer.queryTileFeaturesDebug(at.lng, at.lat, 1).values()].flat().map(({ feature }) => feature.props));
  return { layer, pick };
}

function rule(place, row) {
  const look = { fill: row.colour, opacity: OPACITY, stroke: outline(row.colour), width: 1, perFeature: true };
  return {
    dataLayer: place.tileLayer,
    filter: (zoom, feature) => feature.props.code === row.code,
    symbolizer: new Hatched(new protomapsL.PolygonSymbolizer(look), row),
  };
}

// Fills as told, then lays lines over the fill: order without colour.
class Hatched {
  constructor(plain, row) {
    this.plain = plain;
    this.row = row;
  }

  before(context, zoom) {
    this.plain.before(context, zoom);
  }

  draw(context, geometry, zoom, feature) {
    this.plain.draw(context, geometry, zoom, feature);
    if (!this.row.hatch) return;
    this.pattern ??= context.createPattern(hatchTile(this.row), "repeat");
    context.save();
    context.globalAlpha = 1;
    context.fillStyle = this.pattern;
    context.beginPath();
    for (const ring of geometry) ring.forEach((point, index) => (index === 0 ? context.moveTo(point.x, point.y) : context.lineTo(point.x, point.y)));
    context.fill();
    context.restore();
  }
}

function hatchTile({ colour, hatch }) {
  const side = Math.max(5, 20 - 2.5 * hatch);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.round(side);
  const context = canvas.getContext("2d");
  context.strokeStyle = outline(colour);
  context.globalAlpha = 0.5;
  context.lineWidth = 0.8;
  context.beginPath();
  context.moveTo(0, side);
  context.lineTo(side, 0);
  context.stroke();
  return canvas;
}

// The same hue, darker: a border that is seen on light and on dark grounds.
function outline(colour) {
  const parts = [1, 3, 5].map((at) => Math.round(parseInt(colour.slice(at, at + 2), 16) * 0.62));
  return `rgb(${parts.join(" ")})`;
}

async function drawn(map, place, legend) {
  const response = await fetch(place.url);
  if (!response.ok) throw new Error(`${place.url}: ${response.status}`);
  const collection = await response.json();
  const style = ({ properties }) => {
    const colour = legend.get(properties.code)?.colour ?? "#9E9E9E";
    return { fillColor: colour, fillOpacity: OPACITY, color: outline(colour), weight: 1 };
  };
  const layer = L.geoJSON(collection, { pane: "flood", interactive: false, renderer: L.canvas({ pane: "flood", padding: 0.3 }), style });
  const pick = (at) => topmost(collection.features.filter((feature) => covers(feature.geometry, at)).map((feature) => feature.properties));
  return { layer, pick };
}

const topmost = (found) => found.sort((a, b) => b.rank - a.rank)[0] ?? null;

function covers({ type, coordinates }, at) {
  const polygons = type === "Polygon" ? [coordinates] : coordinates;
  return polygons.some((rings) => rings.reduce((inside, ring) => inside !== ringCovers(ring, at), false));
}

function ringCovers(ring, { lng, lat }) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [xi, yi] = ring[i];
    const [xj, yj] = ring[j];
    if (yi > lat !== yj > lat && lng < ((xj - xi) * (lat - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
