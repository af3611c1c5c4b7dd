// The chips: one theme at a time sets layers, stations and list together.
import { byId } from "./elements.js";

/** Connects the chips; `onChoose(theme)` is called with {id, stations, layers, vehicles}. */
export function startThemes(onChoose) {
  const chips = [...byId("chips").querySelectorAll("button")];

  function choose(id) {
    const chip = chips.find(({ dataset }) => dataset.theme === id) ?? chips[0];
    for (const other of chips) other.setAttribute("aria-pressed", String(other === chip));
    bringAlong(chip);
    onChoose(JSON.parse(chip.dataset.content));
  }

  // On narrow screens the row of chips is wider than the screen: the chosen one is seen, whoever chose it.
  function bringAlong(chip) {
    const row = byId("chips");
    const [left, right] = [chip.offsetLeft - row.offsetLeft, chip.offsetLeft - row.offsetLeft + chip.offsetWidth];
    if (left < row.scrollLeft || right > row.scrollLeft + row.clientWidth) row.scrollLeft = left - (row.clientWidth - chip.offsetWidth) / 2;
  }

  for (const chip of chips) chip.addEventListener("click", () => choose(chip.dataset.theme));
  return { choose };
}
