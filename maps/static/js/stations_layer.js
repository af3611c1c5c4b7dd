// The stations on the map: one canvas, painted again only when something that can be seen changed.
/* global L */
import { now } from "./clock.js";
import { config, nameOf, word } from "./config.js";
import { CanvasLayer, pane } from "./canvas_layer.js";
import { onPalette, palette } from "./palette.js";
import { sizeOf, sprite } from "./sprites.js";
import { leading, unitOf, valueText } from "./state.js";
import { paint as paintTag, place } from "./tags.js";
import { isUnconfirmed, world } from "./world.js";

const REACH = 22;
const NAMES_FROM_ZOOM = 12.5;
const raisedFrom = config.symbols.states.standby.rank;

/** Adds the layer; answers {update(ids), refresh(), setFilter(f), select(id), at(point)}. */
export function addStations(map) {
  const looks = new Map();
  let items = [];
  let filter = () => true;
  let selected = null;
  const layer = new CanvasLayer(paintAll, { pane: pane(map, "stations", 620) }).addTo(map);
  onPalette(() => {
    looks.clear();
    update(world.stations.keys());
  });

  function update(ids) {
    let changed = false;
    for (const id of ids) changed = relook(id) || changed;
    if (changed) layer.redraw();
  }

  // Remembers how a station looks; true where that differs from before.
  function relook(id) {
    const feature = world.stations.get(id);
    if (!feature) return looks.delete(id);
    const look = lookOf(feature);
    if (looks.get(id)?.key === look.key) return false;
    looks.set(id, look);
    return true;
  }

  function paintAll(context, bounds) {
    const zoom = map.getZoom();
    const zoomed = zoom < 9 ? 0.62 : zoom < 10 ? 0.75 : zoom < 11.5 ? 0.9 : 1;
    items = visible(bounds, zoomed);
    for (const item of [...items].reverse()) paintSymbol(context, item);
    const tagged = items.map((item) => ({ ...item, rank: tagRank(item), tag: tagOf(item.look, zoom >= NAMES_FROM_ZOOM) }));
    place(context, tagged, items.map((item) => ({ owner: item.id, rank: tagRank(item), x: item.point.x - item.size / 2, y: item.point.y - item.size / 2, w: item.size, h: item.size })), seen(map));
    for (const item of tagged) if (item.box) paintTag(context, item);
    items = tagged;
  }

  // Gravest first, the selected one before all: that is also the order in which tags find room.
  function visible(bounds, zoomed) {
    const found = [];
    for (const [id, look] of looks) {
      const point = map.latLngToLayerPoint(look.latLng);
      if (!filter(look) || !bounds.contains(point)) continue;
      found.push({ id, look, point, size: sizeOf(look.state, zoomed) });
    }
    return found.sort((a, b) => (b.id === selected) - (a.id === selected) || b.look.state.rank - a.look.state.rank || (a.id < b.id ? -1 : 1));
  }

  // The selected one is always named, then raised levels count; all calm ones are alike.
  function tagRank({ id, look }) {
    if (id === selected) return Infinity;
    return look.state.rank > raisedFrom ? look.state.rank : 0;
  }

  function paintSymbol(context, { id, look, point, size }) {
    if (id === selected) paintRing(context, point, size);
    const picture = sprite(look.state, look.kind, size, window.devicePixelRatio || 1);
    const side = size + 4;
    context.drawImage(picture, point.x - side / 2, point.y - side / 2, side, side);
  }

  function paintRing(context, point, size) {
    context.beginPath();
    context.arc(point.x, point.y, size / 2 + 7, 0, 2 * Math.PI);
    context.strokeStyle = palette.accent;
    context.lineWidth = 3;
    context.stroke();
  }

  function at(layerPoint) {
    const onTag = items.find(({ box }) => box && layerPoint.x >= box.x && layerPoint.x <= box.x + box.w && layerPoint.y >= box.y && layerPoint.y <= box.y + box.h);
    if (onTag) return onTag.id;
    let nearest = null;
    let least = REACH;
    for (const item of items) {
      const distance = Math.hypot(item.point.x - layerPoint.x, item.point.y - layerPoint.y);
      if (distance < least) [nearest, least] = [item.id, distance];
    }
    return nearest;
  }

  return {
    update,
    at,
    refresh: () => update(world.stations.keys()),
    forget: () => { for (const id of [...looks.keys()]) if (!world.stations.has(id)) looks.delete(id); },
    setFilter: (wanted) => { filter = wanted; layer.redraw(); },
    select: (id) => { selected = id; layer.redraw(); },
  };
}

// The part of the map that is on the screen, in layer coordinates.
function seen(map) {
  const min = map.containerPointToLayerPoint([4, 4]);
  return { min, max: min.add(map.getSize()).subtract([8, 8]) };
}

function lookOf({ geometry, properties }) {
  const lead = leading(properties, now());
  const state = lead?.state ?? { symbol: "no_data", word: word("level_no_data"), rank: 0, lastRank: 0, stale: false, suspect: false };
  const unconfirmed = Boolean(lead) && isUnconfirmed(properties.id, lead.slug);
  const value = lead ? valueText(lead.slug, lead.quantity.value) : "–";
  const unit = lead && lead.quantity.value !== null ? unitOf(lead.slug) : "";
  const [lon, lat] = geometry.coordinates;
  return {
    latLng: L.latLng(lat, lon),
    kind: properties.kind,
    name: nameOf(properties),
    state,
    unconfirmed,
    value,
    unit,
    key: [state.symbol, state.word, state.stale, state.suspect, unconfirmed, value, lon, lat].join("|"),
  };
}

function tagOf(look, withName) {
  const { state } = look;
  return {
    name: withName ? look.name : "",
    value: look.value,
    unit: look.unit,
    word: tagWord(look),
    fill: state.rank > raisedFrom ? palette[state.symbol] : null,
    faint: state.stale,
  };
}

// Calm is not spelled out on the map; everything else is.
function tagWord({ state, unconfirmed }) {
  if (state.stale) return word("level_stale");
  const level = state.symbol === "no_data" || state.rank >= raisedFrom ? state.word : null;
  return [level, unconfirmed ? word("unconfirmed") : null, state.suspect ? word("suspect") : null].filter(Boolean).join("・");
}
