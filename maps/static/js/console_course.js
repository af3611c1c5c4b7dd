// The course of the chosen episode: newest first, what is open stays open.
import { nameOf, word } from "./config.js";
import { get } from "./console_api.js";
import { board, chosen } from "./console_board.js";
import { entryKey, entryRow } from "./console_entries.js";
import { measured, nameOfEpisode } from "./console_text.js";
import { byId, make } from "./elements.js";
import { symbolSvg } from "./symbols.js";

/** Keeps the column; answers {show(), refresh()}. */
export function courseColumn() {
  const rows = new Map();
  let asked = 0;
  let shownId = null;
  let loaded = null;

  /** Shows the chosen episode; asks for its course where that may have changed. */
  async function refresh() {
    const episode = chosen();
    if (!episode) return clear();
    if (episode.id !== shownId) {
      clear();
      shownId = episode.id;
    }
    head(episode);
    const mine = (asked += 1);
    try {
      const { body } = await get(`/api/console/episodes/${episode.id}`);
      if (mine !== asked || chosen()?.id !== body.episode.id) return undefined;
      loaded = body;
      return list(body);
    } catch (error) {
      if (mine === asked && rows.size === 0) byId("course").replaceChildren(make("li", { class: "failed", role: "alert" }, word("console_course_failed", { reason: error.message })));
      return undefined;
    }
  }

  function list({ episode, entries }) {
    const until = board.past ? Date.parse(board.past.at) : Infinity;
    const known = entries.filter((entry) => Date.parse(entry.known_at) <= until).reverse();
    const keys = known.map(entryKey);
    for (const [key, row] of rows) if (!keys.includes(key)) rows.delete(key) && row.element.remove();
    const course = byId("course");
    if (rows.size === 0) course.replaceChildren();
    known.forEach((entry, index) => {
      const text = JSON.stringify(entry);
      let row = rows.get(keys[index]);
      if (!row || row.text !== text) {
        const element = entryRow(episode, entry);
        if (row?.element.querySelector("details")?.open && element.querySelector("details")) element.querySelector("details").open = true;
        if (row) row.element.replaceWith(element);
        row = { element, text };
        rows.set(keys[index], row);
      }
      if (course.children[index] !== row.element) course.insertBefore(row.element, course.children[index] ?? null);
    });
  }

  function head(episode) {
    byId("course-empty").hidden = true;
    const parts = [make("p", { class: "course-name" }, symbolSvg(episode.level, { kind: episode.place?.kind ?? null }), make("strong", {}, nameOfEpisode(episode)))];
    if (board.past) parts.push(make("p", { class: "small" }, word("console_course_then")));
    if (episode.proposes && !board.past) parts.push(proposal(episode));
    const box = byId("course-head");
    const text = JSON.stringify([episode.id, episode.level, episode.proposes, board.past?.at]);
    if (box.dataset.key === text) return;
    box.dataset.key = text;
    box.replaceChildren(...parts);
  }

  function clear() {
    asked += 1;
    shownId = null;
    loaded = null;
    rows.clear();
    byId("course").replaceChildren();
    byId("course-head").replaceChildren();
    delete byId("course-head").dataset.key;
    byId("course-form").replaceChildren();
    byId("course-empty").hidden = false;
    return undefined;
  }

  return { refresh, show: () => (loaded && loaded.episode.id === chosen()?.id ? (head(chosen()), list(loaded)) : refresh()) };
}

/** What is proposed to a person: which level, by which gauge, from which source, and that nothing is issued. */
export function proposal(episode) {
  const { proposes } = episode;
  const source = word("proposal_source", { gauge: nameOf({ name: proposes.gauge, name_en: proposes.gauge_en }), threshold: measured(episode, proposes.threshold), source: proposes.source || "–" });
  return make("div", { class: "proposal" },
    make("p", {}, make("strong", {}, word("proposal", { level: proposes.level }))),
    make("p", { class: "small" }, source),
    make("p", { class: "small" }, word("proposal_note")));
}

export const formOf = (...nodes) => byId("course-form").replaceChildren(...nodes);
export const closeForm = () => byId("course-form").replaceChildren();
