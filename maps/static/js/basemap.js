// The plain ground, drawn where the basemap's tiles are not there: the town light on a soft ground, its roads; and a grid.
/* global L */
import { CanvasLayer, pane } from "./canvas_layer.js";
import { onPalette, palette } from "./palette.js";

const STEPS = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01];
const ROADS = {
  emergency: { weight: 3, colour: "road-1" },
  1: { weight: 2.6, colour: "road-1" },
  2: { weight: 2, colour: "road-2" },
  3: { weight: 1.5, colour: "road-3" },
};

/** Grid lines at round degrees, labelled in degrees: something to hold on to where nothing else is drawn. */
export function addGrid(map) {
  const layer = new CanvasLayer(paintGrid, { pane: pane(map, "grid", 190) }).addTo(map);
  onPalette(() => layer.redraw());
}

function paintGrid(context, bounds, map) {
  const northWest = map.layerPointToLatLng(bounds.min);
  const southEast = map.layerPointToLatLng(bounds.max);
  const width = southEast.lng - northWest.lng;
  const step = STEPS.find((candidate) => width / candidate >= 6) ?? STEPS.at(-1);
  context.strokeStyle = palette.grid;
  context.lineWidth = 1;
  context.beginPath();
  for (let lng = Math.ceil(northWest.lng / step) * step; lng < southEast.lng; lng += step) {
    const x = Math.round(map.latLngToLayerPoint([northWest.lat, lng]).x) + 0.5;
    context.moveTo(x, bounds.min.y);
    context.lineTo(x, bounds.max.y);
  }
  for (let lat = Math.ceil(southEast.lat / step) * step; lat < northWest.lat; lat += step) {
    const y = Math.round(map.latLngToLayerPoint([lat, northWest.lng]).y) + 0.5;
    context.moveTo(bounds.min.x, y);
    context.lineTo(bounds.max.x, y);
  }
  context.stroke();
}

/** Draws the municipality; answers its bounds. */
export function addBoundary(map, collection) {
  pane(map, "town", 200);
  pane(map, "town-edge", 360);
  const fill = L.geoJSON(collection, { pane: "town", interactive: false, renderer: L.canvas({ pane: "town", padding: 0.3 }) }).addTo(map);
  const glow = edge(map, collection, 7, 0.28);
  const line = edge(map, collection, 1.4, 0.9);
  const colour = () => {
    fill.setStyle({ stroke: false, fill: true, fillColor: palette.town, fillOpacity: 1 });
    glow.setStyle({ color: palette["town-edge"] });
    line.setStyle({ color: palette["town-edge"] });
  };
  colour();
  onPalette(colour);
  return fill.getBounds();
}

let edges = null;
function edge(map, collection, weight, opacity) {
  edges ??= L.canvas({ pane: "town-edge", padding: 0.3 });
  return L.geoJSON(collection, { pane: "town-edge", interactive: false, renderer: edges, style: { fill: false, weight, opacity } }).addTo(map);
}

/** Draws the roads, wider where they matter more; answers the layer. */
export function addRoads(map, collection) {
  pane(map, "roads", 380);
  const renderer = L.canvas({ pane: "roads", padding: 0.3 });
  const layer = L.geoJSON(collection, { pane: "roads", interactive: false, renderer });
  const style = () => layer.setStyle(roadStyle(map));
  style();
  map.on("zoomend", style);
  onPalette(style);
  return layer.addTo(map);
}

function roadStyle(map) {
  const wide = Math.max(0.55, Math.min(2.4, 2 ** ((map.getZoom() - 12.5) * 0.45)));
  return ({ properties }) => {
    const road = ROADS[properties.code] ?? ROADS[3];
    return { color: palette[road.colour], weight: road.weight * wide, opacity: 1, lineCap: "round" };
  };
}
