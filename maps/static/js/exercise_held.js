// Says on every page that an exercise (訓練) is held, so that nobody takes a message of it for earnest, or the other way round.
// Every page has it, also those that hand no data to scripts: what it has to know stands on its own element.
const EVERY_MS = 30_000;

const line = document.getElementById("exercise-held");
const japanese = document.documentElement.lang !== "en";

function shown(held) {
  line.hidden = !held;
  if (!held) return;
  const until = ending(new Date(held.expires_at));
  line.textContent =
    japanese
      ? `【訓練】職員が訓練をしています（${held.title_ja}、${until}まで）。このページの情報は訓練のものではありません。`
      : `[EXERCISE] Staff is holding an exercise (${held.title_en}, until ${until}). What this page shows is not part of it.`;
}

// With the day where it ends on another one: an exercise at night goes past midnight.
function ending(at) {
  const format = (options) => new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: line.dataset.zone, ...options });
  const day = format({ month: "numeric", day: "numeric" });
  const time = format({ hour: "2-digit", minute: "2-digit" }).format(at);
  return day.format(at) === day.format(new Date()) ? time : `${day.format(at)} ${time}`;
}

async function look() {
  try {
    const response = await fetch(line.dataset.address, { cache: "no-cache" });
    if (response.ok) shown((await response.json()).running);
  } catch {
    // without a line the page says so elsewhere; what was said last stays
  }
}

if (line) {
  look();
  setInterval(look, EVERY_MS);
}
