// The state of a shelter on the map: a badge of its own shape on the house, and its words beside it.
import { palette } from "./palette.js";
import { stateShapes, toldOf } from "./shelter_state.js";

const SIZE = 17;
const FONT = `600 12px ${getComputedStyle(document.documentElement).getPropertyValue("--font") || "sans-serif"}`;
const paths = Object.fromEntries(Object.entries(stateShapes).map(([status, { shape, glyph }]) => [status, { shape: new Path2D(shape), glyph: new Path2D(glyph) }]));

const LOOKS = {
  open: () => ({ fill: palette["shelter-open"], ink: palette["shelter-open-ink"] }),
  full: () => ({ fill: palette.warning, ink: palette["symbol-ink"] }),
  closed: () => ({ fill: palette["stale-line"], ink: palette.surface }),
};

/** Draws what is said of a shelter at its point; nothing where nobody said anything. `worded` adds the words. */
export function paintBadge(context, { x, y }, id, worded) {
  const told = toldOf(id);
  const look = LOOKS[told.status]?.();
  if (!look) return;
  context.save();
  context.translate(x + 3, y - 3 - SIZE);
  context.scale(SIZE / 24, SIZE / 24);
  context.lineJoin = context.lineCap = "round";
  context.strokeStyle = palette.surface;
  context.lineWidth = 4;
  context.stroke(paths[told.status].shape);
  context.fillStyle = look.fill;
  context.fill(paths[told.status].shape);
  context.strokeStyle = told.old ? palette["stale-line"] : palette["symbol-edge"];
  context.lineWidth = 1.6;
  if (told.old) context.setLineDash([3.4, 2.6]);
  context.stroke(paths[told.status].shape);
  context.setLineDash([]);
  context.strokeStyle = look.ink;
  context.lineWidth = 2.8;
  context.stroke(paths[told.status].glyph);
  context.restore();
  if (worded) paintWords(context, x + 6 + SIZE, y - SIZE / 2 + 1, [told.word, told.people, told.old ? told.age : ""].filter(Boolean).join(" "));
}

function paintWords(context, x, y, words) {
  context.save();
  context.font = FONT;
  context.textBaseline = "alphabetic";
  context.lineJoin = "round";
  context.strokeStyle = palette.surface;
  context.lineWidth = 4;
  context.strokeText(words, x, y);
  context.fillStyle = palette.ink;
  context.fillText(words, x, y);
  context.restore();
}

/** Whether a shelter has to be seen on wide views too: who looks for one open finds it there. */
export const standsOut = (id) => ["open", "full"].includes(toldOf(id).status);
