// Any night again, for staff: reads it once, then every moment of it is drawn from what was read.
/* global L */
import { addGround } from "./ground.js";
import { momentTime } from "./clock.js";
import { config, word } from "./config.js";
import { byId, make, setText } from "./elements.js";
import { calmMotion } from "./motion.js";
import { lateCounts, nightOf } from "./playback_data.js";
import { forgetKey, staffKey, withKey } from "./playback_key.js";
import { playbackMap } from "./playback_map.js";
import { player } from "./playback_player.js";
import { chosenSpan, offerSpans } from "./playback_span.js";
import { moveCursor, showStrip } from "./playback_strip.js";
import { momentTables } from "./playback_table.js";
import { fromAddress, toAddress } from "./place.js";
import { shapesOf } from "./road_shapes.js";

const TABLE_EVERY_MS = 500;

const map = L.map("playback-map", { zoomControl: true, attributionControl: false, zoomSnap: 0.5, minZoom: 7, maxZoom: 18 });
calmMotion(map);
map.getContainer().setAttribute("role", "application");
map.getContainer().setAttribute("aria-label", word("playback_map_label"));
map.fitBounds(config.view, { animate: false, padding: [30, 30] });
addGround(map, config.places, () => {});
const drawing = playbackMap(map);
const lines = roadLines();
let night = null;
let tables = null;
let tablesAt = 0;

const controls = player((moment, playing) => {
  if (!night) return;
  show(moment, playing);
});

function show(moment, playing) {
  const then = byId("then").checked;
  drawing.show(night, moment, then);
  moveCursor(night, moment);
  const time = performance.now();
  if (playing && time - tablesAt < TABLE_EVERY_MS) return;
  tablesAt = time;
  tables.show(moment, then);
  if (!playing) toAddress("t", String(Math.round(night.from / 1000 + moment)));
}

byId("then").addEventListener("change", () => { if (night) show(controls.moment(), false); });

async function roadLines() {
  const place = config.places.find(({ id }) => id === config.roads?.layer);
  if (!place) return [];
  const response = await fetch(place.url.replace(/\.pmtiles/, ".geojson"));
  return response.ok ? shapesOf(await response.json()) : [];
}

async function load() {
  const span = chosenSpan();
  if (!span) return say(word("playback_too_long"), true);
  controls.stop();
  say(word("playback_loading"));
  toAddress("from", String(span.from / 1000));
  toAddress("to", String(span.to / 1000));
  let answer;
  try {
    answer = await withKey(`/api/staff/playback?from=${span.from / 1000}&to=${span.to / 1000}`);
  } catch (error) {
    return say(word("playback_failed", { reason: error.message }), true);
  }
  if (answer === null) return say(word("playback_key_wrong"), true);
  return begin(nightOf(answer));
}

async function begin(found) {
  night = found;
  const shapes = await lines.catch(() => []);
  drawing.setRoads(shapes);
  tables = momentTables(night, shapes);
  byId("span-box").open = false;
  showStrip(night, controls.jump);
  if (byId("night").hidden) {
    byId("night").hidden = false;
    map.invalidateSize({ animate: false });
    map.fitBounds(config.view, { animate: false, padding: [30, 30] });
  }
  const empty = night.vehicles.length === 0 && Object.keys(night.roads.known).length === 0 && night.stations.every(({ t }) => t.length === 0);
  const late = lateCounts(night);
  const lateText = late.vehicles + late.roads + late.stations > 0 ? word("playback_late_some", late) : "";
  // Where nearly all came late (taken in afterwards), what was known then would show nothing at all.
  const afterwards = late.vehicles > 0 && late.roads > Object.keys(night.roads.known).length / 2;
  byId("then").checked = !afterwards;
  say(empty ? word("playback_empty") : [lateText, afterwards && word("playback_afterwards")].filter(Boolean).join(" "));
  setText(byId("thinned"), word("playback_thinned", { metres: night.tolerance }));
  setText(byId("night-begins"), momentTime(night.from));
  setText(byId("night-ends"), momentTime(night.from + night.length * 1000));
  const asked = Number(fromAddress("t")) - night.from / 1000;
  controls.start(night.from, night.length, asked >= 0 && asked <= night.length ? asked : firstMoment(night));
}

/** Where one begins to look: when the first order of the night was given, else in its middle. */
function firstMoment(night) {
  const given = night.orders.map(({ at }) => at).filter((at) => at >= 0);
  return given.length ? Math.min(...given) : night.length / 2;
}

function say(text, failed = false) {
  byId("playback-said").replaceChildren(...(text ? [make("p", { class: failed ? "failed" : "", role: failed ? "alert" : null }, text)] : []));
}

function openDoor() {
  const known = staffKey() !== null;
  byId("key-form").hidden = known;
  byId("span-box").hidden = !known;
  return known;
}

byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  staffKey(byId("key").value.trim());
  byId("key").value = "";
  if (openDoor()) load();
});
byId("key-forget").addEventListener("click", () => {
  forgetKey();
  openDoor();
  byId("key").focus();
});
byId("span-form").addEventListener("submit", (event) => {
  event.preventDefault();
  toAddress("t", null);
  load();
});
document.addEventListener("yukimori:key-refused", openDoor);

offerSpans({ from: Number(fromAddress("from")) * 1000, to: Number(fromAddress("to")) * 1000 }, () => {
  toAddress("t", null);
  load();
});
if (openDoor()) load();
