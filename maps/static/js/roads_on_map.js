// Roads by age on the public map: layer, summary in the sheet, and what is asked for from outside. Nothing of it where a town has none.
import { config, word } from "./config.js";
import { byId, make, setText } from "./elements.js";
import { roadContent } from "./road_detail.js";
import { addRoadAges } from "./roads_layer.js";
import { within } from "./road_shapes.js";
import { ageOfRoad, classOf, lookOf, startRoads } from "./roads_state.js";
import { summaryTexts } from "./roads_summary.js";
import { ageText } from "./state.js";
import { world } from "./world.js";

const NEAR_M = 100;
const NONE = { at: () => null, content: () => null, near: () => null, middle: () => null, refresh: () => {}, select: () => {}, setVisible: () => {}, ready: Promise.resolve() };

/** {at(layer point), content(id), near(latlng, onOpen), middle(id), refresh(), select(id), setVisible(flag), ready}; `onFailed(place)` is told where the lines cannot be had. */
export function roadsOnMap(map, places, onFailed) {
  const place = places.find(({ id }) => id === config.roads?.layer);
  if (!place) return NONE;
  let layer = null;
  let visible = false;
  let wanted = true;
  let troubled = false;
  const box = byId("roads-switch");

  const show = () => layer?.setVisible(visible && wanted);
  box.addEventListener("change", () => {
    wanted = box.checked;
    show();
  });

  function refresh() {
    layer?.refresh();
    const texts = layer ? summaryTexts(layer.shapes) : [word("unknown_yet")];
    const remark = troubled ? [word("roads_unreachable")] : [];
    [...texts.slice(0, 1), [...texts.slice(1), ...remark].join(" ・ ")].forEach((text, index) => setText(byId(index === 0 ? "roads-line" : "roads-more"), text));
  }

  const ready = addRoadAges(map, place)
    .then((added) => {
      layer = added;
      show();
      refresh();
    })
    .catch(() => onFailed(place));
  startRoads((flag) => {
    if (troubled === flag) return;
    troubled = flag;
    refresh();
  });

  return {
    ready,
    refresh,
    at: (point) => (visible && wanted ? layer?.at(point)?.id ?? null : null),
    content: (id) => (layer?.shape(id) ? roadContent(layer.shape(id)) : null),
    near: (place, onOpen) => {
      const found = layer && within(layer.shapes, place, NEAR_M);
      return found ? streetNear(found.shape, onOpen) : null;
    },
    middle: (id) => layer?.shape(id)?.bounds.getCenter() ?? null,
    select: (id) => layer?.select(id),
    setVisible: (flag) => {
      visible = flag;
      byId("roads-overview").hidden = !flag;
      show();
    },
  };
}

// When the street beside a place was cleared, as a line that leads to all that is known of it.
function streetNear({ id, properties }, onOpen) {
  const state = world.roads.states.get(id);
  const seconds = ageOfRoad(state);
  const when = [lookOf(classOf(state)).label, seconds === null ? "" : ageText(seconds)].filter(Boolean).join(" ・ ");
  const text = world.roads.loaded ? when : word("unknown_yet");
  return make("p", { class: "street-near" }, `${word("road_near")}: `, make("button", { type: "button", class: "button", onclick: () => onOpen(id) }, `${properties.name || word("no_name")} ・ ${text}`));
}
