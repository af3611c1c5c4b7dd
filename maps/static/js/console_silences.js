// What is not told for a while: by whom, why, until when; ended and approved here.
import { get, may, post } from "./console_api.js";
import { config, nameOf, word } from "./config.js";
import { failure, part, press, table, whileShown } from "./console_table.js";
import { levelWord, timeTag, titleOf } from "./console_text.js";
import { make } from "./elements.js";
import { world } from "./world.js";

const EVERY_MS = 10_000;
const PATH = "/api/console/silences";

export function start({ root, say, count, board }) {
  const list = part(word("silences_title"));
  root.append(list.element);

  async function fill() {
    try {
      const { body } = await get(PATH);
      const open = body.silences.filter(({ state }) => state !== "over");
      count(open.length, open.some(({ state }) => state === "waiting"));
      list.fill(table(word("silences_title"), columns(), body.silences, word("silences_none")));
    } catch (error) {
      list.fill(failure(error, shown));
    }
  }

  const columns = () => [
    { title: word("silences_what"), wide: true, cell: (one) => whatOf(one, board.board.live?.episodes ?? []) },
    { title: word("silences_state"), cell: (one) => stateOf(one) },
    { title: word("silences_until"), cell: (one) => timeTag(one.over_at ?? one.ends_at) },
    { title: word("outbox_error"), wide: true, cell: (one) => one.reason },
    { title: word("silences_by"), cell: (one) => [one.author, one.approved_by && one.approved_by !== one.author ? `・${word("silences_approve")} ${one.approved_by}` : null] },
    { title: word("panel_actions"), cell: (one) => buttons(one) },
  ];

  function buttons(one) {
    if (one.state === "over" || !may("operator")) return null;
    return [
      one.state === "waiting" && may("approver") ? press(word("silences_approve"), `approve-${one.id}`, () => act(one, "approve"), true) : null,
      press(word("silences_end"), `end-${one.id}`, () => act(one, "end")),
    ];
  }

  async function act(one, name) {
    try {
      await post(`${PATH}/${one.id}/${name}`, {});
      say(word("panel_done"));
    } catch (error) {
      say(word("panel_not_done", { reason: error.message }), true);
    }
    await fill();
    board.refresh();
  }

  const shown = whileShown(root, EVERY_MS, fill);
  return { shown };
}

function stateOf(one) {
  const key = { waiting: "silences_pending", active: "silences_active", over: "silences_over" }[one.state];
  return make("span", { class: one.state === "waiting" ? "trouble" : "" }, key ? word(key) : one.state);
}

function whatOf(one, episodes) {
  const stations = (one.stations ?? []).map((id) => (world.stations.has(id) ? nameOf(world.stations.get(id).properties) : id));
  const levels = (one.levels ?? []).map((level) => levelWord(level));
  const kinds = (one.kinds ?? []).map((kind) => config.words[`kind_${kind}`] ?? kind);
  return [...stations, ...kinds, ...(one.rules ?? []).map((id) => ruleName(id, episodes)), levels.join("・")].filter(Boolean).join(" / ");
}

// A rule is called as in the list of alerts; one without an alert by its id.
function ruleName(id, episodes) {
  const known = episodes.find(({ rule }) => rule === id);
  return known ? titleOf(known) : id;
}
