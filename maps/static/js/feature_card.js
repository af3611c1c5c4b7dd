// What is known of one feature of a layer, line by line as its table has it; foreign text only as text.
import { exactTime } from "./clock.js";
import { word } from "./config.js";
import { make } from "./elements.js";
import { mark } from "./named.js";

/** The card's contents for a layer's meaning and a feature's properties. */
export function featureCard(meaning, properties) {
  const row = meaning.legend.find(({ code }) => code === properties.code);
  const lines = meaning.columns.map(({ property, label, unit }) => [label, textOf(properties[property]), unit]).filter(([, text]) => text !== "");
  const [first] = lines;
  const name = textOf(properties.name) || textOf(properties.name_ja) || row?.label || first?.[1] || word("no_name");
  return [
    make("h2", { tabindex: "-1" }, name, " ", mark(meaning.fictitious)),
    make("p", { class: "where" }, [meaning.title, row?.label].filter((text) => text && text !== name).join(" ・ ")),
    make("dl", { class: "facts" }, ...lines.filter(([, text]) => text !== name).map(([label, text, unit]) => make("div", {}, make("dt", {}, label), make("dd", {}, unit ? `${text} ${unit}` : text)))),
    meaning.note ? make("p", { class: "small" }, meaning.note) : null,
    make("p", { class: "small" }, `${meaning.credit} ／ ${word("data_date")} ${meaning.date}`),
  ].filter(Boolean);
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/;

/** A value in words; an instant as the town's clock says it. */
function textOf(value) {
  if (value === null || value === undefined) return "";
  const at = INSTANT.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? String(value) : exactTime(at).slice(0, 16);
}
