// Says where a layer is drawn nearer than its source is precise, or not drawn because the map is too far out.
import { word } from "./config.js";
import { byId, setText } from "./elements.js";

/** Watches the zoom; answers a function that looks again. `shown()` gives the {place, meaning} on the map. */
export function zoomNote(map, shown) {
  const note = byId("zoom-note");

  function look() {
    const zoom = map.getZoom();
    const near = shown().filter(({ place }) => place.preciseTo && zoom > place.preciseTo);
    const far = shown().filter(({ place }) => place.format === "pmtiles" && place.minZoom && Math.round(zoom) <= place.minZoom);
    const title = (those) => those.map(({ meaning }) => meaning.title).join("、");
    setText(note, near.length > 0 ? word("zoom_too_near", { title: title(near) }) : far.length > 0 ? word("zoom_too_far", { title: title(far) }) : "");
    note.hidden = note.textContent === "";
  }

  map.on("zoomend", look);
  return look;
}
