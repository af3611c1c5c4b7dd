// A name, with a mark beside it where the thing is made up.
import { nameOf, word } from "./config.js";
import { make } from "./elements.js";

/** The mark for made-up things, null for real ones. */
export const mark = (fictitious) => (fictitious ? make("span", { class: "mark", title: word("fictitious_note") }, word("fictitious")) : null);

/** The name of a station or vehicle and, where needed, its mark. */
export function named(properties) {
  return properties.fictitious ? [nameOf(properties), " ", mark(true)] : [nameOf(properties)];
}
