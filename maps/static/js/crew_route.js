// The crew's route in words: one line with what is left, by when; and the list of its roads.
import { announce } from "./announce.js";
import { band, lookOf, swatch } from "./crew_ages.js";
import { ago, present, span } from "./crew_clock.js";
import { config, word } from "./config.js";
import { byId, make } from "./elements.js";

const WARNED_MS = [30 * 60_000, 10 * 60_000];
const OLD_MS = 10 * 60_000;
const ENOUGH = 0.8;
let warned = null;

const time = new Intl.DateTimeFormat("sv-SE", { timeZone: config.timeZone, hour: "2-digit", minute: "2-digit" });

/** A length in words: whole tens of metres below one kilometre. */
function inWords(metres) {
  return metres < 1000 ? word("metres", { n: Math.round(metres / 10) * 10 }) : word("kilometres", { n: (metres / 1000).toFixed(1) });
}

/** Writes the one line; `speak(text)` is called as a deadline draws near. */
export function showLeft(state, speak) {
  const { parts, late } = summary(state);
  setParts(byId("left"), parts);
  byId("left").dataset.state = late ? "late" : "";
  warn(state?.route, speak);
}

// Each part breaks as a whole where the line is short.
function setParts(element, parts) {
  if (element.textContent === parts.join(" ・ ")) return;
  element.replaceChildren(...parts.flatMap((part, index) => [index ? " ・ " : "", make("span", {}, part)]));
}

function summary(state) {
  const route = state?.route;
  if (route === undefined) return { parts: [word("loading")] };
  if (route === null) return { parts: [word("no_plan")] };
  if (route.by === "nothing") return { parts: [word("no_route")] };
  if (route.open.length === 0) return { parts: [word("all_clear", { length: inWords(route.length_m) })] };
  const left = word("left", { length: inWords(route.left_m), roads: route.open.length });
  const time = route.pace_m_per_h ? word("left_time", { time: span(Math.max(60_000, Math.ceil((route.drive_m / route.pace_m_per_h) * 60) * 60_000)) }) : null;
  const due = deadline(route) ?? { text: state.orders.length ? null : word("no_order"), late: false };
  return { parts: [left, time, due.text].filter(Boolean), late: due.late };
}

function deadline(route) {
  if (!route.deadline) return null;
  const rest = Date.parse(route.deadline) - present();
  const by = time.format(Date.parse(route.deadline));
  return rest < 0 ? { text: word("overdue", { time: by, late: span(-rest) }), late: true } : { text: word("by", { time: by, left: span(rest) }), late: false };
}

/** Once at half an hour and once at ten minutes before a deadline; never twice for the same. */
function warn(route, speak) {
  if (!route?.deadline || !route.open.length) return;
  const rest = Date.parse(route.deadline) - present();
  const step = WARNED_MS.filter((ms) => rest > 0 && rest <= ms).at(-1);
  const mark = `${route.deadline} ${step}`;
  if (!step || warned === mark) return;
  warned = mark;
  const text = word("said_deadline", { left: span(rest), length: inWords(route.left_m) });
  announce(text);
  speak(text);
}

/** Writes the lists of the sheet: open roads, done ones, the other ploughs. */
export function showRoute(state, features) {
  const open = new Set(state.route?.open ?? []);
  setParts(byId("route-note"), summary(state).parts);
  fill("open-roads", features.filter(({ id }) => open.has(id)).map((feature) => roadRow(feature, state.roads[feature.id])));
  fill("done-roads", features.filter(({ id }) => !open.has(id)).map((feature) => roadRow(feature, state.roads[feature.id])));
  fill("others", state.vehicles.map(otherRow), word("no_others"));
}

function fill(id, rows, empty = word("none")) {
  byId(id).replaceChildren(...(rows.length ? rows : [make("li", { class: "plain" }, empty)]));
}

function roadRow({ id, properties }, known) {
  const look = lookOf(known?.clear_since);
  // Of what was done lately; the age may be of work before that.
  const partly = known && known.share > 0 && known.share < ENOUGH ? word("share", { percent: Math.round(known.share * 100) }) : null;
  const facts = [inWords(properties.length_m), known?.clear_since ? ago(Date.parse(known.clear_since)) : null, partly ?? look.label];
  const name = [plain(properties.name || id), config.classes[properties.code] ?? properties.class].filter(Boolean).join(" ・ ");
  return make("li", { "data-road": id }, swatch(look), make("div", {}, make("b", {}, name), make("span", {}, facts.filter(Boolean).join(" ・ "))));
}

/** A plough's name without the mark of what is made up, which the page bears as a whole. */
export const shortName = (vehicle) => plain(config.language === "en" ? vehicle.name_en || vehicle.name : vehicle.name);

const plain = (name) => name.replace(/\s*[（(](架空|fictitious)[）)]$/i, "");

export const isOld = (vehicle) => present() - Date.parse(vehicle.at) > OLD_MS;

function otherRow(vehicle) {
  const facts = [ago(Date.parse(vehicle.at)), vehicle.task ? config.tasks[vehicle.task] : null];
  return make("li", { class: "plain", "data-vehicle": vehicle.id }, make("div", {}, make("b", {}, shortName(vehicle)), make("span", {}, facts.filter(Boolean).join(" ・ "))));
}

/** The legend: every age with its stroke and word. */
export function showLegend() {
  byId("legend").replaceChildren(make("li", {}, band(), make("span", {}, word("legend_open"))), ...config.ages.map((look) => make("li", {}, swatch(look), make("span", {}, look.label))));
}
