// Shelters: small houses, larger when their theme is chosen; a click tells what they are designated for.
/* global L */
import { config } from "./config.js";
import { CanvasLayer, pane } from "./canvas_layer.js";
import { onPalette, palette } from "./palette.js";
import { badgesOf, standsOut } from "./shelter_badge.js";

const HOUSE = new Path2D("M12 3.2 L21.5 11.4 H18.8 V20.5 H5.2 V11.4 H2.5 Z");
const REACH = 22;

/** The layer for a collection of shelters; `at(layer point)` answers the properties of the one there. */
export function shelterLayer(map, place, collection) {
  if (!map.getPane("shelters")) pane(map, "shelters", 600);
  const colours = new Map(config.layers.find(({ id }) => id === place.id).legend.map(({ code, colour }) => [code, colour]));
  const spots = collection.features.map(({ geometry, properties }) => ({ latLng: L.latLng(geometry.coordinates[1], geometry.coordinates[0]), properties }));
  let foremost = false;
  const layer = new CanvasLayer(paintAll, { pane: "shelters" });
  onPalette(() => layer.redraw());
  const badges = badgesOf(map);
  const large = () => foremost || map.getZoom() >= 13;
  const colourOf = (spot) => colours.get(spot.properties.code) ?? palette.ink;
  badges.add({ layer, spots, large, paintHouse: (context, spot) => paintHouse(context, map.latLngToLayerPoint(spot.latLng), colourOf(spot)) });

  function paintAll(context, bounds) {
    for (const spot of spots) {
      spot.point = map.latLngToLayerPoint(spot.latLng);
      if (!bounds.contains(spot.point)) continue;
      (large() || standsOut(spot.properties.id) ? paintHouse : paintDot)(context, spot.point, colourOf(spot));
    }
  }

  function at(point) {
    let nearest = null;
    let least = REACH;
    for (const spot of spots) {
      const distance = spot.point ? Math.hypot(spot.point.x - point.x, spot.point.y - point.y) : Infinity;
      if (distance < least) [nearest, least] = [spot, distance];
    }
    return map.hasLayer(layer) ? nearest : null;
  }

  return { layer, at, features: collection.features, foremost: (flag) => { foremost = flag; layer.redraw(); badges.redraw(); } };
}

function paintHouse(context, { x, y }, colour) {
  context.save();
  context.translate(x, y);
  context.beginPath();
  context.roundRect(-10, -10, 20, 20, 5);
  context.fillStyle = colour;
  context.fill();
  context.strokeStyle = "#fff";
  context.lineWidth = 1.6;
  context.stroke();
  context.scale(0.58, 0.58);
  context.translate(-12, -12.4);
  context.fillStyle = "#fff";
  context.fill(HOUSE);
  context.restore();
}

function paintDot(context, { x, y }, colour) {
  context.beginPath();
  context.roundRect(x - 3.5, y - 3.5, 7, 7, 2);
  context.fillStyle = colour;
  context.fill();
  context.strokeStyle = "#fff";
  context.lineWidth = 1.2;
  context.stroke();
}
