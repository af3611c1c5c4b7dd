// What staff does to an episode: acknowledge at once, silence with reason and end, hand on to the composer.
import { now } from "./clock.js";
import { config, word } from "./config.js";
import { may, post } from "./console_api.js";
import { board, refresh } from "./console_board.js";
import { closeForm, formOf } from "./console_course.js";
import { nameOfEpisode, when } from "./console_text.js";
import { make } from "./elements.js";

const HOURS = [1, 3, 6, 12, 24, 72];
const LEVELS = ["standby", "caution", "warning", "danger"];

/** {ack, silence, close, message} on an episode; `say(text)` tells what came of it, `openPanel(id, what)` opens a panel. */
export function consoleActions({ say, openPanel, course }) {
  const pending = new Set();

  function ready(episode) {
    if (!episode) say(word("console_select_first"));
    else if (board.past) say(word("console_past_only"));
    else if (!may("operator")) say(word("console_viewer_only"));
    else if (episode.closed_at !== null) say(word("console_ack_over", { name: nameOfEpisode(episode) }));
    else return true;
    return false;
  }

  async function ack(episode) {
    if (!ready(episode) || episode.ack || pending.has(episode.id)) return;
    pending.add(episode.id);
    try {
      const { outcome } = await post(`/api/console/episodes/${episode.id}/acknowledge`, { level: episode.level });
      say(word(outcome === "over" ? "console_ack_over" : "console_ack_done", { name: nameOfEpisode(episode) }));
    } catch (error) {
      say(word("console_ack_failed", { reason: error.message }), true);
    }
    pending.delete(episode.id);
    await refresh();
    course();
  }

  function silence(episode) {
    if (!ready(episode)) return;
    const reason = make("input", { class: "field", name: "reason", required: true, maxlength: 200, autocomplete: "off" });
    const hours = make("select", { class: "field", name: "hours" }, ...HOURS.map((count) => make("option", { value: count, selected: count === 1 }, word("silence_hours", { count }))));
    const form = make("form", { class: "console-form", "aria-label": word("silence_title", { name: nameOfEpisode(episode) }) },
      make("h3", {}, word("silence_title", { name: nameOfEpisode(episode) })),
      make("p", { class: "small" }, word("silence_what")),
      make("label", {}, word("silence_reason"), reason),
      make("label", {}, word("silence_for"), hours),
      make("p", { class: "form-buttons" }, make("button", { type: "submit", class: "button strong" }, word("silence_send")), make("button", { type: "button", class: "button", onclick: closeForm }, word("console_cancel"))));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const ends = new Date((now() ?? Date.now()) + Number(hours.value) * 3_600_000);
      const levels = LEVELS.slice(0, LEVELS.indexOf(episode.level) + 1);
      try {
        const made = await post("/api/console/silences", { rules: [episode.rule], stations: [episode.station], levels, ends_at: ends.toISOString(), reason: reason.value.trim() });
        say(made?.state === "waiting" ? word("silence_asked") : word("silence_done", { until: when(ends.toISOString()) }));
        closeForm();
      } catch (error) {
        say(word("silence_failed", { reason: error.message }), true);
      }
      await refresh();
      course();
    });
    formOf(form);
    reason.focus();
  }

  // Only an episode without data is ended by hand; the server refuses any other.
  function close(episode) {
    if (!ready(episode)) return;
    const reason = make("input", { class: "field", name: "reason", required: true, maxlength: 200, autocomplete: "off" });
    const title = word("end_title", { name: nameOfEpisode(episode) });
    const form = make("form", { class: "console-form", "aria-label": title },
      make("h3", {}, title),
      make("p", { class: "small" }, word("end_what")),
      make("label", {}, word("silence_reason"), reason),
      make("p", { class: "form-buttons" }, make("button", { type: "submit", class: "button strong" }, word("console_end")), make("button", { type: "button", class: "button", onclick: closeForm }, word("console_cancel"))));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await post(`/api/console/episodes/${episode.id}/close`, { reason: reason.value.trim() });
        say(word("end_done"));
        closeForm();
      } catch (error) {
        say(word("panel_not_done", { reason: error.message }), true);
      }
      await refresh();
      course();
    });
    formOf(form);
    reason.focus();
  }

  const composes = config.panels.some(({ id }) => id === "messages");
  return { ack, silence, close, ...(composes ? { message: (episode) => ready(episode) && openPanel("messages", { episode }) } : {}) };
}
