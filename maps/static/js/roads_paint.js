// Draws roads by the age of their clearing: a stroke in an outline of its own hue over a casing, dashed by age.
import { config } from "./config.js";
import { palette } from "./palette.js";

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const dashes = new Map((config.roads?.ages ?? []).map(({ id, dash }) => [id, dash.split(" ").filter(Boolean).map(Number)]));
let clock = null;

/** The width of a road's stroke at a zoom, in px. */
export const widthAt = (zoom) => Math.max(2, Math.min(7, 2.2 * 2 ** ((zoom - 11.5) * 0.42)));

/** Strokes the parts (lists of {x, y}) of a road in one look. */
export function paintRoad(context, parts, look, width) {
  context.beginPath();
  for (const part of parts) part.forEach(({ x, y }, index) => (index === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  context.lineJoin = "round";
  context.lineCap = "butt";
  context.setLineDash([]);
  context.globalAlpha = 0.92;
  stroke(context, palette["label-halo"], width + 4);
  context.globalAlpha = 1;
  if (look.id === "withheld") return paintHollow(context, look, width);
  context.setLineDash((dashes.get(look.id) ?? []).map((length) => length * (width / config.roads.dashWidth)));
  stroke(context, edgeOf(look), width + 1.4);
  stroke(context, look.colour, width - 0.6);
  context.setLineDash([]);
  return undefined;
}

// Two thin lines with nothing between them: nothing is told of this road.
function paintHollow(context, look, width) {
  stroke(context, edgeOf(look), width);
  stroke(context, palette["label-halo"], Math.max(1, width - 2));
}

function stroke(context, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

const edgeOf = (look) => (dark.matches ? look.bright : look.edge);

/** A clock at a point, for a road that is late; with a word beside it where there is one. */
export function paintLate(context, { x, y }, text) {
  clock ??= new Path2D(config.roads.late);
  const side = 18;
  context.save();
  context.translate(x - side / 2, y - side / 2);
  context.scale(side / 24, side / 24);
  context.lineJoin = "round";
  context.strokeStyle = palette["label-halo"];
  context.lineWidth = 5;
  context.stroke(clock);
  context.fillStyle = palette.ink;
  context.fill(clock, "evenodd");
  context.restore();
  if (!text) return;
  context.font = '600 12px "Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", Meiryo, sans-serif';
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.strokeStyle = palette["label-halo"];
  context.lineWidth = 4;
  context.strokeText(text, x + 12, y);
  context.fillStyle = palette.ink;
  context.fillText(text, x + 12, y);
}
