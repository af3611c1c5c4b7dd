// Asks /api/session; what comes back is {status, body, needs, waitS}, never an exception: the page always has words for it.
import { resource } from "./config.js";

const PATIENCE_MS = 20_000;

let csrf = "";

/** The answer to a question about the session; status 0 where the server cannot be reached. */
export async function ask(path, method = "GET", wish = null, more = {}) {
  const headers = { Accept: "application/json", ...more };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (wish) headers["Content-Type"] = "application/json";
  let response;
  try {
    const body = wish ? JSON.stringify(wish) : null;
    response = await fetch(resource(`/api/session${path}`), { method, headers, body, credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    return { status: 0, body: {}, needs: "", waitS: 0 };
  }
  const body = await response.json().catch(() => ({}));
  if (response.ok && body.csrf) csrf = body.csrf;
  return { status: response.status, body, needs: response.headers.get("X-Needs") ?? "", waitS: Number(response.headers.get("Retry-After") ?? 0) };
}

/** Where to go after signing in: a page of our own that the address names, else the console. */
export function onward(search, origin, usual) {
  const next = new URLSearchParams(search).get("next") ?? "";
  if (!/^\/(?![/\\])/.test(next)) return usual;
  const target = new URL(next, origin);
  // Resolved, a path may begin with two slashes (/.//host), which alone would be another host's address.
  if (target.origin !== origin || target.pathname.startsWith("//")) return usual;
  return target.pathname + target.search + target.hash;
}
