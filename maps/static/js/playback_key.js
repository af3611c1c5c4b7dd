// Opens what is for staff: with the session of whoever is signed in, else with the key of staff from the address (#key=…) or the
// field, which is kept for this tab only and taken out of the address at once.
import { address, resource, word } from "./config.js";
import { byId, make } from "./elements.js";
import { fromAddress, toAddress } from "./place.js";

const NAME = "yukimori-staff-key";
const PATIENCE_MS = 5_000;

let session = await signedIn();
if (session) showWho(session.person);
else offerSignIn();

/** What opens the door, null where nothing is known; a key that is given is kept from now on. */
export function staffKey(given = null) {
  const handed = given ?? fromAddress("key");
  toAddress("key", null);
  if (handed) sessionStorage.setItem(NAME, handed);
  return session ? session.csrf : sessionStorage.getItem(NAME);
}

export const forgetKey = () => sessionStorage.removeItem(NAME);

/** What an address of staff answers; null where nobody is let in, and then the key is forgotten. Throws for anything else. */
export async function askWithKey(path, options = {}, refusals = [401, 404]) {
  const door = session ? { "X-CSRF-Token": session.csrf } : { Authorization: `Bearer ${staffKey()}` };
  const response = await fetch(resource(path), { cache: "no-cache", ...options, headers: { ...options.headers, ...door } });
  if (refusals.includes(response.status)) {
    forgetKey();
    session = null;
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

/** The session of whoever is signed in with everything set up, null where nobody is. */
async function signedIn() {
  const options = { cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE_MS) };
  const found = await fetch(resource("/api/session"), options).then((response) => (response.ok ? response.json() : null)).catch(() => null);
  return found?.person && !found.lacks ? found : null;
}

function showWho(person) {
  const link = make("a", { href: address("/sign-in") }, word("staff_account"));
  document.querySelector("main").prepend(make("p", { class: "small", id: "staff-who" }, word("staff_who", { name: person.shown_name }), " ", link));
  byId("key-forget").hidden = true;
}

function offerSignIn() {
  const here = encodeURIComponent(location.pathname + location.search);
  const link = make("a", { class: "button", href: `${address("/sign-in")}?next=${here}` }, word("staff_sign_in"));
  byId("key-form").append(link);
}

async function reason(response) {
  const problem = await response.json().catch(() => ({}));
  return problem.detail || problem.title || String(response.status);
}
