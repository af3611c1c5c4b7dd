// The keys of the console; never while something is being written, and never together with Ctrl, Alt or Meta.
import { byId } from "./elements.js";
import { closeForm } from "./console_course.js";

const WRITES = "input, textarea, select, [contenteditable]";

/** Starts the keys. */
export function startKeys({ list, actions, chosen, past, openSituation }) {
  const onEpisode = (name) => () => actions[name]?.(chosen());
  const keys = {
    j: () => list.move(1),
    k: () => list.move(-1),
    a: onEpisode("ack"),
    s: onEpisode("silence"),
    m: onEpisode("message"),
    "/": () => byId("search").focus(),
    "?": toggleHelp,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.key === "Escape") return escape(event);
    const act = keys[event.key.toLowerCase()];
    if (!act || event.target.closest(WRITES)) return;
    event.preventDefault();
    if (event.key !== "?" && !event.repeat) openSituation();
    if (!event.repeat || "jk".includes(event.key.toLowerCase())) act();
  });

  function escape(event) {
    if (!byId("help").hidden) return toggleHelp();
    if (event.target.closest(WRITES)) event.target.blur();
    else if (byId("course-form").childElementCount > 0) closeForm();
    else if (past.isOpen()) past.leave();
    if (byId("course-form").contains(event.target)) closeForm();
    return undefined;
  }

  byId("help-open").addEventListener("click", toggleHelp);
  byId("help-close").addEventListener("click", toggleHelp);
}

function toggleHelp() {
  const hidden = !byId("help").hidden;
  byId("help").hidden = hidden;
  byId("help-open").setAttribute("aria-expanded", String(!hidden));
  byId(hidden ? "help-open" : "help-close").focus();
}
