// Reports with one tap: kept at once, sent after five seconds, until then undone or given a photo.
import { announce } from "./announce.js";
import { dropNote, notes, putNote } from "./crew_box.js";
import { ago, present } from "./crew_clock.js";
import { scaled } from "./crew_photo.js";
import { config, word } from "./config.js";
import { byId, make, setText } from "./elements.js";

const UNDO_MS = 5000;
const CAMERA_MS = 120_000;

/** Wires the buttons. `where()` gives the fresh fix or null, `vehicle()` who reports; `onKept()` is called when the queue changed. */
export function startNotes({ where, vehicle, onKept, wake }) {
  let pending = null;
  let timer = null;

  for (const button of document.querySelectorAll("[data-kind]")) button.addEventListener("click", () => report(button.dataset.kind));
  byId("undo-button").addEventListener("click", undo);
  byId("photo").addEventListener("click", () => hold(CAMERA_MS, word("note_held")));
  byId("photo").addEventListener("cancel", () => hold(UNDO_MS, word("note_soon")));
  byId("photo").addEventListener("change", attach);

  async function report(kind) {
    if (!vehicle()) return;
    const fix = where();
    const text = byId("note-text").value.trim();
    byId("note-text").value = "";
    const body = { id: newId(), kind, at: new Date(present()).toISOString(), text, ...(fix && { lon: fix.lon, lat: fix.lat, accuracy_m: fix.accuracy_m }) };
    pending = { id: body.id, vehicle: vehicle(), due: Date.now() + UNDO_MS, body };
    await keepPending();
    say(word("note_soon"));
    wait(UNDO_MS);
  }

  async function keepPending() {
    const note = pending;
    try {
      await putNote(note);
    } catch {
      say(word("full"));
    }
    onKept();
  }

  function say(state) {
    const kind = word("noted", { kind: config.kinds[pending.body.kind] });
    setText(byId("undo-text"), `${kind} ・ ${state}`);
    byId("undo").hidden = false;
    byId("photo-label").hidden = Boolean(pending.body.photo);
    announce(`${kind} ${state}`);
  }

  function wait(ms) {
    clearTimeout(timer);
    timer = setTimeout(close, ms);
  }

  function close() {
    clearTimeout(timer);
    pending = null;
    byId("undo").hidden = true;
    byId("photo").value = "";
    wake();
  }

  async function undo() {
    const note = pending;
    if (!note) return;
    pending = null;
    clearTimeout(timer);
    await dropNote(note.id);
    byId("undo").hidden = true;
    byId("photo").value = "";
    announce(word("note_undone", { kind: config.kinds[note.body.kind] }));
    onKept();
  }

  /** Keeps the note from being sent a while longer: a camera is open. */
  async function hold(ms, state) {
    if (!pending) return;
    pending = { ...pending, due: Date.now() + ms };
    wait(ms);
    await keepPending();
    if (pending) say(state);
  }

  async function attach() {
    const file = byId("photo").files[0];
    if (!file || !pending) return;
    const id = pending.id;
    let photo = null;
    try {
      photo = await scaled(file);
    } catch {
      photo = null;
    }
    if (pending?.id !== id) return;
    pending = { ...pending, due: Date.now() + UNDO_MS, body: { ...pending.body, ...(photo && { photo }) } };
    wait(UNDO_MS);
    await keepPending();
    if (pending) say(photo ? `${word("photo_added")} ・ ${word("note_soon")}` : word("photo_failed"));
  }
}

/** A random UUID (RFC 9562, version 4), also on a page without TLS, where browsers make none themselves. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The list of today's own reports: those on the phone first, then what the server has. */
export async function showNotes(known) {
  const waiting = await notes();
  const ids = new Set(known.map(({ id }) => id));
  const rows = [
    ...waiting.filter(({ id }) => !ids.has(id)).map(({ body, refused }) => row({ ...body, photo: Boolean(body.photo) }, word(refused ? "refused" : "state_waiting", { count: 1 }))),
    ...known.map((note) => row(note, word(note.settled_at ? "state_settled" : "state_sent"))),
  ];
  byId("own-notes").replaceChildren(...(rows.length ? rows : [make("li", { class: "plain" }, word("no_notes"))]));
}

function row(note, state) {
  const facts = [ago(Date.parse(note.at)), state, note.photo && word("with_photo"), note.lon === undefined || note.lon === null ? word("without_place") : null, note.text];
  return make("li", { class: "plain", "data-note": note.id }, make("div", {}, make("b", {}, config.kinds[note.kind] ?? note.kind), make("span", {}, facts.filter(Boolean).join(" ・ "))));
}
