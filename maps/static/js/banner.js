// One sentence on top: is anything dangerous now? "No danger" is only said while everything is heard from.
import { announce } from "./announce.js";
import { clockTime, now, shortTime, sinceTime } from "./clock.js";
import { bracketed, config, labelled, nameOf, word } from "./config.js";
import { byId, make } from "./elements.js";
import { freshness, isBroken, isHeard, shownAt } from "./freshness.js";
import { isPaused } from "./gate.js";
import { standingOf, stateOf, thresholdName, unitOf, valueText } from "./state.js";
import { symbolSvg } from "./symbols.js";
import { inDoubt, presentValue, world } from "./world.js";

const ranks = config.symbols.states;
let shown = "";

/** Rewrites the banner where its meaning changed; `onOpen(station id)` is called when it is chosen. */
export function showBanner(onOpen) {
  const { level, text, station, more } = verdict();
  const key = [level, text, station, more].join("|");
  if (key === shown) return;
  shown = key;
  const banner = byId("banner");
  const hadFocus = banner.contains(document.activeElement);
  if (["caution", "warning", "danger"].includes(level)) announce(text);
  banner.dataset.level = level;
  banner.replaceChildren(content(level, text, station, more, onOpen));
  if (hadFocus) banner.querySelector("button")?.focus();
}

function content(level, text, station, more, onOpen) {
  const parts = [ranks[level] ? symbolSvg(level) : null, make("span", {}, text), more ? make("span", { class: "more" }, word("banner_more", { count: more })) : null];
  if (station && onOpen && world.stations.has(station)) return make("button", { type: "button", onclick: () => onOpen(station) }, ...parts);
  return make("p", {}, ...parts);
}

/** What may be said now: {level, text, station, more}. A danger that was heard of stays; calm is withdrawn. */
export function verdict() {
  if (!isPaused() && !isBroken() && isHeard() && world.loaded) return gravest() ?? quiet();
  const doubt = doubtful();
  const danger = world.loaded ? gravest() : null;
  return danger ? { ...danger, text: danger.text + bracketed(doubt.text) } : doubt;
}

function gravest() {
  const alerts = gravestFirst(world.alerts.open);
  if (alerts.length > 0) return { level: alerts[0].level, text: alertSentence(alerts[0]), station: alerts[0].station, more: alerts.length - 1 };
  const reached = reachedStations();
  return reached.length > 0 ? { ...reached[0], more: reached.length - 1 } : null;
}

function doubtful() {
  if (isPaused() && now() !== null) return { level: "unknown", text: word("banner_paused", { time: clockTime(now()) }) };
  if (isBroken()) return unheard();
  return { level: "loading", text: word("banner_loading") };
}

function unheard() {
  if (freshness.lastHeard === null) return { level: "unknown", text: word("lost_never") };
  return { level: "unknown", text: word(`banner_${freshness.state}`, { time: clockTime(freshness.lastHeard) }) };
}

export function gravestFirst(alerts) {
  return [...alerts].sort((a, b) => ranks[b.level].rank - ranks[a.level].rank || b.opened_at.localeCompare(a.opened_at));
}

export function alertTitle(alert) {
  return config.language === "en" ? alert.title_en : alert.title_ja;
}

/** What its place measures now, else what the alert began with: {label, number, unit}. The label says what is measured where the rule compares another number (a snowfall, a rate). */
export function alertValue(alert) {
  const value = presentValue(alert);
  if (value === null) return null;
  const own = (alert.kind ?? "level") === "level";
  const measured = world.stations.get(alert.station)?.properties.quantities[alert.quantity]?.value ?? null;
  const label = own || measured === null ? "" : (config.quantities[alert.quantity]?.label ?? "");
  return { label, number: valueText(alert.quantity, value), unit: own || measured !== null ? unitOf(alert.quantity) : alert.unit };
}

/** The stations an alert is about, of a pair or a group all of them: [id, name] of each. */
export const placesOf = (alert) => (alert.stations ?? [alert.station]).map((id) => [id, world.stations.has(id) ? nameOf(world.stations.get(id).properties) : id]);

/** Their names beside each other. */
export const placeNames = (alert) => placesOf(alert).map(([, name]) => name).join(word("between_names"));

/** What has to be known beside an alert: unconfirmed, no data since, a value in doubt, easing. */
export const alertNotes = (alert) => [alert.unconfirmed && word("alert_unconfirmed"), alert.stale && word("stale_alert"), inDoubt(alert) && word("alert_in_doubt"), alert.recovering && word("recovering")].filter(Boolean);

function alertSentence(alert) {
  const parts = [labelled(word(`level_${alert.level}`), placeNames(alert)), alertTitle(alert)];
  const value = alertValue(alert);
  if (value) parts.push(`${value.label ? `${value.label}\u00a0` : ""}${value.number}\u00a0${value.unit}`);
  parts.push(word("since", { time: sinceTime(Date.parse(alert.opened_at)) }));
  const doubts = [alert.unconfirmed && word("unconfirmed"), alert.stale && word("stale_alert"), inDoubt(alert) && word("alert_in_doubt")].filter(Boolean);
  return parts.join(" ") + doubts.map(bracketed).join("");
}

// A threshold can be reached before a rule has held long enough, or where no rule watches: that is no calm either.
function reachedStations() {
  const found = [];
  for (const { properties } of world.stations.values()) {
    for (const [slug, quantity] of Object.entries(properties.quantities)) {
      const state = stateOf(quantity, now());
      if (state.lastRank < ranks.caution.rank) continue;
      found.push({ level: quantity.level, rank: state.lastRank, station: properties.id, text: reachedText(properties, slug, quantity, state) });
    }
  }
  return found.sort((a, b) => b.rank - a.rank || a.station.localeCompare(b.station));
}

function reachedText(properties, slug, quantity, state) {
  const value = `${valueText(slug, quantity.value)}\u00a0${unitOf(slug)}`;
  const low = quantity.thresholds.low;
  const rung = quantity.level === "caution" && low !== null && low !== undefined && quantity.value <= low ? "low" : quantity.level;
  const sentence = `${labelled(word(`level_${quantity.level}`), nameOf(properties))} ${value} ${word("reached", { level: thresholdName(properties.kind, rung) })}`;
  return sentence + (state.stale ? bracketed(word("stale_alert")) : "");
}

function quiet() {
  const places = [...world.stations.values()].map(({ properties }) => standingOf(properties, now())).filter(Boolean);
  const known = places.filter((place) => place.known).length;
  const missing = places.length - known;
  const time = shortTime(shownAt());
  if (known === 0) return { level: "unknown", text: word("banner_unknown", { time }) };
  if (missing > 0) return { level: "partly", text: word("banner_partly", { missing, known, time }) };
  const standby = places.filter((place) => place.rank === ranks.standby.rank).length;
  if (standby > 0) return { level: "standby", text: word("banner_standby", { count: standby, time }) };
  return { level: "calm", text: word("banner_calm", { time }) };
}

/** What an empty list of alerts says: that nothing is reached only where the banner says calm. */
export function noAlertsText() {
  const { level } = verdict();
  if (level === "calm") return word("no_alerts");
  return word(level in ranks ? "reached_only" : "unknown_yet");
}
