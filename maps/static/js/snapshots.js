// Brings the state as it was last written into the static site: a file, asked for again and again. Its age is told.
import { running } from "./clock.js";
import { resource } from "./config.js";

const EVERY_MS = 40_000;
const AFTER_FAILURE_MS = 15_000;
const OLD_MS = 180_000;  // written every minute: three missed rounds are no hiccup
const FAILURES_BEFORE_LOST = 2;
const DATE_SLACK_MS = 60_000;  // by how much the clocks of writer and file server may differ

const sometimesLater = (ms) => ms * (0.85 + 0.3 * Math.random());

/**
 * Starts asking. `onMessage("snapshot", data, serverTime)` gets what was written; `onState(name)` gets connecting,
 * copied, stopped (the file is there, but nobody writes it any more) or lost (it cannot be had).
 */
export function startSnapshots({ onMessage, onState }) {
  let timer = 0;
  let asked = 0;
  let failures = 0;
  let readAt = null;
  let latest = null;

  async function ask() {
    clearTimeout(timer);
    asked += 1;
    const mine = asked;
    try {
      const answer = await fetchSnapshot();
      if (mine !== asked) return;
      failures = 0;
      readAt = Date.parse(answer.body.read_at);
      onMessage("snapshot", answer.body, instant(answer));
    } catch {
      if (mine !== asked) return;
      failures += 1;
    }
    judge();
    timer = setTimeout(ask, sometimesLater(failures > 0 ? AFTER_FAILURE_MS : EVERY_MS));
  }

  // A cache on the way may repeat an old Date: time as we know it never goes back.
  function instant(answer) {
    const known = latest === null ? -Infinity : latest.time + performance.now() - latest.at;
    latest = { time: Math.max(presentTime(answer), known), at: performance.now() };
    return latest.time;
  }

  function judge() {
    if (failures >= FAILURES_BEFORE_LOST || (failures > 0 && readAt === null)) onState("lost");
    else if (readAt !== null) onState(running() - readAt > OLD_MS ? "stopped" : "copied");
  }

  function halt() {
    asked += 1;
    clearTimeout(timer);
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? halt() : ask()));
  window.addEventListener("pagehide", halt);
  window.addEventListener("pageshow", (event) => event.persisted && ask());
  setInterval(judge, 1000);
  onState("connecting");
  if (!document.hidden) ask();
}

// "no-cache" lets the browser ask whether its copy still holds; a 304 brings a fresh Date with it.
async function fetchSnapshot() {
  const response = await fetch(resource("/live/snapshot.json"), { cache: "no-cache" });
  if (!response.ok) throw new Error(`snapshot: ${response.status}`);
  const age = Number(response.headers.get("age") ?? 0) || 0;
  const date = Date.parse(response.headers.get("date") ?? "") + age * 1000 + 500;  // the header knows whole seconds only
  return { body: await response.json(), date };
}

/** The present time: the file server's where it can be true, else this device's, never before the state was written. */
function presentTime({ body, date }) {
  const written = Date.parse(body.generated_at);
  const found = [date, Date.now()].find((time) => time >= written - DATE_SLACK_MS);
  return Math.max(found ?? written, written);
}
