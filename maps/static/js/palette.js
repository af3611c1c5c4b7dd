// Colours for canvases: read from the style sheet, read again when light turns to dark.

const NAMES = [
  "outside", "town", "town-edge", "grid", "grid-text", "road-1", "road-2", "road-3", "road-casing", "river", "river-label", "label", "label-soft", "label-halo", "surface", "ink", "ink-soft", "line", "accent",
  "plough", "plough-edge", "danger", "warning", "caution", "standby", "standby-line", "normal-line", "normal-fill", "unjudged-line", "stale-line", "symbol-edge", "symbol-ink", "suspect-line",
  "shelter-open", "shelter-open-ink",
];

export const palette = {};
const listeners = [];

function read() {
  const style = getComputedStyle(document.documentElement);
  for (const name of NAMES) palette[name] = style.getPropertyValue(`--${name}`).trim();
}

/** Calls `listener` when the colours changed. */
export const onPalette = (listener) => listeners.push(listener);

read();
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  read();
  for (const listener of listeners) listener();
});
