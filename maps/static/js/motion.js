// Where people wish for less motion the map jumps instead of gliding; looked at with each move, for the wish may change.
const quiet = window.matchMedia("(prefers-reduced-motion: reduce)");

/** Whether less motion is wished for. */
export const wantsCalm = () => quiet.matches;

/** Lets the map follow the wish in everything: buttons, keys, wheel, and what moves it by itself. */
export function calmMotion(map) {
  const { setView, panBy } = map;
  const still = (options) => (quiet.matches ? { ...options, animate: false } : options);
  map.setView = (centre, zoom, options) => setView.call(map, centre, zoom, still(options));
  map.panBy = (offset, options) => panBy.call(map, offset, still(options));
  const settle = () => Object.assign(map.options, { inertia: !quiet.matches, zoomAnimation: !quiet.matches });
  quiet.addEventListener("change", settle);
  settle();
}
