// Closed roads, as staff has said them. What cannot be read is told as that; what is not in the list is not thereby open.
import { momentTime, running } from "./clock.js";
import { allWords, ownText, statusWord } from "./closure_words.js";
import { config, resource, word } from "./config.js";
import { byId, make, setText } from "./elements.js";
import { isPaused } from "./gate.js";

const EVERY_MS = 60_000;
const FAILURE_MAX_MS = 300_000;
const OLD_MS = 180_000;  // the static site is written each minute: three missed rounds are no hiccup
const section = byId("closures");
const listeners = [];
let told = null;
let shown = "";
let timer = 0;
let failures = 0;
let choose = null;

/** Calls `listener` whenever what is known, or how old it is, is another than before. */
export const onClosures = (listener) => listeners.push(listener);

/** Makes the entries buttons; `onChoose(id)` is called, for those of which `isPlaced(id)`. */
export function chooseClosures(onChoose, isPlaced) {
  choose = { onChoose, isPlaced };
  refreshClosures();
}

/** The roads that are closed or restricted, and those open again lately. */
export const closures = () => [...(told?.closures ?? [])].sort((a, b) => (a.status === "open") - (b.status === "open"));

/** As of when what is shown is where it may not be so any more (ms); null where it is up to date, or nothing is known. */
export function closuresOldAt() {
  if (!told) return null;
  const at = Date.parse(told.generated_at);
  const present = running();
  const old = told.stale || failures > 0 || (present !== null && present - at > OLD_MS);
  return old ? at : null;
}

/** Brings what is said up to date: age alone changes it. */
function refreshClosures() {
  const line = lineOf();
  setText(byId("closures-line"), line);
  byId("closures-line").hidden = line === "";
  const entries = closures().map((closure) => [closure.id, closure.status, ownText(closure, "name"), allWords(closure), Boolean(choose?.isPlaced(closure.id))]);
  const key = JSON.stringify([entries, closuresOldAt()]);
  if (key === shown || !told) return;
  shown = key;
  const list = byId("closures-list");
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.closure : null;
  list.replaceChildren(...entries.map(entry));
  if (focused) list.querySelector(`[data-closure="${CSS.escape(focused)}"]`)?.focus();
  for (const listener of listeners) listener();
}

function lineOf() {
  if (!told) return failures > 0 ? word("closures_failed") : word("closures_loading");
  const time = momentTime(Date.parse(told.generated_at));
  if (closuresOldAt() !== null) return word("closures_stale", { time });
  if (closures().length === 0) return word("closures_none", { time });
  return config.static ? word("closures_copied", { time }) : "";
}

function entry([id, status, name, text, placed]) {
  const title = make("strong", {}, name);
  return make("li", {},
    make("span", { class: `closure-status is-${status}` }, statusWord({ status })), " ",
    placed ? make("button", { type: "button", class: "closure-show", "data-closure": id, onclick: () => choose.onChoose(id) }, title, make("span", { class: "visually-hidden" }, ` ${word("closures_show")}`)) : title,
    make("span", { class: "small" }, ` ${text}`),
    choose && !placed && status !== "open" ? make("span", { class: "small" }, ` ・ ${word("closures_nowhere")}`) : null);
}

async function ask() {
  clearTimeout(timer);
  try {
    const response = await fetch(resource(config.static ? "/live/closures.json" : "/api/closures"), { cache: "no-cache" });
    if (!response.ok) throw new Error(`closures: ${response.status}`);
    const answer = await response.json();
    failures = 0;
    if (!isPaused()) told = answer;
  } catch {
    failures += 1;
  }
  refreshClosures();
  timer = setTimeout(ask, Math.min(EVERY_MS * 2 ** Math.min(failures, 4), FAILURE_MAX_MS) * (0.9 + 0.2 * Math.random()));
}

if (section) {
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : ask()));
  window.addEventListener("pagehide", () => clearTimeout(timer));
  window.addEventListener("pageshow", (event) => event.persisted && ask());
  setInterval(refreshClosures, 10_000);
  if (!document.hidden) ask();
}
