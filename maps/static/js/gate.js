// Stands between feed and display: while paused it holds messages back and counts them.
import { freeze, thaw } from "./clock.js";
import { take } from "./world.js";

let held = [];
let count = 0;
let alertsChanged = false;
let paused = false;
let listener = () => {};

export const onGate = (callback) => { listener = callback; };
export const isPaused = () => paused;

/** Hands a message on, or holds it back while paused. A snapshot replaces what was held before it; roads come by themselves. */
export function pass(kind, data) {
  if (kind === "heartbeat") return;
  if (!paused) {
    take(kind, data);
    return;
  }
  if (kind === "snapshot") held = held.filter(([earlier]) => earlier === "roads");
  if (kind === "roads") held = held.filter(([earlier]) => earlier !== "roads");
  held.push([kind, data]);
  count += 1;
  alertsChanged ||= Boolean(data.alerts) && kind === "delta";
  listener({ paused, count, alertsChanged });
}

export function pause() {
  paused = true;
  freeze();
  listener({ paused, count, alertsChanged });
}

export function resume() {
  paused = false;
  thaw();
  const waiting = held;
  held = [];
  count = 0;
  alertsChanged = false;
  for (const [kind, data] of waiting) take(kind, data);
  listener({ paused, count, alertsChanged });
}
