// A layer drawn from its GeoJSON on a canvas of its own: areas, lines and points by their legend rows.
/* global L */
import { CanvasLayer } from "./canvas_layer.js";
import { UNLISTED, paintArea, paintLine, paintMark, paintWord } from "./paint.js";

const REACH_POINT = 22;
const REACH_LINE = 10;
const WORDS_FROM_ZOOM = 13;
const MARKED_LINES = new Set(["closures"]);

/** {layer, pick(latlng, layer point)} for a place with GeoJSON; `again()` paints anew. Rejects where it cannot be had. */
export async function drawnLayer(map, place, rows, pane) {
  const response = await fetch(place.url);
  if (!response.ok) throw new Error(`${place.url}: ${response.status}`);
  const byCode = new Map(rows.map((row) => [row.code, row]));
  const { features } = await response.json();
  const shapes = features.flatMap((feature) => shapesOf(feature, byCode.get(feature.properties.code) ?? UNLISTED));
  shapes.sort((a, b) => b.dimension - a.dimension || rows.indexOf(a.row) - rows.indexOf(b.row));
  const layer = new CanvasLayer(paintAll, { pane });

  function paintAll(context, bounds) {
    const zoom = map.getZoom();
    const side = zoom >= 13 ? 20 : zoom >= 11 ? 15 : 10;
    const seen = L.latLngBounds(map.layerPointToLatLng(bounds.min), map.layerPointToLatLng(bounds.max));
    for (const shape of shapes) {
      shape.parts = seen.intersects(shape.bounds) ? shape.places.map((part) => part.map((at) => map.latLngToLayerPoint(at))) : null;
      if (shape.parts) paintShape(context, shape, side, zoom);
    }
  }

  function paintShape(context, shape, side, zoom) {
    const { dimension, parts, row } = shape;
    if (dimension === 2) return paintArea(context, parts, row);
    if (dimension === 1) paintLine(context, parts, row, zoom >= 13 ? 4 : 3);
    if (dimension === 1 && !MARKED_LINES.has(place.kind)) return undefined;
    shape.spot = dimension === 1 ? middle(parts[0]) : parts[0][0];
    paintMark(context, shape.spot, row, side);
    if (place.kind === "closures" && zoom >= WORDS_FROM_ZOOM) paintWord(context, shape.spot, row.label, row);
    return undefined;
  }

  function pick(latLng, point) {
    if (!map.hasLayer(layer)) return [];
    const hits = shapes.filter((shape) => shape.parts && touches(shape, latLng, point));
    return hits.reverse().map(({ properties }) => properties);
  }

  return { layer, pick, again: () => layer.redraw() };
}

function shapesOf({ geometry, properties }, row) {
  const { type, coordinates } = geometry;
  const dimension = type.endsWith("Polygon") ? 2 : type.endsWith("LineString") ? 1 : 0;
  const single = type.startsWith("Multi") ? coordinates : [coordinates];
  const pieces = dimension === 0 ? single.map((at) => [[at]]) : dimension === 1 ? [single] : single;
  return pieces.map((part) => {
    const places = part.map((line) => line.map(([lng, lat]) => L.latLng(lat, lng)));
    return { properties, row, dimension, places, bounds: L.latLngBounds(places.flat()), parts: null };
  });
}

function touches({ dimension, parts, places, spot }, latLng, point) {
  if (dimension === 2) return places.reduce((inside, ring) => inside !== ringCovers(ring, latLng), false);
  if (spot && distance(spot, point) < REACH_POINT) return true;
  if (dimension === 0) return distance(parts[0][0], point) < REACH_POINT;
  return parts.some((line) => line.some((to, index) => index > 0 && L.LineUtil.pointToSegmentDistance(L.point(point), line[index - 1], to) < REACH_LINE));
}

const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

/** The point half way along a line. */
function middle(line) {
  const lengths = line.map((to, index) => (index === 0 ? 0 : distance(line[index - 1], to)));
  let rest = lengths.reduce((sum, length) => sum + length, 0) / 2;
  for (let index = 1; index < line.length; index += 1) {
    if (rest <= lengths[index] && lengths[index] > 0) {
      const share = rest / lengths[index];
      const [from, to] = [line[index - 1], line[index]];
      return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
    }
    rest -= lengths[index];
  }
  return line.at(-1);
}

function ringCovers(ring, { lng, lat }) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const { lng: xi, lat: yi } = ring[i];
    const { lng: xj, lat: yj } = ring[j];
    if (yi > lat !== yj > lat && lng < ((xj - xi) * (lat - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
