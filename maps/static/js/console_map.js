// The map of the console: the same symbols, ground and live state as the public one, and the moment that is looked back on.
/* global L */
import { now } from "./clock.js";
import { address, config, nameOf, word } from "./config.js";
import { board, choose, shown } from "./console_board.js";
import { byId, make } from "./elements.js";
import { addGround } from "./ground.js";
import { calmMotion, wantsCalm } from "./motion.js";
import { ageText, leading, unitOf, valueText } from "./state.js";
import { addStations } from "./stations_layer.js";
import { symbolSvg } from "./symbols.js";
import { addVehicles } from "./vehicles_layer.js";
import { onChange, world } from "./world.js";

const THEMES = { all: null, river: ["river"], snow: ["snow", "weather"], channel: ["channel"], plough: [] };
const alertRank = config.symbols.states.caution.rank;

/** Starts the map; answers {theme(id), select(), tick(), resized()}. */
export function consoleMap({ onStation }) {
  const map = L.map("console-map", { zoomControl: true, attributionControl: false, zoomSnap: 0.5, minZoom: 7, maxZoom: 18, keyboard: true });
  calmMotion(map);
  map.getContainer().setAttribute("role", "application");
  map.getContainer().setAttribute("aria-label", word("console_map_label"));
  const fit = () => map.fitBounds(config.view, { animate: false, padding: [40, 40] });
  fit();
  addGround(map, config.places, () => {});
  const stations = addStations(map);
  const vehicles = addVehicles(map);
  let fitted = byId("console-map").offsetWidth > 0;
  let theme = "all";

  onChange((change) => {
    if (change.all) stations.forget();
    stations.update(change.stations);
    vehicles.update(change.vehicles);
    showCard();
  });

  function choose_(id) {
    theme = id;
    const kinds = THEMES[id];
    stations.setFilter((look) => kinds === null || kinds.includes(look.kind) || look.state.lastRank >= alertRank);
    vehicles.setVisible(board.past === null && (id === "all" || id === "plough"));
    for (const chip of document.querySelectorAll("[data-theme]")) chip.setAttribute("aria-pressed", String(chip.dataset.theme === id));
  }

  let station = null;

  function select() {
    vehicles.setVisible(board.past === null && (theme === "all" || theme === "plough"));
    const episode = board.selected ? shown()?.episodes.find(({ id }) => id === board.selected) : null;
    const wanted = episode?.station ?? null;
    if (wanted === station) return;
    station = wanted;
    stations.select(station);
    showCard();
    const feature = world.stations.get(station);
    if (feature) bringIntoView(feature.geometry.coordinates);
  }

  function bringIntoView([lon, lat]) {
    if (map.getBounds().pad(-0.15).contains([lat, lon])) return;
    map.panTo([lat, lon], { animate: !wantsCalm() });
  }

  function showCard() {
    const feature = station ? world.stations.get(station) : null;
    const card = byId("map-card");
    card.hidden = !feature;
    if (!feature || card.contains(document.activeElement)) return;
    const { properties } = feature;
    const key = JSON.stringify([properties.quantities, properties.id, Math.floor((now() ?? 0) / 10_000)]);
    if (card.dataset.key === key) return;
    card.dataset.key = key;
    card.replaceChildren(...cardOf(properties));
  }

  map.on("click", ({ layerPoint }) => {
    const id = stations.at(layerPoint);
    if (!id) return;
    const own = (shown()?.episodes ?? []).find((episode) => episode.station === id && episode.closed_at === null);
    if (own) {
      choose(own.id);
      onStation(own);
      return;
    }
    choose(null);
    station = id;
    stations.select(id);
    showCard();
  });

  for (const chip of document.querySelectorAll("[data-theme]")) chip.addEventListener("click", () => choose_(chip.dataset.theme));
  new ResizeObserver(() => {
    map.invalidateSize({ pan: false, animate: false });
    if (!fitted && byId("console-map").offsetWidth > 0) {
      fitted = true;
      fit();
    }
  }).observe(byId("console-map"));

  return { theme: choose_, select, tick: () => { stations.refresh(); showCard(); } };
}

function cardOf(properties) {
  const lead = leading(properties, now());
  const state = lead?.state;
  const rows = Object.entries(properties.quantities).map(([slug, quantity]) => make("div", {},
    make("dt", {}, config.quantities[slug]?.label ?? slug),
    make("dd", {}, make("b", {}, valueText(slug, quantity.value), quantity.value === null ? "" : ` ${unitOf(slug)}`), " ", make("span", { class: "age" }, quantity.at && now() !== null ? ageText(Math.max(0, (now() - Date.parse(quantity.at)) / 1000)) : word("level_no_data")))));
  return [
    make("p", { class: "map-card-name" }, symbolSvg(state?.symbol ?? "no_data", { kind: properties.kind, stale: state?.stale, suspect: state?.suspect }), make("strong", {}, nameOf(properties)), state ? make("span", { class: "small" }, state.stale ? word("level_stale") : state.word) : null),
    make("dl", { class: "facts" }, ...rows),
    make("a", { class: "small", href: address(`/station/${encodeURIComponent(properties.id)}`) }, word("console_station_page")),
  ];
}
