// The gauges near a place in words: the same choice and form as maps/hazard_facts.py and maps/hazard_gauges.py.
import { now } from "./clock.js";
import { config, nameOf, word } from "./config.js";
import { directionText, distanceText } from "./hazard_report.js";
import { offsetFrom } from "./hazard_shapes.js";
import { ageNote, ageOf, ageText, stateOf, unitOf, valueText } from "./state.js";
import { world } from "./world.js";

/** One row per gauge: the nearest of each kind a report tells of. */
export function gaugeRows(lon, lat, words) {
  const offset = offsetFrom(lon, lat);
  const placed = [...world.stations.values()].map((feature) => {
    const [east, north] = offset(feature.geometry.coordinates);
    return { feature, metres: Math.hypot(east, north), degrees: ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360 };
  });
  const near = placed.filter(({ metres }) => metres <= words.gauges_km * 1000).sort((a, b) => a.metres - b.metres || (a.feature.properties.id < b.feature.properties.id ? -1 : 1));
  return Object.entries(words.gauges).flatMap(([kind, { quantity, most }]) =>
    near.filter(({ feature: { properties } }) => properties.kind === kind && properties.quantities[quantity]).slice(0, most).map((gauge) => rowOf(gauge, quantity, words)),
  );
}

function rowOf({ feature: { properties }, metres, degrees }, slug, words) {
  const quantity = properties.quantities[slug];
  const state = stateOf(quantity, now());
  return {
    station: properties.id,
    name: nameOf(properties),
    kind: properties.kind,
    kind_word: word(`kind_${properties.kind}`),
    fictitious: Boolean(properties.fictitious),
    quantity: slug,
    label: config.quantities[slug].label,
    value: valueText(slug, quantity.value),
    unit: unitOf(slug),
    symbol: state.symbol,
    level: state.word,
    stale: state.stale,
    suspect: state.suspect,
    quality: word(`quality_${quantity.quality}`),
    at: quantity.at ?? "",
    age: ageText(ageOf(quantity, now())),
    note: ageNote(quantity),
    distance_m: Math.floor(metres + 0.5),
    distance: distanceText(metres, words.sentences),
    direction: directionText(degrees, words),
  };
}
