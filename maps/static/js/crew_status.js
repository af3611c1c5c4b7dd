// The states at the top: position, line, what is not sent yet; and one sentence where a person must do something.
import { countPositions, notes } from "./crew_box.js";
import { clockError, span } from "./crew_clock.js";
import { kept } from "./crew_door.js";
import { clockTime } from "./clock.js";
import { config, word } from "./config.js";
import { byId, setText } from "./elements.js";

const CLOCK_MS = 60_000;
const GPS_STATES = { wait: "wait", good: "good", coarse: "bad", old: "bad", denied: "bad", none: "bad", off: "bad" };

/** Says how the position is: {state, fix, silence}; `sends` false where the crew switched it off. */
export function showGps(tracker, sends) {
  const state = tracker.state();
  const places = { metres: Math.round(tracker.last()?.accuracy_m ?? 0), age: span(tracker.silence()) };
  const shown = sends || state === "denied" || state === "none" ? state : "off";
  byId("gps").dataset.state = GPS_STATES[shown];
  setText(byId("gps"), word(`gps_${shown}`, places));
}

/** Says whether there is a line: `line` is {state: good · none · server · wait, at}. */
export function showLine({ state, at }, held) {
  const time = at ? clockTime(at) : null;
  const texts = {
    wait: word("loading"),
    good: word("online", { time }),
    none: time ? word("offline", { time }) : word("offline_never"),
    server: time ? word("server", { time }) : word("server_never"),
  };
  byId("line").dataset.state = { wait: "wait", good: "good" }[state] ?? "bad";
  setText(byId("line"), [texts[state], held && word("held")].filter(Boolean).join(" ・ "));
}

/** Says how much is not sent yet. */
export async function showQueue() {
  const [reports, positions] = [(await notes()).length, await countPositions()];
  const count = reports + positions;
  byId("queue").hidden = count === 0;
  byId("queue").dataset.state = reports ? "bad" : "wait";
  setText(byId("queue"), word("waiting", { count }));
  const refused = kept("refused");
  const detail = count ? word("waiting_detail", { notes: reports, positions }) : word("all_sent");
  setText(byId("waiting-detail"), [detail, refused && word("refused", { count: refused })].filter(Boolean).join(" ・ "));
}

/** The one thing a person must do, most pressing first. */
export function showTrouble({ door, shut, closed, lasting, tracker, aside, photoRefused }) {
  const text =
    (closed && word("no_crew")) ||
    (!door && word("no_key")) ||
    (shut && word("wrong_key")) ||
    (!window.isSecureContext && word("insecure")) ||
    (tracker.state() === "denied" && word("gps_denied_help")) ||
    (tracker.state() === "none" && word("gps_none_help")) ||
    (tracker.isFull() && word("full")) ||
    (!lasting && word("no_keeping")) ||
    (clockError() > CLOCK_MS && word("clock_wrong", { time: span(clockError()) })) ||
    (aside && word("set_aside", { count: aside.count, reasons: aside.reasons.join(config.language === "ja" ? "、" : ", ") })) ||
    (photoRefused && word("photo_refused")) ||
    "";
  setText(byId("trouble"), text);
  byId("trouble").hidden = !text;
}
