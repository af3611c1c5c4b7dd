// How messages leave: each channel's queue, and what did not arrive, to be sent again or settled by a person.
import { get, may, post } from "./console_api.js";
import { word } from "./config.js";
import { failure, part, press, table, whileShown } from "./console_table.js";
import { inLanguage, timeTag } from "./console_text.js";
import { make } from "./elements.js";

const EVERY_MS = 10_000;

export function start({ root, say, count }) {
  const channels = part(word("outbox_channels"));
  const letters = part(word("outbox_letters"));
  root.append(channels.element, letters.element);

  async function fill() {
    await Promise.all([fillChannels(), fillLetters()]);
  }

  async function fillChannels() {
    try {
      const { body } = await get("/api/console/health");
      const dead = body.channels.reduce((sum, one) => sum + one.dead, 0);
      count(dead, dead > 0);
      channels.fill(table(word("outbox_channels"), COLUMNS, body.channels, word("outbox_letters_none")));
    } catch (error) {
      channels.fill(failure(error, shown));
    }
  }

  async function fillLetters() {
    try {
      const { body } = await get("/api/console/outbox?state=dead");
      const rows = body.messages ?? body.letters ?? [];
      letters.fill(table(word("outbox_letters"), letterColumns(), rows, word("outbox_letters_none")));
    } catch (error) {
      letters.fill(failure(error, shown));
    }
  }

  const letterColumns = () => [
    { title: word("outbox_when"), cell: (one) => timeTag(one.finished_at ?? one.queued_at) },
    { title: word("outbox_channel"), cell: (one) => one.channel },
    { title: word("outbox_message"), wide: true, cell: (one) => inLanguage(one, "subject") || one.subject || one.id },
    { title: word("silences_state"), cell: (one) => word(one.state === "unknown" ? "outbox_state_unknown" : "outbox_state_dead") },
    { title: word("outbox_error"), wide: true, cell: (one) => one.error ?? "–" },
    { title: "", cell: (one) => (may("operator") ? press(word("outbox_again"), `again-${one.id}`, () => again(one)) : null) },
  ];

  async function again(one) {
    try {
      await post(`/api/console/outbox/${one.id}/retry`);
      say(word("panel_done"));
    } catch (error) {
      say(word("panel_not_done", { reason: error.message }), true);
    }
    await fill();
  }

  const shown = whileShown(root, EVERY_MS, fill);
  return { shown };
}

const bad = (number) => (number > 0 ? make("span", { class: "trouble" }, String(number)) : "0");

const COLUMNS = [
  { title: word("outbox_channel"), cell: (one) => [make("b", {}, one.channel), one.kind && one.kind !== one.channel ? ` (${one.kind})` : null] },
  { title: word("outbox_waiting"), number: true, cell: (one) => one.waiting },
  { title: word("outbox_retrying"), number: true, cell: (one) => bad(one.retrying) },
  { title: word("outbox_dead"), number: true, cell: (one) => bad(one.dead) },
  { title: word("outbox_delivered"), number: true, cell: (one) => one.delivered },
  { title: word("outbox_oldest"), cell: (one) => (one.oldest_at ? timeTag(one.oldest_at) : "–") },
  { title: word("outbox_last"), cell: (one) => (one.delivered_at ? timeTag(one.delivered_at) : "–") },
  { title: word("silences_state"), cell: (one) => breaker(one) },
];

function breaker(one) {
  const { breaker: state } = one;
  if (!state) return word("breaker_none");
  const text = word(`breaker_${state.state}`, { time: state.not_before ? state.not_before.slice(11, 16) : "–" });
  return make("span", { class: state.state === "closed" ? "" : "trouble" }, text, state.reason ? ` ${state.reason}` : "");
}
