// Which fixes are worth keeping: the faster, the more often, from one in five seconds to one in a second.

const METRES_PER_DEGREE = 111_195;
const STEPS = [
  { from: 30, ms: 1000 },
  { from: 15, ms: 2000 },
  { from: 3, ms: 3000 },
  { from: 0, ms: 5000 },
];
const SLACK_MS = 150;

/** Metres between two fixes. */
export function distance(one, other) {
  const north = (one.lat - other.lat) * METRES_PER_DEGREE;
  const east = (one.lon - other.lon) * METRES_PER_DEGREE * Math.cos((one.lat * Math.PI) / 180);
  return Math.hypot(north, east);
}

/** Whether `fix` {ms, lon, lat, speed_kmh, task} is kept after `last`, the one kept before it (or null). */
export function isWanted(fix, last) {
  if (last === null || fix.task !== last.task) return true;
  const elapsed = fix.ms - last.ms;
  if (elapsed <= 0) return false;
  const speed = fix.speed_kmh ?? (distance(fix, last) / elapsed) * 3600;
  const step = STEPS.find(({ from }) => speed >= from);
  return elapsed >= step.ms - SLACK_MS;
}
