// The server's clock, also where there is no line: what it said last, carried on by the phone's own.
import { running, setClock } from "./clock.js";
import { keep, kept } from "./crew_door.js";
import { word } from "./config.js";

const STEP_MS = 1000;
let skew = kept("skew") ?? 0;

/** Takes the time a server's answer bears. */
export function heard(response) {
  const said = Date.parse(response.headers.get("Yukimori-Time") ?? "");
  if (Number.isNaN(said)) return;
  setClock(said);
  const found = said - Date.now();
  if (Math.abs(found - skew) > STEP_MS) keep("skew", (skew = found));
}

/** The present in ms since 1970, by the server's clock as far as it is known. */
export const present = () => running() ?? Date.now() + skew;

/** How far the phone's clock is off, in ms. */
export const clockError = () => Math.abs(skew);

/** A span in words: seconds below a minute, minutes, then hours. */
export function span(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return word("seconds", { n: seconds });
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return word("minutes", { n: minutes });
  return word("hours", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

/** How long ago, in words; what lies ahead of the clock by a little is now. */
export function ago(ms) {
  const age = present() - ms;
  return age < 10_000 ? word("now") : word("ago", { time: span(age) });
}
