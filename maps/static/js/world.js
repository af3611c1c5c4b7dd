// The last known state of everything, by id; tells its listeners what changed and nothing else.

export const world = { loaded: false, version: null, stations: new Map(), vehicles: new Map(), alerts: { open: [], recent: [] }, shelters: new Map(), roads: { loaded: false, about: null, states: new Map() } };

const RAISED = new Set(["caution", "warning", "danger"]);
const listeners = [];

/** Calls `listener` after each change with {all, stations, vehicles, alerts, shelters, roads}: two sets of ids and four flags. */
/** What the place of an alert measures now; what the alert began with where that is not known. */
export function presentValue(alert) {
  return world.stations.get(alert.station)?.properties.quantities[alert.quantity]?.value ?? alert.value;
}

/** The open alerts that a station takes part in: of a pair or a group each of its stations does. */
export const alertsAt = (id) => world.alerts.open.filter((alert) => (alert.stations ?? [alert.station]).includes(id));

/** Whether the level a station shows is that of an alert nobody has confirmed yet; a value in doubt is another matter. */
export function isUnconfirmed(id, slug) {
  const level = world.stations.get(id)?.properties.quantities[slug]?.level;
  if (!RAISED.has(level)) return false;
  return alertsAt(id).some((alert) => alert.unconfirmed && alert.quantity === slug);
}

/** Whether what its place measures now is in doubt; the alert may be confirmed all the same. */
export const inDoubt = (alert) => world.stations.get(alert.station)?.properties.quantities[alert.quantity]?.quality === "suspect";

export const onChange = (listener) => listeners.push(listener);

/** Takes in a snapshot or a delta; a delta older than what is known is ignored. */
export function take(kind, data) {
  const change = kind === "snapshot" ? replaceAll(data) : kind === "roads" ? takeRoads(data) : merge(data);
  if (change) for (const listener of listeners) listener(change);
}

function replaceAll(data) {
  const change = { all: true, stations: new Set(), vehicles: new Set(), alerts: true, shelters: true };
  fill(world.stations, data.stations.features, change.stations);
  fill(world.vehicles, data.vehicles.features, change.vehicles);
  world.alerts = data.alerts;
  takeShelters(data.shelters ?? []);
  world.version = data.version ?? null;
  world.loaded = true;
  return change;
}

function fill(known, features, changed) {
  for (const id of known.keys()) changed.add(id);
  known.clear();
  for (const feature of features) {
    known.set(feature.properties.id, feature);
    changed.add(feature.properties.id);
  }
}

function merge(data) {
  if (!world.loaded || (world.version !== null && data.version <= world.version)) return null;
  const change = { all: false, stations: new Set(), vehicles: new Set(), alerts: Boolean(data.alerts), shelters: Boolean(data.shelters) };
  for (const feature of data.stations ?? []) put(world.stations, feature, change.stations);
  for (const feature of data.vehicles ?? []) put(world.vehicles, feature, change.vehicles);
  for (const id of data.vehicles_gone ?? []) {
    world.vehicles.delete(id);
    change.vehicles.add(id);
  }
  if (data.alerts) world.alerts = data.alerts;
  if (data.shelters) takeShelters(data.shelters);
  world.version = data.version;
  return change;
}

// What is told of roads comes by itself and whole: {as_of, order, notes, …} and a state for each road.
function takeRoads({ roads, ...about }) {
  world.roads = { loaded: true, about, states: new Map(Object.entries(roads)) };
  return { all: false, stations: new Set(), vehicles: new Set(), alerts: false, shelters: false, roads: true };
}

// What is said of shelters always comes whole, by their id.
function takeShelters(states) {
  world.shelters = new Map(states.map((state) => [state.id, state]));
}

function put(known, feature, changed) {
  known.set(feature.properties.id, feature);
  changed.add(feature.properties.id);
}
