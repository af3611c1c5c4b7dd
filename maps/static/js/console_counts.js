// The counts in the header: they stand above every tab, so that no danger hides behind another view.
import { word } from "./config.js";
import { byId, make } from "./elements.js";
import { symbolSvg } from "./symbols.js";

const LEVELS = ["danger", "warning", "caution", "standby"];

/** Writes the counts where they changed; `onChoose(id)` is called with the first episode of what was pressed. */
export function showCounts({ live, failure }, onChoose) {
  const box = byId("counts");
  const key = JSON.stringify([live?.counts ?? null, failure !== null]);
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  const held = box.contains(document.activeElement) ? document.activeElement.dataset.count : null;
  box.replaceChildren(...(live ? parts(live, onChoose) : [make("span", { class: "count is-none" }, "–")]));
  if (held) box.querySelector(`[data-count="${held}"]`)?.focus({ preventScroll: true });
}

function parts({ counts, episodes }, onChoose) {
  const first = (wanted) => episodes.find((episode) => episode.closed_at === null && wanted(episode))?.id;
  const made = LEVELS.map((level) => one(level, word(`level_${level}`), counts[level], symbolSvg(level), () => onChoose(first((episode) => episode.level === level))));
  made.push(one("stale", word("console_count_stale"), counts.stale, symbolSvg("no_data"), () => onChoose(first(({ stale }) => stale))));
  made.push(one("unanswered", word("console_count_open"), counts.unanswered, null, () => onChoose(first(({ level, ack }) => ["danger", "warning"].includes(level) && !ack)), word("console_count_open_long")));
  return made;
}

function one(name, label, count, symbol, press, title = null) {
  return make("button", { type: "button", class: count ? "count" : "count is-none", "data-count": name, disabled: count === 0, title, onclick: press }, symbol, make("span", {}, label), " ", make("b", {}, String(count)));
}

