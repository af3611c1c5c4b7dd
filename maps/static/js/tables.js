// Keeps the rows of a table of facts up to date; texts only, rows stay where they are.
import { now } from "./clock.js";
import { address, word } from "./config.js";
import { levelTags } from "./detail.js";
import { make, setText } from "./elements.js";
import { showAge } from "./lists.js";
import { ageNote, stateOf, valueText } from "./state.js";

/** Brings value, level, age with its note and quality of a row up to date; `cell(name)` answers its element. */
export function fillRow(cell, slug, quantity, unconfirmed) {
  const state = stateOf(quantity, now());
  setText(cell("value"), valueText(slug, quantity.value));
  cell("value").closest(".value, .huge").classList.toggle("is-stale", state.stale);
  showAge(cell("age").querySelector("time"), quantity, state);
  setText(cell("note"), ageNote(quantity));
  setText(cell("quality"), word(`quality_${quantity.quality}`));
  const key = `${state.symbol} ${state.word} ${state.suspect} ${unconfirmed}`;
  if (cell("level").dataset.key === key) return;
  cell("level").dataset.key = key;
  cell("level").replaceChildren(...levelTags(state, unconfirmed));
}

export const stationLink = (id, text) => make("a", { href: address(`/station/${encodeURIComponent(id)}`) }, text);
