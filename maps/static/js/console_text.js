// How the console says things: values, times, names, in the page's language.
import { exactTime, momentTime, now, shortTime } from "./clock.js";
import { config, nameOf, word } from "./config.js";
import { make } from "./elements.js";
import { ageText, unitOf } from "./state.js";

const DAY_MS = 86_400_000;
const UNITS = { min: config.language === "en" ? "min" : "分", degC: "℃" };

export const inLanguage = (thing, name) => (config.language === "en" ? thing[`${name}_en`] || thing[`${name}_ja`] : thing[`${name}_ja`]) ?? "";

/** Where it is: of a pair or a group all of its stations. */
export const stationName = (episode) => (episode.place ? [episode.place, ...(episode.others ?? [])].map(nameOf).join(config.language === "ja" ? "・" : ", ") : episode.station);
export const titleOf = (episode) => inLanguage(episode, "title");
export const nameOfEpisode = (episode) => `${stationName(episode)} ${titleOf(episode)}`;
/** The words for a code; the code itself where there are none. */
export const named = (group, code) => config.words[`${group}_${code}`] ?? code;
export const levelWord = (level) => (level ? word(`level_${level}`) : "");

/** A number of the episode's quantity with its unit. */
export function measured(episode, value, sign = false) {
  if (value === null || value === undefined) return "–";
  const digits = value.toFixed(episode.decimals);
  const unit = unitOf(episode.quantity) || episode.unit;
  return `${sign && value > 0 ? "+" : ""}${digits}${unit ? `\u00a0${unit}` : ""}`;
}

/** What the rule compares: the measured value, or a rate, a forecast, a fall, in its own unit. */
export function signalled(episode, value) {
  if (episode.kind === "level") return measured(episode, value);
  if (value === null || value === undefined) return "–";
  const unit = UNITS[episode.signal_unit] ?? episode.signal_unit;
  return `${value.toFixed(unit === UNITS.min ? 0 : episode.decimals)}\u00a0${unit}`;
}

/** Hours and minutes; with the day where it is not about today. */
export function when(iso) {
  const at = Date.parse(iso);
  const present = now() ?? at;
  return Math.abs(present - at) < DAY_MS / 2 ? shortTime(at) : momentTime(at);
}

/** A time element: short, with the exact time on hover. */
export const timeTag = (iso, text = when(iso)) => make("time", { datetime: iso, title: exactTime(Date.parse(iso)) }, text);

export function agoText(iso) {
  return ageText(now() === null ? null : Math.max(0, (now() - Date.parse(iso)) / 1000));
}
