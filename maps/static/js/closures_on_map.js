// Closed roads on the public map: along the road where the town's layer of roads has it, else a mark at the place that was given.
/* global L */
import { momentTime } from "./clock.js";
import { CanvasLayer, pane } from "./canvas_layer.js";
import { chooseClosures, closures, closuresOldAt, onClosures } from "./closures.js";
import { ownText, reasonWord, saidWords, statusWord, untilWords } from "./closure_words.js";
import { bracketed, config, word } from "./config.js";
import { make } from "./elements.js";
import { paintLine, paintMark } from "./paint.js";
import { midway, nearest, project, shapesOf } from "./road_shapes.js";

const ABOVE_ROADS = 590;
const WORDS_FROM_ZOOM = 11;
const REACH = 22;

/** {at(layer point), content(id), bounds(id)}; `onChoose(id)` is called when one is chosen from the list. */
export function closuresOnMap(map, places, onChoose) {
  const lines = roadLines(places);
  let drawn = [];
  const layer = new CanvasLayer(paintAll, { pane: pane(map, "live-closures", ABOVE_ROADS) }).addTo(map);

  const standing = () => closures().filter(({ status }) => config.closures[status]);

  // What is drawn follows from what is known once the lines are here; they are fetched when the first closure names a road.
  async function renew() {
    const shapes = standing().some(({ road }) => road) ? await lines() : new Map();
    drawn = standing().map((closure) => ({ closure, shape: shapes.get(closure.road) ?? null, spot: null })).filter(({ closure, shape }) => shape || closure.lon !== null);
    drawn.sort((a, b) => Number(b.closure.status === "restricted") - Number(a.closure.status === "restricted"));
    layer.redraw();
    chooseClosures(onChoose, (id) => drawn.some(({ closure }) => closure.id === id));
  }

  function paintAll(context, bounds) {
    const zoom = map.getZoom();
    const old = closuresOldAt();
    const remark = old === null ? "" : bracketed(word("closures_old", { time: momentTime(old) }));
    project(map, drawn.map(({ shape }) => shape).filter(Boolean), bounds);
    for (const { shape, closure } of drawn) if (shape?.parts) paintLine(context, shape.parts, config.closures[closure.status], zoom >= 13 ? 7 : 5);
    for (const item of drawn) {
      item.spot = spotOf(item);
      if (!item.spot) continue;
      const look = config.closures[item.closure.status];
      paintMark(context, item.spot, look, zoom >= 11 ? 26 : 20);
      if (zoom >= WORDS_FROM_ZOOM || remark) paintLabel(context, item.spot, look.label + remark, look);
    }
  }

  function spotOf({ shape, closure }) {
    if (closure.lon !== null) return map.latLngToLayerPoint([closure.lat, closure.lon]);
    return shape.parts ? midway(shape.parts) : null;
  }

  function at(point) {
    const marked = drawn.findLast(({ spot }) => spot && Math.hypot(spot.x - point.x, spot.y - point.y) < REACH);
    if (marked) return marked.closure.id;
    const line = nearest(drawn.map(({ shape }) => shape).filter(Boolean), point);
    return drawn.findLast(({ shape }) => line && shape === line)?.closure.id ?? null;
  }

  onClosures(renew);
  renew();
  return {
    at,
    content: (id) => contentOf(closures().find((closure) => closure.id === id)),
    bounds(id) {
      const item = drawn.find(({ closure }) => closure.id === id);
      return item && (item.shape?.bounds ?? L.latLngBounds([[item.closure.lat, item.closure.lon]]));
    },
  };
}

// A function that answers the lines of the town's layer of roads by id; asked for again where they could not be had.
function roadLines(places) {
  const place = places.find(({ id }) => id === config.roads?.layer) ?? places.find(({ kind }) => kind === "roads");
  let asked = null;
  return () => {
    if (!place) return new Map();
    asked ??= fetch(place.url.replace(/\.pmtiles/, ".geojson"))
      .then((response) => (response.ok ? response.json() : Promise.reject(new Error(`${place.url}: ${response.status}`))))
      .then((collection) => new Map(shapesOf(collection).map((shape) => [shape.id, shape])))
      .catch(() => {
        asked = null;
        return new Map();
      });
    return asked;
  };
}

// The word stands on a ground of its own: there may be other words of other layers beneath.
function paintLabel(context, { x, y }, text, look) {
  context.font = '650 12.5px "Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", Meiryo, sans-serif';
  const width = context.measureText(text).width + 12;
  context.beginPath();
  context.roundRect(x + 15, y - 10, width, 20, 4);
  context.fillStyle = "#fff";
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = look.edge;
  context.setLineDash(look.dash === "solid" ? [] : [3, 3]);
  context.stroke();
  context.setLineDash([]);
  context.textBaseline = "middle";
  context.fillStyle = look.edge;
  context.fillText(text, x + 21, y + 0.5);
}

function contentOf(closure) {
  if (!closure) return null;
  const old = closuresOldAt();
  const facts = [["closure_reason", reasonWord(closure)], ["closure_since", closure.status === "open" ? "" : momentTime(Date.parse(closure.since))], ["closure_until", untilWords(closure)], ["closure_note", ownText(closure, "note")], ["closure_said", saidWords(closure)]];
  return [
    make("h2", { tabindex: "-1" }, ownText(closure, "name")),
    make("p", {}, make("span", { class: `closure-status is-${closure.status}` }, statusWord(closure))),
    old === null ? null : make("p", { class: "failed" }, word("closures_stale", { time: momentTime(old) })),
    make("dl", { class: "facts closure-facts" }, ...facts.filter(([, text]) => text).map(([key, text]) => make("div", {}, make("dt", {}, word(key)), make("dd", {}, text)))),
  ].filter(Boolean);
}
