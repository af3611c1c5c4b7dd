// A chime for what is new and grave, made by the browser itself, and again until somebody acknowledges; the count in the title for who looks at another tab.
import { config, word } from "./config.js";
import { byId, setText } from "./elements.js";

const NAME = `yukimori-sound-${config.site.id}`;
const TONES = { danger: [[880, 0], [660, 0.22], [880, 0.44], [660, 0.66]], warning: [[660, 0], [880, 0.25]] };
const AGAIN_MS = { danger: 30_000, warning: 120_000 };
const PATIENCE_MS = 400;
const title = document.title;

let context = null;
let on = false;
let rangAt = -Infinity;
let waiting = null;

const kept = () => { try { return localStorage.getItem(NAME) === "on"; } catch { return false; } };
const keep = (value) => { try { localStorage.setItem(NAME, value ? "on" : "off"); } catch { /* a browser that keeps nothing asks again next time */ } };

/** Starts the switch; `say(text)` tells where the browser wants a press first. */
export function startChime(say) {
  on = kept();
  show();
  byId("sound").addEventListener("click", () => {
    on = !on || isBlocked();
    keep(on);
    show();
    if (on) ring("warning");
  });
  if (!on) return;
  document.addEventListener("pointerdown", wake, { once: true });
  document.addEventListener("keydown", wake, { once: true });
  audio();
  show();
  if (isBlocked()) say(word("console_sound_blocked"));
}

/** Whether sound is wanted and the browser holds it back until somebody presses something. */
const isBlocked = () => on && context !== null && context.state !== "running";

// What cannot be heard is said in words and, while something waits for an answer, by its colour.
function show() {
  const button = byId("sound");
  button.setAttribute("aria-pressed", String(on && !isBlocked()));
  setText(button, word(isBlocked() ? "console_sound_held" : on ? "console_sound_on" : "console_sound_off"));
  button.classList.toggle("is-mute", waiting !== null && (!on || isBlocked()));
}

const wake = () => audio()?.resume();

function audio() {
  if (context || !window.AudioContext) return context;
  context = new window.AudioContext();
  context.addEventListener("statechange", show);
  return context;
}

/** Rings again while a danger or warning waits: neither acknowledged nor silenced. Called each second. */
export function remind(episodes, present = performance.now()) {
  const open = episodes.filter((one) => one.closed_at === null && !one.ack && !one.silence);
  const gravest = ["danger", "warning"].find((level) => open.some((one) => one.level === level)) ?? null;
  if (waiting !== gravest) {
    waiting = gravest;
    show();
  }
  if (gravest && present - rangAt >= AGAIN_MS[gravest]) ring(gravest, present);
}

/** Sounds the tones of a level, where sound is on and the browser lets it out. */
export async function ring(level, present = performance.now()) {
  if (!on || !TONES[level] || !audio()) return;
  rangAt = present;
  if (context.state !== "running") await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  show();
  if (context.state !== "running") return;
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
  const said = document.documentElement.dataset;
  said.rang = level;
  said.rings = String(Number(said.rings ?? 0) + 1);
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
