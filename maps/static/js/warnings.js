// Warnings of the Meteorological Agency: what is in force for the town, as the agency calls it, with its age.
import { momentTime, running } from "./clock.js";
import { bracketed, config, resource, word } from "./config.js";
import { byId, make, setText } from "./elements.js";
import { isPaused } from "./gate.js";
import { ageText } from "./state.js";

const EVERY_MS = 60_000;
const FAILURE_MAX_MS = 300_000;
const section = byId("jma");
let shown = "";
let timer = 0;
let failures = 0;

async function ask() {
  clearTimeout(timer);
  try {
    const response = await fetch(resource(config.static ? "/live/warnings.json" : "/api/warnings"), { cache: "no-cache" });
    if (!response.ok) throw new Error(`warnings: ${response.status}`);
    const state = await response.json();
    failures = 0;
    if (!isPaused()) show(state);
  } catch {
    failures += 1;
    // What was shown stays, but nobody may take it for the present.
    setText(byId("jma-line"), word("jma_failed"));
    section.dataset.state = "failed";
    shown = "";
  }
  timer = setTimeout(ask, Math.min(EVERY_MS * 2 ** Math.min(failures, 4), FAILURE_MAX_MS) * (0.9 + 0.2 * Math.random()));
}

function show(state) {
  const line = lineOf(state);
  const warnings = state.warnings ?? [];
  const key = JSON.stringify([line, warnings]);
  if (key === shown) return;
  shown = key;
  section.dataset.state = isStale(state) ? "stale" : warnings.length > 0 ? "active" : state.warnings ? "none" : "unknown";
  setText(byId("jma-line"), line);
  byId("jma-line").hidden = line === "";
  const open = new Set([...section.querySelectorAll("details[open]")].map((details) => details.dataset.key));
  const told = new Set();
  byId("jma-list").replaceChildren(...warnings.map((warning) => entry(warning, open, told)));
}

// A file of the static site cannot know that it stands still: its own age tells.
function isStale(state) {
  const present = running();
  return state.stale || (present !== null && present - Date.parse(state.generated_at) > 900_000);
}

function lineOf(state) {
  if (isStale(state)) return word("jma_stale", { time: state.read_at ? momentTime(Date.parse(state.read_at)) : word("jma_never") });
  if (state.warnings === null) return word("jma_unknown");
  return state.warnings.length === 0 ? word("jma_none", { time: momentTime(Date.parse(state.newest_at)) }) : "";
}

// A headline that several warnings share is told with the first of them.
function entry(warning, open, told) {
  const key = [warning.type, warning.area, warning.code, warning.name, warning.subject].join("|");
  const name = config.language === "en" && warning.known ? warning.name_en : warning.name;
  const own = config.language === "en" && warning.known ? make("span", { class: "small", lang: "ja" }, ` ${warning.name}`) : null;
  const until = warning.until ? bracketed(word("jma_until", { time: momentTime(Date.parse(warning.until)) })) : "";
  const facts = make("span", { lang: "ja" }, [warning.subject, warning.area_name].filter(Boolean).join(" "));
  const headline = warning.headline && !told.has(warning.headline) ? warning.headline : null;
  told.add(warning.headline);
  return make(
    "li",
    { class: `jma-entry g-${warning.grade}` },
    make("span", { class: "jma-grade" }, word(`jma_${warning.grade}`)),
    make("strong", {}, warning.known ? name : `${word("jma_code", { code: warning.code || "–" })} ${name}`),
    own,
    make("span", { class: "jma-facts" }, facts, ` ・ ${word("jma_issued", { time: momentTime(Date.parse(warning.issued_at)) })}${bracketed(ageText(warning.age_s))}${until}`),
    headline ? make("details", { "data-key": key, open: open.has(key) }, make("summary", {}, word("jma_more")), make("p", { lang: "ja" }, headline, bracketed(warning.office))) : null,
  );
}

if (section) {
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : ask()));
  window.addEventListener("pagehide", () => clearTimeout(timer));
  window.addEventListener("pageshow", (event) => event.persisted && ask());
  if (!document.hidden) ask();
}
