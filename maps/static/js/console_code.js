// Some acts need a code of the second factor given just now. Where the server asks for one, a small form does, and the act is tried again.
import { Refusal, post } from "./console_api.js";
import { word } from "./config.js";
import { make } from "./elements.js";

/** What `act` answers; where a code is missing the form stands in `host` until one was given. Rejects with a Refusal, also where the person gives up. */
export async function withCode(host, act) {
  try {
    return await act();
  } catch (error) {
    if (error.needs !== "second-factor") throw error;
  }
  await codeGiven(host);
  return act();
}

function codeGiven(host) {
  return new Promise((resolve, reject) => {
    const input = make("input", { class: "field", name: "code", inputmode: "numeric", autocomplete: "one-time-code", pattern: "[0-9０-９]{6}", maxlength: "6", required: true, "aria-label": word("code_label") });
    const wrong = make("p", { class: "failed", role: "alert", hidden: true });
    const give = async (event) => {
      event.preventDefault();
      try {
        await post("/api/session/code", { code: input.value });
      } catch (error) {
        wrong.hidden = false;
        wrong.textContent = error.needs === "second-factor" ? word("code_wrong") : error.status === 429 ? word("accounts_wait") : error.message;
        input.select();
        return;
      }
      form.remove();
      resolve();
    };
    const stop = () => {
      form.remove();
      reject(new Refusal(word("code_given_up"), 0, "given-up"));
    };
    const form = make(
      "form",
      { class: "code-form", onsubmit: give },
      make("label", {}, word("code_label"), " ", input),
      make("button", { class: "button strong" }, word("code_give")),
      make("button", { type: "button", class: "button", onclick: stop }, word("code_stop")),
      wrong,
    );
    host.append(form);
    input.focus();
  });
}
