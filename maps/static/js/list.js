// The table page: the same facts as the map, kept up to date in place.
import { alertNotes, alertTitle, alertValue, gravestFirst, noAlertsText, placesOf, showBanner } from "./banner.js";
import { exactTime, now } from "./clock.js";
import { config, nameOf, word } from "./config.js";
import { byId, make, setText } from "./elements.js";
import { onTick, startLive } from "./freshness.js";
import { ageOf, ageText, compass } from "./state.js";
import "./shelter_state.js";
import { symbolSvg } from "./symbols.js";
import { named } from "./named.js";
import { fillRow, stationLink } from "./tables.js";
import "./warnings.js";
import "./announcements.js";
import "./closures.js";
import { inDoubt, isUnconfirmed, onChange, presentValue, world } from "./world.js";

const rows = new Map([...document.querySelectorAll("#station-rows tr[data-key]")].map((row) => [row.dataset.key, row]));

function refreshStations(ids) {
  for (const id of ids) {
    const quantities = world.stations.get(id)?.properties.quantities ?? {};
    for (const [slug, quantity] of Object.entries(quantities)) {
      const row = rows.get(`${id}/${slug}`);
      if (row) fillRow((name) => row.querySelector(`[data-cell="${name}"]`), slug, quantity, isUnconfirmed(id, slug));
    }
  }
}

function showVehicles() {
  const body = byId("vehicle-rows");
  if (!body) return;
  const features = [...world.vehicles.values()].sort((a, b) => nameOf(a.properties).localeCompare(nameOf(b.properties), config.language));
  const known = new Map([...body.querySelectorAll("tr[data-vehicle]")].map((row) => [row.dataset.vehicle, row]));
  const wanted = features.map(({ properties }) => fillVehicle(known.get(properties.id) ?? vehicleRow(properties), properties));
  if (wanted.length === 0) wanted.push(make("tr", {}, make("td", { colspan: "4", class: "empty" }, word("no_vehicles"))));
  if (wanted.length !== body.children.length || wanted.some((row, index) => row !== body.children[index])) body.replaceChildren(...wanted);
}

const vehicleRow = (properties) => make("tr", { "data-vehicle": properties.id }, make("th", { scope: "row" }, ...named(properties)), make("td"), make("td"), make("td", {}, make("time")));

function fillVehicle(row, properties) {
  const [, task, heading] = row.children;
  setText(task, word(`task_${properties.task ?? "none"}`));
  setText(heading, compass(properties.heading_deg));
  const age = row.querySelector("time");
  setText(age, ageText(ageOf(properties, now())));
  age.dateTime = properties.at;
  age.title = exactTime(Date.parse(properties.at));
  return row;
}

function showAlerts() {
  const alerts = gravestFirst(world.alerts.open);
  const body = byId("alert-rows");
  refreshNoAlerts();
  const key = JSON.stringify([alerts, alerts.map(presentValue), alerts.map(inDoubt)]);
  if (body.dataset.key === key) return;
  body.dataset.key = key;
  body.replaceChildren(...(alerts.length > 0 ? alerts.map(alertRow) : [make("tr", {}, make("td", { colspan: "5", class: "empty" }, noAlertsText()))]));
}

// Silence and age change what an empty table means, so this also holds for the row the server wrote.
function refreshNoAlerts() {
  const empty = document.querySelector("#alert-rows .empty");
  if (empty) setText(empty, noAlertsText());
}

function alertRow(alert) {
  const notes = alertNotes(alert).join(config.language === "ja" ? "、" : ", ");
  const value = alertValue(alert);
  return make(
    "tr",
    {},
    make("td", { class: "level" }, make("span", { class: `tag s-${alert.level}` }, symbolSvg(alert.level), word(`level_${alert.level}`))),
    make("th", { scope: "row" }, alertTitle(alert)),
    make("td", {}, ...placesOf(alert).flatMap(([id, name], place) => [place > 0 ? word("between_names") : null, stationLink(id, name)])),
    make("td", { class: "number" }, value?.label ? make("span", { class: "small" }, `${value.label} `) : null, value ? `${value.number} ${value.unit}` : "–"),
    make("td", {}, exactTime(Date.parse(alert.opened_at)), notes ? make("span", { class: "small" }, ` ${notes}`) : null),
  );
}

onChange((change) => {
  refreshStations(change.alerts ? world.stations.keys() : change.stations);
  showVehicles();
  showAlerts();
  showBanner();
});

onTick(() => {
  refreshNoAlerts();
  if (!world.loaded) return showBanner();
  refreshStations(world.stations.keys());
  showVehicles();
  return showBanner();
});

startLive();
