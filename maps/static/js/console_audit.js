// What was done, by whom, from where: the newest first, for administrators.
import { get } from "./console_api.js";
import { word } from "./config.js";
import { failure, part, press, table } from "./console_table.js";
import { named, timeTag } from "./console_text.js";
import { make } from "./elements.js";

const LENGTH = 50;

export function start({ root }) {
  const list = part(word("panel_audit"));
  root.append(list.element);
  let lines = [];
  let next = null;

  async function fill(before = null) {
    try {
      const { body } = await get(`/api/console/audit?limit=${LENGTH}${before === null ? "" : `&before=${before}`}`);
      lines = before === null ? body.lines : [...lines, ...body.lines];
      next = body.next;
      list.fill(table(word("panel_audit"), COLUMNS, lines, word("audit_none")), next === null ? "" : make("p", { class: "form-buttons" }, press(word("audit_more"), "more", () => fill(next))));
    } catch (error) {
      list.fill(failure(error, () => fill()));
    }
  }

  return { shown: () => fill() };
}

const COLUMNS = [
  { title: word("audit_at"), cell: (one) => timeTag(one.at) },
  { title: word("audit_who"), cell: (one) => one.who },
  { title: word("audit_what"), cell: (one) => [named("deed", one.action), make("span", { class: "small code" }, ` ${one.action}`)] },
  { title: word("audit_subject"), wide: true, cell: (one) => [one.subject, Object.keys(one.details ?? {}).length ? make("span", { class: "small" }, ` ${Object.entries(one.details).map(([name, value]) => `${name}=${value}`).join(" ")}`) : null] },
];
