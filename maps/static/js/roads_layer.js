// The roads on the map by the age of their clearing: painted again only when a class or a promise changed.
/* global L */
import { CanvasLayer, pane } from "./canvas_layer.js";
import { word } from "./config.js";
import { onPalette, palette } from "./palette.js";
import { midway, nearest, project, shapesOf } from "./road_shapes.js";
import { paintLate, paintRoad, widthAt } from "./roads_paint.js";
import { classOf, lookOf } from "./roads_state.js";
import { world } from "./world.js";

const ABOVE_BASE = 400;
const MARKS_FROM_ZOOM = 12.5;
const WORDS_FROM_ZOOM = 14;

/**
 * Fetches the lines of `place` and draws them; answers {refresh(), setVisible(flag), select(id), at(layer point), shape(id), shapes}.
 * Rejects where the layer cannot be had.
 */
export async function addRoadAges(map, place) {
  const response = await fetch(place.url.replace(/\.pmtiles/, ".geojson"));
  if (!response.ok) throw new Error(`${place.url}: ${response.status}`);
  const shapes = shapesOf(await response.json());
  const layer = new CanvasLayer(paintAll, { pane: pane(map, "road-ages", ABOVE_BASE) });
  const drawn = new Map();
  let visible = false;
  let selected = null;
  onPalette(() => layer.redraw());

  const lookFor = (shape) => {
    const state = world.roads.states.get(shape.id);
    return { age: classOf(state), late: Boolean(state?.late) };
  };

  // True where a road looks other than it was painted last.
  function changed() {
    let other = false;
    for (const shape of shapes) {
      const { age, late } = lookFor(shape);
      const key = `${age} ${late}`;
      if (drawn.get(shape.id) === key) continue;
      drawn.set(shape.id, key);
      other = true;
    }
    return other;
  }

  function refresh() {
    if (changed()) layer.redraw();
  }

  function paintAll(context, bounds) {
    changed();
    const zoom = map.getZoom();
    const width = widthAt(zoom);
    project(map, shapes, bounds);
    const looks = shapes.filter(({ parts }) => parts).map((shape) => ({ shape, ...lookFor(shape) }));
    for (const { shape, age } of looks) if (shape.id === selected) paintSelection(context, shape, width);
    // What is known lies over what is not, the newest on top: at a crossing the younger clearing is seen.
    looks.sort((a, b) => rank(b.age) - rank(a.age));
    for (const { shape, age } of looks) paintRoad(context, shape.parts, lookOf(age), width);
    if (zoom >= MARKS_FROM_ZOOM) for (const { shape, late } of looks) if (late) mark(context, shape, zoom);
  }

  function paintSelection(context, { parts }, width) {
    context.save();
    context.globalAlpha = 0.55;
    paintRoad(context, parts, { id: "selected", colour: palette.accent, edge: palette.accent, bright: palette.accent }, width + 10);
    context.restore();
  }

  function mark(context, shape, zoom) {
    const at = midway(shape.parts);
    if (at.length >= 24) paintLate(context, at, zoom >= WORDS_FROM_ZOOM && at.length >= 70 ? word("roads_late") : "");
  }

  return {
    refresh,
    shapes,
    shape: (id) => shapes.find((shape) => shape.id === id) ?? null,
    at: (point) => (visible ? nearest(shapes, point) : null),
    select: (id) => {
      if (selected === id) return;
      selected = id;
      layer.redraw();
    },
    setVisible: (flag) => {
      visible = flag;
      if (flag) layer.addTo(map);
      else map.removeLayer(layer);
    },
  };
}

const ORDER = ["under_1h", "1_3h", "3_6h", "6_12h", "12_24h", "over_24h", "withheld", "none"];
const rank = (age) => ORDER.indexOf(age);
