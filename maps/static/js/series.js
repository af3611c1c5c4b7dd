// A station's past, as the chart needs it: columns, with a hole wherever values are missing for too long.
import { config, resource } from "./config.js";

const DAY_HOURS = 24;

/** The address of a series; `format` csv gives the same as a file. */
export function seriesAddress(station, quantity, hours, end, format = null) {
  if (config.static) return written(station, quantity, hours, format);
  const query = new URLSearchParams({ quantity });
  if (end !== null) {
    query.set("from", new Date(end - hours * 3_600_000).toISOString());
    query.set("to", new Date(end + 1000).toISOString());
  }
  if (format) query.set("format", format);
  return resource(`/api/stations/${encodeURIComponent(station)}/series?${query}`);
}

// The static site holds a day and a week of everything, and the day as rows.
function written(station, quantity, hours, format) {
  const file = format === "csv" ? `${quantity}.csv` : `${quantity}${hours > DAY_HOURS ? "-7d" : ""}.json`;
  return resource(`/series/${encodeURIComponent(station)}/${file}`);
}

/** Fetches a series up to `end` (ms): {t, value, low, high, quality, step}. Throws where it cannot be had. */
export async function fetchSeries(station, quantity, hours, end, signal) {
  const response = await fetch(seriesAddress(station, quantity, hours, end), { signal, headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`series: ${response.status}`);
  const { t, value, low, high, quality, step_s: step } = await response.json();
  const first = config.static && end !== null ? t.findIndex((time) => time >= end / 1000 - hours * 3600) : 0;
  const [times, ...others] = [t, value, low, high, quality].map((column) => (first < 0 ? [] : column.slice(first)));
  return { t: times, value: others[0], low: others[1], high: others[2], quality: others[3], step };
}

/** The same columns with an empty row in every gap longer than two and a half expected intervals. */
export function withGaps(series, expectedInterval) {
  const longest = 2.5 * Math.max(expectedInterval, series.step ?? 0);
  const out = { t: [], value: [], low: [], high: [], quality: [] };
  series.t.forEach((time, index) => {
    if (index > 0 && time - series.t[index - 1] > longest) push(out, Math.round((time + series.t[index - 1]) / 2), null, null, null, "missing");
    push(out, time, series.value[index], series.low[index], series.high[index], series.quality[index]);
  });
  return out;
}

function push(out, t, value, low, high, quality) {
  out.t.push(t);
  out.value.push(value);
  out.low.push(low);
  out.high.push(high);
  out.quality.push(quality);
}
