// The chips: one theme at a time sets layers, stations and list together.
import { byId } from "./elements.js";

/** Connects the chips; `onChoose(theme)` is called with {id, stations, layers, vehicles}. */
export function startThemes(onChoose) {
  const chips = [...byId("chips").querySelectorAll("button")];

  function choose(id) {
    const chip = chips.find(({ dataset }) => dataset.theme === id) ?? chips[0];
    for (const other of chips) other.setAttribute("aria-pressed", String(other === chip));
    onChoose(JSON.parse(chip.dataset.content));
  }

  for (const chip of chips) chip.addEventListener("click", () => choose(chip.dataset.theme));
  return { choose };
}
