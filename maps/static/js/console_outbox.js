// How messages leave: each channel's queue, and what did not arrive, to be sent again or settled by a person.
import { get, may, post } from "./console_api.js";
import { deliveryCount } from "./console_badges.js";
import { word } from "./config.js";
import { failure, part, press, table, whileShown } from "./console_table.js";
import { failureText, inLanguage, named, timeTag, when } from "./console_text.js";
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
      count(...deliveryCount(body));
      channels.fill(table(word("outbox_channels"), COLUMNS, body.channels, word("outbox_channels_none")));
    } catch (error) {
      channels.fill(failure(error, shown));
    }
  }

  async function fillLetters() {
    try {
      const answers = await Promise.all(["unknown", "dead"].map((state) => get(`/api/console/outbox?state=${state}&limit=50`)));
      const rows = answers.flatMap(({ body }) => body.messages).sort((one, other) => other.queued_at.localeCompare(one.queued_at));
      letters.fill(table(word("outbox_letters"), letterColumns(), rows, word("outbox_letters_none")));
    } catch (error) {
      letters.fill(failure(error, shown));
    }
  }

  const letterColumns = () => [
    { title: word("outbox_when"), cell: (one) => timeTag(one.finished_at ?? one.queued_at) },
    { title: word("outbox_channel"), cell: (one) => one.channel },
    { title: word("outbox_message"), wide: true, cell: (one) => inLanguage(one, "subject") || one.id },
    { title: word("silences_state"), cell: (one) => make("span", { class: one.state === "unknown" ? "trouble" : "" }, word(one.state === "unknown" ? "outbox_state_unknown" : "outbox_state_dead")) },
    { title: word("outbox_error"), wide: true, cell: (one) => (one.error ? make("span", { title: one.error }, failureText(one.error)) : "–") },
    { title: word("panel_actions"), cell: (one) => decisions(one) },
  ];

  // Of a message to residents an approver decides: sent again, it may come twice.
  function decisions(one) {
    if (!may(one.resident ? "approver" : "operator")) return null;
    return [
      one.state === "unknown" ? press(word("outbox_arrived"), `arrived-${one.id}`, () => decide(one, "arrived")) : null,
      press(word("outbox_again"), `again-${one.id}`, () => decide(one, "again")),
    ];
  }

  async function decide(one, decision) {
    try {
      await post(`/api/console/outbox/${one.id}/decide`, { decision });
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
  { title: word("outbox_channel"), cell: (one) => [make("b", {}, one.channel), one.kind ? make("span", { class: "small" }, ` ${named("channel_kind", one.kind)}`) : null] },
  { title: word("outbox_waiting"), number: true, cell: (one) => one.waiting },
  { title: word("outbox_retrying"), number: true, cell: (one) => bad(one.retrying) },
  { title: word("outbox_dead"), number: true, cell: (one) => bad(one.dead) },
  { title: word("outbox_delivered"), number: true, cell: (one) => one.delivered },
  { title: word("outbox_oldest"), cell: (one) => (one.oldest_at ? timeTag(one.oldest_at) : "–") },
  { title: word("outbox_last"), cell: (one) => (one.delivered_at ? timeTag(one.delivered_at) : "–") },
  { title: word("silences_state"), cell: (one) => breaker(one) },
];

function breaker(one) {
  const text = word(`breaker_${one.breaker}`, { time: one.not_before ? when(one.not_before) : "–" });
  return make("span", { class: one.breaker === "closed" ? "" : "trouble" }, text, one.reason && one.breaker !== "closed" ? make("span", { title: one.reason }, ` ${failureText(one.reason)}`) : "");
}
