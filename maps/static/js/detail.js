// What is known of one thing, in the sheet. Built once when opened; updates change texts only.
import { exactTime, now } from "./clock.js";
import { address, config, nameOf, word } from "./config.js";
import { makeChart } from "./chart.js";
import { byId, make, setText } from "./elements.js";
import { featureCard } from "./feature_card.js";
import { showAge } from "./lists.js";
import { mark } from "./named.js";
import { seriesAddress } from "./series.js";
import { showOwnAlerts } from "./own_alerts.js";
import { shelterContent } from "./shelter_detail.js";
import { RUNGS, ageNote, ageOf, ageText, compass, leading, stateOf, thresholdName, unitOf, valueText } from "./state.js";
import { symbolSvg } from "./symbols.js";
import { isUnconfirmed, world } from "./world.js";

const { quantities, vehicleDelay: delay } = config;

/** Fills a quantity's present value, level, age and quality; used here and on the station page. */
function fillPresent(parts, slug, quantity, kind, unconfirmed) {
  const state = stateOf(quantity, now());
  setText(parts.value, valueText(slug, quantity.value));
  parts.value.parentElement.classList.toggle("is-stale", state.stale);
  showAge(parts.age, quantity, state);
  setText(parts.note, ageNote(quantity));
  setText(parts.quality, word(`quality_${quantity.quality}`));
  const key = `${state.symbol} ${state.word} ${state.suspect} ${unconfirmed}`;
  if (parts.level.dataset.key === key) return;
  parts.level.dataset.key = key;
  parts.level.replaceChildren(...levelTags(state, unconfirmed, kind));
}

/** The level as a tag of symbol and word, and beside it that nobody has confirmed it yet. */
export function levelTags(state, unconfirmed, kind = null) {
  const level = make("span", { class: `tag s-${state.symbol}${state.stale ? " is-stale" : ""}` }, symbolSvg(state.symbol, { kind, stale: state.stale, suspect: state.suspect }), state.word);
  return unconfirmed ? [level, " ", make("span", { class: "unconfirmed", title: word("alert_unconfirmed") }, word("unconfirmed"))] : [level];
}

/** Keeps the detail view; `onClose()` is called by its back button. */
export function detailView(onClose) {
  const panel = byId("detail");
  let open = null;

  function show(content, refresh, close = () => {}) {
    open?.close();
    open = { refresh, close };
    panel.replaceChildren(make("button", { type: "button", class: "button back", onclick: onClose }, `← ${word("back")}`), ...content);
    panel.hidden = false;
    byId("overview").hidden = true;
    byId("sheet-body").scrollTop = 0;
  }

  function hide() {
    open?.close();
    open = null;
    panel.hidden = true;
    byId("overview").hidden = false;
  }

  return {
    hide,
    refresh: () => open?.refresh(),
    focus: () => panel.querySelector("h2")?.focus(),
    station: (id) => stationDetail(id, show),
    vehicle: (id) => vehicleDetail(id, show),
    shelter: (properties) => show(shelterContent(properties), () => {}),
    feature: (place, properties) => show(featureCard(place, properties), () => {}),
    nodes: (content, refresh = () => {}) => show(content, refresh),
  };
}

const heading = (text, fictitious) => make("h2", { tabindex: "-1" }, text, " ", mark(fictitious));

function stationDetail(id, show) {
  const { properties } = world.stations.get(id);
  const lead = leading(properties, now());
  const blocks = Object.keys(properties.quantities).sort((a, b) => (b === lead.slug) - (a === lead.slug)).map((slug) => quantityBlock(properties, slug, slug === lead.slug));
  const alerts = make("ul", { class: "own-alerts" });
  const where = [word(`kind_${properties.kind}`), properties.river, properties.place].filter(Boolean).join(" ・ ");
  const content = [
    heading(nameOf(properties), properties.fictitious),
    make("p", { class: "where" }, where),
    alerts,
    ...blocks.map(({ element }) => element),
    make("p", {}, make("a", { class: "button", href: address(`/station/${encodeURIComponent(id)}`) }, word("station_page"))),
    make("p", { class: "small" }, word(`cannot_${properties.kind}`)),
  ];
  const refresh = () => {
    const latest = world.stations.get(id)?.properties;
    if (latest) for (const block of blocks) block.refresh(latest.quantities[block.slug]);
    showOwnAlerts(alerts, id);
  };
  show(content, refresh, () => blocks.forEach((block) => block.chart?.destroy()));
  refresh();
  for (const block of blocks) block.chart?.show(24);
}

function quantityBlock(properties, slug, first) {
  const quantity = properties.quantities[slug];
  const parts = { value: make("span", { "data-cell": "value" }), level: make("p", { class: "level", "data-cell": "level" }), age: make("time", { class: "age", "data-cell": "age" }), note: make("span", { class: "small", "data-cell": "note" }), quality: make("span", { "data-cell": "quality" }) };
  const figure = first ? make("figure", { class: "chart" }) : null;
  const element = make(
    "section",
    { class: first ? "quantity" : "quantity minor" },
    make("h3", {}, labelOf(slug)),
    make("div", { class: "present" }, make("p", { class: "huge" }, parts.value, " ", make("span", { class: "unit" }, unitOf(slug))), parts.level),
    make("dl", { class: "facts" }, fact(word("age"), parts.age, " ", parts.note), fact(word("quality"), parts.quality)),
    figure,
    first ? ladder(properties, slug, quantity) : null,
    first ? make("p", {}, make("a", { class: "button", download: true, href: seriesAddress(properties.id, slug, 24, now(), "csv") }, word("csv"))) : null,
  );
  const chart = figure && makeChart(figure, { station: properties.id, kind: properties.kind, slug, quantity });
  const refresh = (latest) => {
    fillPresent(parts, slug, latest, properties.kind, isUnconfirmed(properties.id, slug));
    if (latest.value !== null) chart?.extend(latest);
  };
  return { slug, element, chart, refresh };
}

const labelOf = (slug) => quantities[slug].label;
const fact = (name, ...content) => make("div", {}, make("dt", {}, name), make("dd", {}, ...content));

function ladder(properties, slug, quantity) {
  const rungs = RUNGS.filter((rung) => quantity.thresholds[rung] !== null && quantity.thresholds[rung] !== undefined);
  if (rungs.length === 0) return make("p", { class: "small" }, word("no_thresholds"));
  const items = rungs.map((rung) => make("li", {}, symbolSvg(rung === "low" ? "caution" : rung), make("span", {}, thresholdName(properties.kind, rung)), make("strong", { class: "number" }, `${valueText(slug, quantity.thresholds[rung])} ${unitOf(slug)}`)));
  return make("div", {}, make("h4", {}, word("thresholds")), make("ul", { class: "ladder" }, ...items), quantity.threshold_source ? make("p", { class: "small" }, `${word("threshold_source")}: ${quantity.threshold_source}`) : null);
}

function vehicleDetail(id, show) {
  const parts = { task: make("dd"), heading: make("dd"), age: make("time", { class: "age" }) };
  const { properties } = world.vehicles.get(id);
  const content = [
    heading(nameOf(properties), properties.fictitious),
    make("dl", { class: "facts" }, make("div", {}, make("dt", {}, word("task")), parts.task), make("div", {}, make("dt", {}, word("heading")), parts.heading), make("div", {}, make("dt", {}, word("age")), make("dd", {}, parts.age))),
    make("p", { class: "small" }, vehicleNote()),
  ];
  const refresh = () => {
    const latest = world.vehicles.get(id)?.properties;
    if (!latest) return;
    setText(parts.task, word(`task_${latest.task ?? "none"}`));
    setText(parts.heading, compass(latest.heading_deg));
    setText(parts.age, ageText(ageOf(latest, now())));
    parts.age.title = exactTime(Date.parse(latest.at));
  };
  show(content, refresh);
  refresh();
}

function vehicleNote() {
  const minutes = Math.round(delay / 60);
  return minutes > 0 ? word("vehicle_delay", { minutes }) : word("vehicle_inexact");
}
