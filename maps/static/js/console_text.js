// How the console says things: values, times, names, in the page's language.
import { exactTime, now, sinceTime } from "./clock.js";
import { config, nameOf, word } from "./config.js";
import { make } from "./elements.js";
import { ageText, unitOf } from "./state.js";

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

/** Hours and minutes; with the day wherever that is not today. */
export const when = (iso) => sinceTime(Date.parse(iso));

/** A time element: short, with the exact time and its zone on hover. */
export const timeTag = (iso, text = when(iso)) => make("time", { datetime: iso, title: `${exactTime(Date.parse(iso))} ${word("console_zone")}` }, text);

/** What a way is called: its kind in words; two of one kind are told apart by their ids. */
export function wayName(way, ways = []) {
  const kind = config.words[`channel_kind_${way.channel_kind}`];
  const alike = ways.some((other) => other.channel !== way.channel && other.channel_kind === way.channel_kind);
  return !kind ? way.channel : alike ? `${kind} ${way.channel}` : kind;
}

const FAILURES = [
  ["environment", /environment variable|holds no key|other half/], ["resolve", /resolved|no address/], ["inside", /not a public address/],
  ["quota", /quota/], ["line", /could not be reached|cannot be reached|refused|reset|Errno/i], ["slow", /timed? ?out|in time|took longer/i], ["door", /HTTP 40[13]|let us in|answered 53\d/],
  ["answer", /answered/],
];

/** Why a message did not leave, in words; what the other side said itself stands behind it. */
export function failureText(said) {
  const found = FAILURES.find(([, pattern]) => pattern.test(said ?? ""));
  return found && config.language === "ja" ? word(`failure_${found[0]}`) : said;
}

export function agoText(iso) {
  return ageText(now() === null ? null : Math.max(0, (now() - Date.parse(iso)) / 1000));
}
