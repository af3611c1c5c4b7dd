// The list of episodes. What changes is changed in its place: nothing scrolls, nothing closes, no focus is lost.
import { verdict } from "./banner.js";
import { now, shortTime } from "./clock.js";
import { word } from "./config.js";
import { board, choose, shown } from "./console_board.js";
import { cardContent, cardKey, refreshAges } from "./console_card.js";
import { notEvaluated } from "./console_past.js";
import { nameOfEpisode } from "./console_text.js";
import { byId, make, setText } from "./elements.js";

/** Keeps the list; answers {show(), tick(), move(step), filter(text), reveal(id)}. */
export function episodeList(actions) {
  const cards = new Map();
  let text = "";

  const matches = (episode) => !text || nameOfEpisode(episode).toLowerCase().includes(text) || episode.station.toLowerCase().includes(text);
  const visible = () => (shown()?.episodes ?? []).filter(matches);

  function show() {
    const known = shown();
    byId("episodes-loading").hidden = known !== null || board.failure !== null;
    if (!known) return;
    const found = visible();
    const open = found.filter((episode) => episode.closed_at === null);
    const over = found.filter((episode) => episode.closed_at !== null);
    steadily(byId("episodes-scroll"), () => {
      arrange(byId("episodes"), open);
      arrange(byId("recent-episodes"), over);
      forget(new Set(found.map(({ id }) => id)));
      byId("recent").hidden = over.length === 0;
      setText(byId("recent-count"), String(over.length));
    });
    sayEmpty(known, open);
  }

  function sayEmpty(known, open) {
    const all = known.episodes.filter((episode) => episode.closed_at === null).length;
    byId("episodes-empty").hidden = open.length > 0;
    if (open.length > 0) return;
    const said = all > 0 ? word("console_none_found", { text, count: all }) : board.past ? notEvaluated(board.past) || word("console_none_then") : word("console_none", { time: now() === null ? "–" : shortTime(now()) });
    // No alert is not the same as calm: what the stations say, and which say nothing, stands beside it.
    setText(byId("episodes-empty"), all > 0 || board.past ? said : `${said} ${verdict().text}`);
  }

  function arrange(list, episodes) {
    const wanted = episodes.map(cardOf);
    const present = [...list.children];
    if (wanted.length === present.length && wanted.every((card, index) => card === present[index])) return;
    // A card that holds the focus is never moved, as that would take the focus away: the others are put around it.
    const held = wanted.find((card) => card.contains(document.activeElement) && card.parentElement === list) ?? null;
    const place = held ? wanted.indexOf(held) : wanted.length;
    wanted.slice(0, place).forEach((card) => list.insertBefore(card, held));
    wanted.slice(place + 1).forEach((card) => list.append(card));
    for (const card of [...list.children]) if (!wanted.includes(card)) card.remove();
  }

  function cardOf(episode) {
    let entry = cards.get(episode.id);
    if (!entry) {
      const open = make("button", { type: "button", class: "episode-open", onclick: () => choose(episode.id) }, make("span", { class: "visually-hidden" }));
      entry = { element: make("li", { class: "episode", id: `episode-${episode.id}` }, open, make("div", { class: "episode-body" })), key: "" };
      cards.set(episode.id, entry);
    }
    fill(entry, episode);
    return entry.element;
  }

  function fill(entry, episode) {
    const selected = board.selected === episode.id;
    const look = { past: board.past !== null, selected, actions };
    const key = cardKey(episode, look);
    if (key === entry.key) return;
    entry.key = key;
    const [open, body] = entry.element.children;
    const focused = body.contains(document.activeElement) ? document.activeElement.dataset.action : null;
    entry.element.dataset.level = episode.closed_at === null ? episode.level : "over";
    entry.element.classList.toggle("is-selected", selected);
    entry.element.classList.toggle("is-answered", Boolean(episode.ack));
    open.setAttribute("aria-pressed", String(selected));
    setText(open.firstChild, `${word(`level_${episode.level}`)} ${nameOfEpisode(episode)}`);
    body.replaceChildren(...cardContent(episode, look));
    if (focused) (body.querySelector(`[data-action="${focused}"]`) ?? open).focus({ preventScroll: true });
  }

  function forget(known) {
    for (const [id, { element }] of cards) {
      if (known.has(id)) continue;
      element.remove();
      cards.delete(id);
    }
  }

  function tick() {
    refreshAges(byId("episodes"));
    for (const episode of visible()) {
      const entry = cards.get(episode.id);
      if (entry) fill(entry, episode);
    }
    if (shown() && !byId("episodes-empty").hidden) sayEmpty(shown(), []);
  }

  function move(step) {
    const found = visible().filter((episode) => episode.closed_at === null || byId("recent").open);
    if (found.length === 0) return null;
    const at = found.findIndex(({ id }) => id === board.selected);
    const next = found[at < 0 ? (step > 0 ? 0 : found.length - 1) : Math.min(found.length - 1, Math.max(0, at + step))];
    choose(next.id);
    reveal(next.id);
    return next;
  }

  const reveal = (id) => cards.get(id)?.element.scrollIntoView({ block: "nearest" });

  return {
    show,
    tick,
    move,
    reveal,
    filter: (wanted) => {
      text = wanted.trim().toLowerCase();
      show();
    },
  };
}

// What the eye is on stays where it is: the card with focus or selection, else the first one in view.
function steadily(scroll, change) {
  const before = [...scroll.querySelectorAll(".episode")];
  const top = scroll.getBoundingClientRect().top;
  const anchor = before.find((card) => card.contains(document.activeElement)) ?? (scroll.scrollTop > 0 ? before.find((card) => card.getBoundingClientRect().bottom > top) : null);
  const was = anchor?.getBoundingClientRect().top;
  change();
  if (anchor?.isConnected) scroll.scrollTop += anchor.getBoundingClientRect().top - was;
}
