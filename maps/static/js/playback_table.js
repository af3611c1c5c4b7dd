// The moment in words: roads by age, ploughs, readings, alerts. Rows stay where they are, their texts change.
import { momentTime, shortTime } from "./clock.js";
import { config, nameOf, word } from "./config.js";
import { byId, make, setText } from "./elements.js";
import { levelAt, ordersAt, valueAt, vehicleAt } from "./playback_data.js";
import { ageClass, stateAt } from "./playback_map.js";
import { orderText, titleOf } from "./playback_strip.js";
import { roadSwatch } from "./road_swatch.js";
import { lengthOf } from "./roads_summary.js";
import { ageText, unitOf, valueText } from "./state.js";
import { symbolSvg } from "./symbols.js";

const SVG = "http://www.w3.org/2000/svg";
const COURSE = { width: 120, height: 26 };
const GAP_S = 5400;

/** The tables of a night; answers {show(moment, then)}. `shapes` are the roads' lines. */
export function momentTables(night, shapes) {
  const roads = roadRows(shapes);
  const ploughs = night.vehicles.map((vehicle) => row("vehicle-rows", vehicle, ["task", "state", "seen"]));
  const gauges = night.stations.map((station) => gaugeRow(night, station));
  byId("vehicle-rows").replaceChildren(...rowsOr(ploughs, 4));
  byId("value-rows").replaceChildren(...rowsOr(gauges, 5));
  const clock = (seconds) => shortTime(night.from + seconds * 1000);

  function show(moment, then) {
    const time = momentTime(night.from + moment * 1000);
    for (const name of ["roads", "vehicles", "values", "alerts"]) setText(byId(`${name}-caption`), word(`playback_${name}`, { time }));
    fillRoads(roads, shapes, (id) => ageClass(night, id, moment, then));
    ploughs.forEach((entry, index) => fillPlough(entry, vehicleAt(night.vehicles[index], moment, then), moment, clock));
    gauges.forEach((entry, index) => fillGauge(entry, night.stations[index], moment, then, night.length));
    fillAlerts(night, moment, then);
  }

  return { show };
}

const rowsOr = (entries, columns) => (entries.length > 0 ? entries.map(({ element }) => element) : [make("tr", {}, make("td", { colspan: String(columns), class: "empty" }, word("playback_empty")))]);

function row(_, about, names) {
  const cells = Object.fromEntries(names.map((name) => [name, make("td", { "data-cell": name })]));
  return { cells, element: make("tr", {}, make("th", { scope: "row" }, nameOf(about)), ...Object.values(cells)) };
}

function roadRows(shapes) {
  for (const shape of shapes) shape.length ??= lengthOf(shape);
  const entries = new Map();
  for (const look of config.roads?.ages ?? []) {
    if (look.id === "withheld") continue;
    const cells = { count: make("td", { class: "number" }), length: make("td", { class: "number" }) };
    entries.set(look.id, { cells, element: make("tr", { "data-age": look.id }, make("th", { scope: "row" }, make("span", { class: "road-cell" }, roadSwatch(look), look.label)), cells.count, cells.length) });
  }
  byId("age-rows").replaceChildren(...[...entries.values()].map(({ element }) => element));
  return entries;
}

function fillRoads(entries, shapes, ageOf) {
  const found = new Map([...entries.keys()].map((age) => [age, { count: 0, length: 0 }]));
  for (const shape of shapes) {
    const total = found.get(ageOf(shape.id));
    total.count += 1;
    total.length += shape.length;
  }
  for (const [age, { cells }] of entries) {
    setText(cells.count, String(found.get(age).count));
    setText(cells.length, `${(found.get(age).length / 1000).toFixed(1)} km`);
  }
}

function fillPlough({ cells, element }, found, moment, clock) {
  setText(cells.task, found?.task === undefined || found === null ? "–" : word(`task_${found.task ?? "none"}`));
  setText(cells.state, stateText(found, moment, clock));
  setText(cells.seen, found?.at === undefined || found?.at === null ? "–" : `${clock(found.at)}（${ageText(Math.max(0, moment - found.at))}）`);
  element.dataset.state = found?.state ?? "none";
}

function stateText(found, moment, clock) {
  if (found === null) return word("playback_not_yet");
  const minutes = Math.max(1, Math.round((moment - (found.from ?? found.since ?? moment)) / 60));
  if (found.state === "unknown" && found.late) return `${word("playback_unknown", { minutes, from: clock(found.from), to: clock(found.to) })} ・ ${word("playback_not_arrived", { time: clock(found.late) })}`;
  if (found.state === "unknown") return word("playback_unknown", { minutes: Math.round((found.to - found.from) / 60), from: clock(found.from), to: clock(found.to) });
  if (found.state === "gone") return word("playback_gone", { time: clock(found.at) });
  const late = found.late ? ` ・ ${word("playback_arrived_late", { time: clock(found.late) })}` : "";
  return (found.state === "stopped" ? word("playback_stopped", { minutes }) : word("playback_moving")) + late;
}

function gaugeRow(night, station) {
  const cells = { value: make("td", { class: "number" }), level: make("td", { class: "level" }), age: make("td") };
  const course = courseOf(night, station);
  const label = config.quantities[station.quantity].label;
  const name = make("th", { scope: "row" }, nameOf(station), make("span", { class: "small place" }, label));
  return { cells, course, look: "", element: make("tr", {}, name, cells.value, cells.level, cells.age, make("td", {}, course.svg)) };
}

function fillGauge(entry, station, moment, then, length) {
  const found = valueAt(station, moment, then, config.quantities[station.quantity].decimals);
  const state = stateAt(station, found, moment);
  setText(entry.cells.value, state.value === null ? "–" : `${valueText(station.quantity, state.value)} ${unitOf(station.quantity)}`);
  setText(entry.cells.age, found === null ? "–" : ageText(moment - found.at));
  entry.course.cursor.setAttribute("x1", String((moment / length) * COURSE.width));
  entry.course.cursor.setAttribute("x2", String((moment / length) * COURSE.width));
  const look = `${state.symbol} ${state.word} ${state.suspect}`;
  if (look === entry.look) return;
  entry.look = look;
  const words = [state.word, state.suspect && word("suspect")].filter(Boolean).join("・");
  entry.cells.level.replaceChildren(make("span", { class: `tag s-${state.symbol}${state.stale ? " is-stale" : ""}` }, symbolSvg(state.symbol, { kind: station.kind, stale: state.stale, suspect: state.suspect }), words));
}

// A thin line of the whole night with a mark at the moment; where nothing was measured for long, the line breaks.
function courseOf(night, station) {
  const svg = node("svg", { class: "course", viewBox: `0 0 ${COURSE.width} ${COURSE.height}`, "aria-hidden": "true" });
  const numbers = station.v.filter((value) => value !== null);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const y = (value) => COURSE.height - 3 - (high > low ? ((value - low) / (high - low)) * (COURSE.height - 6) : (COURSE.height - 6) / 2);
  let path = "";
  let before = null;
  station.v.forEach((value, index) => {
    const at = station.t[index];
    if (value !== null) path += `${before === null || at - before > GAP_S ? "M" : "L"}${((at / night.length) * COURSE.width).toFixed(1)} ${y(value).toFixed(1)}`;
    before = value === null ? null : at;
  });
  const cursor = node("line", { class: "cursor", y1: "0", y2: String(COURSE.height) });
  svg.append(node("path", { d: path }), cursor);
  return { svg, cursor };
}

function node(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function fillAlerts(night, moment, then) {
  const orders = ordersAt(night, moment).map((order) => ({ key: order.id, level: null, text: orderText(order) }));
  const alerts = night.episodes.map((episode) => ({ key: episode.id, level: levelAt(episode, moment, then), text: titleOf(episode) })).filter(({ level }) => level);
  alerts.sort((a, b) => config.symbols.states[b.level].rank - config.symbols.states[a.level].rank);
  const list = byId("alert-rows");
  const key = JSON.stringify([orders, alerts]);
  byId("alerts-empty").hidden = orders.length + alerts.length > 0;
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...[...alerts, ...orders].map(({ level, text }) => make("li", {}, level ? make("span", { class: `tag s-${level}` }, symbolSvg(level), word(`level_${level}`)) : null, " ", text)));
}
