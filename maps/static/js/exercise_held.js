// Says on every page that an exercise (訓練) is held, so that nobody takes a message of it for earnest, or the other way round.
// Every page has it, also those that hand no data to scripts: what it has to know stands on its own element.
const EVERY_MS = 30_000;

const line = document.getElementById("exercise-held");
let ahead = 0;  // by how much the clock of the server is ahead of that of this device, where that is known
const japanese = document.documentElement.lang !== "en";

function shown(held) {
  line.hidden = !held || Date.parse(held.expires_at) <= Date.now() + ahead;
  if (line.hidden) return;
  line.dataset.until = held.expires_at;
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
  const time = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
  return day.format(at) === day.format(new Date()) ? time : `${day.format(at)} ${time}`;
}

async function look() {
  try {
    const response = await fetch(line.dataset.address, { cache: "no-cache" });
    if (!response.ok) return;
    const sent = Date.parse(response.headers.get("date") ?? "");
    if (Number.isFinite(sent)) ahead = sent - Date.now();
    shown((await response.json()).running);
  } catch {
    // without a line the page says so elsewhere; what was said last stays, until its own end
  }
}

// A page nobody writes or answers any more takes it away by itself: what was said names its end.
function endInTime() {
  if (!line.hidden && Date.now() + ahead >= Date.parse(line.dataset.until)) line.hidden = true;
}

if (line) {
  endInTime();
  look();
  setInterval(look, EVERY_MS);
  setInterval(endInTime, 1000);
}
