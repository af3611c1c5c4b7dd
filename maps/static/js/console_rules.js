// The rules: which are at work, in which version, since when, and whether they were tried before they told anybody.
import { get } from "./console_api.js";
import { config, word } from "./config.js";
import { failure, part, table, whileShown } from "./console_table.js";
import { named, timeTag } from "./console_text.js";
import { make } from "./elements.js";

const EVERY_MS = 60_000;
const HOUR_S = 3600;

export function start({ root, count }) {
  const list = part(word("rules_all"));
  root.append(list.element);

  async function fill() {
    try {
      const { rules } = (await get("/api/console/rules")).body;
      count(rules.filter(({ standing }) => standing === "untried").length, false);
      list.fill(table(word("rules_all"), COLUMNS, rules, word("rules_none")));
    } catch (error) {
      list.fill(failure(error, shown));
    }
  }

  const shown = whileShown(root, EVERY_MS, fill);
  return { shown };
}

const COLUMNS = [
  { title: word("rules_rule"), wide: true, cell: (one) => [make("b", {}, config.language === "en" ? one.title_en : one.title), make("span", { class: "small" }, ` ${one.rule} ${word("rules_version", { version: one.version })}`)] },
  { title: word("rules_state"), cell: (one) => [named("rule_state", one.state), waits(one) ? make("span", { class: "small" }, ` ${word("rules_waits")}`) : null] },
  { title: word("rules_since"), cell: (one) => (one.since && !waits(one) ? timeTag(one.since) : "–") },
  { title: word("rules_shadow"), cell: (one) => (one.shadow_s ? word("rules_days", { days: Math.floor(one.shadow_s / (24 * HOUR_S)), hours: Math.floor(one.shadow_s / HOUR_S) % 24 }) : "–") },
  { title: word("rules_how"), wide: true, cell: how },
  { title: word("rules_places"), number: true, cell: (one) => one.instances },
];

// Nobody looked (shadow_s is null) is not the same as not evaluated.
const waits = (one) => one.shadow_s !== null && one.state !== "draft" && one.evaluated !== one.state;

function how({ standing, reason }) {
  if (!standing) return "–";
  const text = word(`rule_standing_${standing}`, { reason });
  return ["untried", "despite"].includes(standing) ? make("span", { class: "trouble" }, text) : text;
}
