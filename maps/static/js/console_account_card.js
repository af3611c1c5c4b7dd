// One account, opened to be changed: its names, its role, and what helps who cannot get in. What takes something away asks first.
import { address, word } from "./config.js";
import { make } from "./elements.js";

export const ROLES = ["viewer", "operator", "approver", "admin"];

/** The card. `act(account, wish, host)` changes the account; `own`: it is the one who looks, who takes nothing away from himself. */
export function accountCard(account, { own, act, close }) {
  const host = make("div", {});
  const title = make("h2", { id: "account-title", tabindex: "-1" }, word("accounts_change", { name: account.shown_name }));
  const stop = make("button", { type: "button", class: "button", onclick: leave }, word("accounts_close"));
  const parts = [nameForm(account, send), ...(own ? [ownNote()] : [roleForm(account, send), buttons(account, ask)])];
  const card = make("section", { class: "account-card", "aria-labelledby": "account-title" }, make("div", { class: "panel-head" }, title, stop), ...parts, host);
  card.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    if (host.childElementCount === 0) close();
    else quiet();
  });
  let back = null;

  function leave() {
    quiet();
    close();
  }

  function quiet() {
    const stopping = host.querySelector(".code-form button[type=button]");
    if (stopping) return stopping.click();
    host.replaceChildren();
    return back?.focus();
  }

  async function send(wish) {
    if (card.getAttribute("aria-busy")) return;
    host.replaceChildren();
    card.setAttribute("aria-busy", "true");
    for (const button of card.querySelectorAll("button")) button.disabled = button !== stop;
    const done = await act(account, wish, host);
    if (done) return;
    card.removeAttribute("aria-busy");
    for (const button of card.querySelectorAll("button")) button.disabled = false;
    back?.focus();
  }

  /** Says what follows, and does it when that is what is meant. */
  function ask(button, wish, text, consequence) {
    back = button;
    const no = make("button", { type: "button", class: "button", onclick: quiet }, word("accounts_do_not"));
    const yes = make("button", { type: "button", class: "button strong", onclick: () => send(wish) }, text);
    host.replaceChildren(make("div", { class: "account-ask", role: "group", "aria-label": text }, make("p", {}, consequence), make("p", { class: "form-buttons" }, yes, " ", no)));
    host.scrollIntoView({ block: "nearest" });
    no.focus();
  }

  return card;
}

const ownNote = () => make("p", {}, word("accounts_own"), " ", make("a", { href: address("/sign-in") }, word("accounts_own_page")));

function nameForm(account, send) {
  const field = make("input", { class: "field", value: account.shown_name, required: true, maxlength: 60, autocomplete: "off" });
  return form(word("accounts_shown_name"), field, () => ({ shown_name: field.value }), send);
}

function roleForm(account, send) {
  const field = make("select", { class: "field" }, ...ROLES.map((slug) => make("option", { value: slug, selected: slug === account.role }, word(`account_may_${slug}`))));
  return form(word("accounts_role"), field, () => ({ role: field.value }), send);
}

function form(text, field, wish, send) {
  const submit = (event) => {
    event.preventDefault();
    send(wish());
  };
  return make("form", { class: "account-form", onsubmit: submit }, make("label", {}, text, field), make("button", { type: "submit", class: "button" }, word("accounts_save")));
}

function buttons(account, ask) {
  const name = account.shown_name;
  const offered = [
    account.locked_s > 0 && [{ unlock: true }, "unlock"],
    account.disabled_at === null && [{ reset_password: true }, "password"],
    account.second_factor && [{ reset_second_factor: true }, "factor"],
    account.sessions > 0 && [{ end_sessions: true }, "sessions"],
    account.disabled_at === null ? [{ disabled: true }, "disable"] : [{ disabled: false }, "enable"],
  ].filter(Boolean);
  return make("p", { class: "form-buttons account-acts" }, ...offered.map(([wish, key]) => {
    const text = word(`account_${key}`);
    const button = make("button", { type: "button", class: "button" }, text);
    button.addEventListener("click", () => ask(button, wish, text, word(`account_${key}_means`, { name })));
    return button;
  }));
}
