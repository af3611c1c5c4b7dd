// The bar that says how fresh the display is, and the button that stops it.
import { announce } from "./announce.js";
import { clockTime, now, running, setClock } from "./clock.js";
import { config, word } from "./config.js";
import { byId, setText } from "./elements.js";
import { startFeed } from "./feed.js";
import { isPaused, onGate, pass, pause, resume } from "./gate.js";
import { startSnapshots } from "./snapshots.js";
import { ageText } from "./state.js";

export const freshness = { state: "connecting", lastHeard: null };

const BROKEN = new Set(["lost", "halted", "stopped"]);
const HEARD = new Set(["receiving", "polling", "copied"]);

const listeners = [];
let held = { count: 0, alertsChanged: false };

/** Calls `listener` each second and whenever the connection changes. */
export const onTick = (listener) => listeners.push(listener);

/** Connects bar, button and feed. */
export function startLive() {
  onGate((state) => {
    held = state;
    show();
  });
  byId("pause").hidden = false;
  byId("pause").addEventListener("click", () => {
    (isPaused() ? resume : pause)();
    tick();
  });
  (config.static ? startSnapshots : startFeed)({ onMessage: heard, onState: connection });
  setInterval(tick, 1000);
}

function heard(kind, data, serverTime) {
  setClock(serverTime);
  if (!data.stale && !config.static) freshness.lastHeard = serverTime;
  else if (data.read_at) freshness.lastHeard = Date.parse(data.read_at);
  pass(kind, data);
  show();
}

function connection(state) {
  if (state === freshness.state) return;
  const before = freshness.state;
  freshness.state = state;
  if (isBroken()) announce(brokenText());
  else if (BROKEN.has(before) && state !== "connecting") announce(config.static ? barText() : word("receiving"));
  tick();
}

function tick() {
  show();
  for (const listener of listeners) listener();
}

/** Whether what is shown is known to be old: nothing comes through, or the server's own data stand still. */
export const isBroken = () => BROKEN.has(freshness.state);

/** Whether what is shown is heard from now; not while connecting, though an older state may be shown. */
export const isHeard = () => HEARD.has(freshness.state);

/** The instant what is shown is true of: now where it is heard live, when it was read where it is a copy. */
export const shownAt = () => (config.static && freshness.lastHeard !== null ? freshness.lastHeard : now());

const brokenText = () => (freshness.lastHeard === null ? word("lost_never") : word(freshness.state, { time: clockTime(freshness.lastHeard) }));

function show() {
  const bar = byId("freshness");
  bar.dataset.state = isPaused() ? "paused" : freshness.state;
  setText(byId("freshness-text"), barText());
  byId("pause").setAttribute("aria-pressed", String(isPaused()));
  setText(byId("pause-text"), isPaused() ? resumeText() : word("pause"));
}

function resumeText() {
  if (held.count === 0) return word("resume");
  return `${word("resume")}・${word(held.alertsChanged ? "held_danger" : "held", { count: held.count })}`;
}

function barText() {
  if (isPaused() && now() !== null) return word("paused", { time: clockTime(now()) });
  if (isBroken()) return brokenText();
  if (freshness.state === "connecting" || running() === null) return word("connecting");
  if (freshness.state === "copied") return `${word("copied_at", { time: clockTime(freshness.lastHeard) })} ・ ${ageText((running() - freshness.lastHeard) / 1000)}`;
  return `${word("as_of", { time: clockTime(running()) })} ・ ${word(freshness.state)}`;
}
