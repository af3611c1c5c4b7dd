// The key of staff: from the address (#key=…) or the field, kept for this tab only, and taken out of the address at once.
import { resource } from "./config.js";
import { fromAddress, toAddress } from "./place.js";

const NAME = "yukimori-staff-key";

/** The key that is known, null where none is; given one, it is kept from now on. */
export function staffKey(given = null) {
  const handed = given ?? fromAddress("key");
  toAddress("key", null);
  if (handed) sessionStorage.setItem(NAME, handed);
  return sessionStorage.getItem(NAME);
}

export const forgetKey = () => sessionStorage.removeItem(NAME);

/** What an address of staff answers; null where the key is refused, and then it is forgotten. Throws for anything else. */
export async function askWithKey(path, options = {}, refusals = [401, 404]) {
  const headers = { ...options.headers, Authorization: `Bearer ${staffKey()}` };
  const response = await fetch(resource(path), { cache: "no-cache", ...options, headers });
  if (refusals.includes(response.status)) {
    forgetKey();
    document.dispatchEvent(new Event("yukimori:key-refused"));
    return null;
  }
  if (!response.ok) throw new Error(await reason(response));
  return response;
}

/** The same as JSON. */
export async function withKey(path, options = {}) {
  const response = await askWithKey(path, options);
  return response && response.json();
}

async function reason(response) {
  const problem = await response.json().catch(() => ({}));
  return problem.detail || problem.title || String(response.status);
}
