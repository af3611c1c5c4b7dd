// Areas around a point: read from tiles or GeoJSON, laid out in metres with the point at the origin.
/* global protomapsL */
import { vendored } from "./vendor.js";

const EXTENT = 4096;
const EQUATOR_M = 40_075_016.686;
const A = 6_378_137;
const E2 = 0.006_694_38;
const RADIANS = Math.PI / 180;
const LINE = 2;
const AREA = 3;
const DIMENSIONS = { Point: 0, MultiPoint: 0, LineString: 1, MultiLineString: 1, Polygon: 2, MultiPolygon: 2 };

const sources = new Map();
const files = new Map();
const tiles = new Map();
const TILES_KEPT = 64;

/** The features of a layer near a point: {properties, dimension, paths} with paths in metres from the point. */
export async function shapesNear(place, lon, lat) {
  return place.format === "pmtiles" ? fromTile(place, lon, lat) : fromFile(place.url, lon, lat);
}

async function fromTile(place, lon, lat) {
  const z = place.maxZoom ?? 14;
  const side = 2 ** z;
  const x = ((lon + 180) / 360) * side;
  const y = ((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * side;
  const tile = await tileOf(place.url, { z, x: Math.floor(x), y: Math.floor(y) });
  const unit = (EQUATOR_M * Math.cos((lat * Math.PI) / 180)) / side / EXTENT;
  const [left, top] = [(x % 1) * EXTENT, (y % 1) * EXTENT];
  return (tile.get(place.tileLayer) ?? []).map(({ props, geomType, geom }) => ({
    properties: props,
    dimension: geomType === AREA ? 2 : geomType === LINE ? 1 : 0,
    paths: geom.map((path) => path.map((point) => [(point.x - left) * unit, (top - point.y) * unit])),
  }));
}

// A tile is read once for a place and the shelters around it; a failed one may be asked for again.
function tileOf(url, { z, x, y }) {
  const key = `${url} ${z}/${x}/${y}`;
  if (!tiles.has(key)) tiles.set(key, readTile(url, { z, x, y }).catch((error) => { tiles.delete(key); throw error; }));
  if (tiles.size > TILES_KEPT) tiles.delete(tiles.keys().next().value);
  return tiles.get(key);
}

async function readTile(url, tile) {
  await vendored("protomaps-leaflet.js");
  if (!sources.has(url)) sources.set(url, new protomapsL.PmtilesSource(url, false));
  return sources.get(url).get(tile, EXTENT);
}

async function fromFile(url, lon, lat) {
  const { features } = await collection(url);
  const offset = offsetFrom(lon, lat);
  return features.map(({ properties, geometry }) => ({ properties, dimension: DIMENSIONS[geometry.type], paths: pathsOf(geometry).map((path) => path.map(offset)) }));
}

function pathsOf({ type, coordinates }) {
  if (type === "Point") return [[coordinates]];
  if (type === "MultiPoint") return coordinates.map((point) => [point]);
  if (type === "LineString") return [coordinates];
  return type === "MultiPolygon" ? coordinates.flat() : coordinates;
}

/** A published GeoJSON file, fetched once; asked for again after a failure. */
export function collection(url) {
  if (!files.has(url)) files.set(url, fetched(url).catch((error) => { files.delete(url); throw error; }));
  return files.get(url);
}

async function fetched(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

/** Metres east and north of a point, by the ellipsoid's radii halfway (GRS 80); within 1/10 000 of a plane zone in a town. */
export function offsetFrom(lon, lat) {
  return ([x, y]) => {
    const phi = ((lat + y) / 2) * RADIANS;
    const curve = 1 - E2 * Math.sin(phi) ** 2;
    const east = (A / Math.sqrt(curve)) * Math.cos(phi) * RADIANS;
    const north = ((A * (1 - E2)) / curve ** 1.5) * RADIANS;
    return [(x - lon) * east, (y - lat) * north];
  };
}

/** Whether an area covers the origin; lines and points cover nothing. */
export const covers = ({ dimension, paths }) => dimension === 2 && paths.reduce((inside, ring) => inside !== ringCovers(ring), false);

function ringCovers(ring) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [xi, yi] = ring[i];
    const [xj, yj] = ring[j];
    if (yi > 0 !== yj > 0 && 0 < ((xj - xi) * -yi) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** Metres from the origin to the outline or the points of a shape. */
export function distanceTo({ paths }) {
  let least = Infinity;
  for (const path of paths) {
    for (let i = 0; i < path.length; i += 1) least = Math.min(least, toSegment(path[Math.max(0, i - 1)], path[i]));
  }
  return least;
}

function toSegment([ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : Math.max(0, Math.min(1, -(ax * dx + ay * dy) / length));
  return Math.hypot(ax + share * dx, ay + share * dy);
}
