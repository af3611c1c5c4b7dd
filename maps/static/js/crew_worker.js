// The service worker of the crew page: keeps the page, its files and the town's basemap. What is said and told passes it by.
/* global SHELL */

const CACHE = `crew-${SHELL.version}`;
const GROUND = "crew-ground";
const MOST_GROUND_BYTES = 40 * 1024 * 1024;
const kept = new Set(SHELL.files);

self.addEventListener("install", (event) => event.waitUntil(keepShell()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && SHELL.pages.includes(url.pathname)) event.respondWith(fromShell(url.pathname, event.request));
  else if (kept.has(url.pathname)) event.respondWith(fromShell(url.pathname, event.request));
  else if (url.pathname === "/layers/basemap.json") event.respondWith(groundAbout(event));
  else if (url.pathname.startsWith("/layers/") && url.pathname.endsWith(".pmtiles")) event.respondWith(groundPart(event.request));
});

async function keepShell() {
  const cache = await caches.open(CACHE);
  await cache.addAll([...SHELL.pages, ...SHELL.files].map((path) => new Request(path, { cache: "reload", credentials: "omit" })));
  await renewGround(await caches.open(GROUND)).catch(() => {}); // a town may have none, and the page works without
  await self.skipWaiting();
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("crew-") && name !== CACHE && name !== GROUND).map((name) => caches.delete(name)));
  await self.clients.claim();
}

// What is kept comes first: in a valley a request may hang for a minute. A newer page is here with the next worker.
async function fromShell(path, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}

async function groundAbout(event) {
  const cache = await caches.open(GROUND);
  const known = await cache.match("/layers/basemap.json");
  if (!known) return fetch(event.request);
  event.waitUntil(renewGround(cache).catch(() => {}));
  return known;
}

async function renewGround(cache) {
  const response = await fetch("/layers/basemap.json", { cache: "no-cache" });
  if (response.ok) await keepGround(cache, response);
}

async function keepGround(cache, response) {
  const about = await response.clone().json();
  const address = `/${about.url}?v=${about.etag}`;
  if (!(await cache.match(address))) {
    const whole = await fetch(address);
    if (!whole.ok || Number(whole.headers.get("Content-Length") ?? 0) > MOST_GROUND_BYTES) return;
    for (const old of await cache.keys()) await cache.delete(old);
    await cache.put(address, whole);
  }
  await cache.put("/layers/basemap.json", response);
}

/** A range of the kept archive (RFC 9110, section 14.4), or of the server's where it is not kept yet. */
async function groundPart(request) {
  const cache = await caches.open(GROUND);
  const url = new URL(request.url);
  const whole = await cache.match(url.pathname + url.search);
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("Range") ?? "");
  if (!whole || !range) return fetch(request);
  const blob = await whole.blob();
  const end = Math.min(Number(range[2]), blob.size - 1);
  const part = blob.slice(Number(range[1]), end + 1);
  const headers = { "Content-Type": "application/octet-stream", "Content-Range": `bytes ${range[1]}-${end}/${blob.size}`, "Content-Length": String(part.size), ETag: whole.headers.get("ETag") ?? "" };
  return new Response(part, { status: 206, headers });
}
