// The crew's route in words: one line with what is left, by when; and the list of its roads.
import { announce } from "./announce.js";
import { lookOf, swatch } from "./crew_ages.js";
import { ago, present, span } from "./crew_clock.js";
import { config, word } from "./config.js";
import { byId, make, setText } from "./elements.js";

const WARNED_MS = [30 * 60_000, 10 * 60_000];
const OLD_MS = 10 * 60_000;
let warned = null;

const time = new Intl.DateTimeFormat("sv-SE", { timeZone: config.timeZone, hour: "2-digit", minute: "2-digit" });

/** A length in words: whole tens of metres below one kilometre. */
export function inWords(metres) {
  return metres < 1000 ? word("metres", { n: Math.round(metres / 10) * 10 }) : word("kilometres", { n: (metres / 1000).toFixed(1) });
}

/** Writes the one line; `speak(text)` is called as a deadline draws near. */
export function showLeft(state, speak) {
  const { text, late } = summary(state);
  setText(byId("left"), text);
  byId("left").dataset.state = late ? "late" : "";
  warn(state?.route, speak);
}

function summary(state) {
  const route = state?.route;
  if (route === undefined) return { text: word("loading") };
  if (route === null) return { text: word("no_plan") };
  if (route.by === "nothing") return { text: word("no_route") };
  const length = inWords(route.left_m);
  if (route.open.length === 0) return { text: word("all_clear", { length: inWords(route.length_m) }) };
  const parts = [word("left", { length, roads: route.open.length })];
  if (route.left_s) parts.push(word("left_time", { time: span(route.left_s * 1000) }));
  if (!route.deadline) return { text: [...parts, state.orders.length ? null : word("no_order")].filter(Boolean).join(" ・ ") };
  const rest = Date.parse(route.deadline) - present();
  const by = time.format(Date.parse(route.deadline));
  const late = rest < 0;
  parts.push(late ? word("overdue", { time: by, late: span(-rest) }) : word("by", { time: by, left: span(rest) }));
  return { text: parts.join(" ・ "), late };
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
  setText(byId("route-note"), summary(state).text);
  fill("open-roads", features.filter(({ id }) => open.has(id)).map((feature) => roadRow(feature, state.roads[feature.id])));
  fill("done-roads", features.filter(({ id }) => !open.has(id)).map((feature) => roadRow(feature, state.roads[feature.id])));
  fill("others", state.vehicles.map(otherRow), word("no_others"));
}

function fill(id, rows, empty = word("none")) {
  byId(id).replaceChildren(...(rows.length ? rows : [make("li", { class: "plain" }, empty)]));
}

function roadRow({ id, properties }, known) {
  const look = lookOf(known?.clear_since);
  const partly = known && !known.clear_since && known.share > 0 ? word("share", { percent: Math.round(known.share * 100) }) : null;
  const facts = [inWords(properties.length_m), known?.clear_since ? ago(Date.parse(known.clear_since)) : null, partly, look.label];
  const name = [properties.name || id, properties.class].filter(Boolean).join(" ・ ");
  return make("li", { "data-road": id }, swatch(look), make("div", {}, make("b", {}, name), make("span", {}, facts.filter(Boolean).join(" ・ "))));
}

/** A plough's name without the mark of what is made up, which the page bears as a whole. */
export const shortName = (vehicle) => (config.language === "en" ? vehicle.name_en || vehicle.name : vehicle.name).replace(/\s*[（(](架空|fictitious)[）)]$/i, "");

export const isOld = (vehicle) => present() - Date.parse(vehicle.at) > OLD_MS;

function otherRow(vehicle) {
  const facts = [ago(Date.parse(vehicle.at)), vehicle.task ? config.tasks[vehicle.task] : null];
  return make("li", { class: "plain", "data-vehicle": vehicle.id }, make("div", {}, make("b", {}, shortName(vehicle)), make("span", {}, facts.filter(Boolean).join(" ・ "))));
}

/** The legend: every age with its stroke and word. */
export function showLegend() {
  byId("legend").replaceChildren(...config.ages.map((look) => make("li", {}, swatch(look), make("span", {}, look.label))));
}
