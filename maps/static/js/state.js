// How a value is shown: the same rules as maps/facts.py, which writes the pages that need no script.
import { momentTime } from "./clock.js";
import { bracketed, config, word } from "./config.js";

const symbols = config.symbols.states;
const PRIMARY = { snow: "snow_depth", river: "water_level", channel: "channel_level", weather: "air_temperature", camera: "battery" };
export const RUNGS = ["danger", "warning", "caution", "standby", "low"];

/** Seconds since the value was measured, null where there is none. */
export function ageOf(quantity, now) {
  if (!quantity.at || now === null) return null;
  return Math.max(0, (now - Date.parse(quantity.at)) / 1000);
}

/** Symbol, word, rank and the flags stale, ageing, suspect of one value. */
export function stateOf(quantity, now) {
  const age = ageOf(quantity, now);
  const stale = age !== null && age > quantity.stale_after_s;
  const symbol = quantity.at ? quantity.level : "no_data";
  return {
    symbol,
    word: stateWord(quantity, symbol, stale),
    rank: stale ? 0 : symbols[symbol].rank,
    lastRank: symbols[symbol].rank,
    stale,
    ageing: !stale && age !== null && age > usualAge(quantity),
    suspect: quantity.quality === "suspect",
    known: !stale && !["no_data", "unjudged"].includes(symbol) && !["suspect", "fail", "missing"].includes(quantity.quality) && !cutOff(quantity),
  };
}

// A resting gauge that is offline could not report a flood: its silence says nothing.
const cutOff = (quantity) => Boolean(quantity.offline_since && quantity.report_due_at);

// The greatest age of a value whose next one is not overdue.
function usualAge(quantity) {
  if (!quantity.at || !quantity.report_due_at) return quantity.expected_interval_s;
  return (Date.parse(quantity.report_due_at) - Date.parse(quantity.at)) / 1000;
}

/** What explains the age of a value: its device is offline, or it rests at low water. Empty where nothing has to be. */
export function ageNote(quantity) {
  if (quantity.offline_since) return word("offline_since", { time: momentTime(Date.parse(quantity.offline_since)) });
  return quantity.report_due_at ? word("report_due", { time: momentTime(Date.parse(quantity.report_due_at)) }) : "";
}

const hasThreshold = (quantity) => Object.values(quantity.thresholds ?? {}).some((height) => height !== null && height !== undefined);

/**
 * What is known of a place from all its quantities that have a threshold: {known, rank}.
 * Null where nothing has one: such a place can never be judged and says nothing about calm.
 */
export function standingOf(properties, now) {
  const states = Object.values(properties.quantities).filter(hasThreshold).map((quantity) => stateOf(quantity, now));
  if (states.length === 0) return null;
  return { known: states.every((state) => state.known), rank: Math.max(...states.map((state) => state.lastRank)) };
}

function stateWord(quantity, symbol, stale) {
  if (stale) {
    if (symbols[symbol].rank < symbols.standby.rank) return word("level_stale");
    return word("level_stale") + bracketed(word("was_level", { level: word(`level_${symbol}`) }));
  }
  if (symbol === "unjudged" && ["fail", "missing"].includes(quantity.quality)) return word("level_unusable");
  return word(`level_${symbol}`);
}

/** The quantity a station is shown by: the gravest where one is raised, else the one its kind is for. */
export function leading(properties, now) {
  const entries = Object.entries(properties.quantities).map(([slug, quantity]) => ({ slug, quantity, state: stateOf(quantity, now) }));
  if (entries.length === 0) return null;
  const raised = entries.filter((entry) => entry.state.rank >= symbols.standby.rank);
  if (raised.length > 0) return raised.reduce((gravest, entry) => (entry.state.rank > gravest.state.rank ? entry : gravest));
  return entries.find((entry) => entry.slug === PRIMARY[properties.kind]) ?? entries[0];
}

/** The value with its quantity's decimals, an en dash where there is none. */
export function valueText(slug, value) {
  if (value === null || value === undefined) return "–";
  return value.toFixed(config.quantities[slug]?.decimals ?? 2);
}

export const unitOf = (slug) => config.quantities[slug]?.unit ?? "";

/** The official word for a rung: river gauges have names of their own. */
export function thresholdName(kind, rung) {
  if (rung === "low") return word("low");
  return kind === "river" ? word(`river_${rung}`) : word(`level_${rung}`);
}

/** How long ago, in the largest unit that fits. */
export function ageText(seconds) {
  if (seconds === null) return word("age_none");
  if (seconds < 5) return word("age_now");
  if (seconds < 60) return word("age_seconds", { count: Math.floor(seconds) });
  if (seconds < 3600) return word("age_minutes", { count: Math.floor(seconds / 60) });
  if (seconds < 86400) return word("age_hours", { count: Math.floor(seconds / 3600) });
  return word("age_days", { count: Math.floor(seconds / 86400) });
}

const COMPASS = { ja: ["北", "北東", "東", "南東", "南", "南西", "西", "北西"], en: ["N", "NE", "E", "SE", "S", "SW", "W", "NW"] };

/** The nearest of eight directions, an en dash where the heading is not known. */
export function compass(degrees) {
  if (degrees === null || degrees === undefined) return "–";
  return COMPASS[config.language][Math.round(degrees / 45) % 8];
}

export const IDLE_TASKS = new Set(["travel", "idle"]);
