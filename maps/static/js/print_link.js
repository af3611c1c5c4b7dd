// The link to the printed map takes along what the map shows: theme, layers and part of the town.
import { address, config } from "./config.js";
import { byId } from "./elements.js";

/** Keeps the link up to date when it is about to be used; `view()` answers {theme, layers}, layers null where they are the theme's. */
export function printLink(map, view) {
  const link = byId("print-link");
  if (config.static) return; // written sheets are what they are

  function refresh() {
    const { theme, layers } = view();
    const asked = { theme, layers: layers?.join(","), bbox: part(map.getBounds()) };
    const query = Object.entries(asked).filter(([, value]) => value).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    link.href = address("/print") + (query.length > 0 ? `?${query.join("&")}` : "");
  }

  for (const event of ["pointerenter", "pointerdown", "focus", "click"]) link.addEventListener(event, refresh);
}

// Empty where all of the town is in view.
function part(box) {
  const [[south, west], [north, east]] = config.bounds;
  if (box.getWest() <= west && box.getSouth() <= south && box.getEast() >= east && box.getNorth() >= north) return "";
  return [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((degrees) => degrees.toFixed(5)).join(",");
}
