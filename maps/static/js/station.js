// The page of one station: present values live, charts of a day or a week, the same as numbers.
import { exactTime, now, setClock } from "./clock.js";
import { config, word } from "./config.js";
import { makeChart } from "./chart.js";
import { make } from "./elements.js";
import { onTick, startLive } from "./freshness.js";
import { seriesAddress } from "./series.js";
import { showOwnAlerts } from "./own_alerts.js";
import { valueText } from "./state.js";
import { fillRow } from "./tables.js";
import { isUnconfirmed, onChange, world } from "./world.js";

const NUMBERS = 300;
const station = config.station;
let properties = config.snapshot.stations.features[0].properties;
// A written page does not know how long ago that was: this device's clock stands in until the file server tells.
setClock(config.static ? Math.max(Date.now(), Date.parse(config.snapshot.now)) : Date.parse(config.snapshot.now));

const sections = [...document.querySelectorAll("section.quantity")].map(start);

function start(section) {
  const slug = section.dataset.quantity;
  const chart = makeChart(section.querySelector(".chart"), { station, kind: properties.kind, slug, quantity: properties.quantities[slug], onSeries: (series) => fillNumbers(section, slug, series) });
  const buttons = [...section.querySelectorAll("[data-hours]")];
  const show = (hours) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(Number(button.dataset.hours) === hours));
    section.querySelector(".csv").href = seriesAddress(station, slug, hours, now(), "csv");
    chart.show(hours);
  };
  for (const button of buttons) button.addEventListener("click", () => show(Number(button.dataset.hours)));
  show(24);
  return { section, slug, chart };
}

// Newest first, and not more than anyone reads; the CSV has them all.
function fillNumbers(section, slug, series) {
  const body = section.querySelector("[data-numbers]");
  const rows = [];
  for (let index = series.t.length - 1; index >= 0 && rows.length < NUMBERS; index -= 1) {
    if (series.value[index] === null && series.low[index] === null && series.quality[index] === "missing") continue;
    rows.push(numberRow(slug, series, index));
  }
  body.replaceChildren(...rows);
}

const numberRow = (slug, series, index) => make(
  "tr",
  {},
  make("th", { scope: "row" }, exactTime(series.t[index] * 1000)),
  make("td", { class: "number" }, valueText(slug, series.value[index])),
  make("td", { class: "number" }, valueText(slug, series.low[index])),
  make("td", { class: "number" }, valueText(slug, series.high[index])),
  make("td", {}, word(`quality_${series.quality[index]}`)),
);

function refresh() {
  if (world.loaded) showOwnAlerts(document.getElementById("own-alerts"), station);
  for (const { section, slug, chart } of sections) {
    const quantity = properties.quantities[slug];
    if (!quantity) continue;
    fillRow((name) => section.querySelector(`[data-cell="${name}"]`), slug, quantity, isUnconfirmed(station, slug));
    if (quantity.value !== null) chart.extend(quantity);
  }
}

onChange((change) => {
  if (!(change.stations.has(station) || change.alerts) || !world.stations.has(station)) return;
  properties = world.stations.get(station).properties;
  refresh();
});
onTick(refresh);
startLive();
