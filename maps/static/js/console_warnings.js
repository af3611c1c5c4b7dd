// What the Meteorological Agency has in force: for reading only; what its codes do not explain is shown as it came.
import { get } from "./console_api.js";
import { word } from "./config.js";
import { failure, part, table, whileShown } from "./console_table.js";
import { inLanguage, timeTag } from "./console_text.js";
import { make } from "./elements.js";

const EVERY_MS = 60_000;

export function start({ root, count }) {
  const list = part(word("panel_warnings"));
  root.append(list.element, make("p", { class: "small" }, word("warnings_source")));

  async function fill() {
    try {
      const { body } = await get("/api/warnings");
      const rows = body.warnings ?? [];
      count(rows.length);
      list.fill(table(word("panel_warnings"), COLUMNS, rows, word("warnings_none")));
    } catch (error) {
      list.fill(failure(error, shown));
    }
  }

  const shown = whileShown(root, EVERY_MS, fill);
  return { shown };
}

const COLUMNS = [
  { title: word("warnings_kind"), wide: true, cell: (one) => make("b", {}, inLanguage(one, "name") || one.name || one.kind || "–") },
  { title: word("warnings_area"), cell: (one) => inLanguage(one, "area") || (typeof one.area === "string" ? one.area : one.area?.name) || one.area_name || "–" },
  { title: word("warnings_at"), cell: (one) => { const at = one.reported_at ?? one.issued_at ?? one.at ?? one.since; return at ? timeTag(at) : "–"; } },
];
