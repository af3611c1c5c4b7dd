// A night as it was read: columns become arrays, and every question about a moment is answered here. No drawing.
// Times are seconds after the beginning of the night. `then` asks for what had arrived by that moment only.

const MISSING_AFTER_S = 180;

/** The night of an answer of /api/staff/playback, ready to be asked. */
export function nightOf(answer) {
  const from = Date.parse(answer.from);
  const parts = answer.degree_parts;
  return {
    from,
    length: Math.round((Date.parse(answer.to) - from) / 1000),
    tolerance: answer.tolerance_m,
    roads: answer.roads,
    orders: answer.orders,
    episodes: answer.episodes,
    vehicles: answer.vehicles.map((vehicle) => ({ ...vehicle, t: summed(vehicle.t), lat: summed(vehicle.y).map((y) => y / parts), lng: summed(vehicle.x).map((x) => x / parts) })),
    stations: answer.stations.map((station) => ({ ...station, t: summed(station.t) })),
  };
}

function summed(differences) {
  let sum = 0;
  return differences.map((difference) => (sum += difference));
}

/** The index of the last number that is not above `wanted`; -1 where all are. */
function lastBefore(numbers, wanted) {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Since when a road is clear at a moment, in seconds after the beginning; null where no record is. */
export function clearSince(night, road, moment, then) {
  const changes = (then && night.roads.then[road]) || night.roads.known[road];
  if (!changes) return null;
  let found = null;
  for (let index = 0; index < changes.length && changes[index] <= moment; index += 2) found = changes[index + 1];
  return found;
}

/** The stretch of late records a moment lies in, as [from, to, arrived]; null where what was measured then came in time. */
const lateAt = (late, moment) => late.find(([from, to]) => moment >= from && moment <= to) ?? null;
const missingThen = (late, moment) => late.find(([from, to, arrived]) => moment >= from && moment < arrived && to >= from) ?? null;

/**
 * Where a vehicle is at a moment: {state, lat, lng, heading, task, at, …}. `state` is `moving`, `stopped` (with `since`), `unknown`
 * (with `from`, `to`, and `late`: when it came), or `gone`; null before its first record.
 */
export function vehicleAt(vehicle, moment, then) {
  const late = lateAt(vehicle.late, moment);
  const missing = then ? missingThen(vehicle.late, moment) : null;
  const index = lastBefore(vehicle.t, missing ? missing[0] - 1 : moment);
  if (index < 0) return missing ? { state: "unknown", index: -1, from: missing[0], to: missing[2], late: missing[2], lat: null, lng: null, at: null, task: null, heading: null } : null;
  const here = { index, lat: vehicle.lat[index], lng: vehicle.lng[index], at: vehicle.t[index], task: taskAt(vehicle, index), heading: headingAt(vehicle, index), late: late && !missing ? late[2] : null };
  if (missing) return { ...here, state: "unknown", from: vehicle.t[index], to: missing[2], late: missing[2] };
  const gap = vehicle.gaps.find(([from, to]) => moment > from && moment < to);
  if (gap) return { ...here, state: "unknown", from: gap[0], to: gap[1] };
  if (index === vehicle.t.length - 1) return { ...here, state: moment - here.at > MISSING_AFTER_S ? "gone" : "moving" };
  const stop = vehicle.stops.find(([from, to]) => moment >= from && moment <= to);
  return { ...between(vehicle, here, moment), state: stop ? "stopped" : "moving", since: stop?.[0] };
}

function between(vehicle, here, moment) {
  const { index } = here;
  const span = vehicle.t[index + 1] - vehicle.t[index];
  const share = span > 0 ? (moment - vehicle.t[index]) / span : 0;
  return {
    ...here,
    at: moment,
    lat: here.lat + (vehicle.lat[index + 1] - here.lat) * share,
    lng: here.lng + (vehicle.lng[index + 1] - here.lng) * share,
  };
}

function taskAt(vehicle, index) {
  let found = null;
  for (const [first, task] of vehicle.tasks) if (first <= index) found = task;
  return found;
}

// Degrees clockwise from north, from the stretch the vehicle is on; null while it does not move.
function headingAt(vehicle, index) {
  const next = Math.min(index + 1, vehicle.t.length - 1);
  const before = next === index ? index - 1 : index;
  if (before < 0) return null;
  const east = (vehicle.lng[next] - vehicle.lng[before]) * Math.cos((vehicle.lat[index] * Math.PI) / 180);
  const north = vehicle.lat[next] - vehicle.lat[before];
  if (Math.hypot(east, north) < 2e-5) return null;
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

/**
 * The way of a vehicle in the last `window` seconds, oldest first: [{age, unknown, minutes, points}] of at most `pieces` ages. Across a gap there is a
 * piece of its own, unknown with its minutes. What had not arrived is left out.
 */
export function trailOf(vehicle, moment, then, window, pieces) {
  const now = vehicleAt(vehicle, moment, then);
  if (!now || now.index < 0) return [];
  const first = Math.max(0, lastBefore(vehicle.t, moment - window));
  const found = [];
  let piece = null;
  for (let index = first; index <= now.index; index += 1) {
    const point = [vehicle.lat[index], vehicle.lng[index]];
    const gap = index > first ? vehicle.gaps.find(([from, to]) => from < vehicle.t[index] && to > vehicle.t[index - 1]) : null;
    if (gap) found.push({ age: 0, unknown: true, minutes: Math.round((gap[1] - gap[0]) / 60), points: [piece.points.at(-1), point] });
    const age = Math.min(pieces - 1, Math.max(0, Math.floor(((moment - vehicle.t[index]) / window) * pieces)));
    if (!piece || gap || piece.age !== age) {
      const start = piece && !gap ? [piece.points.at(-1), point] : [point];
      piece = { age, unknown: false, minutes: 0, points: start };
      found.push(piece);
    } else piece.points.push(point);
  }
  if (now.state === "moving" && piece) piece.points.push([now.lat, now.lng]);
  return found;
}

/** The value of a datastream at a moment: {value, at, level, suspect, late}; null before its first. `decimals` are the quantity's. */
export function valueAt(station, moment, then, decimals) {
  let index = lastBefore(station.t, moment);
  while (then && index >= 0 && (lateAt(station.late, station.t[index])?.[2] ?? 0) > moment) index -= 1;
  if (index < 0) return null;
  const number = station.v[index];
  return {
    value: number === null ? null : number / 10 ** decimals,
    at: station.t[index],
    level: runAt(station.levels, index),
    suspect: runAt(station.doubtful, index),
    late: lateAt(station.late, station.t[index])?.[2] ?? null,
  };
}

function runAt(runs, index) {
  let found = null;
  for (const [first, word] of runs) if (first <= index) found = word;
  return found;
}

/** The level of an episode at a moment: null before it began and after its end. */
export function levelAt(episode, moment, then) {
  let found = null;
  for (const [at, level, detected] of episode.steps) if ((then ? detected : at) <= moment) found = level;
  if (episode.ended !== null && moment >= episode.ended) return null;
  return found;
}

/** The orders that stand at a moment. */
export const ordersAt = (night, moment) => night.orders.filter(({ at, ended }) => at <= moment && (ended === null || ended > moment));

/** How much of the night came late: {vehicles, roads, stations}. */
export function lateCounts(night) {
  const late = (rows) => rows.filter((row) => row.late.length > 0);
  return { vehicles: late(night.vehicles).length, roads: Object.keys(night.roads.then).length, stations: new Set(late(night.stations).map(({ id }) => id)).size };
}
