// The value tags beside the symbols: laid out so that none covers another; the gravest are placed first.
import { palette } from "./palette.js";

const FAMILY = '"Hiragino Sans", "Noto Sans CJK JP", "Noto Sans JP", "Yu Gothic UI", Meiryo, system-ui, sans-serif';
const VALUE = `600 13px ${FAMILY}`;
const SMALL = `500 11px ${FAMILY}`;
const PAD = 6;
const widths = new Map();

function widthOf(context, font, text) {
  const key = font + text;
  let width = widths.get(key);
  if (width === undefined) {
    if (widths.size > 5000) widths.clear();
    context.font = font;
    width = context.measureText(text).width;
    widths.set(key, width);
  }
  return width;
}

const overlaps = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

const within = (box, { min, max }) => box.x >= min.x && box.x + box.w <= max.x && box.y >= min.y && box.y + box.h <= max.y;

/** Size of a tag: `name` on a line of its own where given. */
export function measure(context, tag) {
  const line = partWidth(context, VALUE, tag.value) + partWidth(context, SMALL, tag.unit, 3) + partWidth(context, SMALL, tag.word, 5);
  const name = tag.name ? widthOf(context, SMALL, tag.name) : 0;
  return { w: Math.max(line, name) + 2 * PAD, h: tag.name ? 36 : 21 };
}

const partWidth = (context, font, text, gap = 0) => (text ? widthOf(context, font, text) + gap : 0);

/**
 * Finds a free place right, left, above or below of each item, inside `frame` where it can. `taken` holds the symbols'
 * boxes: a tag may cover symbols of a lower rank than its own, so that the gravest is always named.
 */
export function place(context, items, taken, frame) {
  const boxes = [...taken];
  for (const item of items) {
    const { w, h } = measure(context, item.tag);
    const { x, y } = item.point;
    const r = item.size / 2 + 3;
    const candidates = [
      { x: x + r, y: y - h / 2, w, h },
      { x: x - r - w, y: y - h / 2, w, h },
      { x: x - w / 2, y: y - r - h, w, h },
      { x: x - w / 2, y: y + r, w, h },
    ];
    const others = boxes.filter(({ owner }) => owner !== item.id);
    const clear = (blocking) => candidates.filter((box) => !blocking.some((other) => overlaps(box, other)));
    const free = clear(others);
    const covering = clear(others.filter(({ tag, rank }) => tag || rank >= item.rank));
    const chosen = [...free, ...covering].find((box) => within(box, frame)) ?? free[0] ?? covering[0];
    item.box = chosen ? { ...chosen, x: Math.round(chosen.x), y: Math.round(chosen.y), w: Math.ceil(w) } : null;
    if (item.box) boxes.push({ ...item.box, owner: item.id, tag: true });
  }
}

/** Paints a placed tag; raised levels carry their colour, so that colour, shape and word say the same. */
export function paint(context, item) {
  const { box, tag } = item;
  context.fillStyle = tag.fill ?? palette.surface;
  context.strokeStyle = tag.fill ? palette["symbol-edge"] : palette.line;
  context.lineWidth = 1;
  context.beginPath();
  context.roundRect(box.x + 0.5, box.y + 0.5, box.w - 1, box.h - 1, 6);
  context.globalAlpha = tag.fill ? 1 : 0.94;
  context.fill();
  context.globalAlpha = 1;
  context.stroke();
  paintText(context, box, tag);
}

function paintText(context, box, tag) {
  const ink = tag.fill ? palette["symbol-ink"] : tag.faint ? palette["ink-soft"] : palette.ink;
  const soft = tag.fill ? palette["symbol-ink"] : palette["ink-soft"];
  let x = box.x + PAD;
  let base = box.y + 15;
  context.textBaseline = "alphabetic";
  if (tag.name) {
    text(context, SMALL, soft, tag.name, x, box.y + 14);
    base += 14;
  }
  x += text(context, VALUE, ink, tag.value, x, base);
  if (tag.faint) strikeThrough(context, box.x + PAD, x, base - 4.5);
  if (tag.unit) x += 3 + text(context, SMALL, soft, tag.unit, x + 3, base);
  if (tag.word) text(context, SMALL, ink, tag.word, x + 5, base);
}

function text(context, font, colour, content, x, y) {
  context.font = font;
  context.fillStyle = colour;
  context.fillText(content, x, y);
  return widthOf(context, font, content);
}

function strikeThrough(context, from, to, y) {
  context.strokeStyle = palette["ink-soft"];
  context.beginPath();
  context.moveTo(from, y);
  context.lineTo(to, y);
  context.stroke();
}
