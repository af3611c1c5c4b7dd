// The hazard page of the static site: the place is in the address, the report is computed here.
import { config, resource, word } from "./config.js";
import { byId, make } from "./elements.js";
import { startLive } from "./freshness.js";
import { localReport } from "./hazard_local.js";
import { readPlace } from "./hazard_place.js";
import { collection } from "./hazard_shapes.js";
import { reportNodes } from "./hazard_view.js";
import { onChange } from "./world.js";

const PATIENCE_MS = 3_000;

// Gauges and shelters are told once the state is there; without it the layers still speak.
const stateIsThere = new Promise((done) => { onChange(done); setTimeout(done, PATIENCE_MS); });

async function answer() {
  const asked = new URLSearchParams(location.search);
  const form = document.querySelector(".place-form");
  for (const name of ["lat", "lon"]) form.elements[name].value = (asked.get(name) ?? "").slice(0, form.elements[name].maxLength);
  for (const link of document.querySelectorAll(".registers a, nav.pages > a[hreflang]")) link.search = location.search;
  if (asked.size === 0) return;
  byId("report").replaceChildren(make("p", {}, word("hazard_loading")));
  const words = await collection(resource(`/hazard-words.${config.register}.json`));
  const { place, mistake } = readPlace(asked, words.sentences);
  if (mistake) return refuse(mistake);
  await stateIsThere;
  byId("report").replaceChildren(...reportNodes(await localReport(...place, config.register), 2));
}

function refuse(mistake) {
  byId("report").replaceChildren();
  byId("mistake").textContent = mistake;
  byId("wrong").hidden = false;
}

startLive();
answer().catch(() => byId("report").replaceChildren(make("p", { class: "failed" }, word("hazard_failed"))));
