// What staff tells everybody about places: which shelters are open, which roads are closed.
import { config, word } from "./config.js";
import { get, may, post } from "./console_api.js";
import { placeOf, roadFields } from "./console_road_choice.js";
import { failure, part, press, table, whileShown } from "./console_table.js";
import { inLanguage, timeTag } from "./console_text.js";
import { make } from "./elements.js";

const EVERY_MS = 20_000;
const REASONS = ["snow", "blizzard", "avalanche", "flood", "landslide", "fallen_tree", "accident", "works", "other"];
const option = (value, text, selected = false) => make("option", { value, selected }, text);

export function start({ root, say, count }) {
  const shelters = part(word("places_shelters"));
  const closures = part(word("places_closures"));
  const form = may("operator") ? closureForm(noteClosure) : null;
  root.append(closures.element, ...(form ? [form] : []), shelters.element);

  const fill = () => Promise.all([fillClosures(), fillShelters()]);

  async function fillClosures() {
    try {
      const { body } = await get("/api/console/closures");
      count(body.closures.filter(({ status }) => status !== "open").length);
      closures.fill(table(word("places_closures"), closureColumns(), body.closures, word("places_closures_none")));
    } catch (error) {
      closures.fill(failure(error, shown));
    }
  }

  const closureColumns = () => [
    { title: word("places_status"), cell: (one) => make("span", { class: `status-${one.status}` }, word(`closure_${one.status}`)) },
    { title: word("places_road"), wide: true, cell: (one) => [make("b", {}, inLanguage(one, "name")), one.note_ja || one.note_en ? make("span", { class: "small" }, ` ${inLanguage(one, "note")}`) : null] },
    { title: word("places_reason"), cell: (one) => word(`reason_${one.reason}`) },
    { title: word("system_since"), cell: (one) => timeTag(one.since ?? one.at) },
    { title: word("places_until"), cell: (one) => (one.until ? timeTag(one.until) : "–") },
    { title: word("places_by"), cell: (one) => one.by },
    { title: word("panel_actions"), cell: (one) => (may("operator") && one.status !== "open" ? press(word("places_open_again"), `open-${one.id}`, () => noteClosure({ ...wishOf(one), status: "open" })) : null) },
  ];

  async function noteClosure(wish) {
    try {
      await post("/api/console/closures", wish);
      say(word("panel_done"));
      await fillClosures();
      return true;
    } catch (error) {
      say(word("panel_not_done", { reason: error.message }), true);
      return false;
    }
  }

  async function fillShelters() {
    try {
      const { body } = await get("/api/staff/shelters");
      shelters.fill(table(word("places_shelters"), shelterColumns(), body.shelters, word("places_shelters_none")));
    } catch (error) {
      shelters.fill(failure(error, shown));
    }
  }

  const shelterColumns = () => [
    { title: word("shelters"), wide: true, cell: (one) => make("b", {}, one.name) },
    { title: word("shelter_state"), cell: (one) => word(`shelter_${one.state?.status ?? "unknown"}`) },
    { title: word("places_people"), number: true, cell: (one) => one.state?.people ?? "–" },
    { title: word("outbox_when"), cell: (one) => (one.state ? timeTag(one.state.at) : "–") },
    { title: word("panel_actions"), cell: (one) => (may("operator") ? shelterForm(one) : null) },
  ];

  function shelterForm(one) {
    const status = make("select", { class: "field", name: "status", "aria-label": `${word("shelter_state")} ${one.name}` }, ...["open", "full", "closed"].map((value) => option(value, word(`shelter_${value}`), value === one.state?.status)));
    const people = make("input", { class: "field", type: "number", min: 0, max: 100_000, value: one.state?.people ?? "", "aria-label": `${word("places_people")} ${one.name}` });
    return make("details", { "data-key": `shelter-${one.id}` }, make("summary", {}, word("places_say")), make("form", { class: "place-form", onsubmit: (event) => sayShelter(event, one, status, people) }, status, people, make("button", { type: "submit", class: "button strong" }, word("places_save"))));
  }

  async function sayShelter(event, one, status, people) {
    event.preventDefault();
    const wish = { id: one.id, status: status.value, people: people.value === "" ? null : Number(people.value), capacity: one.state?.capacity ?? null, note_ja: one.state?.note_ja ?? "", note_en: one.state?.note_en ?? "" };
    try {
      await post("/api/staff/shelters", { shelters: [wish] });
      say(word("panel_done"));
      event.target.closest("details").open = false;
    } catch (error) {
      say(word("panel_not_done", { reason: error.message }), true);
    }
    document.activeElement?.blur();
    await fillShelters();
  }

  const shown = whileShown(root, EVERY_MS, fill);
  return { shown };
}

const WISHED = ["id", "reason", "name_ja", "name_en", "road", "lon", "lat", "note_ja", "note_en"];
const wishOf = (closure) => Object.fromEntries(WISHED.map((name) => [name, closure[name]]));

function closureForm(note) {
  const field = (name, text, more = {}) => make("label", {}, text, make("input", { class: "field", name, autocomplete: "off", ...more }));
  const choice = (name, text, values) => make("label", {}, text, make("select", { class: "field", name }, ...values.map(([value, label]) => option(value, label))));
  const roads = roadFields();
  const form = make("form", { class: "closure-form", "aria-label": word("places_new") },
    field("name_ja", `${word("places_road")}（日本語）`, { required: true, maxlength: 80 }),
    field("name_en", `${word("places_road")} (English)`, { maxlength: 80 }),
    choice("status", word("places_status"), [["closed", word("closure_closed")], ["restricted", word("closure_restricted")]]),
    choice("reason", word("places_reason"), REASONS.map((reason) => [reason, word(`reason_${reason}`)])),
    ...roads.elements,
    field("until", word("places_until"), { type: "datetime-local" }),
    field("note_ja", word("places_note"), { maxlength: 400 }),
    make("p", { class: "form-buttons" }, make("button", { type: "submit", class: "button strong" }, word("places_save"))));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { until, road, lon, lat, ...words } = Object.fromEntries(new FormData(form));
    const wish = { ...words, ...placeOf({ road, lon, lat }) };
    if (until) wish.until = `${until}:00${offset()}`;
    if (await note(wish)) form.reset();
  });
  return make("details", { class: "closure-new", ontoggle: roads.fill }, make("summary", {}, word("places_new")), form);
}

// The offset of the town's zone as RFC 3339 writes it; fields of the page are in the town's time.
function offset() {
  const name = new Intl.DateTimeFormat("en", { timeZone: config.timeZone, timeZoneName: "longOffset" }).formatToParts(Date.now()).find(({ type }) => type === "timeZoneName").value;
  return name.replace("GMT", "") || "+00:00";
}
