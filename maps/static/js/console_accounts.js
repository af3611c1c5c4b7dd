// Accounts of staff: who may sign in and as what, a new one, and the way to change one; for administrators.
import { accountCard, ROLES } from "./console_account_card.js";
import { get, may, openSession, post } from "./console_api.js";
import { withCode } from "./console_code.js";
import { address, config, word } from "./config.js";
import { failure, part, press, table, whileShown } from "./console_table.js";
import { timeTag } from "./console_text.js";
import { make } from "./elements.js";

const EVERY_MS = 20_000;
const PATH = "/api/console/accounts";
const realConsole = () => address("/console").replace(/^\/kunren(?=\/)/, "");

export function start({ root, count }) {
  if (config.exercise) {
    root.append(make("p", {}, word("accounts_outside"), " ", make("a", { class: "button", href: `${realConsole()}#panel=accounts` }, word("accounts_real"))));
    return { shown() {} };
  }
  const said = make("p", { class: "account-said", role: "status" });
  const handed = make("div", {});
  const card = make("div", {});
  const list = part(word("accounts"));
  const warned = make("div", { class: "account-warned" });
  const fresh = newForm(add);
  fresh.hidden = true;
  root.append(said, handed, card, warned, list.element, fresh);
  let own = "";
  let open = null;

  const tell = (text, failed = false) => {
    said.textContent = text;
    said.classList.toggle("failed", failed);
  };

  async function fill() {
    try {
      const { person } = await openSession();
      own = person.name;
      fresh.hidden = !may("admin");
      if (!may("admin")) return list.fill(make("p", { class: "empty" }, word("accounts_refused")));
      const { body } = await get(PATH);
      const accounts = body.accounts.toSorted((one, other) => Number(one.disabled_at !== null) - Number(other.disabled_at !== null));
      count(accounts.filter(({ locked_s: wait }) => wait > 0).length);
      warned.replaceChildren(...warnings(accounts).map((text) => make("p", { class: "trouble" }, text)));
      return list.fill(table(word("accounts"), columns(), accounts, word("accounts_none")));
    } catch (error) {
      return list.fill(failure(error, shown));
    }
  }

  const columns = () => [
    { title: word("accounts_person"), wide: true, cell: (one) => [make("b", {}, one.shown_name), " ", make("span", { class: "small code" }, one.name), ...marks(one)] },
    { title: word("accounts_role"), cell: (one) => word(`account_role_${one.role}`) },
    { title: word("accounts_state"), cell: stateOf },
    { title: word("accounts_factor"), cell: factorOf },
    { title: word("accounts_last"), cell: (one) => (one.signed_in_at ? timeTag(one.signed_in_at) : word("accounts_never")) },
    { title: word("accounts_sessions"), number: true, cell: (one) => (one.sessions ? word("accounts_places", { count: one.sessions }) : "–") },
    { title: word("panel_actions"), cell: (one) => press(word("accounts_open"), `account-${one.id}`, () => openCard(one)) },
  ];

  const marks = (one) => [one.name === own ? make("span", { class: "small" }, ` ${word("accounts_you")}`) : null, one.fictitious && !one.shown_name.includes("架空") ? make("span", { class: "small" }, ` ${word("accounts_fictitious")}`) : null];

  function openCard(account) {
    tell("");
    open = account.id;
    const shownCard = accountCard(account, { own: account.name === own, act, close: closeCard });
    card.replaceChildren(shownCard);
    toCard(shownCard);
  }

  function closeCard() {
    card.replaceChildren();
    root.querySelector(`[data-key="account-${open}"]`)?.focus();
    open = null;
  }

  /** Changes an account; whether it was done. The form that asks for a code stands in `host`. */
  async function act(account, wish, host) {
    const changed = await done(() => withCode(host, () => post(`${PATH}/${account.id}`, wish)), word("accounts_last_admin"));
    if (!changed) return false;
    if (changed.password) hand(changed, "accounts_handed_reset");
    await fill();
    if (open !== changed.id) return true;
    if (changed.password) closeCard();
    else openCard(changed);
    tell(word("panel_done"));
    if (changed.password) toCard(handed.firstChild);
    return true;
  }

  async function add(wish, host) {
    const made = await done(() => withCode(host, () => post(PATH, wish)), word("accounts_taken"));
    if (!made) return false;
    hand(made, "accounts_handed_new");
    await fill();
    toCard(handed.firstChild);
    return true;
  }

  async function done(wish, conflict) {
    try {
      tell("");
      return await wish();
    } catch (error) {
      const known = { 409: conflict, 422: word("accounts_name_rule"), 429: word("accounts_wait") }[error.status];
      tell(error.needs === "given-up" ? word("code_given_up") : (known ?? word("panel_not_done", { reason: error.message })), true);
      return null;
    }
  }

  /** The password to hand over: it stays until it is closed by hand, because nobody can read it again. */
  function hand(account, lead) {
    const copy = navigator.clipboard ? press(word("accounts_copy"), "copy", () => navigator.clipboard.writeText(account.password).then(() => tell(word("accounts_copied")), () => tell(word("accounts_not_copied"), true))) : null;
    const close = press(word("accounts_handed_over"), "handed", () => {
      handed.replaceChildren();
      root.querySelector(`[data-key="account-${account.id}"]`)?.focus();
    }, true);
    handed.replaceChildren(
      make("section", { class: "account-card account-handed", "aria-labelledby": "handed-title" },
        make("h2", { id: "handed-title", tabindex: "-1" }, word(lead, { name: account.shown_name })),
        make("dl", {},
          make("dt", {}, word("accounts_where")), make("dd", {}, `${location.origin}${address("/sign-in")}`),
          make("dt", {}, word("accounts_name")), make("dd", { class: "handed-secret" }, account.name),
          make("dt", {}, word("accounts_password")), make("dd", { class: "handed-secret" }, account.password)),
        make("p", {}, word("accounts_once")),
        make("p", { class: "form-buttons" }, close, " ", copy)));
  }

  const shown = whileShown(root, EVERY_MS, fill);
  return { shown };
}

function toCard(card) {
  card.scrollIntoView({ block: "start" });
  card.querySelector("h2").focus({ preventScroll: true });
}

/** What is wrong with the whole: one administrator alone, nobody to approve another's message. */
function warnings(accounts) {
  const usable = accounts.filter((one) => one.disabled_at === null);
  const admins = usable.filter(({ role }) => role === "admin").length;
  const approvers = usable.filter(({ role }) => role === "admin" || role === "approver").length;
  return [admins < 2 ? word("accounts_one_admin") : "", approvers < 2 ? word("accounts_one_approver") : ""].filter(Boolean);
}

/** A shape, a word: what an account is at present. */
function stateOf(one) {
  if (one.disabled_at !== null) return `■ ${word("accounts_disabled")}`;
  if (one.locked_s > 0) return make("span", { class: "trouble" }, word("accounts_locked", { minutes: Math.ceil(one.locked_s / 60) }));
  return one.password_lent ? `○ ${word("accounts_lent")}` : `● ${word("accounts_usable")}`;
}

function factorOf(one) {
  if (one.second_factor) return `✓ ${word("accounts_factor_set")}`;
  return ["approver", "admin"].includes(one.role) ? `△ ${word("accounts_factor_missing")}` : word("accounts_factor_none");
}

function newForm(add) {
  const name = make("input", { class: "field", name: "name", required: true, maxlength: 40, pattern: "[a-z0-9][a-z0-9._\\-]{1,39}", autocomplete: "off", autocapitalize: "none", spellcheck: "false", title: word("accounts_name_rule"), "aria-describedby": "account-name-rule" });
  // A Japanese keyboard types full width; what is kept is half width and small.
  name.addEventListener("change", () => { name.value = name.value.normalize("NFKC").trim().toLowerCase(); });
  const role = make("select", { class: "field", name: "role" }, ...ROLES.map((slug) => make("option", { value: slug }, word(`account_may_${slug}`))));
  const host = make("div", {});
  const button = make("button", { type: "submit", class: "button strong" }, word("accounts_make"));
  const form = make("form", { class: "account-new" },
    make("label", {}, word("accounts_shown_name"), make("input", { class: "field", name: "shown_name", required: true, maxlength: 60, autocomplete: "off" })),
    make("label", {}, word("accounts_name"), name),
    make("p", { class: "small", id: "account-name-rule" }, word("accounts_name_rule")),
    make("label", {}, word("accounts_role"), role),
    make("p", { class: "form-buttons" }, button));
  const opened = make("details", { class: "closure-new account-add" }, make("summary", {}, word("accounts_new")), form, host);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    const made = await add(Object.fromEntries(new FormData(form)), host).finally(() => { button.disabled = false; });
    if (!made) return;
    form.reset();
    opened.open = false;
  });
  return opened;
}
