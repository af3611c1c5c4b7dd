// Brings messages from the server: one event stream, polling where streams do not get through.

import { resource } from "./config.js";

const HEARTBEAT_MS = 10_000;
const SILENCE_MS = 2 * HEARTBEAT_MS + 3_000;
const POLL_MS = 30_000;
const POLL_MAX_MS = 120_000;
const POLL_SILENCE_MS = 1.15 * POLL_MS + SILENCE_MS;
const STREAM_RETRY_MS = 60_000;
const FAILURES_BEFORE_POLLING = 3;

const sometimesLater = (ms) => ms * (0.85 + 0.3 * Math.random());

/**
 * Starts the feed. `onMessage(kind, data, serverTime)` gets snapshots, deltas and heartbeats;
 * `onState(name)` gets connecting, receiving, polling, halted (the server answers, its data stand still) or lost.
 */
export function startFeed({ onMessage, onState }) {
  let source = null;
  let failures = 0;
  let heardAt = performance.now();
  let patience = SILENCE_MS;  // how long a silence is usual on the way we were last heard from
  let caughtUp = false;  // whether a snapshot came since the last beginning
  let polling = false;
  let pollTimer = 0;
  let pollWait = POLL_MS;
  let streamTimer = 0;
  let generation = 0;

  function heard(kind, data, serverTime) {
    heardAt = performance.now();
    patience = polling ? POLL_SILENCE_MS : SILENCE_MS;
    caughtUp ||= kind === "snapshot";
    onMessage(kind, data, serverTime);
    if (caughtUp || data.stale) onState(data.stale ? "halted" : polling ? "polling" : "receiving");
  }

  function openStream() {
    source?.close();
    source = new EventSource(resource("/api/stream"));
    for (const kind of ["snapshot", "delta", "heartbeat"]) {
      source.addEventListener(kind, (event) => {
        const data = JSON.parse(event.data);
        failures = 0;
        stopPolling();
        heard(kind, data, Date.parse(data.now));
      });
    }
    source.onerror = streamFailed;
  }

  function streamFailed() {
    failures += 1;
    const given = source.readyState === EventSource.CLOSED;
    if (!given && failures < FAILURES_BEFORE_POLLING) return;
    source.close();
    source = null;
    startPolling();
    clearTimeout(streamTimer);
    streamTimer = setTimeout(openStream, sometimesLater(STREAM_RETRY_MS));
  }

  function startPolling() {
    if (polling) return;
    polling = true;
    pollWait = POLL_MS;
    poll();
  }

  function stopPolling() {
    polling = false;
    clearTimeout(pollTimer);
  }

  // The next round is planned when this one has ended: fetches never overlap.
  async function poll() {
    const mine = generation;
    try {
      const [stations, vehicles, alerts, shelters] = await Promise.all(["stations", "vehicles", "alerts", "shelters"].map(fetchState));
      if (!polling || mine !== generation) return;
      pollWait = POLL_MS;
      const stale = stations.body.stale || alerts.body.stale;
      const said = shelters.body.features.map(({ properties }) => properties.state).filter(Boolean);
      heard("snapshot", { stations: stations.body, vehicles: vehicles.body, alerts: alerts.body, shelters: said, stale }, stations.serverTime);
    } catch {
      pollWait = Math.min(pollWait * 2, POLL_MAX_MS);
    }
    if (polling && mine === generation) pollTimer = setTimeout(poll, sometimesLater(pollWait));
  }

  function watch() {
    if (document.hidden || performance.now() - heardAt < patience) return;
    onState("lost");
    patience = SILENCE_MS;
    heardAt = performance.now() - SILENCE_MS / 2;  // ask again after as long a silence as made us doubt
    if (!polling) openStream();
  }

  function stop() {
    generation += 1;
    source?.close();
    source = null;
    stopPolling();
    clearTimeout(streamTimer);
  }

  function start() {
    failures = 0;
    caughtUp = false;
    patience = SILENCE_MS;
    heardAt = performance.now();
    onState("connecting");
    openStream();
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", (event) => event.persisted && start());
  setInterval(watch, 1000);
  if (!document.hidden) start();
}

// "no-cache" lets the browser revalidate by ETag; the Date header is fresh even where the body is not.
async function fetchState(name) {
  const response = await fetch(resource(`/api/${name}`), { cache: "no-cache" });
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  const body = await response.json();
  return { body, serverTime: Date.parse(response.headers.get("date") ?? body.generated_at) };
}
