// One episode as a card: how grave, where, how high and which way, since when, how sure, who knows, who answers.
import { now } from "./clock.js";
import { config, labelled, nameOf, word } from "./config.js";
import { may } from "./console_api.js";
import { agoText, inLanguage, levelWord, measured, signalled, stationName, titleOf, wayName, when } from "./console_text.js";
import { make } from "./elements.js";
import { symbolSvg } from "./symbols.js";

const ARROWS = { rising: "↑", falling: "↓", steady: "→" };

/** The content of a card; `actions` are {ack, silence, message} called with the episode. Wanted again whenever its key differs. */
export function cardContent(episode, { past, selected, actions }) {
  const open = episode.closed_at === null;
  return [
    head(episode, open),
    valueLine(episode, open),
    open ? marks(episode) : null,
    make("p", { class: "episode-since" }, open ? sinceText(episode) : overText(episode)),
    told(episode),
    open ? answered(episode) : null,
    open && !past && may("operator") ? buttons(episode, selected, actions) : null,
  ].filter(Boolean);
}

/** What decides whether a card has to be made anew. */
export const cardKey = (episode, { past, selected }) => JSON.stringify([episode, past, selected, staleNow(episode)]);

/** Whether the newest value is too old to speak for now, by the clock of now. */
function staleNow(episode) {
  const { present } = episode;
  if (!present?.at || now() === null) return episode.stale;
  return episode.stale || (now() - Date.parse(present.at)) / 1000 > present.stale_after_s;
}

function head(episode, open) {
  return make("div", { class: "episode-head" },
    symbolSvg(episode.level, { kind: episode.place?.kind ?? null, stale: open && staleNow(episode), suspect: suspect(episode) }),
    make("span", { class: "episode-level" }, levelWord(open ? episode.level : episode.highest)),
    make("span", { class: "episode-name" }, make("strong", {}, stationName(episode)), " ", make("span", {}, titleOf(episode))),
  );
}

function valueLine(episode, open) {
  const stale = open && staleNow(episode);
  const present = open && episode.present ? episode.present.value : episode.kind === "level" ? episode.value : null;
  const parts = open || present !== null ? [make("span", { class: stale ? "episode-value is-stale" : "episode-value" }, measured(episode, present))] : [];
  if (parts.length && episode.kind !== "level") parts.unshift(make("span", { class: "small" }, whatIsMeasured(episode)));
  if (open && episode.present) parts.push(stale ? null : trend(episode), episode.present.at ? make("span", { class: stale ? "age is-ageing" : "age", "data-measured": episode.present.at }, word("console_measured", { age: agoText(episode.present.at) })) : null);
  parts.push(highest(episode));
  return make("p", { class: "episode-numbers" }, ...parts);
}

// What the number is, where the rule compares another one: a depth beside a snowfall, one of several stations.
function whatIsMeasured(episode) {
  const label = config.quantities[episode.quantity]?.label ?? "";
  return episode.others?.length && episode.place ? `${nameOf(episode.place)} ${label}` : label;
}

function trend(episode) {
  const { trend: found } = episode;
  if (!found) return make("span", { class: "trend" }, word("trend_unknown"));
  const text = word(`trend_${found.direction}`, { change: measured(episode, found.change, true), minutes: found.minutes });
  return make("span", { class: `trend is-${found.direction}` }, make("span", { class: "arrow", "aria-hidden": "true" }, ARROWS[found.direction]), " ", text);
}

function highest(episode) {
  if (episode.peak === null) return null;
  const key = episode.kind !== "level" ? `console_signal_${episode.kind}` : episode.highest !== episode.level ? "console_highest_level" : episode.falling ? "console_highest_low" : "console_highest";
  return make("span", { class: "highest" }, word(key, { value: signalled(episode, episode.peak), level: levelWord(episode.highest) }));
}

const suspect = (episode) => episode.present?.quality === "suspect";

function marks(episode) {
  const found = [
    staleNow(episode) && "stale", suspect(episode) && "suspect", episode.unconfirmed && "unconfirmed", episode.recovering && "recovering",
    episode.forecast && "forecast", episode.health && "health",
  ].filter(Boolean);
  return found.length ? make("p", { class: "marks" }, ...found.map((name) => make("span", { class: `mark mark-${name}` }, word(`mark_${name}`)))) : null;
}

function sinceText(episode) {
  return make("span", { "data-since": episode.opened_at }, word("console_since", { time: when(episode.opened_at), age: agoText(episode.opened_at) }));
}

function overText(episode) {
  return word("console_over", { time: when(episode.closed_at), outcome: word(`outcome_${episode.outcome ?? "closed"}`) });
}

function told(episode) {
  if (episode.told.length === 0) return make("p", { class: "told told-none" }, word("console_told_none"));
  return make("p", { class: "told" }, make("span", { class: "told-label" }, word("console_told")), ...episode.told.map((way) => toldChip(way, episode.told)));
}

// Three states by mark, word and edge: what did not arrive is the loudest.
function toldChip(way, ways) {
  const state = way.dead > 0 ? "dead" : way.queued > 0 ? "queued" : "delivered";
  const count = way[state];
  const name = [way.resident ? word("console_told_residents") : inLanguage(way, "audience"), wayName(way, ways)].filter(Boolean).join(" ");
  const text = word(`told_${state}`);
  return make("span", { class: `told-way is-${state}`, title: way.channel }, name, " ", make("b", {}, { delivered: "✓", queued: "…", dead: "✕" }[state], " ", count > 1 ? word("told_count", { word: text, count }) : text));
}

function answered(episode) {
  const lines = [];
  if (episode.ack) lines.push(make("span", { class: "answered" }, "✓ ", word("console_ack_by", { who: episode.ack.who, time: when(episode.ack.at) })));
  else if (["danger", "warning"].includes(episode.level)) lines.push(make("span", { class: "unanswered" }, word("console_ack_none")));
  if (episode.silence) lines.push(make("span", { class: "silenced" }, word("console_silenced_by", { until: when(episode.silence.until), who: episode.silence.who, reason: episode.silence.reason })));
  if (episode.next_call && !episode.ack) lines.push(make("span", { class: "next-call" }, word("console_next_call", { time: when(episode.next_call.due_at), who: inLanguage(episode.next_call, "audience") })));
  return lines.length ? make("p", { class: "episode-answer" }, ...lines) : null;
}

function buttons(episode, selected, actions) {
  const made = [];
  const press = (name, key, label, strong) => made.push(make("button", { type: "button", class: strong ? "button strong" : "button", "data-action": name, "aria-label": labelled(label, `${stationName(episode)} ${titleOf(episode)}`), onclick: () => actions[name](episode) }, label, key ? " " : null, key ? make("kbd", { "aria-hidden": "true" }, key) : null));
  if (!episode.ack) press("ack", "A", word("console_ack"), ["danger", "warning"].includes(episode.level));
  if (selected) {
    if (!episode.silence) press("silence", "S", word("console_silence"));
    if (actions.message) press("message", "M", word("console_message"));
    if (episode.stale) press("close", "", word("console_end"));
  }
  return made.length ? make("p", { class: "episode-buttons" }, ...made) : null;
}

/** Writes ages anew without touching anything else. */
export function refreshAges(root) {
  for (const element of root.querySelectorAll("[data-measured]")) {
    const text = word("console_measured", { age: agoText(element.dataset.measured) });
    if (element.textContent !== text) element.textContent = text;
  }
  for (const element of root.querySelectorAll("[data-since]")) {
    const text = word("console_since", { time: when(element.dataset.since), age: agoText(element.dataset.since) });
    if (element.textContent !== text) element.textContent = text;
  }
}

