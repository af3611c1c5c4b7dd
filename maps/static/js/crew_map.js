// The map of the cab: my roads by age, me with how sure my place is, the other ploughs with their ages.
/* global L, protomapsL */
import { openArchive } from "./archive.js";
import { groundRules, labelRules, lineRules } from "./base_style.js";
import { pane } from "./canvas_layer.js";
import { BAND, dashOf, lookOf, WIDTHS } from "./crew_ages.js";
import { ago } from "./crew_clock.js";
import { isOld, shortName } from "./crew_route.js";
import { config, resource, word } from "./config.js";
import { clearNames } from "./crew_names.js";
import { byId, make } from "./elements.js";
import { wantsCalm } from "./motion.js";

const SVG = "http://www.w3.org/2000/svg";
const NEAR_ZOOM = 16;
const LETTERS = 1.65;

/** Makes the map. `onFreed()` is called when a hand moves it: then it follows nobody. */
export function makeMap(onFreed) {
  const map = L.map("map", { attributionControl: false, zoomControl: false, maxZoom: 18, minZoom: 9, keyboard: true, zoomAnimation: !wantsCalm(), fadeAnimation: false, inertia: !wantsCalm() });
  map.fitBounds(config.bounds, { animate: false });
  L.control.zoom({ position: "topright", zoomInTitle: word("zoom_in"), zoomOutTitle: word("zoom_out") }).addTo(map);
  L.control.scale({ position: "bottomleft", imperial: false }).addTo(map);
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(byId("map"));
  map.on("dragstart", onFreed);
  byId("map").addEventListener("keydown", ({ key }) => { if (key.startsWith("Arrow")) onFreed(); });
  drawGround(map).catch(() => {}); // the roads are drawn without it just as well
  pane(map, "routes", 410);
  pane(map, "ploughs", 620);
  return { map, ...roadsOn(map), ...ploughsOn(map), ...meOn(map) };
}

async function drawGround(map) {
  const response = await fetch(resource("/layers/basemap.json"));
  if (!response.ok) return;
  const about = await response.json();
  const archive = await openArchive(`${resource(`/${about.url}`)}?v=${about.etag}`);
  const make = (name, paintRules, labels) => protomapsL.leafletLayer({ url: archive, maxDataZoom: about.max_zoom, paintRules, labelRules: labels, pane: name, attribution: "" }).addTo(map);
  make(pane(map, "ground", 200), groundRules(), []);
  make(pane(map, "base-lines", 380), lineRules(), labelRules(LETTERS));
}

function roadsOn(map) {
  const renderer = L.canvas({ pane: "routes", padding: 0.3 });
  const drawn = new Map();

  function draw(features) {
    for (const lines of drawn.values()) for (const line of Object.values(lines)) line.remove();
    drawn.clear();
    const made = (line, weight, color) => L.polyline(line, { renderer, interactive: false, weight, color, lineCap: "butt", lineJoin: "round", opacity: 1 }).addTo(map);
    const lines = new Map(features.map(({ id, geometry }) => [id, geometry.coordinates.map((part) => part.map(([lon, lat]) => [lat, lon]))]));
    for (const [id, line] of lines) drawn.set(id, { band: made(line, WIDTHS.band, BAND).setStyle({ lineCap: "round" }) });
    for (const [id, line] of lines) Object.assign(drawn.get(id), { casing: made(line, WIDTHS.casing, "#0d1318"), outline: made(line, WIDTHS.outline), stroke: made(line, WIDTHS.stroke) });
  }

  function paint({ roads, route }) {
    const open = new Set(route?.open ?? []);
    for (const [id, { band, outline, stroke }] of drawn) {
      const look = lookOf(roads[id]?.clear_since);
      band.setStyle({ opacity: open.has(id) ? 0.35 : 0 });
      outline.setStyle({ color: look.bright, dashArray: dashOf(look) });
      stroke.setStyle({ color: look.colour, dashArray: dashOf(look) });
    }
  }

  function showRoads() {
    const bounds = L.latLngBounds([...drawn.values()].map(({ stroke }) => stroke.getBounds()));
    if (bounds.isValid()) map.fitBounds(bounds, { animate: false, padding: [16, 16] });
  }

  return { draw, paint, showRoads };
}

function wedge(size) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" })) svg.setAttribute(name, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", config.plough);
  svg.append(path);
  return svg;
}

function ploughsOn(map) {
  const shown = new Map();

  function showPloughs(vehicles) {
    const here = new Set(vehicles.map(({ id }) => id));
    for (const [id, { marker }] of shown) if (!here.has(id)) marker.remove(), shown.delete(id);
    for (const vehicle of vehicles) place(vehicle);
    tidy();
  }

  function tidy() {
    clearNames([...shown.values()].map(({ element }) => element), byId("map").querySelector(".me"));
  }

  function place(vehicle) {
    let known = shown.get(vehicle.id);
    if (!known) {
      const element = make("div", { class: "other" }, wedge(28), make("span"));
      const icon = L.divIcon({ html: element, className: "", iconSize: null });
      known = { element, marker: L.marker([vehicle.lat, vehicle.lon], { icon, pane: "ploughs", interactive: false, keyboard: false }).addTo(map) };
      shown.set(vehicle.id, known);
    }
    known.marker.setLatLng([vehicle.lat, vehicle.lon]);
    known.element.dataset.state = isOld(vehicle) ? "old" : "new";
    known.element.lastChild.textContent = `${shortName(vehicle)} ${ago(Date.parse(vehicle.at))}`;
    turn(known.element.firstChild, vehicle.heading_deg);
  }

  map.on("zoomend moveend", tidy);
  return { showPloughs };
}

function turn(svg, heading) {
  svg.style.transform = heading === null || heading === undefined ? "" : `rotate(${heading}deg)`;
}

function meOn(map) {
  let marker = null;
  let circle = null;
  const element = make("div", { class: "me" }, wedge(44));

  function showMe(fix, state, follows) {
    if (!fix) return;
    const at = [fix.lat, fix.lon];
    if (!marker) {
      circle = L.circle(at, { radius: fix.accuracy_m, interactive: false, color: "#ffffff", weight: 2, fillColor: "#8cc6ff", fillOpacity: 0.15 }).addTo(map);
      marker = L.marker(at, { icon: L.divIcon({ html: element, className: "", iconSize: [44, 44] }), pane: "ploughs", interactive: false, keyboard: false, zIndexOffset: 1000 }).addTo(map);
      if (follows) map.setView(at, NEAR_ZOOM, { animate: false });
    }
    marker.setLatLng(at);
    circle.setLatLng(at).setRadius(fix.accuracy_m);
    circle.setStyle({ dashArray: state === "good" ? null : "6 8" });
    element.dataset.state = state === "old" ? "old" : "new";
    turn(element.firstChild, fix.heading_deg);
    if (follows) map.panTo(at, { animate: false });
  }

  function centre(fix) {
    if (fix) map.setView([fix.lat, fix.lon], Math.max(map.getZoom(), NEAR_ZOOM), { animate: false });
  }

  return { showMe, centre };
}
