// What can be decided about the message on the desk: hand in, approve, hand back, cancel, and what follows a message that went out.
import { word } from "./config.js";
import { withCode } from "./console_code.js";
import { make, setText } from "./elements.js";

const FOLLOW = [["correct", "compose_correct"], ["withdraw", "compose_withdraw"], ["all-clear", "compose_all_clear"]];
const number = (count) => count.toLocaleString("ja-JP");

/** {show(message), tick(seconds), refused(error)}; `act(name, wish)` does it, `unsaved()` says whether something is not saved. */
export function decisions({ host, act, unsaved }) {
  let cancel = null;
  let override = null;

  function show(message) {
    const can = (name) => message.may.includes(name);
    const held = host.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    cancel = null;
    override = null;
    host.replaceChildren(
      ...(can("submit") ? [submit(message)] : []),
      ...(can("approve") ? [approval(message)] : []),
      ...(message.state === "submitted" && can("reject") && !can("approve") ? [make("p", {}, word("compose_own"))] : []),
      ...(can("reject") ? [withReason("reject", "compose_reject", true)] : []),
      ...(can("cancel") ? [cancelling(message)] : []),
      ...(FOLLOW.some(([name]) => can(name)) ? [make("p", { class: "form-buttons" }, ...FOLLOW.filter(([name]) => can(name)).map(([name, key]) => button(word(key), name, () => act(name))))] : []),
    );
    if (held) host.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  }

  const button = (text, key, onclick, kind = "button") => make("button", { type: "button", class: kind, "data-key": key, onclick }, text);

  function submit(message) {
    const made = button(word("compose_submit"), "submit", () => !unsaved() && act("submit"), "button strong compose-big");
    made.disabled = message.wrong.length > 0 || (message.doubted && !message.confirmation);
    return make("p", {}, made);
  }

  /** The button says what it does: to how many people, and for how long it can be taken back. */
  function approval(message) {
    const counted = message.recipients > 0 || message.uncounted === 0;
    const key = `compose_send${counted ? "" : "_ways"}${message.window_s > 0 ? "" : "_now"}`;
    const text = word(key, { count: number(counted ? message.recipients : message.uncounted), seconds: message.window_s });
    const reason = make("input", { class: "field", maxlength: "400", "data-key": "override" });
    override = make("label", { class: "compose-line", hidden: true }, word("compose_override"), reason);
    const box = make("div", {});
    const send = async () => {
      made.disabled = true;
      const wish = { digest: message.digest, recipients: message.recipients, mode: message.mode, ...(reason.value ? { override: reason.value } : {}) };
      await withCode(box, () => act("approve", wish)).catch(() => null);
      made.disabled = false;
    };
    const made = button(text, "approve", send, "button strong compose-big compose-send");
    box.append(override, make("p", {}, made, counted && message.uncounted ? make("span", { class: "small" }, ` ${word("compose_uncounted", { count: message.uncounted })}`) : null));
    return box;
  }

  function withReason(name, key, needed) {
    const reason = make("input", { class: "field", maxlength: "400", required: needed, "data-key": `${name}-reason` });
    const give = (event) => {
      event.preventDefault();
      act(name, { reason: reason.value });
    };
    return make("form", { class: "compose-line", onsubmit: give }, make("label", {}, word(`compose_${name}_reason`), reason), make("button", { class: "button", "data-key": name }, word(key)));
  }

  function cancelling(message) {
    if (message.state !== "approved") return withReason("cancel", "compose_cancel", false);
    cancel = button("", "cancel", () => act("cancel"), "button strong compose-big compose-cancel");
    return make("p", {}, cancel);
  }

  return {
    show,
    tick: (seconds) => {
      if (cancel) setText(cancel, word("compose_cancel_window", { seconds: seconds ?? 0 }));
    },
    refused: (error) => {
      if (error.code === "too_soon" && override) {
        override.hidden = false;
        override.querySelector("input").focus();
      }
    },
  };
}
