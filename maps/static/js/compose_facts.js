// What is known about the place a message was begun from, and a person's word where it is doubtful.
import { word } from "./config.js";
import { board } from "./console_board.js";
import { inLanguage, levelWord, timeTag } from "./console_text.js";
import { make } from "./elements.js";

/** The nodes of the facts; `confirm(reason)` is called where a person confirms them. */
export function factsOf(message, confirm) {
  const { facts } = message;
  const nodes = facts.station ? [list(facts)] : [make("p", { class: "small" }, word("compose_facts_none"))];
  if (message.kind === "all_clear") nodes.push(...goesOn(message));
  if (message.over) nodes.push(make("p", { class: "trouble" }, word("compose_over")));
  if (message.confirmation) nodes.push(make("p", {}, word("compose_confirmed", message.confirmation)));
  else if (message.doubted) nodes.push(...doubt(message, confirm));
  return nodes;
}

// Whoever lifts a message is told what still goes on: the danger it was about may not be over.
function goesOn({ hazard }) {
  const open = (board.live?.episodes ?? []).filter((one) => one.closed_at === null && !one.health && one.place?.kind === hazard);
  const gravest = ["danger", "warning", "caution"].find((level) => open.some((one) => one.level === level));
  return gravest ? [make("p", { class: "trouble" }, word("compose_goes_on", { count: open.length, level: levelWord(gravest) }))] : [];
}

function list(facts) {
  const threshold = facts.threshold ?? {};
  const unit = facts.quantity?.unit ?? "";
  const pairs = [
    [inLanguage(facts.quantity ?? {}, "label") || word("compose_fact_value"), facts.value === null || facts.value === undefined ? "–" : `${facts.value} ${unit}`],
    [word("compose_var_station"), [inLanguage(facts.station, "name"), facts.station.river ? ` ${facts.station.river}` : ""].join("")],
    [word("compose_fact_at"), facts.at ? timeTag(facts.at) : "–"],
    [word("compose_fact_threshold"), threshold.value === undefined ? "–" : `${inLanguage(threshold, "name")} ${threshold.value} ${unit}`],
    [word("compose_fact_source"), threshold.source ?? "–"],
  ];
  return make("dl", { class: "compose-facts" }, ...pairs.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}

function doubt(message, confirm) {
  const warning = make("p", { class: "trouble" }, word("compose_doubted"));
  if (!message.may.includes("confirm")) return [warning];
  const reason = make("input", { class: "field", required: true, maxlength: "400" });
  const give = (event) => {
    event.preventDefault();
    confirm(reason.value);
  };
  return [warning, make("form", { class: "compose-line", onsubmit: give }, make("label", {}, word("compose_confirm_how"), reason), make("button", { class: "button" }, word("compose_confirm")))];
}
