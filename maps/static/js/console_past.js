// What was known when: episodes and values as they were known at an instant; clearly framed, and left by itself after a while.
import { freeze, momentTime, running } from "./clock.js";
import { config, word } from "./config.js";
import { get } from "./console_api.js";
import { board, setPast } from "./console_board.js";
import { byId, setText } from "./elements.js";
import { isPaused, pause, resume } from "./gate.js";
import { fromAddress, toAddress } from "./place.js";
import { take, world } from "./world.js";

const LEAVE_AFTER_MS = 15 * 60_000;
const WAIT_MS = 180;
const MINUTE_MS = 60_000;

/** Starts the looking back; answers {leave(), open(iso), isOpen()}. `say(text)` tells what happened. */
export function lookingBack({ say }) {
  let live = null;
  let timer = 0;
  let leaving = 0;
  let asked = 0;
  let moment = null;

  function keepLive() {
    if (live) return;
    live = { stations: { features: [...world.stations.values()] }, vehicles: { features: [...world.vehicles.values()] }, alerts: world.alerts, shelters: [...world.shelters.values()], version: world.version };
    if (!isPaused()) pause();
  }

  async function show(at) {
    const present = running();
    if (present === null) return;
    moment = Math.min(at, present - 1000);
    place();
    const mine = (asked += 1);
    try {
      const { body } = await get(`/api/console/known?at=${encodeURIComponent(new Date(moment).toISOString())}`);
      if (mine !== asked) return;
      keepLive();
      freeze(moment);
      take("snapshot", { stations: body.stations, vehicles: { features: [] }, alerts: { open: [], recent: [] }, shelters: [] });
      document.body.classList.add("is-past");
      setText(byId("past-title"), [word("past_title", { time: momentTime(moment) }), notEvaluated(body)].filter(Boolean).join("　"));
      setPast(body);
      toAddress("at", new Date(moment).toISOString());
    } catch (error) {
      if (mine === asked) say(word("past_failed", { reason: error.message }));
    }
  }

  // Slider and field say the moment; the slider reaches a day back, the field as far as is kept.
  function place() {
    const present = running() ?? moment;
    byId("past-slider").value = String(Math.max(-1440, Math.round((moment - present) / MINUTE_MS)));
    byId("past-slider").setAttribute("aria-valuetext", momentTime(moment));
    const local = new Intl.DateTimeFormat("sv-SE", { timeZone: config.timeZone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }).format(moment);
    byId("past-moment").value = local.replace(" ", "T");
  }

  function soon(at) {
    clearTimeout(timer);
    timer = setTimeout(() => show(at), WAIT_MS);
    stay();
  }

  function stay() {
    clearTimeout(leaving);
    leaving = setTimeout(() => {
      leave();
      say(word("past_ends"));
    }, LEAVE_AFTER_MS);
  }

  function open(at = null) {
    byId("past").hidden = false;
    byId("past-open").setAttribute("aria-expanded", "true");
    stay();
    return show(at ?? (running() ?? Date.now()) - 10 * MINUTE_MS);
  }

  function leave() {
    clearTimeout(timer);
    clearTimeout(leaving);
    asked += 1;
    byId("past").hidden = true;
    byId("past-open").setAttribute("aria-expanded", "false");
    document.body.classList.remove("is-past");
    toAddress("at", null);
    moment = null;
    if (live) {
      const kept = live;
      live = null;
      take("snapshot", kept);
      resume();
    }
    if (board.past) setPast(null);
  }

  byId("past-open").addEventListener("click", () => (byId("past").hidden ? open() : leave()));
  byId("past-close").addEventListener("click", () => {
    leave();
    byId("past-open").focus();
  });
  byId("past-slider").addEventListener("input", () => soon((running() ?? Date.now()) + Number(byId("past-slider").value) * MINUTE_MS));
  byId("past-moment").addEventListener("change", () => {
    const at = zoned(byId("past-moment").value);
    if (at !== null) soon(at);
  });
  for (const button of document.querySelectorAll(".past-step")) {
    button.addEventListener("click", () => soon((moment ?? running() ?? Date.now()) + Number(button.dataset.minutes) * MINUTE_MS));
  }

  return {
    open,
    leave,
    isOpen: () => !byId("past").hidden,
    fromAddress: () => {
      const query = new URLSearchParams(location.search).get("at") ?? fromAddress("at");
      const at = Date.parse(query ?? "");
      return Number.isNaN(at) ? null : at;
    },
  };
}

/** That nothing was evaluated at the moment looked back on, from when to when; empty where it was. */
export function notEvaluated(known) {
  const pause = known?.not_evaluated;
  return pause ? word("past_not_evaluated", { since: momentTime(Date.parse(pause.since)), until: momentTime(Date.parse(pause.until)) }) : "";
}

/** The instant of a local date and time of the town's zone; null where it is none. */
function zoned(text) {
  const guess = Date.parse(`${text}Z`);
  if (Number.isNaN(guess)) return null;
  const shown = new Intl.DateTimeFormat("sv-SE", { timeZone: config.timeZone, dateStyle: "short", timeStyle: "medium" }).format(guess);
  return guess - (Date.parse(`${shown.replace(" ", "T")}Z`) - guess);
}

