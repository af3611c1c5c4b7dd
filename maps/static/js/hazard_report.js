// The facts of a place put into words: the same rules as maps/hazard_report.py, which writes them where a server is.
import { momentTime } from "./clock.js";

const fill = (text, places) => text.replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
const halfUp = (number) => Math.floor(number + 0.5);
const distinct = (items) => [...new Set(items)];

/** The hazards a report of the site tells of. */
export function hazardsTold(words) {
  const own = new Set(words.layers.flatMap(({ hazards }) => hazards));
  return Object.keys(words.hazards).filter((hazard) => own.has(hazard) || words.own_hazards.includes(hazard));
}

/** The report without gauges, of facts and words; the form of `/api/hazard`. */
export function reportOf(facts, words) {
  const say = words.sentences;
  const outside = facts.inside === false;
  const parts = outside ? [] : hazardsTold(words).map((hazard) => hazardPart(hazard, facts, words));
  return {
    lon: facts.lon,
    lat: facts.lat,
    register: words.register,
    inside: facts.inside,
    place: fill(say.place, { lat: facts.lat.toFixed(6), lon: facts.lon.toFixed(6) }),
    where: facts.inside === null ? "" : fill(outside ? say.outside : say.inside, { site: words.site }),
    official: [fill(say.official, { site: words.site }), words.contact].filter(Boolean),
    notes: [...(outside || words.layers.length > 0 ? [] : [say.no_layers]), ...(outside ? [] : [say.general, say.accuracy, say.shelters_note])],
    labels: { advice: say.advice_title, sources: say.sources_title, fictitious: say.fictitious, gauges: say.gauges_title, gauges_note: say.gauges_note, gauges_stale: say.gauges_stale },
    hazards: [...parts.filter(({ found }) => found), ...parts.filter(({ found }) => !found)],
  };
}

function hazardPart(hazard, facts, words) {
  const say = words.sentences;
  const about = words.hazards[hazard];
  const byId = new Map(words.layers.map((layer) => [layer.id, layer]));
  const layers = facts.layers.filter((here) => here.hazard === hazard && byId.has(here.id)).map((here) => layerPart(here, byId.get(here.id), words));
  const shelters = (facts.shelters[hazard] ?? []).map((shelter) => shelterPart(shelter, byId, words));
  const own = distinct(gravestOfKinds(layers).flatMap(({ advice }) => advice));
  const general = about.general.length > 0 ? about.general : [say.none_advice];
  const nobody = words.own_hazards.includes(hazard) ? say.no_shelters_own : say.no_shelters;
  return {
    hazard,
    title: about.title,
    found: layers.some(({ state }) => ["found", "unknown", "nearby"].includes(state)),
    summary: layers.some(({ state }) => state !== "not_assessed") ? "" : layers.length > 0 ? say.not_assessed : say.no_layer,
    layers,
    no_layer: layers.length > 0 ? "" : say.no_layer,
    advice: own.length > 0 ? own : general,
    advice_source: about.source ? fill(say.advice_source, { source: about.source }) : "",
    shelters_title: fill(say.shelters_title, { hazard: about.title }),
    shelters,
    no_shelters: shelters.length > 0 ? "" : fill(nobody, { hazard: about.title, site: words.site }),
  };
}

// Of two scenarios of one kind only the graver speaks: milder words beside it would take it back.
function gravestOfKinds(layers) {
  const gravest = new Map();
  for (const layer of layers) if (layer.gravest !== null && layer.gravest > (gravest.get(layer.kind)?.gravest ?? -1)) gravest.set(layer.kind, layer);
  return [...gravest.values()];
}

const labelOf = (about, code) => about.classes[code]?.label ?? code;

function layerPart({ found, nearby, failed, hazard }, about, words) {
  const say = words.sentences;
  const others = distinct(found.slice(1).filter(({ code }) => code !== found[0].code).map(({ code }) => labelOf(about, code)));
  const gravest = [...found, ...nearby].reduce((known, area) => (known === null || area.rank > known.rank ? area : known), null);
  return {
    layer: about.id,
    kind: about.kind,
    title: about.title,
    fictitious: about.fictitious,
    state: failed ? "failed" : stateOf(found, nearby),
    code: found[0]?.code ?? null,
    rank: found[0]?.rank ?? null,
    gravest: gravest?.rank ?? null,
    text: failed ? say.layer_failed : textOf(found, about, say),
    details: found.length > 0 ? details(found[0], about, words) : [],
    also: others.length > 0 ? fill(say.here_too, { labels: others.join("、") }) : "",
    nearby: nearby.map((area) => nearPart(area, about, say)),
    advice: gravest ? (about.classes[gravest.code] ?? about.classes.unknown)?.advice[hazard] ?? [] : [],
    source: fill(say.source, { credit: about.credit }),
    date: about.date ? fill(say.data_date, { date: about.date }) : "",
    source_url: about.source_url,
    note: about.note,
  };
}

function stateOf(found, nearby) {
  if (found.length === 0) return nearby.length > 0 ? "nearby" : "not_assessed";
  return found[0].rank > 0 ? "found" : "unknown";
}

function textOf(found, about, say) {
  if (found.length === 0) return say.not_assessed;
  return found[0].rank > 0 ? labelOf(about, found[0].code) : say.class_unknown;
}

function nearPart({ code, rank, distance_m: distance }, about, say) {
  const metres = Math.max(5, 5 * halfUp(distance / 5));
  return { code, rank, distance_m: metres, text: fill(say.nearby, { metres, label: labelOf(about, code) }) };
}

function details({ code, properties }, about, words) {
  const label = words.register === "easy" ? "" : labelOf(about, code);
  return about.columns
    .map((column) => ({ label: column.label, text: properties[column.property] }))
    .filter(({ text }) => text !== null && text !== undefined && !label.includes(String(text)) && String(text) !== "")
    .map((row) => ({ label: row.label, text: String(row.text) }));
}

function shelterPart(shelter, layers, words) {
  const say = words.sentences;
  const { state, inside, elevation_m: elevation } = shelter;
  const about = inside && layers.get(inside.layer);
  return {
    id: shelter.id,
    name: shelter.name,
    address: shelter.address,
    lon: shelter.lon,
    lat: shelter.lat,
    distance_m: halfUp(shelter.distance_m),
    distance: distanceText(shelter.distance_m, say),
    direction: directionText(shelter.direction_deg, words),
    elevation_m: elevation,
    elevation: elevation === null ? say.elevation_unknown : fill(say.elevation, { metres: halfUp(elevation) }),
    status: state?.status ?? null,
    state: stateText(state, words),
    stay: shelter.stay ? fill(say.same_facility, { state: stateText(shelter.stay, words) }) : "",
    note: state ? (words.language === "en" && state.note_en) || state.note_ja : "",
    inside: about ? fill(say.shelter_inside, { layer: about.title, label: labelOf(about, inside.code) }) : "",
  };
}

function stateText(state, words) {
  const say = words.sentences;
  if (!state) return say.shelter_unknown;
  const numbers = ["people", "capacity"].filter((key) => state[key] !== null).map((key) => fill(say[key], { [key]: state[key] }));
  const time = momentTime(Date.parse(state.at));
  return [say[`shelter_${state.status}`], ...numbers, fill(say.shelter_as_of, { time })].join(words.register === "en" ? ", " : "、");
}

/** A straight-line distance to 10 m, from 1 km on to 0.1 km. */
export function distanceText(metres, say) {
  if (metres < 10) return say.distance_near;
  if (metres < 995) return fill(say.distance_m, { metres: 10 * halfUp(metres / 10) });
  return fill(say.distance_km, { km: (halfUp(metres / 100) / 10).toFixed(1) });
}

/** The nearest of the eight directions. */
export const directionText = (degrees, words) => words.directions[halfUp(degrees / 45) % 8];
