// The button of the printed map; without scripts the browser's own command does the same.
import { byId } from "./elements.js";

const button = byId("print-now");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
