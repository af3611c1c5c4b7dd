// The three sheets behind the buttons: one is open or none; where the focus is stays where it is.
import { byId } from "./elements.js";

const NAMES = ["route", "report", "task"];

/** Wires the buttons; `onOpen(name)` is called when a sheet opens. */
export function startSheets(onOpen) {
  const buttons = new Map(NAMES.map((name) => [name, document.querySelector(`[data-sheet="${name}"]`)]));

  function show(wanted) {
    for (const [name, button] of buttons) {
      byId(`sheet-${name}`).hidden = name !== wanted;
      button.setAttribute("aria-expanded", String(name === wanted));
    }
    if (wanted) onOpen(wanted);
  }

  const open = () => NAMES.find((name) => !byId(`sheet-${name}`).hidden) ?? null;
  for (const [name, button] of buttons) button.addEventListener("click", () => show(open() === name ? null : name));
  document.addEventListener("keydown", ({ key }) => {
    const name = open();
    if (key !== "Escape" || !name) return;
    // Only a focus that would vanish with the sheet goes back to the button that opened it.
    if (byId(`sheet-${name}`).contains(document.activeElement)) buttons.get(name).focus();
    show(null);
  });
  return { show, open };
}
