// Asks our own server in the name of a vehicle. What came of it is one of a few words; what is not "done" is never dropped.
import { heard } from "./crew_clock.js";
import { resource } from "./config.js";

const PATIENCE_MS = 15_000;
const PATIENCE_PHOTO_MS = 90_000;

/** {outcome, status, body, etag, waitMs}. outcome: done · same (304) · later (no line, busy) · refused · shut (key) · closed (no crew pages). */
export async function ask(path, door, { body, etag } = {}) {
  const headers = { Authorization: `Bearer ${door.vehicle}.${door.key}`, Accept: "application/json" };
  if (etag) headers["If-None-Match"] = etag;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const patience = AbortSignal.timeout(body?.length > 50_000 ? PATIENCE_PHOTO_MS : PATIENCE_MS);
  let response;
  try {
    response = await fetch(resource(`/api/crew/${path}`), { method: body === undefined ? "GET" : "POST", headers, body, signal: patience, cache: "no-store", credentials: "omit" });
    heard(response);
    return { ...(await told(response)), status: response.status, etag: response.headers.get("ETag") };
  } catch {
    return { outcome: "later", status: response?.status ?? 0, heard: false };
  }
}

async function told(response) {
  if (response.status === 304) return { outcome: "same" };
  if (response.ok) return { outcome: "done", body: await response.json() };
  if (response.status === 401) return { outcome: "shut" };
  if (response.status === 404) return { outcome: "closed" };
  if (response.status === 429 || response.status >= 500) return { outcome: "later", heard: true, waitMs: 1000 * Number(response.headers.get("Retry-After") ?? 5) };
  return { outcome: "refused" };
}
