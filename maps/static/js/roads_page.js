// The page of all roads: rows follow what is told, in place; the filter works while one types.
import { exactTime } from "./clock.js";
import { config, word } from "./config.js";
import { byId, make, setText } from "./elements.js";
import { onTick, startLive } from "./freshness.js";
import { textsOf } from "./road_detail.js";
import { roadSwatch } from "./road_swatch.js";
import { ageOfRoad, classOf, lookOf, startRoads } from "./roads_state.js";
import { ageText } from "./state.js";
import { onChange, world } from "./world.js";

const EASY_UP_TO = 5;
const rows = [...document.querySelectorAll("#road-rows tr[data-road]")];
const form = byId("roads-filter");
const cell = (row, name) => row.querySelector(`[data-cell="${name}"]`);

function fill(row) {
  const state = world.roads.states.get(row.dataset.road) ?? {};
  const age = classOf(state);
  if (row.dataset.age !== age) {
    row.dataset.age = age;
    cell(row, "swatch").replaceChildren(roadSwatch(lookOf(age)));
    setText(cell(row, "label"), lookOf(age).label);
  }
  const seconds = ageOfRoad(state);
  setText(cell(row, "age"), seconds === null ? "" : ageText(seconds));
  cell(row, "age").dateTime = state.clear_since ?? "";
  cell(row, "age").title = state.clear_since ? exactTime(Date.parse(state.clear_since)) : "";
  const late = String(Boolean(state.late));
  row.dataset.late = late;
  cell(row, "late").hidden = late === "false";
  const texts = textsOf(state);
  setText(cell(row, "cleared_at"), texts.cleared_at);
  setText(cell(row, "deadline"), state.deadline ? texts.deadlineBy : "–");
  setText(cell(row, "evidence"), texts.evidence);
  setText(cell(row, "snow"), state.snow_cm === null || state.snow_cm === undefined ? "–" : `${state.snow_cm} cm`);
  cell(row, "second").hidden = !state.second_pass;
}

function refresh() {
  if (!world.roads.loaded) return;
  for (const row of rows) fill(row);
}

// Typing filters what is there; sending the form asks the server, where there is one, and gives an address to keep.
function filter() {
  const words = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
  const age = form.elements.age.value;
  const late = form.elements.late.checked;
  let count = 0;
  for (const row of rows) {
    row.hidden = !words.every((text) => row.dataset.text.includes(text)) || (age && row.dataset.age !== age) || (late && row.dataset.late !== "true");
    if (!row.hidden) count += 1;
  }
  setText(byId("roads-count"), word(count > 0 ? "roads_filter_count" : "roads_filter_none", { count }));
  const found = words.length + Number(Boolean(age)) + Number(late) > 0 && count <= EASY_UP_TO ? rows.filter((row) => !row.hidden) : [];
  byId("roads-easy").hidden = found.length === 0;
  byId("easy-texts").replaceChildren(...found.map((row) => make("p", {}, easyText(row))));
}

function easyText(row) {
  const state = world.roads.states.get(row.dataset.road) ?? {};
  const name = row.querySelector("th").firstChild.textContent.trim();
  if (state.withheld || row.dataset.age === "withheld") return word("road_easy_withheld", { name });
  if (row.dataset.age === "none") return word("road_easy_none", { name });
  const parts = [word("road_easy_cleared", { name, time: cell(row, "age").title.slice(5, 16), age: cell(row, "age").textContent })];
  if (state.snow_cm) parts.push(word("road_easy_snow", { cm: state.snow_cm }));
  if (state.second_pass) parts.push(word("road_easy_second"));
  if (state.late) parts.push(word("road_easy_late", { time: textsOf(state).deadlineTime }));
  return parts.join(document.documentElement.lang === "en" ? " " : "");
}

for (const kind of ["input", "change"]) form.addEventListener(kind, filter);
const asked = () => Boolean(form.elements.q.value || form.elements.age.value || form.elements.late.checked);

// A server has filtered already; in the static site the address is ours to read.
if (config.static) {
  const query = new URLSearchParams(window.location.search);
  form.elements.q.value = query.get("q") ?? "";
  form.elements.age.value = query.get("age") ?? "";
  form.elements.late.checked = Boolean(query.get("late"));
  if (asked()) filter();
}
onChange((change) => {
  if (!change.roads) return;
  refresh();
  if (asked()) filter();
});
onTick(refresh);
startRoads();
startLive();
