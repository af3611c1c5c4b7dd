// The tabs of the console. A panel's script is fetched when the panel is first opened, or when its count is wanted.
import { config, resource, word } from "./config.js";
import { byId, make, setText } from "./elements.js";
import { fromAddress, toAddress } from "./place.js";

const SITUATION = "situation";

/** Starts the tabs; answers {open(id, what), current(), count(id, number, urgent)}. `shared` is handed to every panel. */
export function startTabs(shared) {
  const ids = [SITUATION, ...config.panels.map(({ id }) => id)];
  const started = new Map();
  let current = SITUATION;

  const tab = (id) => byId(`tab-${id}`);

  async function open(id, what = null) {
    if (!ids.includes(id)) return;
    // What was said was about the view that is left.
    if (id !== current) shared.say("");
    current = id;
    for (const each of ids) {
      tab(each).setAttribute("aria-selected", String(each === id));
      tab(each).tabIndex = each === id ? 0 : -1;
      byId(`panel-${each}`).hidden = each !== id;
    }
    toAddress("panel", id === SITUATION ? null : id);
    if (id === SITUATION) return;
    const panel = await start(id);
    if (current !== id) return;
    await panel?.shown?.();
    if (what !== null) await panel?.open?.(what);
  }

  function start(id) {
    if (!started.has(id)) {
      const { module } = config.panels.find((panel) => panel.id === id);
      const root = byId(`panel-${id}`);
      root.querySelector(".is-lost")?.remove();
      const beginning = import(resource(`/static/js/${module}`))
        .then(({ start: begin }) => begin({ ...shared, root, count: (number, urgent) => count(id, number, urgent) }))
        .catch((error) => {
          started.delete(id);
          console.warn(error);
          const again = make("button", { type: "button", class: "button", onclick: () => open(id) }, word("panel_retry"));
          root.append(make("p", { class: "failed is-lost", role: "alert" }, word("panel_failed", { reason: word("console_no_line") }), " ", again));
          return null;
        });
      started.set(id, beginning);
    }
    return started.get(id);
  }

  function count(id, number, urgent = false) {
    const badge = tab(id).querySelector(".tab-count");
    badge.hidden = !number;
    badge.classList.toggle("is-urgent", urgent);
    setText(badge, String(number || ""));
  }

  byId("tabs").addEventListener("click", (event) => {
    const button = event.target.closest("[role=tab]");
    if (button) open(button.id.slice("tab-".length));
  });
  byId("tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = ids[(ids.indexOf(current) + step + ids.length) % ids.length];
    open(next);
    tab(next).focus();
  });
  const asked = fromAddress("panel");
  if (asked) open(asked);
  return { open, current: () => current, count };
}
