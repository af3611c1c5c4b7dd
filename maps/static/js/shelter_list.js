// The shelters as a list, so that they can be reached without a pointer.
import { config, word } from "./config.js";
import { byId, make } from "./elements.js";
import { stateElement } from "./shelter_state.js";

/** Fills the list with one layer's shelters; `onChoose(feature)` is called when a row is chosen. */
export function listShelters(title, features, onChoose) {
  const rows = features.map((feature) => make("li", {}, row(feature, onChoose)));
  byId("shelter-list").append(make("section", {}, make("h3", {}, title), make("ul", {}, ...rows)));
}

function row(feature, onChoose) {
  const { id, name, address } = feature.properties;
  const hazards = feature.properties[`hazards_${config.language}`];
  return make(
    "button",
    { type: "button", class: "shelter-row", onclick: () => onChoose(feature) },
    make("span", { class: "name" }, name),
    stateElement(id),
    make("span", { class: "small" }, [hazards ? `${word("hazards")}: ${hazards}` : null, address].filter(Boolean).join(" ・ ")),
  );
}
