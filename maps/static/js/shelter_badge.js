// The states of shelters on the map, above all shelters: a badge of its own shape on the house, and its words beside it.
import { CanvasLayer, pane } from "./canvas_layer.js";
import { onTick } from "./freshness.js";
import { onPalette, palette } from "./palette.js";
import { stateShapes, toldOf } from "./shelter_state.js";
import { onChange } from "./world.js";

const SIZE = 17;
const SAME_PLACE = 8;
const HOUSE = 24;
const ORDER = ["open", "full", "closed"];
const FONT = `600 12px ${getComputedStyle(document.documentElement).getPropertyValue("--font") || "sans-serif"}`;
const paths = Object.fromEntries(Object.entries(stateShapes).map(([status, { shape, glyph }]) => [status, { shape: new Path2D(shape), glyph: new Path2D(glyph) }]));

const LOOKS = {
  open: () => ({ fill: palette["shelter-open"], ink: palette["shelter-open-ink"] }),
  full: () => ({ fill: palette.warning, ink: palette["symbol-ink"] }),
  closed: () => ({ fill: palette["stale-line"], ink: palette.surface }),
};

/** Whether a shelter has to be seen on wide views too: who looks for one open finds it there. */
export const standsOut = (id) => ["open", "full"].includes(toldOf(id).status);

let shared = null;

/**
 * The one layer of badges of a map; answers {add(group), redraw()}. A group is {layer, spots, large(), paintHouse(context, spot)}:
 * its states are shown while its layer is on the map.
 */
export function badgesOf(map) {
  shared ??= badgeLayer(map);
  return shared;
}

function badgeLayer(map) {
  const groups = [];
  pane(map, "shelter-states", 605);
  const layer = new CanvasLayer(paintAll, { pane: "shelter-states" }).addTo(map);
  const redraw = () => layer.redraw();
  onPalette(redraw);
  onChange((change) => { if (change.shelters) redraw(); });
  onTick(() => { if (shown().length > 0) redraw(); });  // a word grows old without any message

  function shown() {
    return groups.filter((group) => map.hasLayer(group.layer)).flatMap((group) => group.spots
      .map((spot) => ({ group, spot, told: toldOf(spot.properties.id), point: map.latLngToLayerPoint(spot.latLng) }))
      .filter(({ told, spot }) => told.status !== "unknown" && (group.large() || standsOut(spot.properties.id))));
  }

  function paintAll(context, bounds) {
    const marks = shown().filter(({ point }) => bounds.contains(point)).sort((a, b) => ORDER.indexOf(a.told.status) - ORDER.indexOf(b.told.status) || a.point.y - b.point.y);
    for (const { group, spot } of marks) group.paintHouse(context, spot);
    const taken = marks.map(({ point }) => ({ left: point.x - HOUSE / 2, right: point.x + HOUSE / 2, top: point.y - HOUSE / 2, bottom: point.y + HOUSE / 2 }));
    marks.forEach((mark, index) => { mark.at = corner(mark.point, marks.slice(0, index)); });
    for (const mark of marks) paintBadge(context, mark.at, mark.told);
    for (const mark of marks) if (mark.group.large()) paintWords(context, mark, taken);
  }

  return { add: (group) => { groups.push(group); group.layer.on("add remove", redraw); redraw(); }, redraw };
}

// A building may be listed twice, as a place to flee to and as a place to stay: its badges stand side by side.
function corner({ x, y }, before) {
  const here = before.filter(({ point }) => Math.hypot(point.x - x, point.y - y) < SAME_PLACE).length;
  return { x: x + 3 + here * (SIZE + 1), y: y - 3 - SIZE };
}

function paintBadge(context, { x, y }, told) {
  const look = LOOKS[told.status]();
  context.save();
  context.translate(x, y);
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
}

// Words that would lie on other words or houses are left out: the badge still tells the state, the list tells all.
function paintWords(context, { told, at, point }, taken) {
  const words = [told.word, told.people, told.old ? told.age : ""].filter(Boolean).join(" ");
  context.save();
  context.font = FONT;
  const x = at.x + SIZE + 4;
  const y = point.y + 4;
  const box = { left: Math.max(x, point.x + HOUSE / 2 + 1), right: x + context.measureText(words).width, top: y - 12, bottom: y + 4 };
  if (!taken.some((other) => overlap(box, other))) {
    taken.push(box);
    context.lineJoin = "round";
    context.strokeStyle = palette.surface;
    context.lineWidth = 4;
    context.strokeText(words, x, y);
    context.fillStyle = palette.ink;
    context.fillText(words, x, y);
  }
  context.restore();
}

const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
