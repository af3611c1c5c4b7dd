// What is known of one shelter, for the sheet; its state keeps itself up to date.
import { config, word } from "./config.js";
import { make } from "./elements.js";
import { stateElement } from "./shelter_state.js";

const fact = (name, ...content) => make("div", {}, make("dt", {}, name), make("dd", {}, ...content));

/** The content of the detail view for the properties of a shelter. */
export function shelterContent(properties) {
  const hazards = properties[`hazards_${config.language}`];
  return [
    make("h2", { tabindex: "-1" }, properties.name),
    make("p", { class: "where" }, [properties[`kind_${config.language}`], properties.address].filter(Boolean).join(" ・ ")),
    make("dl", { class: "facts shelter-facts" }, fact(word("shelter_state"), stateElement(properties.id)), hazards ? fact(word("hazards"), hazards) : null),
    properties.accepts ? make("p", {}, properties.accepts) : null,
    make("p", { class: "small" }, word("shelter_note")),
  ].filter(Boolean);
}
