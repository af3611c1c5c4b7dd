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

/** A short stroke with the colour and dash of a look. */
export function swatch(look) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ class: "swatch", viewBox: "0 0 60 14", preserveAspectRatio: "none", "aria-hidden": "true" })) svg.setAttribute(name, value);
  svg.append(stroke(look.bright, 11, ""), stroke(look.colour, 6, look.dash));
  return svg;
}

function stroke(colour, width, dash) {
  const line = document.createElementNS(SVG, "path");
  for (const [name, value] of Object.entries({ d: "M0 7H60", stroke: colour, "stroke-width": width, fill: "none" })) line.setAttribute(name, value);
  if (dash) line.setAttribute("stroke-dasharray", dash);
  return line;
}
