// The bar that says how fresh the display is, and the button that stops it.
import { announce } from "./announce.js";
import { clockTime, now, running, setClock } from "./clock.js";
import { word } from "./config.js";
import { byId, setText } from "./elements.js";
import { startFeed } from "./feed.js";
import { isPaused, onGate, pass, pause, resume } from "./gate.js";

export const freshness = { state: "connecting", lastHeard: null };

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
  startFeed({ onMessage: heard, onState: connection });
  setInterval(tick, 1000);
}

function heard(kind, data, serverTime) {
  setClock(serverTime);
  if (!data.stale) freshness.lastHeard = serverTime;
  else if (data.read_at) freshness.lastHeard = Date.parse(data.read_at);
  pass(kind, data);
  show();
}

function connection(state) {
  if (state === freshness.state) return;
  const before = freshness.state;
  freshness.state = state;
  if (state === "lost" || state === "halted") announce(brokenText());
  else if ((before === "lost" || before === "halted") && state !== "connecting") announce(word("receiving"));
  tick();
}

function tick() {
  show();
  for (const listener of listeners) listener();
}

/** Whether what is shown is known to be old: nothing comes through, or the server's own data stand still. */
export const isBroken = () => freshness.state === "lost" || freshness.state === "halted";

/** Whether what is shown is heard from now; not while connecting, though an older state may be shown. */
export const isHeard = () => freshness.state === "receiving" || freshness.state === "polling";

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
  return `${word("as_of", { time: clockTime(running()) })} ・ ${word(freshness.state)}`;
}
