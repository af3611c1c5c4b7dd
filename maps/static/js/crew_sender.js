// Sends what is kept, the oldest first, until the server says it has it. An answer that is lost means: send it again.
import { dropNote, dropPositions, notes, positions, putNote } from "./crew_box.js";
import { doorOf, keep, kept } from "./crew_door.js";
import { ask } from "./crew_api.js";

const BATCH = 100;
const EVERY_MS = 5000;
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 60_000;
const LOCK = "yukimori-crew-sender";

/** Sends by itself from now on; `onSent(change)` is told of each answer. Answers {wake}: to try at once. */
export function startSender(onSent) {
  let timer = null;
  let waitMs = FIRST_WAIT_MS;
  let working = false;

  function later(ms) {
    clearTimeout(timer);
    timer = setTimeout(wake, ms);
  }

  async function wake() {
    if (working) return;
    working = true;
    clearTimeout(timer);
    let answered = { outcome: "done" };
    try {
      answered = await alone(() => round(onSent));
    } finally {
      working = false;
      const calm = answered.outcome === "done";
      // Back-off with jitter: forty phones that come out of one valley do not ask in step.
      later(calm ? EVERY_MS : Math.max(answered.waitMs ?? 0, waitMs * (0.5 + Math.random())));
      waitMs = calm ? FIRST_WAIT_MS : Math.min(LONGEST_WAIT_MS, waitMs * 2);
    }
  }

  window.addEventListener("online", () => { waitMs = FIRST_WAIT_MS; wake(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });
  wake();
  return { wake };
}

/** One page sends at a time where the browser can tell; where not, what is sent twice is one all the same. */
function alone(work) {
  if (!navigator.locks) return work();
  return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? work() : { outcome: "done" }));
}

async function round(onSent) {
  for (const note of await notes()) {
    if (note.due > Date.now() || note.refused) continue;
    const door = doorOf(note.vehicle);
    if (!door) continue;
    const answer = await sendNote(note, door, onSent);
    if (answer.outcome !== "done") return answer;
  }
  return sendPositions(onSent);
}

async function sendNote(note, door, onSent) {
  const answer = await ask("notes", door, { body: JSON.stringify(note.body) });
  if (answer.outcome === "done") {
    await dropNote(note.id);
  } else if (answer.outcome === "refused") {
    // The words matter more than the picture: without it the report goes out at once.
    if (note.body.photo) await putNote({ ...note, body: { ...note.body, photo: undefined } });
    else await putNote({ ...note, refused: true });
    onSent({ kind: "note", photoRefused: Boolean(note.body.photo), ...answer });
    return note.body.photo ? sendNote({ ...note, body: { ...note.body, photo: undefined } }, door, onSent) : { outcome: "done" };
  }
  onSent({ kind: "note", ...answer });
  return answer;
}

async function sendPositions(onSent) {
  for (;;) {
    const waiting = await positions(BATCH);
    const vehicle = waiting[0]?.[1].vehicle;
    const door = vehicle && doorOf(vehicle);
    if (!door) return { outcome: "done" };
    const answer = await sendBatch(waiting.filter(([, entry]) => entry.vehicle === vehicle), door, onSent);
    if (answer.outcome !== "done") return answer;
    if (waiting.length < BATCH) return answer;
  }
}

/** Sends a batch; one that is refused as a whole in halves, until the position at fault is found: that one is counted. */
async function sendBatch(batch, door, onSent) {
  const answer = await ask("positions", door, { body: JSON.stringify(batch.map(([, { body }]) => body)) });
  if (answer.outcome === "refused" && batch.length > 1) {
    const middle = Math.ceil(batch.length / 2);
    const first = await sendBatch(batch.slice(0, middle), door, onSent);
    return first.outcome === "done" ? sendBatch(batch.slice(middle), door, onSent) : first;
  }
  if (answer.outcome === "done" || answer.outcome === "refused") await dropPositions(batch.map(([number]) => number));
  if (answer.outcome === "refused") keep("refused", (kept("refused") ?? 0) + 1);
  onSent({ kind: "positions", ...answer });
  return answer.outcome === "refused" ? { outcome: "done" } : answer;
}
