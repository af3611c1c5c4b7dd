// The town's own basemap: ground below every layer; rivers, roads, edge and names above the areas. No outside request.
/* global protomapsL */
import { openArchive } from "./archive.js";
import { edgeRules, groundRules, labelRules, lineRules } from "./base_style.js";
import { pane } from "./canvas_layer.js";
import { resource } from "./config.js";
import { onPalette } from "./palette.js";

/** Draws the basemap; answers {reduce(flag)}: reduced to the town's edge where another map lies below. Rejects where there is none. */
export async function addOwnBasemap(map, onTrouble) {
  const response = await fetch(resource("/layers/basemap.json"));
  if (!response.ok) throw new Error(`basemap: ${response.status}`);
  const about = await response.json();
  const archive = await openArchive(`${resource(`/${about.url}`)}?v=${about.etag}`, onTrouble);
  const make = (name, paintRules, labelRulesOf) => protomapsL.leafletLayer({ url: archive, maxDataZoom: about.max_zoom, paintRules, labelRules: labelRulesOf, pane: name, attribution: "" });
  const ground = make(pane(map, "ground", 200), groundRules(), []);
  const lines = make(pane(map, "base-lines", 380), lineRules(), labelRules(1));
  let reduced = false;
  let scale = 1;
  ground.addTo(map);
  lines.addTo(map);

  function style() {
    ground.paintRules = groundRules();
    lines.paintRules = reduced ? edgeRules() : lineRules();
    lines.labelRules = reduced ? [] : labelRules(scale);
    for (const layer of [ground, lines]) {
      layer.clearLayout();
      layer.rerenderTiles();
    }
  }
  onPalette(style);

  // Between two zooms of tiles the letters are scaled with them; they are made larger by as much, and stay legible.
  function fit() {
    const wanted = Math.max(1, 2 ** (Math.round(map.getZoom()) - map.getZoom()));
    if (Math.abs(wanted - scale) < 0.01) return;
    scale = wanted;
    style();
  }
  map.on("zoomend", fit);
  fit();

  return {
    reduce(flag) {
      reduced = flag;
      if (flag) map.removeLayer(ground);
      else map.addLayer(ground);
      style();
    },
  };
}
