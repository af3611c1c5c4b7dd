// The sheet with lists and details: beside the map on wide screens, over its foot on phones.
import { byId } from "./elements.js";

const SIZES = ["peek", "half", "full"];
const wide = window.matchMedia("(min-width: 860px)");

/** Connects handle and keys; answers {open(), isWide(), settled()}, the last a promise of its final height. `onResize` is called when the map's free part changed. */
export function startSheet(onResize) {
  const sheet = byId("sheet");
  const handle = byId("handle");
  let drag = null;

  function setSize(size) {
    sheet.dataset.size = size;
    handle.setAttribute("aria-expanded", String(size !== "peek"));
    sheet.style.removeProperty("--drag");
    onResize();
  }

  handle.addEventListener("click", () => {
    if (drag?.moved) return;
    setSize(SIZES[(SIZES.indexOf(sheet.dataset.size) + 1) % SIZES.length]);
  });
  handle.addEventListener("keydown", (event) => {
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    setSize(SIZES[Math.min(2, Math.max(0, SIZES.indexOf(sheet.dataset.size) + step))]);
  });
  handle.addEventListener("pointerdown", (event) => {
    handle.setPointerCapture(event.pointerId);
    drag = { from: event.clientY, height: sheet.offsetHeight, moved: false };
  });
  handle.addEventListener("pointermove", (event) => {
    if (!drag || !handle.hasPointerCapture(event.pointerId)) return;
    const way = drag.from - event.clientY;
    if (Math.abs(way) < 6 && !drag.moved) return;
    drag.moved = true;
    sheet.style.setProperty("--drag", `${drag.height + way}px`);
    sheet.dataset.dragging = "";
  });
  handle.addEventListener("pointerup", () => {
    delete sheet.dataset.dragging;
    if (!drag?.moved) return;
    const share = sheet.offsetHeight / window.innerHeight;
    setSize(share < 0.3 ? "peek" : share < 0.68 ? "half" : "full");
    setTimeout(() => { drag = null; });
  });
  handle.addEventListener("pointercancel", () => {
    delete sheet.dataset.dragging;
    drag = null;
    setSize(sheet.dataset.size);
  });
  wide.addEventListener("change", onResize);

  return {
    open: () => { if (sheet.dataset.size === "peek") setSize("half"); },
    isWide: () => wide.matches,
    settled: () => Promise.allSettled(sheet.getAnimations().map(({ finished }) => finished)),
  };
}
