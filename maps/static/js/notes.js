// What crews reported, for staff: read with the key, photos too; settled one by one.
import { momentTime } from "./clock.js";
import { address, config, word } from "./config.js";
import { byId, make } from "./elements.js";
import { askWithKey, forgetKey, staffKey, withKey } from "./playback_key.js";

const MOST = 100;
const list = byId("note-list");
let shown = [];
let asked = 0;

async function load() {
  const mine = (asked += 1);
  say(word("notes_loading"));
  const answer = await attempt(() => withKey(`/api/staff/notes?state=${byId("state").value}&limit=${MOST}`));
  if (!answer || mine !== asked) return;
  clear();
  list.replaceChildren(...answer.notes.map(card));
  const count = answer.notes.length;
  say(count === 0 ? word("notes_none") : word(count === MOST ? "notes_more" : "notes_count", { count }));
}

/** What the work answers, null where it failed, which is said. */
async function attempt(work) {
  try {
    const answer = await work();
    if (answer === null) say(word("playback_key_wrong"), true);
    return answer;
  } catch (error) {
    say(word("notes_failed", { reason: error.message }), true);
    return null;
  }
}

function card(note) {
  const kind = config.kinds[note.kind] ?? note.kind;
  const time = momentTime(Date.parse(note.at));
  return make(
    "li",
    { class: "note-card" },
    make("h2", { id: `note-${note.id}`, tabindex: "-1" }, kind),
    make("p", {}, word("notes_of", { vehicle: note.vehicle, time })),
    note.text && make("p", { class: "said" }, note.text),
    note.photo && photo(note, word("notes_photo", { kind, time })),
    ...place(note),
    note.settled_at && make("p", {}, word("notes_settled_at", { time: momentTime(Date.parse(note.settled_at)), by: note.settled_by })),
    make(
      "button",
      { type: "button", class: "button", "aria-describedby": `note-${note.id}`, onclick: (event) => settle(note, event.currentTarget) },
      word(note.settled_at ? "notes_reopen" : "notes_settle"),
    ),
  );
}

function place(note) {
  if (note.lon === null) return [make("p", { class: "small" }, word("notes_no_place"))];
  const link = make("a", { class: "place", href: `${address("/")}#at=${note.lon},${note.lat}` }, word("notes_place"));
  const accuracy = note.accuracy_m === null ? "" : make("p", { class: "small" }, word("notes_accuracy", { metres: Math.round(note.accuracy_m) }));
  return [make("p", {}, link), accuracy];
}

// An <img> cannot send the key, so the picture is fetched and shown from memory, once it comes near the screen.
function photo(note, text) {
  const image = make("img", { alt: text, width: 320, height: 240 });
  const box = make("p", {}, image);
  near.observe(image);
  image.addEventListener("near", async () => {
    const response = await askWithKey(`/api/staff/notes/${note.id}/photo`, {}, [401]).catch(() => null);
    if (!image.isConnected) return;
    if (!response) return box.replaceChildren(word("notes_photo_failed"));
    const own = URL.createObjectURL(await response.blob());
    shown.push(own);
    image.removeAttribute("width");
    image.removeAttribute("height");
    image.src = own;
  }, { once: true });
  return box;
}

const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    target.dispatchEvent(new Event("near"));
  }
}, { rootMargin: "400px" });

async function settle(note, button) {
  button.disabled = true;
  const settled = !note.settled_at;
  const by = byId("by").value.trim();
  const body = JSON.stringify({ ids: [note.id], settled, ...(by && { by }) });
  const options = { method: "POST", body, headers: { "Content-Type": "application/json" } };
  const done = await attempt(() => withKey("/api/staff/notes/settle", options));
  button.disabled = false;
  if (!done) return;
  await load();
  say(word(settled ? "notes_settled_now" : "notes_reopened_now"));
  (list.querySelector("h2") ?? byId("state")).focus();
}

function clear() {
  near.disconnect();
  shown.forEach(URL.revokeObjectURL);
  shown = [];
  list.replaceChildren();
}

function say(text, failed = false) {
  byId("notes-said").replaceChildren(make("p", { class: failed ? "failed" : "", role: failed ? "alert" : null }, text));
}

function openDoor() {
  const known = staffKey() !== null;
  byId("key-form").hidden = known;
  byId("notes-form").hidden = !known;
  if (!known) clear();
  return known;
}

byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  staffKey(byId("key").value.trim());
  byId("key").value = "";
  if (openDoor()) load();
});
byId("notes-form").addEventListener("submit", (event) => {
  event.preventDefault();
  load();
});
byId("state").addEventListener("change", load);
byId("key-forget").addEventListener("click", () => {
  forgetKey();
  asked += 1;
  openDoor();
  byId("notes-said").replaceChildren();
  byId("key").focus();
});
document.addEventListener("yukimori:key-refused", openDoor);
if (openDoor()) load();
