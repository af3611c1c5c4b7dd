// A chime for what is new and grave, made by the browser itself; and the count in the title for who looks at another tab.
import { config, word } from "./config.js";
import { byId, setText } from "./elements.js";

const NAME = `yukimori-sound-${config.site.id}`;
const TONES = { danger: [[880, 0], [660, 0.22], [880, 0.44], [660, 0.66]], warning: [[660, 0], [880, 0.25]] };
const title = document.title;

let context = null;
let on = false;

const kept = () => { try { return localStorage.getItem(NAME) === "on"; } catch { return false; } };
const keep = (value) => { try { localStorage.setItem(NAME, value ? "on" : "off"); } catch { /* a browser that keeps nothing asks again next time */ } };

/** Starts the switch; `say(text)` tells where the browser wants a press first. */
export function startChime(say) {
  on = kept();
  show();
  byId("sound").addEventListener("click", () => {
    on = !on;
    keep(on);
    show();
    if (on) ring("warning");
  });
  if (!on) return;
  document.addEventListener("pointerdown", wake, { once: true });
  document.addEventListener("keydown", wake, { once: true });
  if (audio()?.state === "suspended") say(word("console_sound_blocked"));
}

function show() {
  byId("sound").setAttribute("aria-pressed", String(on));
  setText(byId("sound"), word(on ? "console_sound_on" : "console_sound_off"));
}

const wake = () => audio()?.resume();

function audio() {
  context ??= window.AudioContext ? new window.AudioContext() : null;
  return context;
}

/** Sounds the tones of a level, where sound is on. */
export async function ring(level) {
  if (!on || !TONES[level] || !audio()) return;
  await context.resume();
  const begin = context.currentTime + 0.05;
  for (const [frequency, after] of TONES[level]) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.type = "triangle";
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.0001, begin + after);
    volume.gain.exponentialRampToValueAtTime(0.35, begin + after + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, begin + after + 0.2);
    tone.connect(volume).connect(context.destination);
    tone.start(begin + after);
    tone.stop(begin + after + 0.22);
  }
  document.documentElement.dataset.rang = level;
}

/** Puts what is grave before the title; `trouble` where nothing is heard from. */
export function titleCount(counts, trouble) {
  const parts = [];
  if (trouble) parts.push("！");
  if (counts?.danger) parts.push(`${word("level_danger")}${counts.danger}`);
  if (counts?.warning) parts.push(`${word("level_warning")}${counts.warning}`);
  const text = parts.length ? `(${parts.join(" ")}) ${title}` : title;
  if (document.title !== text) document.title = text;
}
