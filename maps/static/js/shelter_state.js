// What is said of shelters: the same rules as maps/shelter_facts.py, which writes the pages that need no script.
// Keeps every element with a data-shelter up to date, wherever on a page it is; texts only, elements stay.
import { announce } from "./announce.js";
import { exactTime, now } from "./clock.js";
import { config, word } from "./config.js";
import { make, setText } from "./elements.js";
import { onTick } from "./freshness.js";
import { stayOf } from "./shelter_facility.js";
import { ageText } from "./state.js";
import { onChange, world } from "./world.js";

const OLD_AFTER_S = 86_400;
const AGE_IN_HOURS_S = 72 * 3_600;
const SVG = "http://www.w3.org/2000/svg";

/** The looks of the states, as paths in a box of 24 by 24: outline and glyph. */
export const stateShapes = config.symbols.shelters;

/** What is said of a shelter in words: {status, word, people, age, at, old, note}; status unknown where nobody said. */
export function toldOf(id) {
  return toldState(world.shelters.get(id));
}

// What is said of the place to stay in the same facility, in words; empty where nothing is.
function facilityText(id) {
  const stay = stayOf(id);
  if (!stay) return "";
  const told = toldState(stay);
  return word("shelter_facility", { state: told.word, age: told.age });
}

function toldState(state) {
  if (!state) return { status: "unknown", word: word("shelter_unknown"), people: "", age: "", at: "", old: false, note: "" };
  const age = now() === null ? null : Math.max(0, (now() - Date.parse(state.at)) / 1000);
  return {
    status: state.status,
    word: word(`shelter_${state.status}`),
    people: people(state),
    age: agePhrase(age),
    at: state.at,
    old: age !== null && age > OLD_AFTER_S,
    note: config.language === "en" ? state.note_en || state.note_ja : state.note_ja,
  };
}

function people({ people: count, capacity }) {
  if (count === null) return capacity === null ? "" : word("shelter_capacity", { capacity });
  return capacity === null ? word("shelter_people", { count }) : word("shelter_people_of", { count, capacity });
}

function agePhrase(seconds) {
  if (seconds === null) return "";
  if (seconds <= OLD_AFTER_S) return ageText(seconds);
  const age = seconds < AGE_IN_HOURS_S ? word("age_hours", { count: Math.floor(seconds / 3600) }) : ageText(seconds);
  return word("shelter_old", { age });
}

/** How many shelters are open and full, in words. */
function summaryText() {
  const states = [...world.shelters.values()].map(({ status }) => status);
  if (states.length === 0) return word("shelters_none_said");
  const count = (wanted) => states.filter((status) => status === wanted).length;
  if (count("open") + count("full") === 0) return word("shelters_none_open");
  return word("shelters_counted", { open: count("open"), full: count("full") });
}

/** An element that says the state of a shelter, now and from now on. */
export function stateElement(id) {
  const parts = ["symbol", "word", "people"].map((name) => make("span", { "data-part": name }));
  const element = make("span", { class: "shelter-state", "data-shelter": id }, ...parts, make("time", { class: "age", "data-part": "age" }), make("span", { class: "small", "data-part": "note" }), make("span", { class: "facility", "data-part": "facility" }));
  fill(element);
  return element;
}

function fill(element) {
  element.hidden = !world.loaded && !element.dataset.status;
  if (!world.loaded) return;
  const told = toldOf(element.dataset.shelter);
  const part = (name) => element.querySelector(`[data-part="${name}"]`);
  if (element.dataset.status !== told.status || part("symbol").childElementCount === 0) part("symbol").replaceChildren(stateSymbol(told.status));
  element.dataset.status = told.status;
  for (const name of ["word", "people", "age", "note"]) setText(part(name), told[name]);
  setText(part("facility"), facilityText(element.dataset.shelter));
  part("age").classList.toggle("is-stale", told.old);
  if (!told.at || part("age").dateTime === told.at) return;
  part("age").dateTime = told.at;
  part("age").title = exactTime(Date.parse(told.at));
}

/** The symbol of a state: its shape tells it without colour. */
function stateSymbol(status) {
  const element = document.createElementNS(SVG, "svg");
  element.setAttribute("class", `shelter-symbol is-${status}`);
  element.setAttribute("viewBox", "-1 -1 26 26");
  element.setAttribute("aria-hidden", "true");
  for (const name of ["shape", "glyph"]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", name);
    path.setAttribute("d", stateShapes[status][name]);
    element.append(path);
  }
  return element;
}

let said = null;

function refresh() {
  for (const element of document.querySelectorAll("[data-shelter]")) fill(element);
  if (!world.loaded) return;
  const summary = summaryText();
  const place = document.getElementById("shelter-summary");
  if (place) setText(place, summary);
  countOnChip();
  if (said !== null && said !== summary) announce(summary);
  said = summary;
}

function countOnChip() {
  const chip = document.querySelector('[data-theme="shelter"]');
  if (!chip) return;
  const open = [...world.shelters.values()].filter(({ status }) => status === "open").length;
  const count = chip.querySelector(".chip-count") ?? chip.appendChild(make("span", { class: "chip-count" }));
  setText(count, open > 0 ? word("shelters_chip", { count: open }) : "");
}

onChange((change) => { if (change.shelters) refresh(); });
onTick(refresh);
