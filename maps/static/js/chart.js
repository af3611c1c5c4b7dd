// The course of one quantity: thresholds as labelled lines, gaps as gaps, doubtful values hollow.
/* global uPlot */
import { now } from "./clock.js";
import { config, word } from "./config.js";
import { make } from "./elements.js";
import { onPalette, palette } from "./palette.js";
import { fetchSeries, withGaps } from "./series.js";
import { RUNGS, thresholdName, unitOf, valueText } from "./state.js";
import { vendored } from "./vendor.js";

const FONT = '11px "Hiragino Sans", "Noto Sans CJK JP", "Noto Sans JP", "Yu Gothic UI", Meiryo, system-ui, sans-serif';
const HEIGHT = 230;
const SKELETON_AFTER_MS = 300;
const RUNG_COLOUR = { danger: "danger", warning: "warning", caution: "caution", standby: "standby-line", low: "caution" };

const PERIODS = { 1: "hours_1", 24: "hours_24", 168: "days_7" };

/**
 * A chart in `figure` for {station, kind, slug, quantity}. Answers {show(hours), extend(quantity), destroy()};
 * `onSeries(columns)` is told what is drawn.
 */
export function makeChart(figure, { station, kind, slug, quantity, onSeries = () => {} }) {
  let plot = null;
  let series = null;
  let hours = 24;
  let asked = null;
  const resized = new ResizeObserver(() => plot?.setSize({ width: width(), height: HEIGHT }));
  resized.observe(figure);
  onPalette(() => series && figure.isConnected && draw());
  const width = () => Math.max(220, figure.clientWidth);

  async function show(wanted) {
    hours = wanted;
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    const skeleton = setTimeout(() => say("skeleton", word("chart_loading")), SKELETON_AFTER_MS);
    try {
      const [fetched] = await Promise.all([fetchSeries(station, slug, hours, now(), signal), vendored("uPlot.iife.min.js")]);
      if (signal.aborted) return;
      series = withGaps(fetched, quantity.expected_interval_s);
      draw();
    } catch (error) {
      if (!signal.aborted) say("failed", word("chart_failed"), make("button", { type: "button", class: "button", onclick: () => show(hours) }, word("retry")));
    } finally {
      clearTimeout(skeleton);
    }
  }

  function say(className, text, ...more) {
    destroyPlot();
    figure.replaceChildren(make("div", { class: `chart-note ${className}` }, make("p", {}, text), ...more));
  }

  function destroyPlot() {
    plot?.destroy();
    plot = null;
  }

  function draw() {
    destroyPlot();
    onSeries(series);
    if (!series.value.some((value) => value !== null)) {
      say("empty", word("chart_empty"));
      return;
    }
    figure.replaceChildren();
    plot = new uPlot(options(), columns(), figure);
    describe();
  }

  function columns() {
    return [series.t, series.high, series.low, series.value];
  }

  function describe() {
    const known = series.value.filter((value) => value !== null);
    const text = word("chart_summary", {
      period: word(PERIODS[hours]),
      low: `${valueText(slug, Math.min(...known))} ${unitOf(slug)}`,
      high: `${valueText(slug, Math.max(...known))} ${unitOf(slug)}`,
      count: known.length,
    });
    plot.root.setAttribute("role", "img");
    plot.root.setAttribute("aria-label", text);
    figure.append(make("figcaption", { class: "small" }, text));
  }

  /** Adds a newly measured value to what is drawn. */
  function extend(latest) {
    const time = Date.parse(latest.at) / 1000;
    if (!plot || !series || !(time > series.t.at(-1))) return;
    const added = withGaps({ t: [series.t.at(-1), time], value: [null, latest.value], low: [null, latest.value], high: [null, latest.value], quality: [null, latest.quality], step: null }, latest.expected_interval_s);
    for (const name of Object.keys(added)) series[name].push(...added[name].slice(1));
    plot.setData(columns());
    onSeries(series);
  }

  function options() {
    const end = now() / 1000;
    return {
      width: width(),
      height: HEIGHT,
      padding: [14, 12, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      legend: { show: false },
      tzDate: (time) => uPlot.tzDate(new Date(time * 1000), config.timeZone),
      scales: { x: { time: true, range: () => [end - hours * 3600, Math.max(end, series.t.at(-1))] }, y: { range: (u, low, high) => valueRange(low, high, quantity.thresholds) } },
      axes: [axis({ space: 64, size: 30, values: (u, ticks) => ticks.map((time) => tick(time, hours)) }), axis({ size: 46 })],
      series: [
        {},
        { stroke: "transparent", points: { show: false } },
        { stroke: "transparent", points: { show: false } },
        { stroke: palette.accent, width: 2, points: { show: false }, spanGaps: false },
      ],
      bands: [{ series: [1, 2], fill: withAlpha(palette.accent, 0.16) }],
      hooks: { draw: [(u) => drawThresholds(u, kind, slug, quantity.thresholds), (u) => drawDoubtful(u, series)], setCursor: [(u) => readOut(u, series, slug)] },
    };
  }

  return { show, extend, destroy: () => { asked?.abort(); resized.disconnect(); destroyPlot(); } };
}

const axis = (more) => ({ stroke: palette["ink-soft"], font: FONT, ticks: { stroke: palette.line, width: 1, size: 4 }, grid: { stroke: palette.line, width: 1 }, ...more });

const withAlpha = (colour, share) => `color-mix(in srgb, ${colour} ${share * 100}%, transparent)`;

const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: config.timeZone, hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(config.language === "ja" ? "ja-JP" : "en-GB", { timeZone: config.timeZone, month: "numeric", day: "numeric" });
const moment = new Intl.DateTimeFormat("sv-SE", { timeZone: config.timeZone, month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });

function tick(time, hours) {
  const at = new Date(time * 1000);
  const text = clock.format(at);
  return text === "00:00" || hours > 48 ? day.format(at) : text;
}

// The next threshold above the data is shown when it is near enough not to flatten the curve.
function valueRange(low, high, thresholds) {
  const heights = RUNGS.map((rung) => thresholds[rung]).filter((height) => height !== null && height !== undefined);
  const span = Math.max(high - low, Math.abs(high) * 0.05, 0.1);
  const next = heights.filter((height) => height > high && height - high < 2.5 * span);
  const under = heights.filter((height) => height < low && low - height < 0.6 * span);
  const top = next.length > 0 ? Math.min(...next) : high;
  const bottom = under.length > 0 ? Math.max(...under) : low;
  const margin = Math.max(top - bottom, span) * 0.12;
  return [low >= 0 && bottom - margin < 0 ? 0 : bottom - margin, top + margin];
}

function drawThresholds(u, kind, slug, thresholds) {
  const { ctx: context, bbox } = u;
  const ratio = window.devicePixelRatio || 1;
  context.save();
  context.font = FONT.replace("11px", `${11 * ratio}px`);
  context.textAlign = "left";
  for (const rung of RUNGS) {
    const height = thresholds[rung];
    if (height === null || height === undefined || height > u.scales.y.max || height < u.scales.y.min) continue;
    const y = u.valToPos(height, "y", true);
    stroke(context, bbox, y, palette[RUNG_COLOUR[rung]], 3 * ratio, []);
    stroke(context, bbox, y, palette["ink-soft"], ratio, [6 * ratio, 5 * ratio]);
    context.setLineDash([]);
    context.lineWidth = 3 * ratio;
    context.strokeStyle = palette.surface;
    context.fillStyle = palette.ink;
    const label = `${thresholdName(kind, rung)} ${valueText(slug, height)}`;
    context.strokeText(label, bbox.left + 6 * ratio, y - 7 * ratio);
    context.fillText(label, bbox.left + 6 * ratio, y - 7 * ratio);
  }
  context.restore();
}

// A band in the level's colour with a dark dash on it: seen on light and on dark grounds.
function stroke(context, bbox, y, colour, width, dash) {
  context.setLineDash(dash);
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.beginPath();
  context.moveTo(bbox.left, y);
  context.lineTo(bbox.left + bbox.width, y);
  context.stroke();
}

// Hollow rings for doubtful values, and a dot for a value that stands alone between two gaps.
function drawDoubtful(u, series) {
  const { ctx: context } = u;
  const ratio = window.devicePixelRatio || 1;
  context.save();
  context.lineWidth = 1.6 * ratio;
  series.value.forEach((value, index) => {
    if (value === null) return;
    const doubtful = series.quality[index] === "suspect";
    const alone = (series.value[index - 1] ?? null) === null && (series.value[index + 1] ?? null) === null;
    if (!doubtful && !alone) return;
    context.beginPath();
    context.arc(u.valToPos(series.t[index], "x", true), u.valToPos(value, "y", true), 3.2 * ratio, 0, 2 * Math.PI);
    context.fillStyle = doubtful ? palette.surface : palette.accent;
    context.fill();
    context.strokeStyle = palette.accent;
    context.stroke();
  });
  context.restore();
}

function readOut(u, series, slug) {
  const figure = u.root.parentElement;
  if (!figure) return;
  let label = figure.querySelector(".read-out");
  if (!label) {
    label = make("p", { class: "read-out", "aria-hidden": "true" });
    figure.append(label);
  }
  const { idx } = u.cursor;
  const value = idx === null || idx === undefined ? null : series.value[idx];
  label.hidden = value === null;
  if (value !== null) label.textContent = `${moment.format(new Date(series.t[idx] * 1000))}  ${valueText(slug, value)} ${unitOf(slug)}${series.quality[idx] === "suspect" ? ` (${word("suspect")})` : ""}`;
}
