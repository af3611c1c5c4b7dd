// The wall: nothing to press, themes in turn, small moves against burnt-in pictures, back by itself after anything.
import { byId } from "./elements.js";

const THEME_MS = 20_000;
const SHIFT_MS = 180_000;
const SHIFTS = [[0, 0], [4, 2], [0, 4], [-4, 2], [-2, -2], [2, -4]];
const SCROLL_MS = 12_000;
const RELOAD_MS = 6 * 3_600_000;

export const isWall = new URLSearchParams(location.search).get("wall") === "1";

/** Turns the page into the wall's; `theme(id)` shows a theme on the map, `calm()` says whether a reload would hide nothing. */
export function startWall({ theme, calm }) {
  document.body.classList.add("is-wall");
  for (const element of document.querySelectorAll(".console-bar .tools > :not(#sound), .tabs, .pages, .skip, #pause, .column-choice")) element.inert = true;
  const themes = [...document.querySelectorAll("[data-theme]")].map((chip) => chip.dataset.theme);
  let turn = 0;
  setInterval(() => theme(themes[(turn += 1) % themes.length]), THEME_MS);
  let shift = 0;
  setInterval(() => {
    const [x, y] = SHIFTS[(shift += 1) % SHIFTS.length];
    byId("content").style.transform = `translate(${x}px, ${y}px)`;
  }, SHIFT_MS);
  setInterval(nextPart, SCROLL_MS);
  keepAwake();
  // A browser that runs for weeks gathers things; a page made anew holds nothing. Only while the server answers.
  setTimeout(function anew() {
    if (calm()) location.reload();
    else setTimeout(anew, 60_000);
  }, RELOAD_MS);
}

// Where not all alerts fit, the list shows its parts in turn.
function nextPart() {
  const scroll = byId("episodes-scroll");
  const atEnd = scroll.scrollTop + scroll.clientHeight >= scroll.scrollHeight - 4;
  scroll.scrollTop = atEnd ? 0 : scroll.scrollTop + scroll.clientHeight * 0.85;
}

async function keepAwake() {
  const hold = () => navigator.wakeLock?.request("screen").catch(() => {});
  document.addEventListener("visibilitychange", () => { if (!document.hidden) hold(); });
  await hold();
}
