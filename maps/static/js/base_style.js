// How our own basemap looks: quiet, so that what lies on it is read first. Colours come from the style sheet.
/* global protomapsL */
import { config } from "./config.js";
import { palette } from "./palette.js";

const FONT = '"Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", "Yu Gothic UI", Meiryo, sans-serif';
const ROADS = [
  { classes: ["unknown", "3"], colour: "road-3", width: 1.1, from: 12 },
  { classes: ["2"], colour: "road-2", width: 1.6, from: 11 },
  { classes: ["1", "emergency"], colour: "road-1", width: 2.2, from: 8 },
];
const RIVERS = [
  { classes: ["unknown", "other"], width: 0.9, from: 11 },
  { classes: ["2"], width: 1.3, from: 9 },
  { classes: ["1"], width: 1.8, from: 7 },
];

const nameOf = ({ props }) => (config.language === "en" ? props.name_en || props.name_ja : props.name_ja) || undefined;
const widening = (width) => protomapsL.exp(1.5, [[9, width * 0.45], [12, width], [15, width * 2.3], [18, width * 6]]);
const line = (options) => new protomapsL.LineSymbolizer({ lineCap: "round", lineJoin: "round", opacity: 1, ...options });
const among = (classes) => (_zoom, { props }) => classes.includes(props.class);

/** What lies under every layer: the ground of the town. */
export const groundRules = () => [
  { dataLayer: "boundary", symbolizer: new protomapsL.PolygonSymbolizer({ fill: palette.town, opacity: 1 }) },
];

/** The edge of the town: a soft band and a line. */
export const edgeRules = () => [
  { dataLayer: "boundary", symbolizer: line({ color: palette["town-edge"], width: 7, opacity: 0.2 }) },
  { dataLayer: "boundary", symbolizer: line({ color: palette["town-edge"], width: 1.3, opacity: 0.9 }) },
];

/** Rivers, roads with a casing, and the edge of the town. */
export const lineRules = () => [
  ...RIVERS.map(({ classes, width, from }) => ({ dataLayer: "rivers", minzoom: from, filter: among(classes), symbolizer: line({ color: palette.river, width: widening(width) }) })),
  ...ROADS.map(({ classes, width, from }) => ({ dataLayer: "roads", minzoom: Math.max(from, 12), filter: among(classes), symbolizer: line({ color: palette["road-casing"], width: protomapsL.exp(1.5, [[12, width + 1.2], [15, width * 2.3 + 2], [18, width * 6 + 2.5]]) }) })),
  ...ROADS.map(({ classes, colour, width, from }) => ({ dataLayer: "roads", minzoom: from, filter: among(classes), symbolizer: line({ color: palette[colour], width: widening(width) }) })),
  ...edgeRules(),
];

const BELOW = [5];
const text = (options) => new protomapsL.CenteredTextSymbolizer({ labelProps: ["name_ja"], stroke: palette["label-halo"], width: 2.2, ...options });
// Beneath its point, where a symbol may stand.
const below = (options) => new protomapsL.OffsetTextSymbolizer({ labelProps: ["name_ja"], stroke: palette["label-halo"], width: 2.2, offsetY: 9, placements: BELOW, ...options });
const along = (options) => new protomapsL.LineLabelSymbolizer({ stroke: palette["label-halo"], width: 2, position: 2, repeatDistance: 400, ...options });

/** Names in the page's language, in letters `scale` times as large: the town, its districts, rivers across their course, roads when near. */
export const labelRules = (scale) => [
  place("town", { font: `650 ${16 * scale}px ${FONT}`, fill: palette.label }, 8),
  place("district", { font: `500 ${13 * scale}px ${FONT}`, fill: palette.label }, 11),
  place("place", { font: `400 ${12 * scale}px ${FONT}`, fill: palette["label-soft"] }, 13),
  named("rivers", midway({ font: `italic 500 ${12 * scale}px ${FONT}`, fill: palette["river-label"] }), 11),
  named("roads", along({ font: `400 ${11 * scale}px ${FONT}`, fill: palette["label-soft"] }), 15),
];

// A river winds too much for letters along it: its name stands across its middle, once on a stretch.
function midway(options) {
  const centred = text(options);
  return {
    place: (layout, geometry, feature) => {
      const line = geometry.reduce((longest, each) => (each.length > longest.length ? each : longest));
      const labels = line.length < 3 ? [] : (centred.place(layout, [[line[Math.floor(line.length / 2)]]], feature) ?? []);
      return labels.map((label) => ({ ...label, deduplicationKey: feature.props.name, deduplicationDistance: 500 }));
    },
  };
}

const place = (code, options, from) => ({ dataLayer: "places", minzoom: from, filter: among([code]), symbolizer: spoken(code === "town" ? text(options) : below(options)) });
const named = (dataLayer, symbolizer, from) => ({ dataLayer, minzoom: from, symbolizer: spoken(symbolizer) });

// The library reads names by property; ours depend on the page's language, with the Japanese one where no other is known.
function spoken(symbolizer) {
  return {
    place: (layout, geometry, feature) => {
      const name = nameOf(feature);
      return name ? symbolizer.place(layout, geometry, { ...feature, props: { ...feature.props, name, name_ja: name } }) : undefined;
    },
  };
}
