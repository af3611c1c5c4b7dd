// Numbers on the tabs of panels nobody has opened: what waits for a second person, what did not leave, what is in force.
import { get, may } from "./console_api.js";
import { config } from "./config.js";

const EVERY_MS = 20_000;
const MESSAGES_WAIT = new Set(["submitted", "approved"]);

const lame = (channels) => channels.filter(({ dead, breaker }) => dead > 0 || breaker !== "closed");

/** What the tab of delivery counts: messages that did not leave, and channels that are paused. */
export function deliveryCount({ channels }) {
  const number = channels.reduce((sum, one) => sum + one.dead + (one.breaker === "closed" ? 0 : 1), 0);
  return [number, number > 0];
}

/** What the tab of the system counts: every trouble but those of channels, which stand under delivery. */
export function systemCount({ troubles, channels }) {
  const number = Math.max(0, troubles - lame(channels).length);
  return [number, number > 0];
}

// Panel → [where its facts are, (facts) → [number, whether somebody has to act]].
const ASKED = {
  messages: ["/api/console/messages", ({ messages }) => { const open = messages.filter(({ state }) => state === "draft" || MESSAGES_WAIT.has(state)); return [open.length, open.some(({ state }) => MESSAGES_WAIT.has(state))]; }],
  silences: ["/api/console/silences", ({ silences }) => { const open = silences.filter(({ state }) => state !== "over"); return [open.length, open.some(({ state }) => state === "waiting")]; }],
  outbox: ["/api/console/health", (health) => deliveryCount(health)],
  system: ["/api/console/health", (health) => systemCount(health)],
  warnings: ["/api/warnings", ({ warnings }) => [warnings?.length ?? 0, false]],
  exercises: ["/api/console/exercises", ({ exercises }) => { const held = exercises.some((one) => one.ended_at === null); return [held ? 1 : 0, held]; }],
};

/** Keeps the numbers of all tabs but the open one, which keeps its own; `tabs` are {count(id, number, urgent), current()}. */
export function startBadges(tabs) {
  const missing = new Set();

  async function round() {
    if (!document.hidden && may("viewer")) await Promise.all(addresses().map(ask));
    setTimeout(round, EVERY_MS);
  }

  const wanted = () => config.panels.map(({ id }) => id).filter((id) => id in ASKED && id !== tabs.current());
  const addresses = () => [...new Set(wanted().map((id) => ASKED[id][0]))].filter((path) => !missing.has(path));

  async function ask(path) {
    try {
      const { body } = await get(path);
      for (const id of wanted()) if (ASKED[id][0] === path) tabs.count(id, ...ASKED[id][1](body));
    } catch (error) {
      // What is not there is not asked for again; what fails now keeps the number it had.
      if ([403, 404, 405].includes(error.status)) missing.add(path);
    }
  }

  return round();
}
