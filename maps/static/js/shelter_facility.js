// A building may be listed twice: as a place to flee to, and as a place to stay. The same rule as maps/shelter_facts.py.
import { world } from "./world.js";

/** What is said of the 指定避難所 of the facility whose 指定緊急避難場所 this id is; null where nothing is, and for others. */
export function stayOf(id) {
  const code = String(id);
  if (code[11] !== "2") return null;
  const same = [...world.shelters.keys()].filter((other) => other.slice(0, 11) === code.slice(0, 11) && other[11] === "1");
  return same.length > 0 ? world.shelters.get(same.sort().at(-1)) : null;
}
