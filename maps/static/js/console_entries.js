// One line of an episode's course. Entries are only ever added; a message's ways change in their place.
import { config, word } from "./config.js";
import { inLanguage, levelWord, named, failureText, signalled, timeTag, wayName, when } from "./console_text.js";
import { make } from "./elements.js";

const LATE_MS = 90_000;
const PURPOSES = new Set(["repeat", "escalation", "silence", "resident", "digest", "admin"]);

/** What names an entry through all its changes. */
export const entryKey = (entry) => [entry.entry, entry.kind ?? entry.purpose, entry.seq ?? "", entry.known_at, entry.subject_ja ?? entry.who ?? "", entry.resident ?? ""].join("|");

/** The row of an entry. */
export function entryRow(episode, entry) {
  const make_ = { step: stepRow, telling: tellingRow, message: messageRow, answer: answerRow }[entry.entry] ?? otherRow;
  return make("li", { class: `entry is-${entry.entry}`, "data-level": entry.to ?? entry.level ?? null }, timeTag(entry.known_at), make("div", {}, ...make_(episode, entry)));
}

function stepRow(episode, entry) {
  const places = { from: levelWord(entry.from), to: levelWord(entry.to ?? entry.from) };
  const key = `step_${entry.kind}`;
  const text = key in config.words ? word(key, places) : word("step_other", { kind: entry.kind });
  const cause = entry.cause && `cause_${entry.cause}` in config.words ? word(`cause_${entry.cause}`) : "";
  const late = Date.parse(entry.known_at) - Date.parse(entry.at) > LATE_MS;
  return [
    make("p", { class: "entry-title" }, text, entry.value === null ? null : make("span", { class: "entry-value" }, ` ${signalled(episode, entry.value)}`)),
    cause ? make("p", { class: "small" }, cause) : null,
    late ? make("p", { class: "small" }, make("span", {}, when(entry.at), " → "), word("step_late", { time: when(entry.known_at) })) : null,
  ].filter(Boolean);
}

function tellingRow(_episode, entry) {
  return [make("p", { class: "small" }, word("entry_held", { verdict: named("verdict", entry.verdict) }))];
}

function messageRow(_episode, entry) {
  const title = word(`entry_${entry.resident ? "resident" : PURPOSES.has(entry.purpose) ? entry.purpose : "message"}`);
  const text = inLanguage(entry, "text");
  return [
    make("p", { class: "entry-title" }, make("span", { class: entry.resident ? "mark mark-resident" : "mark" }, title), " ", inLanguage(entry, "subject")),
    make("ul", { class: "ways" }, ...entry.ways.map((one) => way(one, entry.ways))),
    text ? make("details", {}, make("summary", {}, word("entry_full")), make("p", { class: "message-text" }, text)) : null,
  ].filter(Boolean);
}

function way(one, ways) {
  const state = ["dead", "unknown"].includes(one.state) ? "dead" : one.state === "queued" ? "queued" : "delivered";
  const mark = { delivered: "✓", queued: "…", dead: "✕" }[state];
  const said = one.state === "unknown" ? word("outbox_state_unknown") : word(`told_${state}`);
  return make("li", { class: `told-way is-${state}`, title: one.channel }, [inLanguage(one, "audience"), wayName(one, ways)].filter(Boolean).join(" "), " ", make("b", {}, mark, " ", said), one.finished_at ? " " : null, one.finished_at ? timeTag(one.finished_at) : null, state !== "delivered" && one.error ? make("span", { class: "small", title: one.error }, ` ${failureText(one.error)}`) : null);
}

function answerRow(_episode, entry) {
  if (entry.kind === "ack") return [make("p", { class: "entry-title" }, "✓ ", word("entry_ack", { who: entry.who, level: levelWord(entry.level) })), entry.note ? make("p", { class: "small" }, entry.note) : null].filter(Boolean);
  if (entry.kind === "closing_wish") return [make("p", { class: "entry-title" }, word("entry_closing_wish", { who: entry.who, note: entry.note }))];
  return otherRow(_episode, entry);
}

function otherRow(_episode, entry) {
  return [make("p", { class: "entry-title" }, inLanguage(entry, "text") || entry.note || entry.kind || entry.entry)];
}
