// What is told of cleared roads: asked for again and again as long as somebody looks, and handed on like everything else.
import { now } from "./clock.js";
import { config, resource } from "./config.js";
import { pass } from "./gate.js";

const EVERY_MS = 45_000;
const AFTER_FAILURE_MS = 20_000;
const FAILURE_MAX_MS = 180_000;
const sometimesLater = (ms) => ms * (0.85 + 0.3 * Math.random());
const looks = new Map((config.roads?.ages ?? []).map((look) => [look.id, look]));
const aged = (config.roads?.ages ?? []).filter(({ below, id }) => below !== null || id === "over_24h");

/** How a class of ages is drawn and said. */
export const lookOf = (id) => looks.get(id) ?? looks.get("none");

/**
 * Starts asking; answers {again()}. What is new goes through the gate as `roads`, so that a paused display holds it back and
 * counts it; `onTrouble(flag)` is told when it cannot be had, and when it can again.
 */
export function startRoads(onTrouble = () => {}) {
  let timer = 0;
  let asked = 0;
  let failures = 0;
  let known = null;

  async function ask() {
    clearTimeout(timer);
    asked += 1;
    const mine = asked;
    try {
      const state = await fetchState();
      if (mine !== asked) return;
      failures = 0;
      onTrouble(false);
      const key = JSON.stringify([state.as_of, state.stale, state.order, state.roads]);
      if (key !== known) pass("roads", state);
      known = key;
    } catch {
      if (mine !== asked) return;
      failures += 1;
      onTrouble(true);
    }
    const wait = failures > 0 ? Math.min(AFTER_FAILURE_MS * 2 ** (failures - 1), FAILURE_MAX_MS) : EVERY_MS;
    timer = setTimeout(ask, sometimesLater(wait));
  }

  function halt() {
    asked += 1;
    clearTimeout(timer);
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? halt() : ask()));
  window.addEventListener("pagehide", halt);
  window.addEventListener("pageshow", (event) => event.persisted && ask());
  if (!document.hidden) ask();
  return { again: ask };
}

// "no-cache" lets the browser ask by ETag whether its copy still holds.
async function fetchState() {
  const response = await fetch(resource(config.static ? "/live/roads.json" : "/api/roads/state"), { cache: "no-cache" });
  if (!response.ok) throw new Error(`roads: ${response.status}`);
  return response.json();
}

/** Seconds since a road is clear as a whole, by the server's clock; null where no record is. */
export function ageOfRoad(state) {
  if (!state?.clear_since || now() === null) return null;
  return Math.max(0, (now() - Date.parse(state.clear_since)) / 1000);
}

/** The class of an age in seconds: the first it is below. */
export function classOfAge(seconds) {
  if (seconds === null) return "none";
  return aged.find(({ below }) => below === null || seconds < below).id;
}

/** The class a road is drawn by: withheld where nothing is told of it; its age goes on by the server's clock. */
export function classOf(state) {
  if (state?.withheld) return "withheld";
  if (!state?.clear_since) return "none";
  const age = ageOfRoad(state);
  return age === null ? state.age_class : classOfAge(age);
}

/** Whether a road counts as cleared: since the order where one stands, else within the window; `about` is the answer it came with. Null where nothing is told. */
export function isCleared(state, about) {
  if (!state || state.withheld) return null;
  if (!state.clear_since) return false;
  const begin = about?.order ? Date.parse(about.order.at) : Date.parse(about?.as_of) - 1000 * (about?.window_s ?? 0);
  return Date.parse(state.clear_since) >= begin;
}
