// The list of layers in the sheet: one switch each, its legend while it is shown, what went wrong with it and a way to try again.
import { word } from "./config.js";
import { byId, make } from "./elements.js";
import { fromAddress, toAddress } from "./place.js";

const NONE = "none";

/** Connects the switches; answers {show(ids), state(id, state)}. `onSwitch(id, on)` and `onRetry(id)` are called for people's choices. */
export function layerPanel({ titleOf, onSwitch, onRetry }) {
  const rows = new Map([...byId("layers").querySelectorAll("[data-layer]")].map((row) => [row.dataset.layer, row]));
  for (const [id, row] of rows) {
    const box = switchOf(row);
    if (!box) continue;
    box.addEventListener("change", () => {
      onSwitch(id, box.checked);
      toAddress("layers", chosen().join(",") || NONE);
    });
    row.querySelector("[data-trouble] button").addEventListener("click", () => onRetry(id));
  }

  const chosen = () => [...rows.entries()].filter(([, row]) => switchOf(row)?.checked).map(([id]) => id);

  function state(id, now) {
    const row = rows.get(id);
    if (!row) return;
    row.dataset.on = String(now !== "off");
    row.toggleAttribute("data-loading", now === "loading");
    switchOf(row).checked = now !== "off";
    tell(id, row, { failed: "layer_failed", partly: "layer_partly" }[now]);
  }

  // Told at the switch, where it can be tried again, and on top of the sheet, where it is seen.
  function tell(id, row, key) {
    const text = key ? word(key, { title: titleOf(id) }) : "";
    const trouble = row.querySelector("[data-trouble]");
    trouble.hidden = !key;
    trouble.querySelector("p").textContent = text;
    byId("sheet-body").querySelector(`:scope > [data-about="${CSS.escape(id)}"]`)?.remove();
    if (!key) return;
    const again = make("button", { type: "button", class: "button", onclick: () => onRetry(id) }, word("retry"));
    byId("sheet-body").prepend(make("div", { class: "failed", role: "alert", "data-about": id }, make("p", {}, text), again));
  }

  return { state };
}

const switchOf = (row) => row.querySelector('input[type="checkbox"]');

/** The ids the address asks for, null where it asks for none in particular. */
export function layersFromAddress() {
  const asked = fromAddress("layers");
  if (asked === null) return null;
  return asked === NONE ? [] : asked.split(",");
}
