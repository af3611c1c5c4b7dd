// What the town has told its residents: in force first, each in three languages, with what became of it.
import { momentTime } from "./clock.js";
import { config, resource, word } from "./config.js";
import { byId, make, setText } from "./elements.js";

const EVERY_MS = 20_000;
const FAILURE_MAX_MS = 300_000;
const section = byId("announcements");
let shown = "";
let timer = 0;
let failures = 0;

const moment = (iso) => momentTime(Date.parse(iso));

async function ask() {
  clearTimeout(timer);
  try {
    const response = await fetch(resource("/api/announcements"), { cache: "no-cache" });
    if (!response.ok) throw new Error(`announcements: ${response.status}`);
    show(await response.json());
    failures = 0;
  } catch {
    failures += 1;
    // What was shown stays; nobody may take silence for "nothing was said".
    setText(byId("announcements-line"), word("announcements_failed"));
    byId("announcements-line").hidden = false;
  }
  timer = setTimeout(ask, Math.min(EVERY_MS * 2 ** Math.min(failures, 4), FAILURE_MAX_MS) * (0.9 + 0.2 * Math.random()));
}

function show({ announcements, generated_at: at }) {
  const line = announcements.length > 0 ? "" : word("announcements_none", { time: moment(at) });
  setText(byId("announcements-line"), line);
  byId("announcements-line").hidden = line === "";
  const key = JSON.stringify(announcements);
  if (key === shown) return;
  shown = key;
  const open = new Set([...section.querySelectorAll("details[open]")].map((details) => details.dataset.key));
  const inOrder = [...announcements].sort((one, other) => other.in_force - one.in_force);
  byId("announcement-list").replaceChildren(...inOrder.map((told) => entry(told, open)));
}

function entry(told, open) {
  const own = config.language === "en" ? "en" : "ja";
  const other = own === "en" ? "ja" : "en";
  return make(
    "li",
    { class: `announcement ${told.in_force ? `is-${told.level}` : "is-over"}` },
    make("span", { class: "announcement-state" }, stateOf(told)),
    make("strong", { lang: own }, told[own].subject),
    make("span", { class: "small" }, ` ${word("announcement_sent", { time: moment(told.sent_at) })}`),
    details(`${told.id}-text`, word("announcement_more"), told[own], own, open),
    details(`${told.id}-easy`, word("announcement_easy"), told.easy, "ja", open),
    details(`${told.id}-${other}`, other === "en" ? "English" : "日本語", told[other], other, open),
  );
}

function stateOf(told) {
  if (told.kind === "withdrawal" || told.kind === "all_clear") return word(`announcement_${told.kind}`);
  if (!told.in_force) return word("announcement_over");
  return told.kind === "correction" ? `${word("announcement_in_force")}・${word("announcement_correction")}` : word("announcement_in_force");
}

function details(key, title, { subject, text }, lang, open) {
  const lines = text.split("\n").map((line) => make("p", {}, line));
  return make("details", { "data-key": key, open: open.has(key) }, make("summary", { lang }, title), make("div", { lang }, make("p", {}, make("strong", {}, subject)), ...lines));
}

if (section) {
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : ask()));
  window.addEventListener("pagehide", () => clearTimeout(timer));
  window.addEventListener("pageshow", (event) => event.persisted && ask());
  if (!document.hidden) ask();
}
