// Which vehicle this phone speaks for. The link brings it in its fragment once; then it is kept here and taken out of sight.
import { config } from "./config.js";

const NAME = `yukimori-crew-${config.site.id}`;

/** What is kept on this phone under a name, null where nothing is or nothing can be. */
export function kept(name) {
  try {
    return JSON.parse(localStorage.getItem(`${NAME}-${name}`));
  } catch {
    return null;
  }
}

/** Keeps something small; whether it was kept. */
export function keep(name, value) {
  try {
    localStorage.setItem(`${NAME}-${name}`, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** {vehicle, key} of the link, or of the one opened last; null where there never was one. */
export function openDoor() {
  const given = new URLSearchParams(location.hash.slice(1));
  const vehicle = given.get("vehicle");
  const key = given.get("key");
  window.addEventListener("hashchange", () => location.reload());
  if (!vehicle || !key) return doorOf(kept("vehicle"));
  const doors = { ...kept("doors"), [vehicle]: key };
  if (keep("doors", doors) && keep("vehicle", vehicle)) history.replaceState(null, "", location.pathname);
  return { vehicle, key };
}

/** The key of a vehicle this phone has spoken for: what it recorded then is sent in that name. */
export function doorOf(vehicle) {
  const key = kept("doors")?.[vehicle];
  return key ? { vehicle, key } : null;
}
