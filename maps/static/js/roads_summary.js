// How much of the cleared roads is clear, in one line: by length and class, as the page of all roads adds it up.
import { momentTime } from "./clock.js";
import { word } from "./config.js";
import { isCleared } from "./roads_state.js";
import { world } from "./world.js";

export const CLASSES = ["emergency", "1", "2", "3", "unknown"];
export const classWord = (code) => word(CLASSES.includes(code) ? `road_class_${code}` : "road_class_unknown");

/** The metres a road counts with: its official length, the drawn one where the town names none. */
export function lengthOf({ properties, places }) {
  if (properties.official_length_m > 0) return properties.official_length_m;
  return places.reduce((sum, line) => sum + line.reduce((length, at, index) => (index === 0 ? 0 : length + at.distanceTo(line[index - 1])), 0), 0);
}

/** Cleared and whole length of each class that has roads; what nothing is told of is in neither. */
function totalsOf(shapes) {
  const { states, about } = world.roads;
  const totals = new Map(CLASSES.map((code) => [code, { cleared: 0, all: 0 }]));
  for (const shape of shapes) {
    const cleared = isCleared(states.get(shape.id) ?? { clear_since: null }, about);
    if (cleared === null) continue;
    const total = totals.get(shape.properties.code) ?? totals.get("unknown");
    shape.length ??= lengthOf(shape);
    total.all += shape.length;
    if (cleared) total.cleared += shape.length;
  }
  return [...totals].filter(([, { all }]) => all > 0);
}

/** The sentence, and what else there is to say, each a text: [summary, remark…]. */
export function summaryTexts(shapes) {
  const { loaded, about, states } = world.roads;
  if (!loaded) return [word("unknown_yet")];
  if (!about.as_of) return [word("roads_none_yet")];
  const parts = totalsOf(shapes).map(([code, { cleared, all }]) => word("roads_summary_part", { label: classWord(code), percent: Math.floor((100 * cleared) / all) }));
  const since = about.order ? word("roads_since_order", { time: momentTime(Date.parse(about.order.at)) }) : word("roads_within", { hours: Math.round(about.window_s / 3600) });
  const count = (wanted) => [...states.values()].filter(wanted).length;
  const late = count((state) => state.late);
  const second = count((state) => state.second_pass);
  return [
    parts.length ? word("roads_summary", { parts: parts.join(word("roads_comma")) }) : word("roads_summary_empty"),
    [since, word("roads_as_of", { time: momentTime(Date.parse(about.as_of)) })].join(" ・ "),
    [late > 0 && word("roads_late_count", { count: late }), second > 0 && word("roads_second_count", { count: second }), about.withheld > 0 && word("roads_withheld_count", { count: about.withheld })].filter(Boolean).join(" ・ "),
    about.stale ? word("roads_stale", { time: momentTime(Date.parse(about.as_of)) }) : "",
  ].filter(Boolean);
}
