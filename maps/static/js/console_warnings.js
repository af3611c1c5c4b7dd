// What the Meteorological Agency has in force: for reading only; what its codes do not explain is shown as it came.
import { get } from "./console_api.js";
import { config, word } from "./config.js";
import { failure, part, table, whileShown } from "./console_table.js";
import { timeTag } from "./console_text.js";
import { make } from "./elements.js";

const EVERY_MS = 60_000;

export function start({ root, count }) {
  const list = part(word("panel_warnings"));
  root.append(list.element, make("p", { class: "small" }, word("warnings_source")));

  async function fill() {
    try {
      const { body } = await get("/api/warnings");
      count(body.warnings?.length ?? 0);
      list.fill(...doubts(body), ...(body.warnings === null ? [] : [table(word("panel_warnings"), COLUMNS, body.warnings, word("warnings_none"))]));
    } catch (error) {
      list.fill(failure(error, shown));
    }
  }

  const shown = whileShown(root, EVERY_MS, fill);
  return { shown };
}

// Nothing received is told as that, never as nothing in force.
function doubts({ configured, warnings, stale, read_at: readAt }) {
  if (!configured) return [make("p", { class: "empty" }, word("warnings_off"))];
  if (warnings === null) return [make("p", { class: "failed" }, word("warnings_unknown"))];
  return stale ? [make("p", { class: "failed" }, word("warnings_stale"), " ", readAt ? timeTag(readAt) : "")] : [];
}

const COLUMNS = [
  { title: word("warnings_kind"), wide: true, cell: (one) => [make("b", {}, one.known ? (config.language === "en" && one.name_en ? one.name_en : one.name) : word("warnings_strange", { name: one.name, code: one.code || "–" })), one.headline ? make("p", { class: "small" }, one.headline) : null] },
  { title: word("warnings_area"), cell: (one) => [one.subject, one.area_name || one.area].filter(Boolean).join(" ") },
  { title: word("silences_state"), cell: (one) => (one.status.startsWith(one.name) ? one.status.slice(one.name.length).replace(/^（(.*)）$/, "$1") : one.status) || "–" },
  { title: word("warnings_at"), cell: (one) => [timeTag(one.issued_at), one.office ? make("span", { class: "small" }, ` ${one.office}`) : null] },
];
