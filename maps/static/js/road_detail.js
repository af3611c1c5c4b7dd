// What is known of one road, in the sheet: built once when opened, updates change texts only.
import { exactTime, momentTime } from "./clock.js";
import { address, config, word } from "./config.js";
import { make, setText } from "./elements.js";
import { classWord } from "./roads_summary.js";
import { ageOfRoad, classOf, lookOf } from "./roads_state.js";
import { roadSwatch } from "./road_swatch.js";
import { ageText } from "./state.js";
import { world } from "./world.js";

const ROWS = ["since", "cleared_at", "share", "evidence", "deadline", "snow", "second"];

/** {nodes, refresh} for a shape of the layer of roads. */
export function roadContent({ id, properties }) {
  const cells = new Map(ROWS.map((name) => [name, make("dd", { "data-cell": name })]));
  const swatch = make("span", { class: "road-swatch" });
  const age = make("strong", { "data-cell": "age_class" });
  const ago = make("time", { class: "age", "data-cell": "age" });
  const late = make("p", { class: "road-late", hidden: true }, clockSvg(), word("road_late"));
  const withheld = make("p", { class: "small", hidden: true }, word("road_withheld_note"));
  const facts = make("dl", { class: "facts" }, ...ROWS.map((name) => make("div", {}, make("dt", {}, word(titleOf(name))), cells.get(name))));
  const nodes = [
    make("h2", { tabindex: "-1" }, properties.name || word("no_name")),
    make("p", { class: "where" }, [classWord(properties.code), properties.owner, properties.district, `${word("road_number")} ${id}`].filter(Boolean).join(" ・ ")),
    make("p", { class: "road-present" }, swatch, age, " ", ago),
    late,
    withheld,
    facts,
    make("p", {}, make("a", { class: "button", href: address(`/roads#${encodeURIComponent(id)}`) }, word("roads_all"))),
    ...notes().map((text) => make("p", { class: "small" }, text)),
  ];
  let drawn = null;

  function refresh() {
    const state = world.roads.states.get(id);
    const name = classOf(state);
    if (drawn !== name) swatch.replaceChildren(roadSwatch(lookOf(name)));
    drawn = name;
    setText(age, lookOf(name).label);
    const seconds = ageOfRoad(state);
    setText(ago, seconds === null ? "" : ageText(seconds));
    if (seconds !== null) ago.title = exactTime(Date.parse(state.clear_since));
    late.hidden = !state?.late;
    withheld.hidden = !state?.withheld;
    facts.hidden = Boolean(state?.withheld);
    const texts = textsOf(state ?? {});
    for (const row of ROWS) setText(cells.get(row), texts[row]);
  }

  refresh();
  return { nodes, refresh };
}

const titleOf = (name) => (name === "second" ? "road_second_title" : `road_${name}`);
const moment = (text) => (text ? momentTime(Date.parse(text)) : "–");

/** The words of a road's state, by row; the same as maps/road_facts.py writes. */
export function textsOf(state) {
  return {
    since: moment(state.clear_since),
    cleared_at: moment(state.cleared_at),
    share: shareText(state.share),
    evidence: state.evidence ? word(`road_evidence_${state.evidence}`) : "–",
    deadlineTime: moment(state.deadline),
    deadlineBy: word("road_deadline_by", { time: moment(state.deadline) }),
    deadline: state.deadline ? `${word("road_deadline_by", { time: momentTime(Date.parse(state.deadline)) })} ・ ${word(state.late ? "road_late" : "road_not_late")}` : word("road_deadline_none"),
    snow: state.snow_cm === null || state.snow_cm === undefined ? word("road_snow_unknown") : word("road_snow_cm", { cm: state.snow_cm }),
    second: state.second_pass === null || state.second_pass === undefined ? word("road_snow_unknown") : word(state.second_pass ? "road_second" : "road_second_no"),
  };
}

// The share is told in fifths, rounded down; 1 stands for 95 % and more.
function shareText(share) {
  if (!share) return word("road_share_none");
  return share >= 1 ? word("road_share_all") : word("road_share_of", { percent: Math.round(share * 100) });
}

function notes() {
  const said = world.roads.about?.notes?.[config.language] ?? [];
  const own = said.length > 0 ? said : [word("road_note_inexact"), word("road_note_owners")];
  return config.roads.contact ? [...own, word("road_call", { contact: config.roads.contact })] : own;
}

function clockSvg() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "road-clock");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", config.roads.late);
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}
