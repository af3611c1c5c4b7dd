// The ploughs on the map: wedges that glide from fix to fix; only those that move are reckoned anew.
/* global L */
import { word } from "./config.js";
import { CanvasLayer, pane } from "./canvas_layer.js";
import { onPalette, palette } from "./palette.js";
import { IDLE_TASKS } from "./state.js";
import { wedge } from "./symbols.js";
import { world } from "./world.js";

const FULL_SIZE = 26;
const REACH = 22;
const WORDS_FROM_ZOOM = 12;
const LONGEST_GLIDE_MS = 10_000;
const JUMP_M = 3_000;
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

/** Adds the layer; answers {update(ids), setVisible(flag), select(id), at(point)}. */
export function addVehicles(map) {
  const moving = new Map();
  let visible = true;
  let selected = null;
  let size = FULL_SIZE;
  const layer = new CanvasLayer(paintAll, { pane: pane(map, "vehicles", 610) }).addTo(map);
  onPalette(() => layer.redraw());

  function update(ids) {
    const time = performance.now();
    for (const id of ids) {
      const feature = world.vehicles.get(id);
      if (feature) steer(id, feature, time);
      else moving.delete(id);
    }
    layer.redraw();
  }

  function steer(id, { geometry, properties }, time) {
    const [lon, lat] = geometry.coordinates;
    const known = moving.get(id);
    const to = { lat, lng: lon, heading: properties.heading_deg };
    const from = known && !still.matches && map.distance(spot(known, time), to) < JUMP_M ? spot(known, time) : to;
    const lasting = known ? Math.min(LONGEST_GLIDE_MS, Math.max(250, time - known.since)) : 0;
    const unmoved = known && known.to.lat === lat && known.to.lng === lon;
    moving.set(id, {
      from: unmoved ? known.from : from,
      to,
      start: unmoved ? known.start : time,
      lasting: unmoved ? known.lasting : lasting,
      since: unmoved ? known.since : time,
      task: properties.task,
    });
  }

  function paintAll(context, bounds) {
    if (!visible) return;
    size = map.getZoom() < 12 ? FULL_SIZE * 0.78 : FULL_SIZE;
    const time = performance.now();
    let gliding = false;
    for (const [id, vehicle] of moving) {
      const position = spot(vehicle, time);
      gliding ||= time - vehicle.start < vehicle.lasting;
      vehicle.point = map.latLngToLayerPoint(position);
      if (bounds.contains(vehicle.point)) paintOne(context, id, vehicle, position.heading);
    }
    if (gliding && !document.hidden) layer.redraw();
  }

  function paintOne(context, id, vehicle, heading) {
    const idle = IDLE_TASKS.has(vehicle.task);
    if (id === selected) paintRing(context, vehicle.point);
    context.save();
    context.translate(vehicle.point.x, vehicle.point.y);
    if (heading === null || heading === undefined) paintDisc(context, idle, size);
    else paintWedge(context, heading, idle, size);
    context.restore();
    if (!idle && map.getZoom() >= WORDS_FROM_ZOOM) paintWord(context, vehicle);
  }

  function paintRing(context, { x, y }) {
    context.beginPath();
    context.arc(x, y, FULL_SIZE / 2 + 7, 0, 2 * Math.PI);
    context.strokeStyle = palette.accent;
    context.lineWidth = 3;
    context.stroke();
  }

  function at(layerPoint) {
    if (!visible) return null;
    let nearest = null;
    let least = REACH;
    for (const [id, { point }] of moving) {
      const distance = point ? Math.hypot(point.x - layerPoint.x, point.y - layerPoint.y) : Infinity;
      if (distance < least) [nearest, least] = [id, distance];
    }
    return nearest;
  }

  return {
    update,
    at,
    setVisible: (flag) => { visible = flag; layer.redraw(); },
    select: (id) => { selected = id; layer.redraw(); },
  };
}

// Where the wedge is drawn at a time: on its way from the last drawn place to the last known one.
function spot({ from, to, start, lasting }, time) {
  const share = lasting > 0 ? Math.min(1, (time - start) / lasting) : 1;
  return {
    lat: from.lat + (to.lat - from.lat) * share,
    lng: from.lng + (to.lng - from.lng) * share,
    heading: turn(from.heading, to.heading, share),
  };
}

// The shorter way round the compass, done in the first third of the way.
function turn(from, to, share) {
  if (to === null || to === undefined || from === null || from === undefined) return to;
  const difference = ((to - from + 540) % 360) - 180;
  return from + difference * Math.min(1, share * 3);
}

function paintWedge(context, heading, idle, size) {
  context.rotate((heading * Math.PI) / 180);
  context.scale(size / 24, size / 24);
  context.translate(-12, -12.5);
  context.lineJoin = "round";
  context.strokeStyle = palette["plough-edge"];
  context.lineWidth = 4.5;
  context.stroke(wedge);
  context.fillStyle = idle ? palette.surface : palette.plough;
  context.fill(wedge);
  context.strokeStyle = palette.plough;
  context.lineWidth = idle ? 2 : 1;
  context.stroke(wedge);
}

function paintDisc(context, idle, size) {
  context.beginPath();
  context.arc(0, 0, size / 3, 0, 2 * Math.PI);
  context.fillStyle = idle ? palette.surface : palette.plough;
  context.fill();
  context.strokeStyle = idle ? palette.plough : palette["plough-edge"];
  context.lineWidth = 2;
  context.stroke();
}

function paintWord(context, { task, point }) {
  const text = word(`task_${task ?? "none"}`);
  context.font = '600 11px "Hiragino Sans", "Noto Sans CJK JP", "Noto Sans JP", "Yu Gothic UI", Meiryo, system-ui, sans-serif';
  context.textAlign = "center";
  context.lineJoin = "round";
  context.strokeStyle = palette["plough-edge"];
  context.lineWidth = 3.5;
  context.strokeText(text, point.x, point.y + FULL_SIZE / 2 + 13);
  context.fillStyle = palette.plough;
  context.fillText(text, point.x, point.y + FULL_SIZE / 2 + 13);
  context.textAlign = "start";
}
