// Says what changed to those who listen instead of look; polite, and only what matters.
import { byId } from "./elements.js";

let last = "";

export function announce(text) {
  if (text === last) return;
  last = text;
  byId("announce").textContent = text;
}
