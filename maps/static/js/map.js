// The public map: joins folium's map, the live state, the layers and the sheet. Everything else is in its own module.
/* global L */
import { showBanner } from "./banner.js";
import { config, nameOf, word } from "./config.js";
import { detailView } from "./detail.js";
import { byId, make, setText } from "./elements.js";
import { onTick, startLive } from "./freshness.js";
import { addGround } from "./ground.js";
import { hazardHere } from "./hazard_here.js";
import { layerPanel, layersFromAddress } from "./layer_panel.js";
import { refreshNoAlerts, refreshVehicles, showAlerts, showVehicles, stationList } from "./lists.js";
import { addOverlays } from "./overlays.js";
import { calmMotion, wantsCalm } from "./motion.js";
import { fromAddress, toAddress } from "./place.js";
import { printLink } from "./print_link.js";
import { roadsOnMap } from "./roads_on_map.js";
import { startSheet } from "./sheet.js";
import { listShelters } from "./shelter_list.js";
import { addStations } from "./stations_layer.js";
import { startThemes } from "./themes.js";
import { addVehicles } from "./vehicles_layer.js";
import "./warnings.js";
import "./announcements.js";
import { closuresOnMap } from "./closures_on_map.js";
import { onChange, world } from "./world.js";
import { zoomNote } from "./zoom_note.js";

const map = window.yukimoriMap;
calmMotion(map);
const alertRank = config.symbols.states.caution.rank;
const ranks = config.symbols.states;
const PLACE_ZOOM = 15;

const stations = addStations(map);
const vehicles = addVehicles(map);
const places = window.yukimoriLayers ?? [];
const titleOf = (id) => config.layers.find((layer) => layer.id === id)?.title ?? id;
const panel = layerPanel({ titleOf, onSwitch: (id, on) => overlays.setShown(id, on), onRetry: (id) => overlays.retry(id) });
const overlays = addOverlays(map, places, {
  onState: (id, state) => {
    panel.state(id, state);
    lookAtZoom();
  },
  onShelters: (title, features) => listShelters(title, features, openShelter),
});
const lookAtZoom = zoomNote(map, overlays.shown);
const sayFailed = ({ id }) => byId("sheet-body").prepend(make("p", { class: "failed", role: "alert" }, word("layer_failed", { title: titleOf(id) })));
addGround(map, places, sayFailed);
const roads = roadsOnMap(map, places, sayFailed);
const closed = closuresOnMap(map, places, (id) => openClosure(id, true));
const list = stationList(openStation);
const detail = detailView(closeDetail);
const sheet = startSheet(() => map.invalidateSize({ pan: false, animate: false }));
const hazard = hazardHere(map, (nodes, place) => {
  const street = place ? roads.near({ lng: place[0], lat: place[1] }, openRoad) : null;
  show("hazard", null, () => detail.nodes([...nodes.slice(0, 1), street, ...nodes.slice(1)].filter(Boolean)));
  if (place) bringIntoView({ geometry: { coordinates: place } });
});
let theme = null;
let layersAsked = layersFromAddress();
let openedFrom = null;
let open = null;

const themes = startThemes((chosen) => {
  theme = chosen;
  stations.setFilter((look) => chosen.stations.includes(look.kind) || look.state.lastRank >= alertRank);
  list.setFilter((properties) => inTheme(properties, chosen));
  vehicles.setVisible(chosen.vehicles);
  roads.setVisible(chosen.vehicles);
  if (byId("vehicles")) byId("vehicles").hidden = !chosen.vehicles;
  byId("shelters").hidden = !chosen.layers.includes("shelters");
  showLayers(layersAsked ?? overlays.defaults(chosen));
  if (!layersAsked) toAddress("layers", null);
  layersAsked = null;
  arrange(chosen.layers.length > 0 && !chosen.vehicles);
  overlays.setForemost(chosen.id === "shelter");
  toAddress("theme", chosen.id === "all" ? null : chosen.id);
});

printLink(map, () => {
  const shown = overlays.shown().map(({ place }) => place.id);
  const usual = theme ? overlays.defaults(theme) : shown;
  return { theme: theme?.id, layers: shown.length > 0 && [...shown].sort().join() !== [...usual].sort().join() ? shown : null };
});

// Who asks for shelters or layers finds them first; the banner above all tells the gravest alert and how many there are.
function arrange(first) {
  const alerts = byId("alerts-title").parentElement;
  (first ? alerts : byId("legend")).before(byId("shelters"), byId("layers"));
  const overview = byId("roads-overview");
  if (overview) alerts[theme?.id === "plough" ? "before" : "after"](overview);
}

function showLayers(chosen) {
  for (const id of overlays.ids) overlays.setShown(id, chosen.includes(id));
}

// A station that is raised belongs to every theme: no choice of view may hide a danger.
function inTheme(properties, chosen) {
  if (!properties) return false;
  if (chosen.stations.includes(properties.kind)) return true;
  return Object.values(properties.quantities).some((quantity) => ranks[quantity.level].rank >= alertRank);
}

onChange((change) => {
  if (change.all) {
    stations.forget();
    list.rebuild();
    openFromAddress();
  } else list.refresh(change.alerts ? world.stations.keys() : change.stations);
  stations.update(change.alerts ? world.stations.keys() : change.stations);
  vehicles.update(change.vehicles);
  showAlerts(openStation);
  if (change.vehicles.size > 0 || change.all) showVehicles(openVehicle);
  if (change.stations.size > 0 && theme) list.setFilter((properties) => inTheme(properties, theme));
  if (change.roads) roads.refresh();
  showBanner(openStation);
  detail.refresh();
});

onTick(() => {
  stations.refresh();
  roads.refresh();
  list.refreshAll();
  refreshVehicles();
  refreshNoAlerts();
  showBanner(openStation);
  detail.refresh();
});

function openStation(id) {
  const feature = world.stations.get(id);
  if (!feature) return;
  show("station", id, () => detail.station(id));
  stations.select(id);
  list.select(id);
  toAddress("station", id);
  bringIntoView(feature);
}

function openVehicle(id) {
  const feature = world.vehicles.get(id);
  if (!feature) return;
  show("vehicle", id, () => detail.vehicle(id));
  vehicles.select(id);
  bringIntoView(feature);
}

function openRoad(id) {
  const content = roads.content(id);
  if (!content) return;
  show("road", id, () => detail.nodes(content.nodes, content.refresh));
  roads.select(id);
  toAddress("road", id);
}

function openClosure(id, seek) {
  const content = closed.content(id);
  if (!content) return;
  show("closure", id, () => detail.nodes(content));
  if (seek) lookAt(closed.bounds(id));
}

async function lookAt(box) {
  await sheet.settled();
  const foot = sheet.isWide() ? 64 : byId("sheet").offsetHeight + byId("chips").offsetHeight;
  map.fitBounds(box, { paddingTopLeft: [60, 120], paddingBottomRight: [70, foot + 24], maxZoom: PLACE_ZOOM, animate: !wantsCalm() });
}

function openShelter(feature) {
  show("shelter", null, () => detail.shelter(feature.properties));
  bringIntoView(feature);
}

function show(kind, id, build) {
  forgetSelection();
  if (!byId("detail").contains(document.activeElement)) openedFrom = document.activeElement;
  open = { kind, id };
  sheet.open();
  build();
  detail.focus();
}

function forgetSelection() {
  stations.select(null);
  vehicles.select(null);
  roads.select(null);
  list.select(null);
  hazard.forget();
  toAddress("station", null);
  toAddress("road", null);
}

function closeDetail() {
  const last = open;
  open = null;
  forgetSelection();
  detail.hide();
  if (last?.kind === "station") list.focus(last.id);
  else if (openedFrom?.isConnected) openedFrom.focus();
}

let addressRead = false;
function openFromAddress() {
  if (addressRead) return;
  addressRead = true;
  const id = fromAddress("station");
  if (id) openStation(id);
}

// Moves the map only as far as needed; never zooms by itself.
async function bringIntoView({ geometry }) {
  await sheet.settled();
  const [lon, lat] = geometry.coordinates;
  const foot = sheet.isWide() ? 60 : byId("sheet").offsetHeight + 40;
  map.panInside([lat, lon], { paddingTopLeft: [60, 120], paddingBottomRight: [60, foot], animate: !wantsCalm() });
}

map.on("click", async ({ latlng, layerPoint }) => {
  const vehicle = vehicles.at(layerPoint);
  if (vehicle) return openVehicle(vehicle);
  const station = stations.at(layerPoint);
  if (station) return openStation(station);
  const hit = await overlays.hit(latlng, layerPoint);
  if (hit?.kind === "shelter") return show("shelter", null, () => detail.shelter(hit.properties));
  const closure = closed.at(layerPoint);
  if (closure) return openClosure(closure, false);
  const road = lies(hit) ? null : roads.at(layerPoint);
  if (road) return openRoad(road);
  if (hit && !hit.hazard) return show("feature", null, () => detail.feature(hit.place, hit.properties));
  return hazard.at(latlng);
});

// Whether what was hit lies over the roads: marks and lines do, areas do not.
const lies = (hit) => Boolean(hit && !places.find(({ id }) => id === hit.place.id)?.below);

map.on("mousemove", ({ layerPoint, containerPoint }) => {
  const vehicle = vehicles.at(layerPoint);
  const station = vehicle ? null : stations.at(layerPoint);
  const tip = byId("tip");
  const feature = vehicle ? world.vehicles.get(vehicle) : world.stations.get(station);
  map.getContainer().style.cursor = feature ? "pointer" : "";
  tip.hidden = !feature;
  if (!feature) return;
  setText(tip, nameOf(feature.properties));
  tip.style.transform = `translate(${containerPoint.x + 14}px, ${containerPoint.y + 14}px)`;
});
map.on("mouseout", () => { byId("tip").hidden = true; });

byId("zoom-in").addEventListener("click", () => map.zoomIn());
byId("zoom-out").addEventListener("click", () => map.zoomOut());
byId("zoom-town").addEventListener("click", () => showBox(config.bounds, true));
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && open) closeDetail(); });

function showBox(box, animate) {
  const foot = sheet.isWide() ? 64 : byId("sheet").offsetHeight + byId("chips").offsetHeight;
  map.fitBounds(box, { paddingTopLeft: [40, byId("banner").offsetHeight + 40], paddingBottomRight: [70, foot + 24], animate });
}

// A place the address names (#at=140.41,38.60): shown near, with what is known of its hazards; said once, then forgotten.
function placeFromAddress() {
  const [lng, lat] = (fromAddress("at") ?? "").split(",").map(Number);
  toAddress("at", null);
  if (!lng || !lat || Math.abs(lng) > 180 || Math.abs(lat) > 85) return;
  map.setView([lat, lng], PLACE_ZOOM, { animate: false });
  hazard.at({ lat, lng });
}

// A road the address names (#road=R001): shown near, with what is known of its clearing.
async function roadFromAddress() {
  const id = fromAddress("road");
  if (!id) return;
  await roads.ready;
  const middle = roads.middle(id);
  if (!middle) return toAddress("road", null);
  map.setView(middle, PLACE_ZOOM, { animate: false });
  return openRoad(id);
}

function showScale() {
  const size = map.getSize();
  const metres = map.distance(map.containerPointToLatLng([0, size.y / 2]), map.containerPointToLatLng([100, size.y / 2]));
  const round = [1, 2, 5].flatMap((digit) => [1, 2, 3, 4, 5].map((power) => digit * 10 ** power)).sort((a, b) => b - a).find((length) => length <= metres) ?? 10;
  setText(byId("scale"), round >= 1000 ? `${round / 1000} km` : `${round} m`);
  byId("scale").style.width = `${(round / metres) * 100}px`;
}
map.on("zoomend moveend", showScale);

map.getContainer().setAttribute("role", "application");
map.getContainer().setAttribute("aria-label", word("map_label"));
showBox(config.view, false);
showScale();
themes.choose(fromAddress("theme") ?? "all");
placeFromAddress();
roadFromAddress();
startLive();
