// Under the slider: when alerts and orders stood, each a bar of its level's colour and a button with its words.
import { momentTime, shortTime } from "./clock.js";
import { config, word } from "./config.js";
import { byId, make } from "./elements.js";
import { symbolSvg } from "./symbols.js";

/** Draws the strip of a night; `onJump(seconds)` is called when a bar is chosen. */
export function showStrip(night, onJump) {
  const rows = [...night.orders.map((order) => orderRow(night, order, onJump)), ...night.episodes.map((episode) => episodeRow(night, episode, onJump))];
  byId("strip-empty").hidden = rows.length > 0;
  byId("strip-list").replaceChildren(...rows);
}

/** The title of an alert and the name of its place, in the page's language. */
export const titleOf = (episode) => (config.language === "en" ? `${episode.title_en} ・ ${episode.name_en || episode.name}` : `${episode.title_ja} ・ ${episode.name}`);

/** What an order says of itself. */
export const orderText = ({ classes, by }) => word("playback_order_of", { classes: classes.map((code) => config.words[`road_class_${code}`] ?? code).join("・"), by });

function orderRow(night, order, onJump) {
  return row(night, orderText(order), order.at, [{ from: order.at, to: order.ended ?? night.length, level: "order" }], onJump, null);
}

function episodeRow(night, episode, onJump) {
  const bars = [];
  episode.steps.forEach(([at, level], index) => {
    const to = episode.steps[index + 1]?.[0] ?? episode.ended ?? night.length;
    if (level && to > 0 && at < night.length) bars.push({ from: at, to, level });
  });
  const gravest = episode.steps.map(([, level]) => level).filter(Boolean).sort((a, b) => config.symbols.states[b].rank - config.symbols.states[a].rank)[0];
  return row(night, `${word(`level_${gravest}`)} ・ ${titleOf(episode)}`, episode.steps[0][0], bars, onJump, gravest);
}

function row(night, text, at, bars, onJump, level) {
  const begins = night.from + at * 1000;
  const time = at < 0 ? momentTime(begins) : shortTime(begins);
  const track = make("span", { class: "strip-track", "aria-hidden": "true" }, ...bars.map((bar) => place(night, bar)));
  return make(
    "li",
    {},
    make("button", { type: "button", class: "strip-row", onclick: () => onJump(Math.max(0, at)) }, make("span", { class: "strip-name" }, level ? symbolSvg(level) : null, word("playback_jump", { time, what: text })), track),
  );
}

function place(night, { from, to, level }) {
  const bar = make("span", { class: `strip-bar is-${level}` });
  const start = Math.max(0, from) / night.length;
  bar.style.left = `${start * 100}%`;
  bar.style.width = `${Math.max(0.4, (Math.min(to, night.length) / night.length - start) * 100)}%`;
  return bar;
}

/** Moves the line that stands for the moment. */
export function moveCursor(night, moment) {
  byId("strip-cursor").style.left = `${(moment / night.length) * 100}%`;
}
