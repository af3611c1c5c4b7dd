// Says on every page that an exercise (訓練) is held, so that nobody takes a message of it for earnest, or the other way round.
import { config, resource } from "./config.js";

const EVERY_MS = 30_000;

const line = document.getElementById("exercise-held");

function shown(held) {
  line.hidden = !held;
  if (!held) return;
  const until = new Intl.DateTimeFormat(config.language, { hour: "2-digit", minute: "2-digit", timeZone: config.timeZone }).format(new Date(held.expires_at));
  line.textContent =
    config.language === "ja"
      ? `【訓練】職員が訓練をしています（${held.title_ja}、${until}まで）。このページの情報は訓練のものではありません。`
      : `[EXERCISE] Staff is holding an exercise (${held.title_en}, until ${until}). What this page shows is not part of it.`;
}

async function look() {
  try {
    const response = await fetch(resource("/api/exercise"), { cache: "no-cache" });
    if (response.ok) shown((await response.json()).running);
  } catch {
    // without a line the page says so elsewhere; what was said last stays
  }
}

if (line) {
  look();
  setInterval(look, EVERY_MS);
}
