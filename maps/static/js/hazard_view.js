// A hazard report as elements: the same order and words as the page (templates/hazard.html.j2).
import { exactTime } from "./clock.js";
import { address, word } from "./config.js";
import { make } from "./elements.js";
import { mark } from "./named.js";
import { symbolSvg } from "./symbols.js";

const small = (text) => (text ? make("p", { class: "small" }, text) : null);
const said = (text, attributes = {}) => (text ? make("p", attributes, text) : null);

/** The elements of a report as `/api/hazard` answers it. */
export function reportNodes(report) {
  const where = [report.place, report.where].filter(Boolean).join(" ・ ");
  return [
    make("p", { class: "where" }, where),
    make("div", { class: "official" }, ...report.official.map((text) => make("p", {}, text))),
    ...report.hazards.map((part) => hazard(part, report.labels)),
    report.inside === false ? null : gauges(report),
    ...report.notes.map(small),
    small(word("hazard_as_of", { time: exactTime(Date.parse(report.generated_at)) })),
  ].filter(Boolean);
}

function hazard(part, labels) {
  return make(
    "section",
    { class: part.found ? "hazard" : "hazard not-found", "data-hazard": part.hazard },
    make("h3", { class: "hazard-title" }, part.title),
    ...part.layers.map((layer) => layerBlock(layer, labels)),
    said(part.no_layer),
    make("h4", {}, labels.advice),
    make("ul", { class: "advice" }, ...part.advice.map((text) => make("li", {}, text))),
    small(part.advice_source),
    ...(part.shelters.length > 0 ? [make("h4", {}, part.shelters_title), make("ol", { class: "near-shelters" }, ...part.shelters.map(shelter))] : [said(part.no_shelters, { class: "no-shelters" })]),
  );
}

function layerBlock(layer, labels) {
  const details = layer.details.map(({ label, text }) => make("div", {}, make("dt", {}, label), make("dd", {}, text)));
  return make(
    "div",
    { class: "layer", "data-layer": layer.layer, "data-state": layer.state },
    make("h4", {}, layer.title, " ", layer.fictitious ? make("span", { class: "mark" }, labels.fictitious) : null),
    make("p", { class: "class" }, layer.text),
    said(layer.also),
    ...layer.nearby.map(({ text }) => make("p", { class: "near" }, text)),
    details.length > 0 ? make("dl", { class: "facts" }, ...details) : null,
    small(layer.note),
    small([layer.source, layer.date].filter(Boolean).join(" ／ ")),
  );
}

function shelter(site) {
  return make(
    "li",
    { "data-status": site.status ?? "none" },
    make("strong", {}, site.name),
    make("span", { class: "shelter-state" }, site.state),
    make("span", {}, [site.direction, site.distance, site.elevation].join(" ・ ")),
    site.address ? make("span", { class: "small" }, site.address) : null,
    site.note ? make("span", { class: "small" }, site.note) : null,
    site.inside ? make("span", { class: "near" }, site.inside) : null,
  );
}

function gauges({ gauges: rows, no_gauges: none, labels, stale }) {
  return make(
    "section",
    { class: "gauges-near" },
    make("h3", {}, labels.gauges),
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
