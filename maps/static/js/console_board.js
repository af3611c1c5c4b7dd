// What is known of all episodes: asked for again and again, kept while it cannot be had, told to listeners when it changed.
import { running, setClock } from "./clock.js";
import { get } from "./console_api.js";
import { resource } from "./config.js";

const EVERY_MS = 2_000;
const WALL_EVERY_MS = 5_000;
const LONGEST_WAIT_MS = 30_000;

/** live: {counts, episodes}; past: the same of an instant, null in the present; failure: a Refusal, heardAt: server time of the last answer. */
export const board = { live: null, past: null, failure: null, heardAt: null, selected: null };

const listeners = [];
/** Calls `listener({live, past, selected, failure})` with flags of what changed. */
export const onBoard = (listener) => listeners.push(listener);
const tell = (change) => { for (const listener of listeners) listener(change); };

/** What the columns show: the instant looked back on, else the present. */
export const shown = () => board.past ?? board.live;

const episodeOf = (id) => shown()?.episodes.find((one) => one.id === id) ?? null;

export const chosen = () => (board.selected ? episodeOf(board.selected) : null);

export function choose(id) {
  if (board.selected === id) return;
  board.selected = id;
  tell({ selected: true });
}

export function setPast(past) {
  board.past = past;
  tell({ past: true });
}

let etag = null;
let failures = 0;
let asking = false;
let again = false;
let timer = 0;
let every = EVERY_MS;

/** Asks at once; a wish while one is being asked is fulfilled after it. */
export async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  clearTimeout(timer);
  try {
    const answer = await get("/api/console/episodes", etag);
    failures = 0;
    if (answer.date && running() === null) setClock(answer.date);
    board.heardAt = answer.date || running() || Date.now();
    const failedBefore = board.failure !== null;
    board.failure = null;
    if (answer.body) {
      etag = answer.etag;
      const before = board.live;
      board.live = answer.body;
      tell({ live: true, before });
    } else if (failedBefore) tell({ failure: true });
  } catch (error) {
    failures += 1;
    board.failure = error;
    tell({ failure: true });
  }
  asking = false;
  const wait = again ? 0 : Math.min(LONGEST_WAIT_MS, every * 2 ** Math.min(failures, 4));
  again = false;
  timer = setTimeout(refresh, wait);
}

// A hidden page's timers sleep; its event stream does not, and each of its beats asks.
let stream = null;

function watchHidden() {
  stream?.close();
  stream = null;
  if (!document.hidden) return refresh();
  stream = new EventSource(resource("/api/stream"));
  for (const kind of ["snapshot", "delta", "heartbeat"]) stream.addEventListener(kind, refresh);
  return undefined;
}

export function startBoard(wall) {
  every = wall ? WALL_EVERY_MS : EVERY_MS;
  document.addEventListener("visibilitychange", watchHidden);
  window.addEventListener("online", refresh);
  window.addEventListener("pagehide", () => stream?.close());
  if (document.hidden) watchHidden();
  return refresh();
}
