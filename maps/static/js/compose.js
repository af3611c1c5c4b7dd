// Messages to residents: the list, and one message on the desk. The console's panel “messages”.
import { get, may, post } from "./console_api.js";
import { word } from "./config.js";
import { failure, press, table, whileShown } from "./console_table.js";
import { inLanguage, nameOfEpisode, timeTag } from "./console_text.js";
import { openDesk, standingOf } from "./compose_desk.js";
import { byId, make } from "./elements.js";

const EVERY_MS = 4_000;
const PATH = "/api/console/messages";
const WAITING = ["draft", "submitted", "approved"];

export function start({ root, say, count, board }) {
  let templates = null;
  let episode = null;
  const view = root.querySelector(".compose");
  const desk = openDesk({ say, refresh: () => fill(), follow: (id) => open(id), host: byId("compose-desk") });
  const shown = whileShown(root, EVERY_MS, fill);
  byId("compose-back").addEventListener("click", close);
  byId("compose-new").addEventListener("submit", begin);

  async function fill() {
    try {
      if (templates === null) await readTemplates();
      const { body } = await get(PATH);
      const waiting = body.messages.filter(({ state }) => WAITING.includes(state));
      count(waiting.length, waiting.some(({ state }) => state !== "draft"));
      rows(body.messages);
      if (desk.id()) await desk.refresh(body.now);
    } catch (error) {
      byId("compose-rows").replaceChildren(failure(error, shown));
    }
  }

  async function readTemplates() {
    const { body } = await get("/api/console/message-templates");
    templates = body;
    desk.know(body);
    const possible = body.templates.filter(({ kind }) => kind === "message");
    byId("compose-new").hidden = !may("operator") || possible.length === 0;
    if (possible.length === 0) byId("compose-from").replaceChildren(word("compose_no_templates"));
    byId("compose-template").replaceChildren(...possible.map((one) => make("option", { value: one.id }, inLanguage(one, "title"))));
  }

  function rows(messages) {
    const box = byId("compose-rows");
    const held = box.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    box.replaceChildren(table(word("compose_messages"), columns(), messages, word("compose_none")));
    if (held) box.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  }

  const columns = () => [
    { title: word("compose_state_column"), cell: (one) => make("b", { class: `compose-mark is-${one.state}` }, word(`compose_${standingOf(one)}`)) },
    { title: word("compose_subject"), wide: true, cell: (one) => [make("b", {}, inLanguage(one, "subject")), make("span", { class: "small" }, ` ${one.area}`)] },
    { title: word("compose_by"), cell: (one) => one.made.by },
    { title: word("compose_when"), cell: (one) => timeTag(one.made.at) },
    { title: word("compose_delivery"), cell: (one) => one.channels.map((channel) => make("span", { class: `compose-sent is-${channel.state}` }, `${channel.channel}: ${word(`compose_sent_${channel.state}`)} `)) },
    { title: "", cell: (one) => press(word("compose_open"), `open-${one.id}`, () => open(one.id)) },
  ];

  async function begin(event) {
    event.preventDefault();
    try {
      const made = await post(PATH, { template: byId("compose-template").value, episode: episode?.id ?? null });
      from(null);
      await open(made.id);
    } catch (error) {
      say(word("compose_not_done", { reason: error.message }), true);
    }
  }

  /** From which alert the next message is begun; the template that fits is chosen. */
  function from(found) {
    episode = found;
    const line = byId("compose-from");
    line.hidden = found === null;
    if (found === null) return;
    line.replaceChildren(word("compose_from", { name: nameOfEpisode(found) }), " ", make("button", { type: "button", class: "quiet", onclick: () => from(null) }, word("compose_from_not")));
    const kind = found.place?.kind;
    const fitting = templates?.templates.find((one) => one.kind === "message" && one.hazard === kind);
    if (fitting) byId("compose-template").value = fitting.id;
  }

  async function open(id) {
    view.dataset.view = "desk";
    byId("compose-desk").hidden = false;
    await desk.open(id);
    byId("compose-title").focus({ preventScroll: false });
  }

  function close() {
    const id = desk.id();
    desk.close();
    view.dataset.view = "list";
    byId("compose-desk").hidden = true;
    byId("compose-rows").querySelector(`[data-key="open-${id}"]`)?.focus();
  }

  return {
    shown,
    open: async (what) => {
      if (templates === null) await fill();
      const found = what?.episode?.id ? what.episode : board.board.live?.episodes.find(({ id }) => id === what?.episode);
      if (found) {
        close();
        from(found);
        byId("compose-template").focus();
      }
    },
  };
}

