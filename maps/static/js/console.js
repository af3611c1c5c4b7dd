// The console of staff: joins list, map, course, panels and keys. Live updates never scroll, close or steal anything.
import { announce } from "./announce.js";
import { clockTime, now } from "./clock.js";
import { config, word } from "./config.js";
import { openSession, post, signInAddress } from "./console_api.js";
import { consoleActions } from "./console_actions.js";
import { board, choose, chosen, onBoard, refresh, startBoard } from "./console_board.js";
import { remind, ring, startChime, titleCount } from "./console_chime.js";
import { startBadges } from "./console_badges.js";
import { showCounts } from "./console_counts.js";
import { closeForm, courseColumn } from "./console_course.js";
import { startKeys } from "./console_keys.js";
import { episodeList } from "./console_list.js";
import { consoleMap } from "./console_map.js";
import { lookingBack } from "./console_past.js";
import { startTabs } from "./console_tabs.js";
import { levelWord, nameOfEpisode } from "./console_text.js";
import { isWall, startWall } from "./console_wall.js";
import { byId, make, setText } from "./elements.js";
import { isBroken, onTick, startLive } from "./freshness.js";
import { fromAddress, toAddress } from "./place.js";
import { onChange } from "./world.js";

const COURSE_EVERY_TICKS = 10;
const GRAVE = ["danger", "warning"];

const say = (text, failed = false) => {
  setText(byId("said"), text);
  byId("said").classList.toggle("is-failed", failed);
};

const map = consoleMap({ onStation: (episode) => list.reveal(episode.id) });
const course = courseColumn();
const openPanel = (id, what) => tabs.open(id, what);
const actions = consoleActions({ say, openPanel, course: () => course.refresh() });
const list = episodeList(actions);
const past = lookingBack({ say });
const tabs = startTabs({ say, board: { board, choose, chosen, onBoard, refresh, openPanel } });
column("episodes");

onBoard((change) => {
  if (change.live && change.before) tellNew(change.before.episodes, board.live.episodes);
  if (change.live || change.failure) head();
  list.show();
  if (change.selected || change.past) {
    closeForm();
    toAddress("episode", board.selected);
    map.select();
  }
  if (change.selected || change.live) course.refresh();
  else if (change.past) course.show();
  if (change.live && board.selected === null) chooseFirst();
});

// The gravest is chosen at first, so that its course is in view without a press; never again by itself.
let choseFirst = false;
function chooseFirst() {
  if (choseFirst || isWall) return;
  choseFirst = true;
  const asked = fromAddress("episode");
  const known = board.live.episodes.find(({ id }) => id === asked) ?? board.live.episodes.find(({ closed_at: closed }) => closed === null);
  if (known) choose(known.id);
}

function tellNew(before, present) {
  const rank = config.symbols.states;
  const known = new Map(before.filter(({ closed_at: closed }) => closed === null).map((episode) => [episode.id, rank[episode.level].rank]));
  const risen = present.filter((episode) => episode.closed_at === null && GRAVE.includes(episode.level) && rank[episode.level].rank > (known.get(episode.id) ?? 0));
  if (risen.length === 0) return;
  ring(risen.some(({ level }) => level === "danger") ? "danger" : "warning");
  announce(risen.map((episode) => word("console_new", { level: levelWord(episode.level), name: nameOfEpisode(episode) })).join(" "));
}

function head() {
  showCounts(board, (id) => {
    if (past.isOpen()) past.leave();
    tabs.open("situation");
    column("episodes");
    choose(id);
    list.reveal(id);
  });
  titleCount(board.live?.counts, board.failure !== null);
  const exercise = config.exercise || Boolean(board.live?.exercise);
  byId("exercise").hidden = !exercise;
  document.body.classList.toggle("is-exercise", exercise);
  const { failure } = board;
  const box = byId("board-failed");
  box.hidden = failure === null;
  document.body.classList.toggle("is-unheard", failure !== null);
  if (!failure) return;
  const text = board.heardAt === null ? word("console_failed_never", { reason: failure.message }) : word("console_failed", { reason: failure.message, time: clockTime(board.heardAt) });
  if (box.dataset.text === text) return;
  box.dataset.text = text;
  box.replaceChildren(text, failure.needs === "sign-in" ? make("a", { class: "button", href: signInAddress() }, word("console_sign_in")) : "");
}

/** Which column a narrow screen shows. */
function column(name) {
  byId("panel-situation").dataset.column = name;
  for (const chip of document.querySelectorAll("[data-column]")) if (chip.matches("button")) chip.setAttribute("aria-pressed", String(chip.dataset.column === name));
}
for (const chip of document.querySelectorAll("button[data-column]")) chip.addEventListener("click", () => column(chip.dataset.column));

byId("search").addEventListener("input", () => list.filter(byId("search").value));
byId("sign-out").addEventListener("click", async () => {
  try {
    await post("/api/session", {}, "DELETE");
  } catch (error) {
    if (error.status !== 401) return say(error.message, true);
  }
  location.assign(signInAddress());
  return undefined;
});

startKeys({ list, actions, chosen, past, openSituation: () => tabs.open("situation") });

let ticks = 0;
onTick(() => {
  list.tick();
  map.tick();
  remind(board.live?.episodes ?? []);
  titleCount(board.live?.counts, board.failure !== null || isBroken());
  ticks += 1;
  if (ticks % COURSE_EVERY_TICKS === 0 && board.selected && !board.past && !document.hidden && !isWall) course.refresh();
});

// The live stream tells at once that an alert changed; the facts are asked for then.
onChange((change) => { if (change.alerts && !board.past) refresh(); });

async function begin() {
  try {
    const { person } = await openSession();
    setText(byId("who"), person.shown_name || person.name);
  } catch (error) {
    board.failure = error;
    head();
  }
  if (isWall) startWall({ theme: map.theme, calm: () => board.failure === null && now() !== null });
  startChime(say);
  startLive();
  await startBoard(isWall);
  if (!isWall) startBadges(tabs);
  const at = past.fromAddress();
  if (at !== null && !isWall) await past.open(at);
}

begin();
