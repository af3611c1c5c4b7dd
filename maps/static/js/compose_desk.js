// One message on the desk: how it stands, what is known, what residents see, who gets it, and what can be decided.
import { now } from "./clock.js";
import { config, word } from "./config.js";
import { get, post } from "./console_api.js";
import { inLanguage, when } from "./console_text.js";
import { decisions } from "./compose_decide.js";
import { factsOf } from "./compose_facts.js";
import { writingForm } from "./compose_form.js";
import { recipients, versions } from "./compose_shown.js";
import { byId, make, setText } from "./elements.js";
import { onTick } from "./freshness.js";

const PATH = "/api/console/messages";
const COURSE = ["draft", "submitted", "approved", "queued", "delivered"];
const DONE = new Set(["submit", "approve", "reject", "cancel", "confirm"]);

/** How a message stands: its state, or that it has left by every way. */
export const standingOf = ({ state, channels }) => (state === "queued" && channels.length > 0 && channels.every((one) => one.state === "delivered") ? "delivered" : state);

export function openDesk({ say, refresh, follow, host }) {
  let message = null;
  let known = null;
  let seen = "";
  const form = writingForm({ host: byId("compose-form"), save });
  const decide = decisions({ host: byId("compose-decide"), act, unsaved: () => form.dirty() });
  onTick(() => message && stateLine());
  host.querySelector(".compose-log").addEventListener("toggle", () => message && log());

  async function load(id) {
    const { body } = await get(`${PATH}/${id}`);
    return body;
  }

  async function open(id) {
    seen = "";
    form.forget();
    try {
      show(await load(id));
    } catch (error) {
      gone(error);
    }
  }

  function gone(error) {
    say(error.status === 404 ? word("compose_deleted") : word("compose_not_done", { reason: error.message }), true);
  }

  /** Shows the message as it stands; what somebody writes or reads just now is left alone. */
  function show(body) {
    message = body;
    const { now: _, ...lasting } = body;
    stateLine();
    if (JSON.stringify(lasting) === seen) return;
    seen = JSON.stringify(lasting);
    setText(byId("compose-title"), [...new Set([word(`compose_kind_${body.kind}`), inLanguage(templateOf(body), "title")])].join("："));
    byId("compose-facts").replaceChildren(...factsOf(body, (reason) => act("confirm", { reason })));
    byId("compose-versions").replaceChildren(...versions(body));
    byId("compose-recipients").replaceChildren(...recipients(body));
    byId("compose-wrong").replaceChildren(...wrong(body));
    form.show(body, templateOf(body), known?.audiences ?? []);
    decide.show(body);
    if (host.querySelector(".compose-log").open) log();
  }

  const templateOf = ({ template }) => known?.templates.find(({ id }) => id === template) ?? { title_ja: template, title_en: template, asked: [], variables: [] };

  function wrong({ wrong: found, state }) {
    if (found.length === 0 || state === "queued") return [];
    return [make("div", { class: "failed" }, make("b", {}, word("compose_wrong")), make("ul", {}, ...found.map((one) => make("li", {}, config.language === "en" ? one.en : one.ja))))];
  }

  function stateLine() {
    const box = byId("compose-state");
    const stands = standingOf(message);
    const steps = COURSE.includes(stands) ? COURSE : ["draft", "submitted", stands];
    const text = sentence();
    const key = `${stands}|${text}|${message.mode}`;
    decide.tick(left());
    if (box.dataset.key === key) return;
    box.dataset.key = key;
    box.replaceChildren(
      make("ol", { "aria-label": word("compose_state") }, ...steps.map((step) => make("li", { class: `compose-step${step === stands ? " is-now" : ""}`, "aria-current": step === stands ? "step" : null }, word(`compose_${step}`)))),
      make("p", {}, make("b", { class: `compose-mode is-${message.mode}` }, word("compose_mode", { mode: word(`compose_${message.mode}`) })), " ", text),
      ...(message.note && message.state === "draft" ? [make("p", { class: "failed" }, word("compose_returned", { note: message.note }))] : []),
    );
  }

  /** The seconds until it leaves. */
  const left = () => (message.state === "approved" ? Math.max(0, Math.ceil((Date.parse(message.send_at) - (now() ?? Date.parse(message.now))) / 1000)) : null);

  function sentence() {
    const by = message.approval?.by ?? message.submitted?.by ?? "";
    const seconds = left();
    if (message.state === "approved") return word(seconds > 0 ? "compose_now_approved" : "compose_now_leaving", { by, seconds });
    const time = when(message.deleted_at ?? message.ended_at ?? message.made.at);
    return word(`compose_now_${message.state}`, { by, time, note: message.note });
  }

  async function save(wish) {
    await act("", { ...wish, version: message.version }, "PUT");
  }

  /** Does something with the message on the desk; true where it was done. */
  async function act(name, wish = {}, method = "POST") {
    try {
      const after = await post(`${PATH}/${message.id}${name ? `/${name}` : ""}`, wish, method);
      say(word(method === "PUT" ? "compose_saved" : `compose_done_${DONE.has(name) ? name : "other"}`));
      if (method === "PUT") form.forget();
      if (after.id === message.id) show(after);
      else await follow(after.id);
      refresh();
      return true;
    } catch (error) {
      if (error.needs === "second-factor") throw error;
      say(word("compose_not_done", { reason: error.message }), true);
      decide.refused(error);
      return false;
    }
  }

  async function log() {
    const { body } = await get(`${PATH}/${message.id}/log`);
    byId("compose-log").replaceChildren(...body.steps.map((step) => make("li", {}, make("time", { datetime: step.at }, when(step.at)), ` ${step.who} `, make("b", {}, word(`compose_act_${step.act}`)), ` ${step.known.reason ?? step.known.why ?? ""}`)));
  }

  return {
    id: () => message?.id ?? null,
    know: (body) => { known = body; },
    open,
    close: () => { message = null; },
    refresh: async () => {
      const id = message.id;
      try {
        const body = await load(id);
        if (message?.id === id) show(body);
      } catch (error) {
        gone(error);
      }
    },
  };
}
