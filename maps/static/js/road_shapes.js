// The lines of the layer of cleared roads, as both the live map and the playback draw them.
/* global L */
const REACH = 10;
const METRES_PER_DEGREE = 111_195;

/** The shapes of a layer's features: {id, properties, places, bounds, parts}. */
export function shapesOf(collection) {
  return collection.features.map(({ geometry, properties }) => {
    const lines = geometry.type === "MultiLineString" ? geometry.coordinates : [geometry.coordinates];
    const places = lines.map((line) => line.map(([lng, lat]) => L.latLng(lat, lng)));
    return { id: String(properties.id), properties, places, bounds: L.latLngBounds(places.flat()), parts: null };
  });
}

/** Reckons where the shapes lie on the screen; those outside the bounds have no parts. */
export function project(map, shapes, bounds) {
  const seen = L.latLngBounds(map.layerPointToLatLng(bounds.min), map.layerPointToLatLng(bounds.max));
  for (const shape of shapes) shape.parts = seen.intersects(shape.bounds) ? shape.places.map((line) => line.map((at) => map.latLngToLayerPoint(at))) : null;
}

/** The shape nearest to a layer point, within a finger's reach; null where there is none. */
export function nearest(shapes, point) {
  let found = null;
  let least = REACH;
  for (const shape of shapes) {
    for (const line of shape.parts ?? []) {
      for (let index = 1; index < line.length; index += 1) {
        const distance = L.LineUtil.pointToSegmentDistance(L.point(point), line[index - 1], line[index]);
        if (distance < least) [found, least] = [shape, distance];
      }
    }
  }
  return found;
}

/** The shape nearest to a place within so many metres: {shape, metres}; null where there is none. */
export function within(shapes, { lat, lng }, metres) {
  const east = METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
  const here = (at) => L.point((at.lng - lng) * east, (at.lat - lat) * METRES_PER_DEGREE);
  const origin = L.point(0, 0);
  let found = null;
  for (const shape of shapes) {
    for (const line of shape.places) {
      for (let index = 1; index < line.length; index += 1) {
        const distance = L.LineUtil.pointToSegmentDistance(origin, here(line[index - 1]), here(line[index]));
        if (distance < (found?.metres ?? metres)) found = { shape, metres: distance };
      }
    }
  }
  return found;
}

/** The point half way along the longest part on the screen, and how long that part is there, in px. */
export function midway(parts) {
  const measured = parts.map((line) => ({ line, length: lengthOf(line) }));
  const { line, length } = measured.reduce((longest, each) => (each.length > longest.length ? each : longest));
  let rest = length / 2;
  for (let index = 1; index < line.length; index += 1) {
    const [from, to] = [line[index - 1], line[index]];
    const step = Math.hypot(to.x - from.x, to.y - from.y);
    if (step > 0 && rest <= step) return { x: from.x + ((to.x - from.x) * rest) / step, y: from.y + ((to.y - from.y) * rest) / step, length };
    rest -= step;
  }
  return { ...line.at(-1), length };
}

const lengthOf = (line) => line.reduce((sum, to, index) => (index === 0 ? 0 : sum + Math.hypot(to.x - line[index - 1].x, to.y - line[index - 1].y)), 0);
