// The page of a crew: puts its parts together. What it shows comes from the server or, without a line, from the last time there was one.
import { announce } from "./announce.js";
import { ask } from "./crew_api.js";
import { keepAwake, speak } from "./crew_awake.js";
import { isLasting, store, stored } from "./crew_box.js";
import { present } from "./crew_clock.js";
import { keep, kept, openDoor } from "./crew_door.js";
import { makeMap } from "./crew_map.js";
import { showNotes, startNotes } from "./crew_notes.js";
import { showLeft, showLegend, showRoute, shortName } from "./crew_route.js";
import { startSender } from "./crew_sender.js";
import { startSheets } from "./crew_sheets.js";
import { showGps, showLine, showQueue, showTrouble } from "./crew_status.js";
import { startTracker } from "./crew_tracker.js";
import { config, word } from "./config.js";
import { byId, setText } from "./elements.js";

const ASK_EVERY_MS = 15_000;
const RENEW_MS = 5000;

const now = { door: openDoor(), state: null, etag: null, features: [], version: null, line: { state: "wait", at: null }, shut: false, closed: false, lasting: true, aside: null, photoRefused: false };
const choice = { task: kept("task"), sends: kept("sends") ?? true, speaks: kept("speaks") ?? false, held: false, follows: true };

const map = makeMap(() => follow(false));
const tracker = startTracker(() => ({ vehicle: now.door?.vehicle, task: choice.task, sends: choice.sends }), onFix);
const sheets = startSheets(() => render(true));
const sender = startSender(onSent);
startNotes({ where: tracker.fresh, vehicle: () => now.door?.vehicle, onKept: queueChanged, wake: sender.wake });
showLegend();
wireButtons();
keepAwake();
keepShell();
begin();

async function begin() {
  now.lasting = await isLasting();
  if (now.door) {
    const last = await stored(`state-${now.door.vehicle}`);
    if (last) take(last.state, last.features, last.at);
    await refresh();
  }
  render(true);
  setInterval(() => render(), RENEW_MS);
  setInterval(refresh, ASK_EVERY_MS);
  document.addEventListener("visibilitychange", refresh);
  window.addEventListener("online", refresh);
  window.addEventListener("offline", () => lineIs("none"));
}

async function refresh() {
  if (!now.door || document.hidden || choice.held) return;
  const answer = await ask("state", now.door, { etag: now.etag });
  now.shut = answer.outcome === "shut";
  now.closed = answer.outcome === "closed";
  if (answer.outcome === "later") return lineIs(answer.heard === false && answer.status === 0 ? "none" : "server");
  now.line = { state: "good", at: present() };
  if (answer.outcome === "done") await renew(answer);
  render(answer.outcome === "done");
}

async function renew({ body, etag }) {
  let features = now.features;
  if (body.route && body.route.version !== now.version) {
    const roads = await ask("roads", now.door);
    if (roads.outcome === "done") features = roads.body.features;
    else body.route.version = now.version; // asked for again with the next answer
  }
  now.etag = body.route && body.route.version !== null && features.length ? etag : null;
  take(body, features, present());
  store(`state-${now.door.vehicle}`, { state: body, features, at: present() }).catch(() => {});
}

function take(state, features, at) {
  if (features !== now.features) {
    map.draw(features);
    if (!now.features.length && !tracker.last()) map.showRoads(); // until the phone knows where it is
  }
  Object.assign(now, { state, features, version: state.route?.version ?? null });
  if (now.line.state === "wait") now.line = { state: "wait", at };
}

function lineIs(state) {
  now.line = { state, at: now.line.at };
  render();
}

/** Writes everything that changes with time; the lists only where they are looked at. */
function render(whole = false) {
  showGps(tracker, choice.sends);
  showLine(now.line, choice.held);
  showTrouble({ ...now, tracker });
  if (choice.held) return;
  if (now.door) setText(byId("vehicle"), now.state ? shortName(now.state.vehicle) : now.door.vehicle);
  if (!now.state) return setText(byId("left"), word(now.door ? (now.line.state === "wait" ? "loading" : "not_loaded") : "no_key_short"));
  byId("fictitious").hidden = !now.state.vehicle.fictitious;
  showLeft(now.state, (text) => choice.speaks && speak(text));
  map.paint(now.state);
  map.showPloughs(now.state.vehicles);
  if (whole || sheets.open()) renderSheet(sheets.open());
}

function renderSheet(open) {
  if (open === "route") showRoute(now.state, now.features);
  if (open === "report") showNotes(now.state?.notes ?? []);
}

function onFix() {
  map.showMe(tracker.last(), tracker.state(), choice.follows);
  showGps(tracker, choice.sends);
  showTrouble({ ...now, tracker });
  showQueue();
}

function onSent(answer) {
  if (answer.outcome === "shut") now.shut = true;
  if (answer.photoRefused) now.photoRefused = true;
  if (answer.kind === "positions" && answer.body?.set_aside) now.aside = { count: answer.body.set_aside, reasons: answer.body.reasons };
  if (answer.outcome === "later" && answer.heard === false) lineIs("none");
  queueChanged();
  if (answer.kind === "note" && answer.outcome === "done") refresh();
}

function queueChanged() {
  showQueue();
  if (sheets.open() === "report") showNotes(now.state?.notes ?? []);
}

function follow(flag) {
  choice.follows = flag;
  byId("centre").setAttribute("aria-pressed", String(flag));
}

function wireButtons() {
  byId("centre").addEventListener("click", () => {
    follow(true);
    map.centre(tracker.last());
    if (!tracker.last()) announce(byId("gps").textContent);
  });
  document.querySelector('[data-sheet="route"]').addEventListener("click", () => {
    follow(false);
    map.showRoads();
  });
  for (const button of document.querySelectorAll("[data-task]")) button.addEventListener("click", () => setTask(button.dataset.task));
  showTask();
  wireSwitch("send-positions", "sends");
  wireSwitch("speak", "speaks");
  byId("hold").addEventListener("change", ({ target }) => {
    choice.held = target.checked;
    if (!choice.held) refresh();
    render(true);
  });
}

function wireSwitch(id, name) {
  byId(id).checked = choice[name];
  byId(id).addEventListener("change", ({ target }) => {
    keep(name, (choice[name] = target.checked));
    render();
  });
}

function setTask(task) {
  choice.task = task;
  keep("task", task);
  showTask();
  announce(word("task_now", { task: config.tasks[task] }));
}

function showTask() {
  setText(byId("task-now"), choice.task ? config.tasks[choice.task] : word("task_none"));
  for (const button of document.querySelectorAll("[data-task]")) button.setAttribute("aria-pressed", String(button.dataset.task === choice.task));
}

/** The page itself is kept on the phone, so that it opens where there is no line. */
function keepShell() {
  navigator.serviceWorker?.register("/plough-worker.js", { scope: `${config.prefix}/plough` }).catch(() => {});
}
