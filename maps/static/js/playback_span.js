// Which time is played: two fields in the town's own time, and short cuts to what is asked for most.
import { config, word } from "./config.js";
import { byId, make } from "./elements.js";

const HOUR_MS = 3_600_000;
const LONGEST_MS = 24 * HOUR_MS;
const [EVENING, MORNING] = [18, 9];
const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: config.timeZone, hour12: false, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });

const written = (ms) => clock.format(ms).replace(" ", "T");

// The instant a wall clock of the town shows a time: guessed in UTC, then put right by what that instant looks like there.
function instant(text) {
  const wanted = Date.parse(`${text}Z`);
  if (Number.isNaN(wanted)) return NaN;
  let found = wanted;
  for (let round = 0; round < 2; round += 1) found += wanted - Date.parse(`${written(found)}Z`);
  return found;
}

/** The time asked for as {from, to} in ms; null where it is none, or longer than a day. */
export function chosenSpan() {
  const from = instant(byId("from").value);
  const to = instant(byId("to").value);
  return to > from && to - from <= LONGEST_MS ? { from, to } : null;
}

/** Fills the fields and the short cuts; `onChosen()` is called when a short cut is taken. */
export function offerSpans(asked, onChosen) {
  const now = Date.parse(config.now);
  fill(asked.from > 0 && asked.to > asked.from ? asked : { from: now - 12 * HOUR_MS, to: now });
  const take = (span) => () => {
    fill(span);
    onChosen();
  };
  const button = (text, span) => make("button", { type: "button", class: "button", onclick: take(span) }, text);
  byId("shortcuts").append(button(word("playback_last_hours", { count: 3 }), { from: now - 3 * HOUR_MS, to: now }), button(word("playback_last_hours", { count: 12 }), { from: now - 12 * HOUR_MS, to: now }), button(word("playback_last_night"), lastNight(now)));
}

function fill({ from, to }) {
  byId("from").value = written(from);
  byId("to").value = written(to);
}

function lastNight(now) {
  const today = written(now).slice(0, 10);
  const morning = instant(`${today}T${String(MORNING).padStart(2, "0")}:00`);
  return { from: morning - (24 - EVENING + MORNING) * HOUR_MS, to: morning };
}
