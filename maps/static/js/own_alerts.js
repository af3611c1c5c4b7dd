// What is open at one station: each alert with since when, and what has to be known of it.
import { alertNotes, alertTitle, gravestFirst } from "./banner.js";
import { exactTime } from "./clock.js";
import { config, word } from "./config.js";
import { make } from "./elements.js";
import { symbolSvg } from "./symbols.js";
import { alertsAt } from "./world.js";

/** Rewrites the list where it would say anything else than before. */
export function showOwnAlerts(list, id) {
  const alerts = gravestFirst(alertsAt(id));
  const key = JSON.stringify(alerts.map((alert) => [alert.id, alert.level, alertNotes(alert)]));
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.hidden = alerts.length === 0;
  list.replaceChildren(...alerts.map(row));
}

function row(alert) {
  const notes = alertNotes(alert).join(config.language === "ja" ? "、" : ", ");
  return make("li", {},
    make("span", { class: `tag s-${alert.level}` }, symbolSvg(alert.level), word(`level_${alert.level}`)),
    ` ${alertTitle(alert)} `,
    make("span", { class: "small" }, [word("since", { time: exactTime(Date.parse(alert.opened_at)) }), notes].filter(Boolean).join(" ・ ")));
}
