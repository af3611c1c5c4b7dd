// The moment that is shown, and what moves it: slider, buttons, keys, and time itself. Nothing plays by itself.
import { exactTime, momentTime } from "./clock.js";
import { word } from "./config.js";
import { byId, setText } from "./elements.js";
import { wantsCalm } from "./motion.js";

const SLIDER_STEP_S = 60;
const CALM_MS = 1000;
const KEYS = { j: -600, l: 600 };

/** Connects the player; answers {start(from ms, length s, moment), moment(), stop()}. `onMoment(seconds, playing)` is called whenever the moment is another. */
export function player(onMoment) {
  const slider = byId("moment");
  let from = 0;
  let length = 0;
  let moment = 0;
  let playing = false;
  let frame = 0;
  let last = 0;

  function show() {
    const text = momentTime(from + moment * 1000);
    slider.value = String(Math.round(moment));
    slider.setAttribute("aria-valuetext", text);
    setText(byId("moment-text"), text);
    byId("moment-text").title = exactTime(from + moment * 1000);
    onMoment(moment, playing);
  }

  function move(to) {
    moment = Math.min(length, Math.max(0, to));
    if (moment >= length) halt();
    show();
  }

  // Where less motion is wished for the moment goes on by leaps, once a second.
  function run(time) {
    if (!playing) return;
    const elapsed = time - last;
    if (!wantsCalm() || elapsed >= CALM_MS) {
      last = time;
      move(moment + (Math.min(elapsed, 2 * CALM_MS) / 1000) * Number(byId("speed").value) * 60);
    }
    frame = requestAnimationFrame(run);
  }

  function play() {
    if (length === 0) return;
    if (moment >= length) moment = 0;
    playing = true;
    last = performance.now();
    label();
    frame = requestAnimationFrame(run);
  }

  function halt() {
    if (!playing) return;
    playing = false;
    cancelAnimationFrame(frame);
    label();
    onMoment(moment, false);
  }

  function label() {
    byId("play").setAttribute("aria-pressed", String(playing));
    setText(byId("play-text"), word(playing ? "playback_pause" : "playback_play"));
  }

  byId("play").addEventListener("click", () => (playing ? halt() : play()));
  slider.addEventListener("input", () => {
    halt();
    move(Number(slider.value));
  });
  for (const button of document.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => {
      halt();
      move(moment + Number(button.dataset.step) * 60);
    });
  }
  byId("player").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === "SELECT") return;
    if (event.key === "k") playing ? halt() : play();
    else if (KEYS[event.key]) {
      halt();
      move(moment + KEYS[event.key]);
    } else if (event.target === slider && ["PageUp", "PageDown"].includes(event.key)) {
      halt();
      move(moment + (event.key === "PageUp" ? 600 : -600));
    } else return;
    event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) halt(); });

  return {
    moment: () => moment,
    isPlaying: () => playing,
    stop: halt,
    jump: (to) => {
      halt();
      move(to);
    },
    start: (begin, seconds, at) => {
      halt();
      [from, length] = [begin, seconds];
      slider.min = "0";
      slider.max = String(length);
      slider.step = String(SLIDER_STEP_S);
      for (const control of byId("player").querySelectorAll("button, input")) control.disabled = false;
      move(at);
    },
  };
}
