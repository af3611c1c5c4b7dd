// Ready-made pictures of symbols for the canvas, one per look; drawn once, then copied.
import { onPalette, palette } from "./palette.js";
import { glyphs, hatch, isDashed, scaleOf, shapes, strike } from "./symbols.js";

const BASE = 25;
const cache = new Map();
onPalette(() => cache.clear());

const LOOKS = {
  normal: () => ({ fill: palette["normal-fill"], line: palette["normal-line"], width: 3, glyph: palette["normal-line"] }),
  standby: () => ({ fill: palette.standby, line: palette["standby-line"], width: 2.4, glyph: palette["standby-line"] }),
  caution: () => raised(palette.caution),
  warning: () => raised(palette.warning),
  danger: () => raised(palette.danger),
  unjudged: () => ({ fill: palette["normal-fill"], line: palette["unjudged-line"], width: 2, glyph: palette["unjudged-line"] }),
  no_data: () => ({ fill: palette["normal-fill"], line: palette["stale-line"], width: 2.2, glyph: palette["stale-line"] }),
};

const raised = (fill) => ({ fill, line: palette["symbol-edge"], width: 1.8, glyph: palette["symbol-ink"] });

/** The side in CSS pixels of a state's symbol; `zoomed` shrinks it on wide views. */
export const sizeOf = (state, zoomed) => Math.round(BASE * scaleOf(state.symbol) * zoomed);

/** The picture of a symbol, `size` CSS pixels wide, with a margin of two. */
export function sprite(state, kind, size, ratio) {
  const key = `${state.symbol} ${kind} ${state.stale} ${state.suspect} ${size} ${ratio}`;
  let picture = cache.get(key);
  if (!picture) {
    picture = draw(state, kind, size, ratio);
    cache.set(key, picture);
  }
  return picture;
}

function draw(state, kind, size, ratio) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.ceil((size + 4) * ratio);
  const context = canvas.getContext("2d");
  const scale = (size * ratio) / 24;
  context.translate(2 * ratio, 2 * ratio);
  context.scale(scale, scale);
  paintShape(context, state);
  context.lineCap = context.lineJoin = "round";
  if (glyphs[kind]) paintGlyph(context, state, kind);
  return canvas;
}

function paintShape(context, state) {
  const look = state.stale ? staleLook() : LOOKS[state.symbol]();
  const shape = shapes[state.symbol];
  context.lineJoin = "round";
  context.strokeStyle = palette.surface;
  context.lineWidth = look.width + 3;
  context.stroke(shape);
  context.fillStyle = look.fill;
  context.fill(shape);
  if (state.suspect) paintHatch(context, shape);
  context.strokeStyle = look.line;
  context.lineWidth = look.width;
  context.setLineDash(state.stale || isDashed(state.symbol) ? [3.4, 2.6] : []);
  context.stroke(shape);
  context.setLineDash([]);
}

const staleLook = () => ({ fill: palette["normal-fill"], line: palette["stale-line"], width: 2.2, glyph: palette["stale-line"] });

function paintHatch(context, shape) {
  context.save();
  context.clip(shape);
  context.strokeStyle = palette["suspect-line"];
  context.lineWidth = 1.6;
  context.stroke(hatch);
  context.restore();
}

function paintGlyph(context, state, kind) {
  const look = state.stale ? staleLook() : LOOKS[state.symbol]();
  const lift = state.symbol === "caution" ? 2.6 : 0;
  context.save();
  context.translate(12, 12 + lift);
  context.scale(0.86, 0.86);
  context.translate(-12, -12);
  context.strokeStyle = look.glyph;
  context.lineWidth = 1.9;
  context.stroke(glyphs[kind]);
  context.restore();
  if (!state.stale) return;
  context.strokeStyle = palette["stale-line"];
  context.lineWidth = 1.8;
  context.stroke(strike);
}
