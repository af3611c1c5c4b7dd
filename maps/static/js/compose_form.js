// What a person fills in: the variables of the template by language, the audiences, and texts edited by hand.
import { word } from "./config.js";
import { inLanguage } from "./console_text.js";
import { make } from "./elements.js";

const LANGUAGES = ["ja", "easy", "en"];
const SAME = new Set(["phone"]);

/** {show(message, template, audiences), dirty(), forget()}; `save(wish)` is asked for what was written. */
export function writingForm({ host, save }) {
  let form = null;
  let changed = false;
  let shownFor = "";

  function show(message, template, audiences) {
    const editable = message.may.includes("edit");
    const quiet = editable && message.state === "draft";
    if (!editable) return put(null, "");
    const key = `${message.id} ${message.version}`;
    if (key === shownFor || changed) return undefined;
    if (!quiet) return put(rewrite(message, template, audiences), key);
    return put(fields(message, template, audiences), key);
  }

  function put(made, key) {
    form = made;
    shownFor = key;
    host.replaceChildren(...(made ? [made] : []));
  }

  /** What was handed in is not rewritten by accident: a press first. */
  function rewrite(message, template, audiences) {
    const begin = () => {
      const made = fields(message, template, audiences);
      put(made, shownFor);
      made.querySelector("input, textarea")?.focus();
    };
    return make("p", {}, make("button", { type: "button", class: "button", onclick: begin }, word("compose_rewrite")), make("span", { class: "small" }, ` ${word("compose_drops")}`));
  }

  function fields(message, template, audiences) {
    const said = template.variables.filter((name) => !["area", "town"].includes(name));
    const asked = new Set(template.asked.map(({ id }) => id));
    const inputs = [];
    const one = (name) => {
      const row = LANGUAGES.map((language) => {
        const value = message.values[name]?.[language] ?? "";
        const input = make(name === "shelters" || name === "right" || name === "reason" ? "textarea" : "input", { class: "field", lang: language === "en" ? "en" : "ja", maxlength: "400", rows: "2" });
        input.value = value;
        inputs.push({ name, language, input, value });
        return make("label", {}, make("span", { class: "small" }, word(`compose_language_${language}`)), input);
      });
      return make("fieldset", { class: asked.has(name) ? "compose-asked" : "" }, make("legend", {}, word(`compose_var_${name}`)), ...row);
    };
    const area = make("input", { class: "field", required: true, maxlength: "60" });
    area.value = message.area;
    const english = make("input", { class: "field", lang: "en", maxlength: "400" });
    english.value = message.values.area?.en ?? "";
    const chosen = audiences.map((audience) => ({ id: audience.id, box: make("input", { type: "checkbox", checked: message.audiences.includes(audience.id) }), name: inLanguage(audience, "name") }));
    const hands = LANGUAGES.map((language) => byHand(message, language));
    const other = said.filter((name) => !asked.has(name));
    const dirtyNote = make("p", { class: "trouble", hidden: true }, word("compose_unsaved"));

    const give = async (event) => {
      event.preventDefault();
      const values = {};
      for (const { name, language, input, value } of inputs) if (input.value !== value) (values[name] ??= {})[language] = input.value;
      for (const name of Object.keys(values)) values[name] = { ...message.values[name], ...values[name] };
      const named = { ...message.values.area, en: english.value };
      values.area = area.value === message.area ? named : { ja: area.value, easy: area.value, en: english.value === message.values.area?.en ? area.value : english.value };
      const texts = Object.fromEntries(hands.filter((hand) => hand.text()).map((hand) => [hand.language, hand.text()]));
      await save({ values, texts, area: area.value, audiences: chosen.filter(({ box }) => box.checked).map(({ id }) => id) });
    };
    const made = make(
      "form",
      { class: "compose-fields", onsubmit: give },
      make("h3", {}, word("compose_fields")),
      make("label", {}, word("compose_area"), area),
      make("label", {}, word("compose_area_en"), english),
      ...said.filter((name) => asked.has(name)).map(one),
      ...(other.length ? [make("details", {}, make("summary", {}, word("compose_facts")), ...other.map(one))] : []),
      make("fieldset", {}, make("legend", {}, word("compose_audiences")), ...chosen.map(({ box, name }) => make("label", { class: "compose-check" }, box, ` ${name}`))),
      ...hands.map((hand) => hand.element),
      dirtyNote,
      make("button", { class: "button strong" }, word("compose_save")),
    );
    made.addEventListener("input", ({ target }) => {
      sameEverywhere(inputs, target);
      changed = true;
      dirtyNote.hidden = false;
    });
    return made;
  }

  return { show, dirty: () => changed, forget: () => { changed = false; shownFor = ""; } };
}

// A telephone number is the same in every language: typed in Japanese, it fills the others that are empty or followed.
function sameEverywhere(inputs, target) {
  const typed = inputs.find(({ input, language, name }) => input === target && language === "ja" && SAME.has(name));
  if (!typed) return;
  for (const { input, name } of inputs) {
    if (name !== typed.name || input === target || (input.value !== "" && input.value !== typed.followed)) continue;
    input.value = target.value;
  }
  typed.followed = target.value;
}

/** A language edited by hand, or left to the template. */
function byHand(message, language) {
  const lang = language === "en" ? "en" : "ja";
  const subject = make("input", { class: "field", maxlength: "60", lang });
  const text = make("textarea", { class: "field", maxlength: "1500", rows: "7", lang });
  let own = message.typed.includes(language);
  subject.value = message.texts[language].subject;
  text.value = message.texts[language].text;
  const box = make("div", { class: "compose-hand", hidden: !own }, make("label", {}, word("compose_subject"), subject), make("label", {}, word("compose_text"), text));
  const button = make("button", { type: "button", class: "quiet", "aria-expanded": String(own) });
  const name = () => {
    button.textContent = `${word(`compose_language_${language}`)}：${word(own ? "compose_by_template" : "compose_by_hand")}`;
    button.setAttribute("aria-expanded", String(own));
    box.hidden = !own;
  };
  button.addEventListener("click", () => {
    own = !own;
    name();
    button.dispatchEvent(new Event("input", { bubbles: true }));
  });
  name();
  return { language, element: make("div", {}, button, box), text: () => (own ? { subject: subject.value, text: text.value } : null) };
}
