// A hazard report as elements: the same order and words as the page (templates/hazard.html.j2).
import { exactTime } from "./clock.js";
import { address, word } from "./config.js";
import { make } from "./elements.js";
import { mark } from "./named.js";
import { symbolSvg } from "./symbols.js";

const small = (text) => (text ? make("p", { class: "small" }, text) : null);
const said = (text, attributes = {}) => (text ? make("p", attributes, text) : null);

/** The elements of a report as `/api/hazard` answers it; hazards are headed at `level`. */
export function reportNodes(report, level = 3) {
  const where = [report.place, report.where].filter(Boolean).join(" ・ ");
  return [
    make("div", { class: "official" }, ...report.official.map((text) => make("p", {}, text))),
    report.inside === false ? make("p", {}, report.where) : null,
    ...report.hazards.map((part) => hazard(part, report.labels, level)),
    report.inside === false ? null : gauges(report, level),
    ...report.notes.map(small),
    small(where),
    small(word("hazard_as_of", { time: exactTime(Date.parse(report.generated_at)) })),
  ].filter(Boolean);
}

// Of a hazard nothing is known of here one line is seen, the rest lies folded behind it.
function hazard(part, labels, level) {
  const title = make(`h${level}`, { class: "hazard-title" }, part.title);
  if (!part.summary) return make("section", { class: "hazard", "data-hazard": part.hazard }, title, ...told(part, labels, level + 1));
  const line = make("summary", {}, title, " ", make("span", {}, part.summary));
  return make("details", { class: "hazard not-found", "data-hazard": part.hazard }, line, ...told(part, labels, level + 1));
}

function told(part, labels, level) {
  const heading = (text) => make(`h${level}`, {}, text);
  return [
    ...part.layers.map((layer) => layerBlock(layer, labels, level)),
    part.summary ? null : said(part.no_layer),
    heading(labels.advice),
    make("ul", { class: "advice" }, ...part.advice.map((text) => make("li", {}, text))),
    ...(part.shelters.length > 0 ? [heading(part.shelters_title), make("ol", { class: "near-shelters" }, ...part.shelters.map(shelter))] : [said(part.no_shelters, { class: "no-shelters" })]),
    make("details", { class: "sources" }, make("summary", {}, labels.sources), ...part.layers.flatMap(sources), small(part.advice_source)),
  ];
}

function layerBlock(layer, labels, level) {
  return make(
    "div",
    { class: "layer", "data-layer": layer.layer, "data-state": layer.state },
    make(`h${level}`, {}, layer.title, " ", layer.fictitious ? make("span", { class: "mark" }, labels.fictitious) : null),
    make("p", { class: "class" }, layer.text),
    said(layer.also),
    ...layer.nearby.map(({ text }) => make("p", { class: "near" }, text)),
  );
}

function sources(layer) {
  const details = layer.details.map(({ label, text }) => make("div", {}, make("dt", {}, label), make("dd", {}, text)));
  return [
    make("p", { class: "small" }, make("b", {}, layer.title)),
    details.length > 0 ? make("dl", { class: "facts" }, ...details) : null,
    small(layer.note),
    small([layer.source, layer.date].filter(Boolean).join(" ／ ")),
  ];
}

function shelter(site) {
  return make(
    "li",
    { "data-status": site.status ?? "none" },
    make("strong", {}, site.name),
    make("span", { class: "shelter-state" }, site.state),
    site.stay ? make("span", { class: "shelter-stay" }, site.stay) : null,
    make("span", {}, [site.direction, site.distance, site.elevation].join(" ・ ")),
    site.address ? make("span", { class: "small" }, site.address) : null,
    site.note ? make("span", { class: "small" }, site.note) : null,
    site.inside ? make("span", { class: "near" }, site.inside) : null,
  );
}

function gauges({ gauges: rows, no_gauges: none, labels, stale }, level) {
  return make(
    "section",
    { class: "gauges-near" },
    make(`h${level}`, {}, labels.gauges),
    stale ? make("p", { class: "near" }, labels.gauges_stale) : null,
    rows.length > 0 ? make("ul", {}, ...rows.map(gauge)) : said(none),
    small(labels.gauges_note),
  );
}

function gauge(row) {
  const old = row.stale ? " is-stale" : "";
  return make(
    "li",
    {},
    make("a", { href: address(`/station/${encodeURIComponent(row.station)}`) }, make("strong", {}, row.name)),
    " ",
    mark(row.fictitious),
    make("span", { class: `reading${old}` }, row.label, " ", make("b", {}, row.value), " ", row.unit),
    make("span", { class: `tag s-${row.symbol}${old}` }, symbolSvg(row.symbol, { kind: row.kind, stale: row.stale, suspect: row.suspect }), row.level),
    make("span", {}, `${word("age")} `, make("time", { datetime: row.at }, row.age), row.note ? ` ${row.note}` : "", " ・ ", `${word("quality")} ${row.quality}`),
    make("span", {}, [row.direction, row.distance].join(" ・ ")),
  );
}
