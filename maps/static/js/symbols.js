// Draws states from the one table of symbols: as SVG in lists, as paths on the canvas of the map.
import { config } from "./config.js";

const SVG = "http://www.w3.org/2000/svg";
const table = config.symbols;
const HATCH = "M3 15L15 3M5 21L21 5M12 22L22 12";
const STRIKE = "M3 21L21 3";

function svgPath(className, d) {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("class", className);
  path.setAttribute("d", d);
  return path;
}

function svg(className, ...paths) {
  const element = document.createElementNS(SVG, "svg");
  element.setAttribute("class", `symbol ${className}`);
  element.setAttribute("viewBox", "-1 -1 26 26");
  element.setAttribute("aria-hidden", "true");
  element.append(...paths);
  return element;
}

/** The symbol of a state for lists and legends; `kind` adds the station kind's glyph. */
export function symbolSvg(symbol, { kind = null, stale = false, suspect = false } = {}) {
  const paths = [svgPath("shape", table.states[symbol].path)];
  if (suspect) paths.push(svgPath("hatch", HATCH));
  if (kind) paths.push(svgPath("glyph", table.kinds[kind]));
  if (stale) paths.push(svgPath("strike", STRIKE));
  return svg(`s-${symbol}${stale ? " is-stale" : ""}${suspect ? " is-suspect" : ""}`, ...paths);
}

/** The wedge of a plough; hollow while it is not working. */
export const ploughSvg = (working) => svg(working ? "s-plough" : "s-plough is-idle", svgPath("shape", table.plough));

/** Paths for the canvas, in a box of 24 by 24. */
export const shapes = Object.fromEntries(Object.entries(table.states).map(([name, row]) => [name, new Path2D(row.path)]));
export const glyphs = Object.fromEntries(Object.entries(table.kinds).map(([name, d]) => [name, new Path2D(d)]));
export const wedge = new Path2D(table.plough);
export const hatch = new Path2D(HATCH);
export const strike = new Path2D(STRIKE);
export const scaleOf = (symbol) => table.states[symbol].scale;
export const isDashed = (symbol) => table.states[symbol].dashed;
