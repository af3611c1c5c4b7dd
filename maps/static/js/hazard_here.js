// 「この場所」: a click where nothing else is, the map's centre or one's own position; answers with what the hazard layers say.
/* global L */
import { address, config, resource, word } from "./config.js";
import { make } from "./elements.js";

const STYLE = "/static/css/hazard.css";
const WAIT_MS = 15_000;

/** Adds the button; answers {at(latlng), forget()}. `open(nodes, place)` shows nodes in the sheet and brings the place into view. */
export function hazardHere(map, open) {
  let mark = null;
  let asked = 0;
  let register = config.language;

  async function at({ lat, lng }) {
    const mine = ++asked;
    const body = make("div", { class: "hazard-report", role: "status" }, make("p", {}, word("hazard_loading")));
    open([make("h2", { tabindex: "-1" }, word("hazard_here")), asking(lat, lng), body, elsewhere(lat, lng)], [lng, lat]);
    pin(lat, lng);
    wantStyle();
    const content = await told(lng, lat).catch(() => [make("p", { class: "failed" }, word("hazard_failed"))]);
    if (mine === asked) body.replaceChildren(...content);
  }

  async function told(lng, lat) {
    if (!inside(lng, lat)) return [make("p", {}, word("hazard_beyond", { site: config.site.name }))];
    const [{ reportNodes }, report] = await Promise.all([import("./hazard_view.js"), lookUp(lng, lat, register)]);
    return reportNodes(report);
  }

  const button = (key, onclick, attributes = {}) => make("button", { type: "button", class: "button", ...attributes, onclick }, word(key));

  // Before the answer only what changes it at once: everything else waits until it was read.
  function asking(lat, lng) {
    const turn = () => { register = register === "easy" ? "ja" : "easy"; at({ lat, lng }); };
    const easy = config.language === "ja" ? button("hazard_easy", turn, { "aria-pressed": String(register === "easy") }) : null;
    return make("p", { class: "hazard-controls" }, button("hazard_own", own), easy);
  }

  function elsewhere(lat, lng) {
    const page = make("a", { class: "button", href: pageAddress(lat, lng) }, word("hazard_page"));
    return make("p", { class: "hazard-controls" }, button("hazard_centre", () => at(map.getCenter())), inside(lng, lat) ? page : null);
  }

  const pageAddress = (lat, lng) => address(`${register === "easy" ? "/easy" : ""}/hazard?lon=${lng.toFixed(6)}&lat=${lat.toFixed(6)}`);

  function own() {
    const refuse = () => open([make("h2", { tabindex: "-1" }, word("hazard_here")), make("p", { class: "failed", role: "alert" }, word("hazard_no_position")), elsewhere(...centre())]);
    if (!navigator.geolocation) return refuse();
    return navigator.geolocation.getCurrentPosition(({ coords }) => at({ lat: coords.latitude, lng: coords.longitude }), refuse, { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: 60_000 });
  }

  const centre = () => [map.getCenter().lat, map.getCenter().lng];

  function pin(lat, lng) {
    forget();
    mark = L.circleMarker([lat, lng], { radius: 9, weight: 4, color: "#0B3C6F", fillColor: "#ffffff", fillOpacity: 0.9, interactive: false }).addTo(map);
  }

  function forget() {
    mark?.remove();
    mark = null;
  }

  const start = make("button", { type: "button", id: "hazard-here", class: "hazard-button", title: word("hazard_button_title"), onclick: () => at(map.getCenter()) }, word("hazard_button"));
  map.getContainer().parentElement.append(start);
  return { at, forget };
}

function inside(lng, lat) {
  const [[south, west], [north, east]] = config.bounds;
  return lng >= west && lng <= east && lat >= south && lat <= north;
}

async function lookUp(lng, lat, register) {
  if (config.static) return (await import("./hazard_local.js")).localReport(lng, lat, register);
  const response = await fetch(resource(`/api/hazard?lon=${lng.toFixed(6)}&lat=${lat.toFixed(6)}&lang=${register}`), { signal: AbortSignal.timeout(WAIT_MS) });
  if (!response.ok) throw new Error(`/api/hazard: ${response.status}`);
  return response.json();
}

function wantStyle() {
  const href = resource(STYLE);
  if (!document.head.querySelector(`link[href="${href}"]`)) document.head.append(make("link", { rel: "stylesheet", href }));
}
