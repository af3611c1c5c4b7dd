// The server's clock. Ages are reckoned from it, never from the clock of the device in hand.
import { config } from "./config.js";

const TOLERANCE_MS = 700;
let offset = null;
let frozen = null;

const part = (options) => new Intl.DateTimeFormat("sv-SE", { timeZone: config.timeZone, hour12: false, ...options });
const hms = part({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const hm = part({ hour: "2-digit", minute: "2-digit" });
const full = part({ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** Sets the clock by a time the server just sent; small differences are the network's and are ignored. */
export function setClock(serverTime) {
  const candidate = serverTime - performance.now();
  if (offset === null || Math.abs(candidate - offset) > TOLERANCE_MS) offset = candidate;
}

/** The server's present time in ms, null before it was heard; stands still while the display is paused. */
export function now() {
  if (frozen !== null) return frozen;
  return running();
}

/** The server's present time in ms even while the display is paused. */
export const running = () => (offset === null ? null : performance.now() + offset);

/** Lets the clock stand still: at the present, or at an instant that is looked back on. */
export const freeze = (at = running()) => { frozen = at; };
export const thaw = () => { frozen = null; };

const day = part({ year: "numeric", month: "2-digit", day: "2-digit" });
export const clockTime = (ms) => hms.format(ms);
export const shortTime = (ms) => hm.format(ms);
export const exactTime = (ms) => full.format(ms);
/** Day, hours and minutes, as the pages without scripts write them. */
export const momentTime = (ms) => full.format(ms).slice(5, 16);
/** Hours and minutes where that is today in the town, else with the day. */
export const sinceTime = (ms) => (now() !== null && day.format(ms) === day.format(now()) ? shortTime(ms) : momentTime(ms));
