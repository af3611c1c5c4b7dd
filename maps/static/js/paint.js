// Paints areas, lines and points of layers onto a canvas: colour, outline, hatch, dash and mark of one legend row.
import { config } from "./config.js";

const { fillOpacity: FILL, hatchSide: SIDE } = config.looks;
const DASHES = { solid: [], dashed: [7, 5], dotted: [1.5, 4] };
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const patterns = new Map();
const marks = new Map();

/** What a feature is drawn like whose class the legend does not have: grey, never left out. */
export const UNLISTED = { code: null, colour: "#9E9E9E", edge: "#555555", bright: "#D3D3D3", dash: "dotted", path: "", mark: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0 -16Z" };

/** Fills rings (lists of {x, y}), hatches and outlines them; `width` is that of the outline. */
export function paintArea(context, rings, row, width = 1.1) {
  context.beginPath();
  for (const ring of rings) trace(context, ring);
  context.globalAlpha = FILL;
  context.fillStyle = row.colour;
  context.fill("evenodd");
  context.globalAlpha = 1;
  const pattern = hatch(context, row);
  if (pattern) {
    context.fillStyle = pattern;
    context.fill("evenodd");
  }
  context.lineWidth = width;
  context.strokeStyle = edgeOf(row);
  context.setLineDash(DASHES[row.dash] ?? []);
  context.stroke();
  context.setLineDash([]);
}

/** Strokes lines over a light casing, so that they are seen on every ground. */
export function paintLine(context, lines, row, width = 3) {
  context.beginPath();
  for (const line of lines) trace(context, line);
  context.lineJoin = "round";
  context.lineCap = row.dash === "dotted" ? "round" : "butt";
  context.globalAlpha = 0.8;
  context.strokeStyle = "#fff";
  context.lineWidth = width + 2.4;
  context.stroke();
  context.globalAlpha = 1;
  context.strokeStyle = row.colour;
  context.lineWidth = width;
  context.setLineDash((DASHES[row.dash] ?? []).map((part) => part * (width / 2.4)));
  context.stroke();
  context.setLineDash([]);
}

/** Paints the row's mark around a point; `side` is its size in px. */
export function paintMark(context, { x, y }, row, side = 16) {
  const path = markOf(row);
  context.save();
  context.translate(x - side / 2, y - side / 2);
  context.scale(side / 24, side / 24);
  context.globalAlpha = 1;
  context.lineJoin = "round";
  context.strokeStyle = "#fff";
  context.lineWidth = 5;
  context.stroke(path);
  context.strokeStyle = row.edge;
  context.lineWidth = 2.2;
  context.stroke(path);
  context.fillStyle = row.colour;
  context.fill(path, "evenodd");
  context.restore();
}

/** Writes a word right of a point, on a light ground of its own. */
export function paintWord(context, { x, y }, text, row) {
  context.font = '600 12px "Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", Meiryo, sans-serif';
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.globalAlpha = 1;
  context.strokeStyle = "#fff";
  context.lineWidth = 4;
  context.strokeText(text, x + 13, y);
  context.fillStyle = row.edge;
  context.fillText(text, x + 13, y);
}

// A darker shade of the class on light grounds, a lighter one on dark: hatches must be read on both.
const edgeOf = (row) => (dark.matches ? row.bright : row.edge);
const hatchOf = (row) => (dark.matches ? row.hatchDark : row.edge);

function trace(context, points) {
  points.forEach(({ x, y }, index) => (index === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
}

// The pattern stands still against the ground: its square divides the tiles, and layers are painted from one origin.
function hatch(context, row) {
  if (!row.path) return null;
  const key = `${hatchOf(row)} ${row.side} ${row.path}`;
  if (!patterns.has(key)) patterns.set(key, square(row));
  const pattern = context.createPattern(patterns.get(key), "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / 2));
  return pattern;
}

function square(row) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE * 2;
  const context = canvas.getContext("2d");
  context.scale(2, 2);
  context.strokeStyle = hatchOf(row);
  context.lineWidth = 0.8;
  context.lineCap = "round";
  const hatches = new Path2D();
  const one = new Path2D(row.path);
  for (let x = 0; x < SIDE; x += row.side) for (let y = 0; y < SIDE; y += row.side) hatches.addPath(one, new DOMMatrix().translate(x, y));
  context.stroke(hatches);
  return canvas;
}

function markOf({ mark }) {
  if (!marks.has(mark)) marks.set(mark, new Path2D(mark));
  return marks.get(mark);
}
