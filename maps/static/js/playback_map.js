// The map of a moment: roads by age, ploughs with their ways, gaps as unknown, gauges with their values.
/* global L */
import { CanvasLayer, pane } from "./canvas_layer.js";
import { config, nameOf, word } from "./config.js";
import { onPalette, palette } from "./palette.js";
import { clearSince, trailOf, valueAt, vehicleAt } from "./playback_data.js";
import { paintRoad, widthAt } from "./roads_paint.js";
import { project } from "./road_shapes.js";
import { classOfAge, lookOf } from "./roads_state.js";
import { sizeOf, sprite } from "./sprites.js";
import { IDLE_TASKS, unitOf, valueText } from "./state.js";
import { wedge } from "./symbols.js";
import { paint as paintTag, place as placeTags } from "./tags.js";

const TRAIL_S = 1800;
const TRAIL_DASHES = [[], [10, 4], [5, 5], [2, 6]];
const LEADING = { snow: "snow_depth", river: "water_level", channel: "channel_level", weather: "air_temperature" };
const FONT = '600 11px "Hiragino Sans", "Noto Sans CJK JP", "Noto Sans JP", "Yu Gothic UI", Meiryo, system-ui, sans-serif';

/** Adds the layers; answers {show(night, moment, then)} and `shapes` may be given later by setRoads. */
export function playbackMap(map) {
  let night = null;
  let moment = 0;
  let then = true;
  let shapes = [];
  let ages = "";
  const roads = new CanvasLayer(paintRoads, { pane: pane(map, "road-ages", 400) }).addTo(map);
  const ploughs = new CanvasLayer(paintPloughs, { pane: pane(map, "vehicles", 610) }).addTo(map);
  const gauges = new CanvasLayer(paintGauges, { pane: pane(map, "stations", 620) }).addTo(map);
  let told = "";
  onPalette(() => [roads, ploughs, gauges].forEach((layer) => layer.redraw()));

  const classOf = (shape) => ageClass(night, shape.id, moment, then);

  function show(other, at, asThen) {
    [night, moment, then] = [other, at, asThen];
    // Roads and gauges change seldom: they are painted again only where one looks other than before.
    const nowAges = shapes.map(classOf).join();
    if (nowAges !== ages) roads.redraw();
    ages = nowAges;
    const nowTold = JSON.stringify(night.stations.map((station) => valueOf(station)?.at));
    if (nowTold !== told) gauges.redraw();
    told = nowTold;
    ploughs.redraw();
  }

  const valueOf = (station) => valueAt(station, moment, then, config.quantities[station.quantity].decimals);

  function paintRoads(context, bounds) {
    if (!night) return;
    project(map, shapes, bounds);
    const looks = shapes.filter(({ parts }) => parts).map((shape) => ({ shape, age: classOf(shape) }));
    const order = config.roads.ages.map(({ id }) => id);
    looks.sort((a, b) => order.indexOf(b.age) - order.indexOf(a.age));
    for (const { shape, age } of looks) paintRoad(context, shape.parts, lookOf(age), widthAt(map.getZoom()));
  }

  function paintPloughs(context) {
    if (!night) return;
    for (const vehicle of night.vehicles) for (const piece of trailOf(vehicle, moment, then, TRAIL_S, TRAIL_DASHES.length)) paintTrail(context, piece);
    const shown = night.vehicles.map((vehicle) => ({ vehicle, found: vehicleAt(vehicle, moment, then) })).filter(({ found }) => found && found.lat !== null && found.state !== "gone");
    for (const { found } of shown) paintPlough(context, found);
    const taken = [];
    for (const { vehicle, found } of shown) if (map.getZoom() >= 12) paintName(context, vehicle, found, taken);
  }

  function paintTrail(context, { age, unknown, minutes, points }) {
    const spots = points.map((at) => map.latLngToLayerPoint(at));
    context.beginPath();
    spots.forEach(({ x, y }, index) => (index === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
    context.lineCap = unknown ? "round" : "butt";
    context.strokeStyle = palette["label-halo"];
    context.setLineDash([]);
    context.lineWidth = unknown ? 3 : 4.5;
    context.globalAlpha = 0.8;
    context.stroke();
    context.globalAlpha = unknown ? 1 : 1 - age * 0.2;
    context.strokeStyle = unknown ? palette["ink-soft"] : palette.plough;
    context.lineWidth = unknown ? 1.4 : 2.4;
    context.setLineDash(unknown ? [1, 5] : TRAIL_DASHES[age]);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
    if (unknown && minutes > 0) {
      const [a, b] = [spots[0], spots.at(-1)];
      if (Math.hypot(a.x - b.x, a.y - b.y) > 40) label(context, (a.x + b.x) / 2, (a.y + b.y) / 2 - 6, word("playback_unknown_short", { minutes }), palette["ink-soft"]);
    }
  }

  function paintPlough(context, { lat, lng, heading, task, state }) {
    const { x, y } = map.latLngToLayerPoint([lat, lng]);
    const hollow = state !== "moving" || IDLE_TASKS.has(task);
    context.save();
    context.translate(x, y);
    context.lineJoin = "round";
    if (heading === null || state === "unknown") {
      context.beginPath();
      context.arc(0, 0, 8, 0, 2 * Math.PI);
      if (state === "unknown") context.setLineDash([3, 3]);
      fillAndStroke(context, hollow, null);
    } else {
      context.rotate((heading * Math.PI) / 180);
      context.translate(-12, -12.5);
      fillAndStroke(context, hollow, wedge);
    }
    context.restore();
  }

  /** The name of a plough, where it lies on no other name; the table beside the map has all of them. */
  function paintName(context, vehicle, { lat, lng, task, state, from }, taken) {
    const { x, y } = map.latLngToLayerPoint([lat, lng]);
    const what = state === "unknown" ? word("playback_unknown_short", { minutes: Math.max(1, Math.round((moment - from) / 60)) }) : word(`task_${task ?? "none"}`);
    const text = `${nameOf(vehicle)} ${what}`;
    context.font = FONT;
    const half = context.measureText(text).width / 2;
    if (taken.some((other) => Math.abs(other.x - x) < other.half + half && Math.abs(other.y - y) < 14)) return;
    taken.push({ x, y, half });
    label(context, x, y + 26, text, palette.plough);
  }

  function fillAndStroke(context, hollow, path) {
    context.strokeStyle = palette["plough-edge"];
    context.lineWidth = 4.5;
    path ? context.stroke(path) : context.stroke();
    context.fillStyle = hollow ? palette.surface : palette.plough;
    path ? context.fill(path) : context.fill();
    context.strokeStyle = palette.plough;
    context.lineWidth = hollow ? 2 : 1;
    path ? context.stroke(path) : context.stroke();
  }

  function paintGauges(context) {
    if (!night) return;
    const items = [];
    for (const station of night.stations) {
      if (station.quantity !== LEADING[station.kind]) continue;
      const state = stateAt(station, valueOf(station), moment);
      const point = map.latLngToLayerPoint([station.lat, station.lon]);
      const size = sizeOf(state, 0.9);
      context.drawImage(sprite(state, station.kind, size, window.devicePixelRatio || 1), point.x - size / 2 - 2, point.y - size / 2 - 2, size + 4, size + 4);
      items.push({ id: station.id, point, size, rank: state.rank, tag: tagOf(station, state, map.getZoom() >= 12.5) });
    }
    const min = map.containerPointToLayerPoint([4, 4]);
    placeTags(context, items, items.map((item) => ({ owner: item.id, rank: item.rank, x: item.point.x - item.size / 2, y: item.point.y - item.size / 2, w: item.size, h: item.size })), { min, max: min.add(map.getSize()).subtract([8, 8]) });
    for (const item of items) if (item.box) paintTag(context, item);
  }

  return {
    show,
    setRoads: (found) => {
      shapes = found;
      ages = "";
      roads.redraw();
    },
  };
}

/** The class of ages a road belongs to at a moment. */
export function ageClass(night, road, moment, then) {
  const since = clearSince(night, road, moment, then);
  return classOfAge(since === null ? null : Math.max(0, moment - since));
}

/** How a value was to be taken at its time: {symbol, rank, stale, suspect, value, word}. */
export function stateAt(station, found, moment) {
  const { states } = config.symbols;
  const stale = found !== null && moment - found.at > station.stale_after_s;
  const symbol = found === null ? "no_data" : found.level in states ? found.level : "unjudged";
  return {
    symbol,
    stale,
    rank: stale ? 0 : states[symbol].rank,
    suspect: found?.suspect ?? false,
    value: found?.value ?? null,
    word: stale ? word("level_stale") : word(`level_${symbol}`),
  };
}

function tagOf(station, state, withName) {
  const raised = state.rank > config.symbols.states.standby.rank;
  return {
    name: withName ? nameOf(station) : "",
    value: valueText(station.quantity, state.value),
    unit: state.value === null ? "" : unitOf(station.quantity),
    word: state.stale || raised || state.symbol === "no_data" ? state.word : "",
    fill: raised ? palette[state.symbol] : null,
    faint: state.stale,
  };
}

function label(context, x, y, text, colour) {
  if (!text) return;
  context.font = FONT;
  context.textAlign = "center";
  context.lineJoin = "round";
  context.strokeStyle = palette["label-halo"];
  context.lineWidth = 3.5;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
  context.textAlign = "start";
}
