// The lists in the sheet: alerts, stations, ploughs. Rows are kept and only their texts change,
// so that nothing moves under a finger or a focus.
import { exactTime, now, sinceTime } from "./clock.js";
import { config, nameOf, word } from "./config.js";
import { alertNotes, alertTitle, alertValue, gravestFirst, noAlertsText, placeNames } from "./banner.js";
import { byId, make, setText } from "./elements.js";
import { named } from "./named.js";
import { IDLE_TASKS, ageOf, ageText, compass, leading, unitOf, valueText } from "./state.js";
import { ploughSvg, symbolSvg } from "./symbols.js";
import { isUnconfirmed, presentValue, world } from "./world.js";

const KINDS = ["snow", "river", "channel", "weather", "camera"];

/** Keeps the station list; `onChoose(id)` is called when a row is chosen. */
export function stationList(onChoose) {
  const rows = new Map();
  const groups = new Map();
  let filter = () => true;

  function rebuild() {
    const features = [...world.stations.values()];
    if (features.length === rows.size && features.every(({ properties }) => rows.has(properties.id))) {
      for (const id of rows.keys()) refresh(id);
      return;
    }
    rows.clear();
    groups.clear();
    const list = byId("station-list");
    list.className = "";
    list.replaceChildren(...KINDS.map((kind) => group(kind, features.filter(({ properties }) => properties.kind === kind))).filter(Boolean));
    if (features.length === 0) list.replaceChildren(make("p", { class: "empty" }, word("no_stations")));
    applyFilter();
  }

  function group(kind, features) {
    if (features.length === 0) return null;
    const items = features.map(({ properties }) => row(properties));
    const section = make("section", { class: "kind" }, make("h3", { title: word(`explain_${kind}`) }, word(`kind_${kind}`)), make("p", { class: "small explain" }, word(`explain_${kind}`)), make("ul", { class: "station-rows" }, ...items));
    groups.set(kind, section);
    return section;
  }

  function row(properties) {
    const parts = {
      symbol: make("span", { class: "row-symbol" }),
      age: make("time", { class: "age" }),
      value: make("strong", { class: "number" }),
      unit: make("span", { class: "unit" }),
      word: make("span", { class: "state-word" }),
    };
    const button = make(
      "button",
      { type: "button", class: "station-row", "data-station": properties.id, onclick: () => onChoose(properties.id) },
      parts.symbol,
      make("span", { class: "row-name" }, make("span", { class: "name" }, ...named(properties)), parts.age),
      make("span", { class: "row-value" }, make("span", {}, parts.value, " ", parts.unit), parts.word),
    );
    const item = make("li", {}, button);
    rows.set(properties.id, { item, button, parts, look: "" });
    refresh(properties.id);
    return item;
  }

  function refresh(id) {
    const entry = rows.get(id);
    const properties = world.stations.get(id)?.properties;
    const lead = properties && leading(properties, now());
    if (!entry || !lead) return;
    const { slug, quantity, state } = lead;
    setText(entry.parts.value, valueText(slug, quantity.value));
    setText(entry.parts.unit, quantity.value === null ? "" : unitOf(slug));
    const unconfirmed = isUnconfirmed(id, slug);
    const remarks = [unconfirmed && word("unconfirmed"), state.suspect && !state.stale && word("suspect"), quantity.offline_since && word("offline")];
    setText(entry.parts.word, [state.word, ...remarks].filter(Boolean).join("・"));
    showAge(entry.parts.age, quantity, state);
    const look = `${state.symbol} ${state.stale} ${state.suspect}`;
    if (look === entry.look) return;
    entry.look = look;
    entry.button.dataset.state = state.stale ? "stale" : state.symbol;
    entry.parts.symbol.replaceChildren(symbolSvg(state.symbol, { kind: properties.kind, stale: state.stale, suspect: state.suspect }));
  }

  function applyFilter() {
    for (const [id, { item }] of rows) item.hidden = !filter(world.stations.get(id)?.properties);
    for (const section of groups.values()) section.hidden = !section.querySelector("li:not([hidden])");
    byId("stations").hidden = groups.size > 0 && [...groups.values()].every((section) => section.hidden);
  }

  return {
    rebuild,
    refresh: (ids) => { for (const id of ids) refresh(id); },
    refreshAll: () => { for (const id of rows.keys()) refresh(id); },
    setFilter: (wanted) => { filter = wanted; applyFilter(); },
    focus: (id) => rows.get(id)?.button.focus(),
    select: (id) => { for (const [own, { button }] of rows) button.toggleAttribute("aria-current", own === id); },
  };
}

/** Writes an age with its exact time on hover; ageing and stale values are told apart. */
export function showAge(element, quantity, state) {
  setText(element, ageText(ageOf(quantity, now())));
  element.classList.toggle("is-ageing", state.ageing);
  element.classList.toggle("is-stale", state.stale);
  if (!quantity.at || element.dateTime === quantity.at) return;
  element.dateTime = quantity.at;
  element.title = exactTime(Date.parse(quantity.at));
}

/** Rewrites the alerts; `onChoose(station)` is called when one is chosen. */
export function showAlerts(onChoose) {
  const alerts = gravestFirst(world.alerts.open);
  reconcile(byId("alert-list"), alerts, (alert) => alert.id, (alert) => alertKey(alert), (alert) => alertRow(alert, onChoose));
  byId("alert-empty").hidden = alerts.length > 0;
  refreshNoAlerts();
}

/** Brings what an empty list of alerts says up to date: silence and age change it without any message. */
export const refreshNoAlerts = () => setText(byId("alert-empty"), noAlertsText());

const alertKey = (alert) => JSON.stringify([alert.level, presentValue(alert), ...alertNotes(alert)]);

function alertRow(alert, onChoose) {
  const value = alertValue(alert);
  return make(
    "button",
    { type: "button", class: "alert-row", "data-level": alert.level, onclick: () => onChoose(alert.station) },
    make("span", { class: "row-symbol" }, symbolSvg(alert.level)),
    make("span", { class: "row-name" }, make("span", { class: "name" }, `${word(`level_${alert.level}`)} ・ ${placeNames(alert)}`), make("span", { class: "small" }, [alertTitle(alert), word("since", { time: sinceTime(Date.parse(alert.opened_at)) }), ...alertNotes(alert)].join(" ・ "))),
    make("span", { class: "row-value" }, value ? make("span", {}, value.label ? make("span", { class: "small" }, value.label, " ") : null, make("strong", { class: "number" }, value.number), " ", make("span", { class: "unit" }, value.unit)) : null),
  );
}

/** Rewrites the ploughs; `onChoose(id)` is called when one is chosen. */
export function showVehicles(onChoose) {
  const list = byId("vehicle-list");
  if (!list) return;
  const features = [...world.vehicles.values()].sort((a, b) => nameOf(a.properties).localeCompare(nameOf(b.properties), config.language));
  reconcile(list, features, ({ properties }) => properties.id, ({ properties }) => properties.task ?? "", (feature) => vehicleRow(feature.properties, onChoose));
  byId("vehicle-empty").hidden = features.length > 0;
  setText(byId("vehicle-empty"), word(world.loaded ? "no_vehicles" : "unknown_yet"));
  refreshVehicles();
}

/** Brings ages and headings of the ploughs up to date. */
export function refreshVehicles() {
  const list = byId("vehicle-list");
  if (!list) return;
  for (const item of list.children) {
    const properties = world.vehicles.get(item.dataset.key)?.properties;
    if (!properties) continue;
    const age = item.querySelector("time");
    setText(age, ageText(ageOf(properties, now())));
    age.dateTime = properties.at;
    age.title = exactTime(Date.parse(properties.at));
    setText(item.querySelector(".heading"), compass(properties.heading_deg));
  }
}

function vehicleRow(properties, onChoose) {
  const idle = IDLE_TASKS.has(properties.task);
  return make(
    "button",
    { type: "button", class: "vehicle-row", onclick: () => onChoose(properties.id) },
    make("span", { class: "row-symbol" }, ploughSvg(!idle)),
    make("span", { class: "row-name" }, make("span", { class: "name" }, ...named(properties)), make("time", { class: "age" })),
    make("span", { class: "row-value" }, make("span", { class: "task" }, word(`task_${properties.task ?? "none"}`)), make("span", { class: "small heading" })),
  );
}

// Keeps items whose key and content are the same; a focused row that stays keeps its focus.
function reconcile(list, things, keyOf, contentOf, build) {
  const known = new Map([...list.children].map((item) => [item.dataset.key, item]));
  const wanted = things.map((thing) => {
    const key = String(keyOf(thing));
    const content = contentOf(thing);
    const old = known.get(key);
    if (old?.dataset.content === content) return old;
    const item = make("li", { "data-key": key, "data-content": content }, build(thing));
    if (old?.contains(document.activeElement)) queueMicrotask(() => item.querySelector("button").focus({ preventScroll: true }));
    return item;
  });
  if (wanted.length === list.children.length && wanted.every((item, index) => item === list.children[index])) return;
  for (const item of known.values()) if (!wanted.includes(item)) item.remove();
  wanted.forEach((item, index) => { if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null); });
}
