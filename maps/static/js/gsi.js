// 地理院タイル beneath the layers, only where the town offers them; on trouble the page goes back to its own map and says so.
/* global L */
import { pane } from "./canvas_layer.js";
import { byId } from "./elements.js";
import { word } from "./config.js";

const PATIENCE_MS = 8_000;
const TOO_MANY = 4;

/** {setShown(flag)}; `onShown(flag)` is called when the map comes or goes, be it by itself. */
export function gsiBasemap(map, { template, minZoom, maxZoom }, onShown) {
  const layer = L.tileLayer(template, { pane: pane(map, "gsi", 205), minZoom, maxNativeZoom: maxZoom, maxZoom: 18, detectRetina: false, attribution: "" });
  let failed = 0;
  let came = 0;
  let waiting = null;

  // A missing tile is an answer (nothing is there); only where none at all comes of those in view the map is given up.
  // In which order they are answered does not count.
  layer.on("loading", () => { failed = came = 0; });
  layer.on("tileload", () => { came += 1; calm(); });
  layer.on("tileerror", () => { failed += 1; });
  layer.on("tileloadstart", () => { waiting ??= setTimeout(giveUp, PATIENCE_MS); });
  layer.on("load", () => {
    calm();
    if (came === 0 && failed >= TOO_MANY) setTimeout(giveUp); // not amid Leaflet's own work on the tile
  });

  function calm() {
    clearTimeout(waiting);
    waiting = null;
  }

  function giveUp() {
    if (!map.hasLayer(layer)) return;
    setShown(false);
    say(word("gsi_failed"));
  }

  function setShown(flag) {
    failed = came = 0;
    calm();
    say("");
    if (flag) map.addLayer(layer);
    else map.removeLayer(layer);
    onShown(flag);
  }

  return { setShown };
}

function say(text) {
  const note = byId("base-note");
  note.textContent = text;
  note.hidden = text === "";
}
