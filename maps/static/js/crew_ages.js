// How a road looks and what is said of it: by the one table of ages, colour, dash and word.
import { config } from "./config.js";
import { present } from "./crew_clock.js";

const SVG = "http://www.w3.org/2000/svg";
const NONE = config.ages.at(-1);

/** The look of a road by when it was cleared (a time or null). */
export function lookOf(since) {
  if (!since) return NONE;
  const age = (present() - Date.parse(since)) / 1000;
  return config.ages.find((look) => look !== NONE && (look.below === null || age < look.below)) ?? NONE;
}

/** Widths in px on the map: the band below a road that is not done, a dark casing, the outline in the look's lighter hue, the stroke. */
export const WIDTHS = { band: 20, casing: 12, outline: 8.4, stroke: 6 };
export const BAND = "#ffffff";

/** The dash of a look for a stroke as wide as ours, as Leaflet and SVG take it; null for a solid one. */
export const dashOf = (look) => (look.dash ? look.dash.split(" ").map((part) => (Number(part) * WIDTHS.stroke) / config.dashWidth).join(" ") : null);

/** A short stroke with the colour and dash of a look. */
export function swatch(look) {
  return picture(stroke(look.bright, WIDTHS.outline, dashOf(look)), stroke(look.colour, WIDTHS.stroke, dashOf(look)));
}

/** The band that lies below a road that is not done. */
export function band() {
  const path = stroke(BAND, 14, null);
  path.setAttribute("opacity", "0.35");
  return picture(path);
}

function picture(...parts) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ class: "swatch", viewBox: "0 0 60 14", "aria-hidden": "true" })) svg.setAttribute(name, value);
  svg.append(...parts);
  return svg;
}

function stroke(colour, width, dash) {
  const line = document.createElementNS(SVG, "path");
  for (const [name, value] of Object.entries({ d: "M0 7H60", stroke: colour, "stroke-width": width, fill: "none" })) line.setAttribute(name, value);
  if (dash) line.setAttribute("stroke-dasharray", dash);
  return line;
}
