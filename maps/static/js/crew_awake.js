// Keeps the screen on where the browser can, and says deadlines aloud for those who want it.
import { config, word } from "./config.js";
import { byId, setText } from "./elements.js";

/** Holds the screen on while the page is seen, and says whether it does. */
export function keepAwake() {
  async function hold() {
    if (document.hidden) return;
    try {
      const lock = await navigator.wakeLock.request("screen");
      lock.addEventListener("release", () => setText(byId("awake"), word("not_awake")));
      setText(byId("awake"), `${word("awake")}${config.language === "ja" ? "。" : "."}`);
    } catch {
      setText(byId("awake"), `${word("not_awake")}${config.language === "ja" ? "。" : "."}`);
    }
  }
  document.addEventListener("visibilitychange", hold);
  hold();
}

/** Says a text aloud in the page's language; silent where the browser has no voice. */
export function speak(text) {
  if (!("speechSynthesis" in window)) return;
  const said = new SpeechSynthesisUtterance(text);
  said.lang = config.language === "ja" ? "ja-JP" : "en-GB";
  window.speechSynthesis.speak(said);
}
