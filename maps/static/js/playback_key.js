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

/** What an address of staff answers, as JSON; null where the key is refused, and then it is forgotten. Throws for anything else. */
export async function withKey(path) {
  const response = await fetch(resource(path), { headers: { Authorization: `Bearer ${staffKey()}` }, cache: "no-cache" });
  if (response.status === 401 || response.status === 404) {
    forgetKey();
    document.dispatchEvent(new Event("yukimori:key-refused"));
    return null;
  }
  if (!response.ok) throw new Error(await reason(response));
  return response.json();
}

async function reason(response) {
  const problem = await response.json().catch(() => ({}));
  return problem.detail || problem.title || String(response.status);
}
