// What is known of a closed road, in words: the same as maps/closure_facts.py says on pages without scripts.
import { momentTime, now, running } from "./clock.js";
import { config, word } from "./config.js";

const moment = (iso) => momentTime(Date.parse(iso));
const present = () => now() ?? running() ?? Date.now();

/** A text of it in the page's language, the Japanese one where there is no other. */
export const ownText = (closure, name) => (config.language === "en" && closure[`${name}_en`]) || closure[`${name}_ja`];

export const statusWord = (closure) => word(`closure_${closure.status}`);
export const reasonWord = (closure) => word(`reason_${closure.reason}`);
const sinceWords = (closure) => (closure.status === "open" ? "" : word("closures_since", { time: moment(closure.since) }));

/** When it is expected to end; that it was, where that is past and nobody has said that it is open. */
export function untilWords(closure) {
  if (closure.status === "open") return "";
  if (!closure.until) return word("closures_until_unknown");
  return word(Date.parse(closure.until) <= present() ? "closures_until_past" : "closures_until", { time: moment(closure.until) });
}

/** Who says so, and when that was said last: the municipality, never a person. */
export const saidWords = (closure) => word("closures_said", { name: config.site.name, time: moment(closure.at) });

/** All of it in one line. */
export const allWords = (closure) => [reasonWord(closure), sinceWords(closure), untilWords(closure), ownText(closure, "note"), saidWords(closure)].filter(Boolean).join(" ・ ");
