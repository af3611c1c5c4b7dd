// Closed roads, as staff has said them. What cannot be read is told as that; what is not in the list is not thereby open.
import { momentTime } from "./clock.js";
import { config, resource, word } from "./config.js";
import { byId, make, setText } from "./elements.js";

const EVERY_MS = 60_000;
const FAILURE_MAX_MS = 300_000;
const section = byId("closures");
let shown = "";
let timer = 0;
let failures = 0;

const inLanguage = (closure, name) => (config.language === "en" && closure[`${name}_en`]) || closure[`${name}_ja`];
const moment = (iso) => momentTime(Date.parse(iso));

async function ask() {
  clearTimeout(timer);
  try {
    const response = await fetch(resource("/api/closures"), { cache: "no-cache" });
    if (!response.ok) throw new Error(`closures: ${response.status}`);
    show(await response.json());
    failures = 0;
  } catch {
    failures += 1;
    setText(byId("closures-line"), word("closures_failed"));
    byId("closures-line").hidden = false;
  }
  timer = setTimeout(ask, Math.min(EVERY_MS * 2 ** Math.min(failures, 4), FAILURE_MAX_MS) * (0.9 + 0.2 * Math.random()));
}

function show({ closures, stale, generated_at: at }) {
  const line = stale ? word("closures_stale", { time: moment(at) }) : closures.length > 0 ? "" : word("closures_none", { time: moment(at) });
  setText(byId("closures-line"), line);
  byId("closures-line").hidden = line === "";
  const key = JSON.stringify(closures);
  if (key === shown) return;
  shown = key;
  byId("closures-list").replaceChildren(...closures.map(entry));
}

function entry(closure) {
  const until = closure.status === "open" ? "" : closure.until ? word("closures_until", { time: moment(closure.until) }) : word("closures_until_unknown");
  return make("li", {},
    make("span", { class: `closure-status is-${closure.status}` }, word(`closure_${closure.status}`)),
    make("strong", {}, inLanguage(closure, "name")),
    make("span", { class: "small" }, ` ${[word(`reason_${closure.reason}`), moment(closure.at), until, inLanguage(closure, "note")].filter(Boolean).join(" ・ ")}`));
}

if (section) {
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : ask()));
  window.addEventListener("pagehide", () => clearTimeout(timer));
  window.addEventListener("pageshow", (event) => event.persisted && ask());
  if (!document.hidden) ask();
}
