// The phone as the vehicle's tracker: follows its position, keeps what is worth keeping, says honestly when it cannot.
import { addPosition, countPositions, MOST_POSITIONS } from "./crew_box.js";
import { isWanted } from "./crew_thinning.js";

const OPTIONS = { enableHighAccuracy: true, maximumAge: 0, timeout: 30_000 };
const COARSE_M = 30;
const OLD_MS = 20_000;
const FRESH_MS = 120_000;

/** Follows the position. `settings()` gives {vehicle, task, sends}; `onChange()` is called with each fix, failure or keeping. */
export function startTracker(settings, onChange) {
  let last = null;
  let keptLast = null;
  let trouble = "wait";
  let full = false;

  if (!navigator.geolocation) trouble = "none";
  else navigator.geolocation.watchPosition(take, refuse, OPTIONS);

  async function take({ coords, timestamp }) {
    const { vehicle, task, sends } = settings();
    last = {
      ms: timestamp,
      seen: performance.now(),
      lon: Number(coords.longitude.toFixed(7)),
      lat: Number(coords.latitude.toFixed(7)),
      accuracy_m: Number(coords.accuracy.toFixed(1)),
      speed_kmh: Number.isFinite(coords.speed) ? Number((coords.speed * 3.6).toFixed(1)) : null,
      heading_deg: Number.isFinite(coords.heading) ? Number((coords.heading % 360).toFixed(1)) : null,
      task,
    };
    trouble = null;
    if (sends && vehicle && isWanted(last, keptLast)) await record(vehicle, last);
    onChange();
  }

  async function record(vehicle, fix) {
    const before = keptLast;
    keptLast = fix; // at once: the next fix may come before the disk has this one
    const { seen, ms, ...facts } = fix;
    const body = { at: new Date(ms).toISOString(), ...facts };
    for (const name of Object.keys(body)) if (body[name] === null) delete body[name];
    try {
      full = (await countPositions()) >= MOST_POSITIONS;
      if (!full) await addPosition({ vehicle, body });
    } catch {
      full = true;
    }
    if (full) keptLast = before;
  }

  function refuse(error) {
    trouble = error.code === error.PERMISSION_DENIED ? "denied" : "none";
    onChange();
  }

  return {
    /** The newest fix whatever its age, null where there never was one. */
    last: () => last,
    /** The newest fix where it still tells where we are. */
    fresh: () => (last && performance.now() - last.seen < FRESH_MS ? last : null),
    /** wait · denied · none · old · coarse · good. */
    state: () => {
      if (trouble === "denied" || last === null) return trouble ?? "wait";
      if (performance.now() - last.seen > OLD_MS) return "old";
      return last.accuracy_m > COARSE_M ? "coarse" : "good";
    },
    silence: () => (last ? performance.now() - last.seen : 0),
    isFull: () => full,
  };
}
