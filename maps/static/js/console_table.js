// Tables and boxes of the panels; every one says what it is of, and what it means where it is empty.
import { word } from "./config.js";
import { clockTime, now } from "./clock.js";
import { make } from "./elements.js";

/** A table of `rows`; columns are {title, cell(row) → text or node, number?, wide?}. `none` stands where there are no rows. */
export function table(caption, columns, rows, none) {
  if (rows.length === 0) return make("p", { class: "empty" }, none);
  const head = make("tr", {}, ...columns.map(({ title, number }) => make("th", { scope: "col", class: number ? "number" : null }, title)));
  const body = rows.map((row) => make("tr", {}, ...columns.map((column) => cellOf(column, row))));
  return make("div", { class: "table-box", role: "region", tabindex: "0", "aria-label": caption }, make("table", {}, make("caption", { class: "visually-hidden" }, caption), make("thead", {}, head), make("tbody", {}, ...body)));
}

// On a phone a row is a card: a cell names itself there (data-title), and one that says nothing is left out.
function cellOf({ title, cell, number, wide }, row) {
  const parts = [cell(row)].flat().filter((one) => one !== null && one !== undefined).map((one) => (one instanceof Node ? one : String(one)));
  const nothing = parts.length === 1 && parts[0] === "–";
  return make("td", { class: [number ? "number" : wide ? "wide" : "", nothing ? "nothing" : ""].join(" ").trim() || null, "data-title": title || null }, ...parts);
}

/** A part of a panel with a heading; answers {element, fill(...nodes)}. */
export function part(title, ...tools) {
  const body = make("div", {}, make("div", { class: "skeleton", role: "status", "aria-label": word("panel_loading") }));
  const asOf = make("span", { class: "small" });
  const element = make("section", {}, make("div", { class: "panel-head" }, make("h2", {}, title), ...tools, asOf), body);
  return {
    element,
    fill: (...nodes) => {
      // Who writes or has something open here is not disturbed: it is filled at the next time.
      if (body.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) return;
      const opened = [...body.querySelectorAll("details[open][data-key]")].map(({ dataset }) => dataset.key);
      const held = body.contains(document.activeElement) ? document.activeElement.dataset.key : null;
      body.replaceChildren(...nodes);
      for (const details of body.querySelectorAll("details[data-key]")) if (opened.includes(details.dataset.key)) details.open = true;
      if (held) body.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
      asOf.textContent = now() === null ? "" : word("panel_as_of", { time: clockTime(now()) });
    },
  };
}

/** What could not be read, with a button that tries again; what was shown before stays where `keep` holds it. */
export function failure(error, again) {
  const text = error.status === 404 || error.status === 405 ? word("panel_missing") : error.needs === "role" ? error.message : word("panel_failed", { reason: error.message });
  return make("p", { class: "failed", role: "alert" }, text, " ", error.status === 404 || error.needs === "role" ? null : make("button", { type: "button", class: "button", onclick: again }, word("panel_retry")));
}

/** A button of a table's row; `key` names it through a new filling. */
export const press = (text, key, onclick, strong = false) => make("button", { type: "button", class: strong ? "button strong" : "button", "data-key": key, onclick }, text);

/** Fills again every `ms` while the panel is shown. */
export function whileShown(root, ms, fill) {
  let timer = 0;
  async function round() {
    clearTimeout(timer);
    await fill();
    if (!root.hidden) timer = setTimeout(round, ms);
  }
  return round;
}
